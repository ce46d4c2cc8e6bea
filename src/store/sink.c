#include "store/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/sink_inside.h"

static int open_root(struct sink *sink, const char *root)
{
	char *real = realpath(root, NULL);
	if (real == NULL)
		return -errno;
	sink->root_path = mem_copy(real, strlen(real));
	free(real);
	if (sink->root_path == NULL)
		return -ENOMEM;
	sink->options.root = sink->root_path;
	sink->root_fd = open(sink->root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return sink->root_fd < 0 ? -errno : 0;
}

static int init_clients(struct sink *sink)
{
	uint64_t key[2];
	int rc = uv_random(NULL, NULL, key, sizeof key, 0, NULL);
	if (rc == 0 && table_init(&sink->clients, 64, key) != 0)
		rc = -ENOMEM;
	return rc;
}

static int init_mutexes(struct sink *sink)
{
	int rc = uv_mutex_init(&sink->publishing);
	if (rc != 0)
		return rc;
	rc = uv_mutex_init(&sink->mutex);
	if (rc != 0)
		uv_mutex_destroy(&sink->publishing);
	return rc;
}

static void free_sink(struct sink *sink)
{
	table_fini(&sink->clients);
	if (sink->root_fd >= 0)
		close(sink->root_fd);
	mem_free(sink->root_path);
	mem_free(sink);
}

int sink_new(struct sink **made, const struct sink_options *options)
{
	struct sink *sink = mem_zalloc(1, sizeof *sink);
	if (sink == NULL)
		return -ENOMEM;
	atomic_init(&sink->holds, 1);
	sink->options = *options;
	sink->root_fd = -1;
	list_init(&sink->idle_clients);
	int rc = open_root(sink, options->root);
	if (rc == 0)
		rc = sink_sweep(sink->root_fd, &sink->used_bytes);
	if (rc == -E2BIG && options->quota_bytes == 0)
		rc = 0; /* what was not swept only takes space */
	if (rc == 0)
		rc = init_clients(sink);
	if (rc == 0)
		rc = init_mutexes(sink);
	if (rc != 0) {
		free_sink(sink);
		return rc;
	}
	*made = sink;
	return 0;
}

void sink_hold(struct sink *sink)
{
	uint32_t before = atomic_fetch_add_explicit(&sink->holds, 1, memory_order_relaxed);
	ASSERT(before > 0 && before < UINT32_MAX);
}

static void free_client(struct table_link *link, void *user)
{
	struct sink *sink = user;
	table_remove(&sink->clients, link);
	mem_free(TABLE_ENTRY(link, struct sink_client, in_clients));
}

void sink_drop(struct sink *sink)
{
	if (sink == NULL)
		return;
	uint32_t before = atomic_fetch_sub_explicit(&sink->holds, 1, memory_order_acq_rel);
	ASSERT(before > 0);
	if (before > 1)
		return;
	table_each(&sink->clients, free_client, sink);
	uv_mutex_destroy(&sink->mutex);
	uv_mutex_destroy(&sink->publishing);
	free_sink(sink);
}

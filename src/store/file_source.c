/* An open is queued, begun, answered. While it is queued, others who want the same join it; once a pool
 * thread has begun it, a later request starts another, so that nobody sees a file as it was before they
 * asked. Who waits is written under the source's mutex; `shared` of an opening is its open until the
 * answer is posted, then NULL. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/file_inside.h"
#include "store/file_source.h"

struct shared_open {
	uv_work_t work;
	struct file_source *source;
	const struct store_filter *filter; /* borrowed from the source's user, or NULL */
	struct table_link in_queued;
	struct list waiters; /* of struct opening */
	char path[];
};

static struct file_source *of(struct source *source)
{
	return LIST_OWNER(source, struct file_source, source);
}

/* Gives the answer, and the hold in it, to all who wait. Under the mutex. */
static void answer_all(struct shared_open *shared, const struct answer *answer)
{
	struct list *first;
	while ((first = list_take_first(&shared->waiters)) != NULL) {
		struct opening *opening = LIST_OWNER(first, struct opening, link);
		bool is_last = list_is_empty(&shared->waiters);
		opening->shared = NULL;
		if (answer->content != NULL && !is_last)
			content_hold(answer->content);
		opening_answer(opening, answer);
	}
}

/* False if nobody waits any more. */
static bool start(struct shared_open *shared)
{
	struct file_source *source = shared->source;
	uv_mutex_lock(&source->mutex);
	table_remove(&source->queued, &shared->in_queued);
	bool is_wanted = !list_is_empty(&shared->waiters);
	uv_mutex_unlock(&source->mutex);
	return is_wanted;
}

/* False if nobody waits any more: the answer is the caller's. */
static bool finish(struct shared_open *shared, const struct answer *answer)
{
	struct file_source *source = shared->source;
	uv_mutex_lock(&source->mutex);
	bool is_wanted = !list_is_empty(&shared->waiters);
	answer_all(shared, answer);
	uv_mutex_unlock(&source->mutex);
	return is_wanted;
}

static void run(uv_work_t *work)
{
	struct shared_open *shared = LIST_OWNER(work, struct shared_open, work);
	struct file_source *source = shared->source;
	if (start(shared)) {
		struct answer answer = file_content_open(source, shared->path, shared->filter);
		/* Found for nobody. Closing it takes the mutex. */
		if (!finish(shared, &answer))
			content_drop(answer.content);
	}
	file_source_drop(source);
}

static void free_shared(uv_work_t *work, int status)
{
	(void)status; /* never cancelled */
	mem_free(LIST_OWNER(work, struct shared_open, work));
}

/* Under the mutex. */
static struct shared_open *find_queued(struct file_source *source, const char *path,
				       const struct store_filter *filter, uint64_t hash)
{
	struct table_link *link = table_first(&source->queued, hash);
	for (; link != NULL; link = table_next(link)) {
		struct shared_open *shared = TABLE_ENTRY(link, struct shared_open, in_queued);
		if (shared->filter == filter && strcmp(shared->path, path) == 0)
			return shared;
	}
	return NULL;
}

static struct shared_open *new_shared(struct file_source *source, const char *path, size_t len,
				      const struct store_filter *filter)
{
	struct shared_open *shared = mem_alloc(sizeof *shared + len + 1);
	if (shared == NULL)
		return NULL;
	shared->source = source;
	shared->filter = filter;
	list_init(&shared->waiters);
	memcpy(shared->path, path, len + 1);
	return shared;
}

static int open_file(struct source *base, const char *path, const struct store_filter *filter,
		     struct opening *opening)
{
	struct file_source *source = of(base);
	size_t len = strlen(path);
	uint64_t hash = table_hash(&source->queued, path, len);
	int rc = 0;

	opening_begin(opening, base);
	uv_mutex_lock(&source->mutex);
	struct shared_open *shared = find_queued(source, path, filter, hash);
	if (shared == NULL) {
		shared = new_shared(source, path, len, filter);
		if (shared != NULL) {
			table_insert(&source->queued, &shared->in_queued, hash);
			file_source_hold(source);
			rc =
			    uv_queue_work(opening->mailbox->async.loop, &shared->work, run, free_shared);
			ASSERT(rc == 0);
		}
	}
	if (shared != NULL) {
		list_append(&shared->waiters, &opening->link);
		opening->shared = shared;
	} else {
		opening->source = NULL;
		rc = -ENOMEM;
	}
	uv_mutex_unlock(&source->mutex);
	return rc;
}

/* A filter has the whole file read. */
static bool try_open_file(struct source *base, const char *path, const struct store_filter *filter,
			  struct answer *answer)
{
	struct file_source *source = of(base);
	return filter == NULL && source->opens_now && file_content_try(source, path, answer);
}

static struct content *find_open(struct source *base, const struct content_key *key)
{
	return file_content_find(of(base), key);
}

static void cancel_open(struct source *base, struct opening *opening)
{
	struct file_source *source = of(base);
	if (opening->source == NULL)
		return; /* done already, or never begun */
	uv_mutex_lock(&source->mutex);
	bool is_waiting = opening->shared != NULL;
	list_remove(&opening->link);
	opening->shared = NULL;
	uv_mutex_unlock(&source->mutex);
	if (is_waiting)
		opening->source = NULL;
	else
		opening_take_back(opening);
}

void file_source_hold(struct file_source *source)
{
	atomic_fetch_add(&source->holds, 1);
}

void file_source_drop(struct file_source *source)
{
	if (atomic_fetch_sub(&source->holds, 1) > 1)
		return;
	ASSERT(source->contents.count == 0);
	uv_mutex_destroy(&source->mutex);
	table_fini(&source->queued);
	table_fini(&source->contents);
	close(source->root_fd);
	mem_free(source->root_path);
	mem_free(source);
}

static void close_source(struct source *base)
{
	file_source_drop(of(base));
}

static const struct source_ops file_source_ops = {.open = open_file,
						  .try_open = try_open_file,
						  .find = find_open,
						  .cancel = cancel_open,
						  .close = close_source};

static int init_tables(struct file_source *source)
{
	uint64_t key[2];
	int rc = uv_random(NULL, NULL, key, sizeof key, 0, NULL);
	if (rc != 0)
		return rc;
	if (table_init(&source->queued, 64, key) != 0)
		return -ENOMEM;
	if (table_init(&source->contents, 64, key) != 0)
		return -ENOMEM;
	return uv_mutex_init(&source->mutex);
}

/* On failure nothing is left open. */
static int open_root(struct file_source *source, const char *root)
{
	char *real = realpath(root, NULL);
	if (real == NULL)
		return -errno;
	source->root_path = mem_copy(real, strlen(real));
	free(real);
	if (source->root_path == NULL)
		return -ENOMEM;
	source->root_fd = open(source->root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source->root_fd < 0) {
		int rc = -errno;
		mem_free(source->root_path);
		return rc;
	}
	return 0;
}

int file_source_new(struct source **made, const struct file_source_options *options)
{
	struct file_source *source = mem_zalloc(1, sizeof *source);
	if (source == NULL)
		return -ENOMEM;
	source->source.ops = &file_source_ops;
	atomic_init(&source->holds, 1);
	source->allow_private = options->allow_private;
	source->ignore_case = options->ignore_case;
	int rc = open_root(source, options->root);
	if (rc != 0) {
		mem_free(source);
		return rc;
	}
	source->opens_now = beneath_opens_now(source->root_fd);
	rc = init_tables(source);
	if (rc != 0) {
		table_fini(&source->queued);
		table_fini(&source->contents);
		close(source->root_fd);
		mem_free(source->root_path);
		mem_free(source);
		return rc;
	}
	*made = &source->source;
	return 0;
}

/* Bytes count twice at most: as reserved while an upload runs, then as stored. What is announced is reserved
 * at once, what arrives beyond it as it arrives. A file that is to be replaced counts until it is: it is
 * there. */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/sink_inside.h"

static struct sink_client *find_client(const struct sink *sink, const uint8_t id[16], uint64_t hash)
{
	struct table_link *link = table_first(&sink->clients, hash);
	for (; link != NULL; link = table_next(link)) {
		struct sink_client *client = TABLE_ENTRY(link, struct sink_client, in_clients);
		if (memcmp(client->id, id, sizeof client->id) == 0)
			return client;
	}
	return NULL;
}

static void forget(struct sink *sink, struct sink_client *client)
{
	table_remove(&sink->clients, &client->in_clients);
	list_remove(&client->in_idle);
	mem_free(client);
}

static struct sink_client *enter_client(struct sink *sink, const uint8_t id[16], uint64_t hash)
{
	struct sink_client *client = mem_zalloc(1, sizeof *client);
	if (client == NULL)
		return NULL;
	if (sink->clients.count >= SINK_CLIENTS_MAX && !list_is_empty(&sink->idle_clients))
		forget(sink, LIST_OWNER(sink->idle_clients.next, struct sink_client, in_idle));
	memcpy(client->id, id, sizeof client->id);
	list_init(&client->in_idle);
	table_insert(&sink->clients, &client->in_clients, hash);
	return client;
}

int sink_quota_open(struct upload *upload, const uint8_t id[16])
{
	struct sink *sink = upload->sink;
	if (sink->options.client_quota_bytes == 0)
		return 0;
	uint64_t hash = table_hash(&sink->clients, id, 16);
	uv_mutex_lock(&sink->mutex);
	struct sink_client *client = find_client(sink, id, hash);
	if (client == NULL)
		client = enter_client(sink, id, hash);
	if (client != NULL) {
		client->uploads++;
		list_remove(&client->in_idle);
	}
	uv_mutex_unlock(&sink->mutex);
	upload->client = client;
	return client != NULL ? 0 : -ENOMEM;
}

/* The sums never exceed their quota by what is reserved, so they do not wrap. */
static bool fits(uint64_t quota_bytes, uint64_t stored_bytes, uint64_t reserved_bytes,
		 uint64_t more_bytes)
{
	if (quota_bytes == 0)
		return true;
	if (stored_bytes > quota_bytes || reserved_bytes > quota_bytes - stored_bytes)
		return false;
	return more_bytes <= quota_bytes - stored_bytes - reserved_bytes;
}

/* Under the mutex. */
static struct outcome reserve(struct sink *sink, struct upload *upload, uint64_t more_bytes)
{
	const struct sink_options *options = &sink->options;
	struct sink_client *client = upload->client;
	if (!fits(options->quota_bytes, sink->used_bytes, sink->reserved_bytes, more_bytes))
		return (struct outcome){-EDQUOT, "the quota of this directory is used up"};
	if (client != NULL &&
	    !fits(options->client_quota_bytes, client->stored_bytes, client->reserved_bytes, more_bytes))
		return (struct outcome){-EDQUOT, "your quota on this server is used up"};
	if (options->quota_bytes > 0)
		sink->reserved_bytes += more_bytes;
	if (client != NULL)
		client->reserved_bytes += more_bytes;
	upload->reserved_bytes += more_bytes;
	return (struct outcome){0, NULL};
}

struct outcome sink_quota_reserve(struct upload *upload, uint64_t size_bytes)
{
	struct sink *sink = upload->sink;
	struct outcome outcome = {0, NULL};
	if (sink->options.quota_bytes == 0 && upload->client == NULL)
		return outcome;
	if (size_bytes <= upload->reserved_bytes)
		return outcome;
	uv_mutex_lock(&sink->mutex);
	outcome = reserve(sink, upload, size_bytes - upload->reserved_bytes);
	uv_mutex_unlock(&sink->mutex);
	return outcome;
}

/* Under the mutex. */
static void give_back(struct sink *sink, struct upload *upload)
{
	if (sink->options.quota_bytes > 0) {
		ASSERT(sink->reserved_bytes >= upload->reserved_bytes);
		sink->reserved_bytes -= upload->reserved_bytes;
	}
	if (upload->client != NULL) {
		ASSERT(upload->client->reserved_bytes >= upload->reserved_bytes);
		upload->client->reserved_bytes -= upload->reserved_bytes;
	}
	upload->reserved_bytes = 0;
}

void sink_quota_settle(struct upload *upload, uint64_t replaced_bytes)
{
	struct sink *sink = upload->sink;
	uv_mutex_lock(&sink->mutex);
	give_back(sink, upload);
	/* Files that others made larger since the start may be worth more than what is left. */
	if (replaced_bytes > sink->used_bytes)
		replaced_bytes = sink->used_bytes;
	sink->used_bytes += upload->written_bytes - replaced_bytes;
	if (upload->client != NULL)
		upload->client->stored_bytes += upload->written_bytes;
	uv_mutex_unlock(&sink->mutex);
}

void sink_quota_close(struct upload *upload)
{
	struct sink *sink = upload->sink;
	struct sink_client *client = upload->client;
	if (sink->options.quota_bytes == 0 && client == NULL)
		return;
	uv_mutex_lock(&sink->mutex);
	give_back(sink, upload);
	if (client != NULL && --client->uploads == 0) {
		if (client->stored_bytes == 0)
			forget(sink, client);
		else
			list_append(&sink->idle_clients, &client->in_idle);
	}
	uv_mutex_unlock(&sink->mutex);
	upload->client = NULL;
}

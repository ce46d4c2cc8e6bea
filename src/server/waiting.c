#include "server/waiting.h"

#include <string.h>

#include "base/err.h"

#define TABLES_EXPECTED 256

int waiting_init(struct waiting *waiting, size_t requests_max, const uint64_t key[2])
{
	memset(waiting, 0, sizeof *waiting);
	list_init(&waiting->turns);
	list_init(&waiting->ages);
	for (unsigned i = 0; i < WAITING_SIZES; i++)
		list_init(&waiting->sizes[i]);
	if (pool_init(&waiting->requests, sizeof(struct waiting_request), requests_max) != 0 ||
	    pool_init(&waiting->clients, sizeof(struct waiting_client), requests_max) != 0 ||
	    table_init(&waiting->by_peer, TABLES_EXPECTED, key) != 0 ||
	    table_init(&waiting->by_host, TABLES_EXPECTED, key) != 0)
		return -1;
	return 0;
}

void waiting_fini(struct waiting *waiting)
{
	pool_fini(&waiting->requests);
	pool_fini(&waiting->clients);
	table_fini(&waiting->by_peer);
	table_fini(&waiting->by_host);
}

bool waiting_is_empty(const struct waiting *waiting)
{
	return waiting->requests.used == 0;
}

static uint64_t hash_host(const struct waiting *waiting, const struct addr *host)
{
	struct addr_key key;
	addr_key(host, &key);
	return table_hash(&waiting->by_host, &key, sizeof key);
}

static uint64_t hash_peer(const struct waiting *waiting, const struct addr *local,
			  const struct addr *peer)
{
	struct addr_key keys[2];
	addr_key(local, &keys[0]);
	addr_key(peer, &keys[1]);
	return table_hash(&waiting->by_peer, keys, sizeof keys);
}

static struct addr host_of(const struct addr *peer)
{
	struct addr host = *peer;
	addr_set_port(&host, 0);
	return host;
}

static struct waiting_client *find_client(const struct waiting *waiting, const struct addr *host,
					  uint64_t hash)
{
	struct table_link *link = table_first(&waiting->by_host, hash);
	for (; link != NULL; link = table_next(link)) {
		struct waiting_client *client = TABLE_ENTRY(link, struct waiting_client, by_host);
		if (addr_equal(&client->host, host))
			return client;
	}
	return NULL;
}

static struct waiting_request *find_request(const struct waiting *waiting, const struct addr *local,
					    const struct addr *peer)
{
	struct table_link *link = table_first(&waiting->by_peer, hash_peer(waiting, local, peer));
	for (; link != NULL; link = table_next(link)) {
		struct waiting_request *request = TABLE_ENTRY(link, struct waiting_request, by_peer);
		if (addr_equal(&request->peer, peer) && addr_equal(&request->local, local))
			return request;
	}
	return NULL;
}

/* Of 1 request it is 0, of 2 and 3 it is 1, ... */
static unsigned size_index(uint32_t count)
{
	unsigned index = 0;
	while (count >>= 1)
		index++;
	return index;
}

static void resize(struct waiting *waiting, struct waiting_client *client)
{
	unsigned index = size_index(client->count);
	if (index == client->size_index && !list_is_empty(&client->size))
		return;
	list_remove(&client->size);
	list_append(&waiting->sizes[index], &client->size);
	client->size_index = index;
}

static bool is_held_back(const struct waiting_client *client)
{
	return list_is_empty(&client->turn);
}

void waiting_done(struct waiting *waiting, struct waiting_request *request)
{
	struct waiting_client *client = request->client;
	table_remove(&waiting->by_peer, &request->by_peer);
	list_remove(&request->of_client);
	list_remove(&request->by_age);
	pool_give(&waiting->requests, request);
	if (--client->count > 0) {
		resize(waiting, client);
		return;
	}
	if (is_held_back(client))
		waiting->held_back--;
	list_remove(&client->turn);
	list_remove(&client->size);
	table_remove(&waiting->by_host, &client->by_host);
	pool_give(&waiting->clients, client);
}

static void expire(struct waiting *waiting, uint64_t now_us)
{
	while (!list_is_empty(&waiting->ages)) {
		struct waiting_request *oldest =
		    LIST_OWNER(waiting->ages.next, struct waiting_request, by_age);
		if (now_us - oldest->heard_us < WAITING_PATIENCE_US)
			return;
		count_add(&waiting->expired, 1);
		waiting_done(waiting, oldest);
	}
}

/* Room for one more of a client that has `count`. False: nobody has clearly more. */
static bool make_room(struct waiting *waiting, uint32_t count)
{
	if (waiting->requests.used < waiting->requests.capacity)
		return true;
	unsigned top = WAITING_SIZES - 1;
	while (top > 0 && list_is_empty(&waiting->sizes[top]))
		top--;
	if (top <= size_index(count + 1))
		return false;
	struct waiting_client *largest =
	    LIST_OWNER(waiting->sizes[top].next, struct waiting_client, size);
	waiting_done(waiting, LIST_OWNER(largest->requests.prev, struct waiting_request, of_client));
	count_add(&waiting->dropped, 1);
	return true;
}

static struct waiting_client *make_client(struct waiting *waiting, const struct addr *host,
					  uint64_t hash)
{
	/* As many as requests, and each has one: there is always one more. */
	struct waiting_client *client = pool_take(&waiting->clients);
	ASSERT(client != NULL);
	client->host = *host;
	list_init(&client->turn);
	list_init(&client->size);
	list_init(&client->requests);
	table_insert(&waiting->by_host, &client->by_host, hash);
	list_append(&waiting->turns, &client->turn);
	return client;
}

static void refresh(struct waiting *waiting, struct waiting_request *request, const void *bytes,
		    size_t len, uint64_t now_us)
{
	memcpy(request->bytes, bytes, len);
	request->len = (uint16_t)len;
	request->heard_us = now_us;
	list_remove(&request->by_age);
	list_append(&waiting->ages, &request->by_age);
}

bool waiting_keep(struct waiting *waiting, void *asked, const struct addr *local,
		  const struct addr *peer, const void *bytes, size_t len, uint64_t now_us)
{
	struct addr host = host_of(peer);
	uint64_t hash = hash_host(waiting, &host);
	if (len > WAITING_BYTES_MAX)
		return false;
	expire(waiting, now_us);
	struct waiting_request *request = find_request(waiting, local, peer);
	if (request != NULL) {
		refresh(waiting, request, bytes, len, now_us);
		return true;
	}
	struct waiting_client *client = find_client(waiting, &host, hash);
	if (!make_room(waiting, client != NULL ? client->count : 0)) {
		count_add(&waiting->dropped, 1);
		return false;
	}
	if (client == NULL)
		client = make_client(waiting, &host, hash);
	request = pool_take(&waiting->requests);
	ASSERT(request != NULL);
	request->client = client;
	request->peer = *peer;
	request->local = *local;
	request->asked = asked;
	list_init(&request->by_age);
	list_init(&request->of_client);
	list_append(&client->requests, &request->of_client);
	client->count++;
	resize(waiting, client);
	table_insert(&waiting->by_peer, &request->by_peer, hash_peer(waiting, local, peer));
	refresh(waiting, request, bytes, len, now_us);
	count_add(&waiting->kept, 1);
	return true;
}

struct waiting_request *waiting_next(struct waiting *waiting, uint64_t now_us)
{
	expire(waiting, now_us);
	struct list *turn = list_take_first(&waiting->turns);
	if (turn == NULL)
		return NULL;
	list_append(&waiting->turns, turn);
	struct waiting_client *client = LIST_OWNER(turn, struct waiting_client, turn);
	return LIST_OWNER(client->requests.next, struct waiting_request, of_client);
}

void waiting_hold_back(struct waiting *waiting, struct waiting_request *request)
{
	if (is_held_back(request->client))
		return;
	list_remove(&request->client->turn);
	waiting->held_back++;
}

void waiting_let_on(struct waiting *waiting, const struct addr *peer)
{
	struct addr host = host_of(peer);
	if (waiting->held_back == 0)
		return;
	struct waiting_client *client = find_client(waiting, &host, hash_host(waiting, &host));
	if (client == NULL || !is_held_back(client))
		return;
	list_append(&waiting->turns, &client->turn);
	waiting->held_back--;
}

#include "server/ledger.h"

#include <string.h>

#include "base/err.h"

#define TABLES_EXPECTED 256

static int open_shelf(struct ledger_shelf *shelf, size_t item_bytes, size_t items_max,
		      const uint64_t key[2])
{
	list_init(&shelf->unheld);
	if (pool_init(&shelf->items, item_bytes, items_max) != 0)
		return -1;
	return table_init(&shelf->by_key, TABLES_EXPECTED, key);
}

static void close_shelf(struct ledger_shelf *shelf)
{
	pool_fini(&shelf->items);
	table_fini(&shelf->by_key);
}

int ledger_init(struct ledger *ledger, size_t held_max, uint32_t request_rate, const uint64_t key[2])
{
	memset(ledger, 0, sizeof *ledger);
	ledger->request_rate = request_rate;
	size_t items_max = held_max + LEDGER_SPARE;
	if (open_shelf(&ledger->clients, sizeof(struct ledger_client), items_max, key) != 0)
		return -1;
	return open_shelf(&ledger->prefixes, sizeof(struct ledger_prefix), items_max, key);
}

void ledger_fini(struct ledger *ledger)
{
	close_shelf(&ledger->clients);
	close_shelf(&ledger->prefixes);
}

static struct ledger_item *find(const struct ledger_shelf *shelf, const struct addr_key *key,
				uint64_t hash)
{
	struct table_link *link = table_first(&shelf->by_key, hash);
	for (; link != NULL; link = table_next(link)) {
		struct ledger_item *item = TABLE_ENTRY(link, struct ledger_item, by_key);
		if (memcmp(&item->key, key, sizeof *key) == 0)
			return item;
	}
	return NULL;
}

/* A zeroed item; in the place of the least recently used, if there is no other. */
static struct ledger_item *make(struct ledger_shelf *shelf, const struct addr_key *key, uint64_t hash)
{
	struct ledger_item *item = pool_take(&shelf->items);
	if (item == NULL) {
		struct list *oldest = list_take_first(&shelf->unheld);
		if (oldest == NULL)
			return NULL;
		item = LIST_OWNER(oldest, struct ledger_item, unheld);
		table_remove(&shelf->by_key, &item->by_key);
		pool_give(&shelf->items, item);
		item = pool_take(&shelf->items);
	}
	item->key = *key;
	list_init(&item->unheld);
	table_insert(&shelf->by_key, &item->by_key, hash);
	return item;
}

static struct ledger_item *hold(struct ledger_shelf *shelf, const struct addr_key *key)
{
	uint64_t hash = table_hash(&shelf->by_key, key, sizeof *key);
	struct ledger_item *item = find(shelf, key, hash);
	if (item == NULL)
		item = make(shelf, key, hash);
	if (item == NULL)
		return NULL;
	list_remove(&item->unheld);
	item->holds++;
	return item;
}

static void drop(struct ledger_shelf *shelf, struct ledger_item *item)
{
	ASSERT(item->holds > 0);
	if (--item->holds == 0)
		list_append(&shelf->unheld, &item->unheld);
}

static void key_client(const struct addr *peer, struct addr_key *key)
{
	struct addr host = *peer;
	addr_set_port(&host, 0);
	addr_key(&host, key);
}

static void key_prefix(const struct addr *peer, struct addr_key *key)
{
	struct addr net = *peer;
	addr_set_port(&net, 0);
	if (net.sa.sa_family == AF_INET6)
		memset(net.in6.sin6_addr.s6_addr + LEDGER_PREFIX_V6 / 8, 0, 16 - LEDGER_PREFIX_V6 / 8);
	else
		net.in4.sin_addr.s_addr &= htonl(UINT32_MAX << (32 - LEDGER_PREFIX_V4));
	addr_key(&net, key);
}

struct ledger_client *ledger_hold(struct ledger *ledger, const struct addr *peer)
{
	struct addr_key key;
	key_client(peer, &key);
	struct ledger_client *client = (struct ledger_client *)(void *)hold(&ledger->clients, &key);
	if (client == NULL || client->item.holds > 1)
		return client;
	/* There are as many networks as clients, and each client holds one. */
	key_prefix(peer, &key);
	client->prefix = (struct ledger_prefix *)(void *)hold(&ledger->prefixes, &key);
	ASSERT(client->prefix != NULL);
	return client;
}

void ledger_drop(struct ledger *ledger, struct ledger_client *client)
{
	if (client == NULL)
		return;
	drop(&ledger->clients, &client->item);
	if (client->item.holds > 0)
		return;
	drop(&ledger->prefixes, &client->prefix->item);
	client->prefix = NULL;
}

enum ledger_verdict ledger_answer(struct ledger *ledger, struct ledger_client *client, uint64_t now_us)
{
	uint64_t rate = ledger->request_rate;
	if (rate == 0)
		return LEDGER_FINE;
	uint64_t level = leak_level(&client->prefix->requests, rate, now_us);
	if (level >= rate * LEDGER_BURST_S)
		return LEDGER_TOO_MANY;
	leak_pour(&client->prefix->requests, 1, rate, now_us);
	return level < rate ? LEDGER_FINE : LEDGER_SPARE_IT;
}

bool ledger_is_over(struct ledger *ledger, struct ledger_client *client, uint64_t now_us)
{
	uint64_t rate = ledger->request_rate;
	return rate != 0 && leak_level(&client->prefix->requests, rate, now_us) > rate;
}

void ledger_acknowledged(struct ledger_client *client, uint32_t answers)
{
	leak_take_back(&client->prefix->requests, answers);
}

void ledger_doubt(struct ledger_client *client, uint32_t answers)
{
	client->doubted += answers;
}

void ledger_sent(struct ledger_client *client, uint64_t bytes, uint64_t now_us)
{
	client->bytes += bytes;
	leak_pour(&client->prefix->bytes, bytes, LEDGER_BYTES_PER_S, now_us);
}

bool ledger_is_crowded(struct ledger_client *client, uint64_t now_us)
{
	return leak_level(&client->prefix->bytes, LEDGER_BYTES_PER_S, now_us) > LEDGER_BYTES_MAX;
}

void ledger_trust(struct ledger_client *client, uint64_t now_us)
{
	leak_take_back(&client->prefix->bytes, client->bytes);
	leak_take_back(&client->prefix->requests, client->doubted);
	client->bytes = client->doubted = 0;
	client->trusted_until_us = now_us + LEDGER_TRUST_US;
}

bool ledger_is_trusted(const struct ledger_client *client, uint64_t now_us)
{
	return now_us < client->trusted_until_us;
}

void ledger_stray(struct ledger *ledger, const struct addr *peer, uint64_t now_us)
{
	struct addr_key key;
	key_client(peer, &key);
	uint64_t hash = table_hash(&ledger->clients.by_key, &key, sizeof key);
	struct ledger_item *item = find(&ledger->clients, &key, hash);
	if (item != NULL && item->holds > 0)
		leak_pour(&((struct ledger_client *)(void *)item)->strays, 1, LEDGER_STRAYS_PER_S,
			  now_us);
}

bool ledger_is_suspect(struct ledger_client *client, uint64_t now_us)
{
	return leak_level(&client->strays, LEDGER_STRAYS_PER_S, now_us) > LEDGER_STRAYS_MAX;
}

#include "server/place.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "server/worker.h"

/* Random picks among all slots before those that are open are tried in order. */
#define PICKS 4
/* Ports of a configured range tried for one endpoint; others of the range may be in use by anybody. */
#define RANGE_TRIES 16

static uint64_t hash_host(const struct worker *worker, const struct addr *local)
{
	struct addr host = *local;
	struct addr_key key;
	addr_set_port(&host, 0);
	addr_key(&host, &key);
	return table_hash(&worker->places_by_host, &key, sizeof key);
}

static struct place *make(struct worker *worker, const struct addr *local, uint64_t hash)
{
	if (worker->place_count >= PLACES_MAX)
		return NULL;
	struct place *place = mem_zalloc(1, sizeof *place);
	if (place == NULL)
		return NULL;
	place->slot_count = worker->server->endpoints_max;
	place->slots = mem_zalloc(place->slot_count, sizeof *place->slots);
	if (place->slots == NULL) {
		mem_free(place);
		return NULL;
	}
	place->local = *local;
	addr_set_port(&place->local, 0);
	table_insert(&worker->places_by_host, &place->in_places, hash);
	list_append(&worker->places, &place->link);
	worker->place_count++;
	return place;
}

struct place *place_find(struct worker *worker, const struct addr *local)
{
	uint64_t hash = hash_host(worker, local);
	struct table_link *link = table_first(&worker->places_by_host, hash);
	for (; link != NULL; link = table_next(link)) {
		struct place *place = TABLE_ENTRY(link, struct place, in_places);
		if (addr_same_host(&place->local, local))
			return place;
	}
	return make(worker, local, hash);
}

static void resume(struct endpoint *endpoint)
{
	struct worker *worker = endpoint->user;
	worker_resume(worker);
}

static int try_open(struct endpoint *endpoint, struct place *place, struct worker *worker, uint16_t port)
{
	struct endpoint_options options = {
	    .local = place->local,
	    .may_be_absent = true,
	    .receive_buffer_bytes = worker->server->receive_buffer_bytes,
	};
	addr_set_port(&options.local, port);
	int rc = endpoint_open(endpoint, &worker->batch, &options, worker_heard, worker);
	if (rc == 0)
		endpoint->on_writable = resume;
	return rc;
}

/* Every worker takes its own ports of the range, so workers never compete for one. */
static int open_in_range(struct endpoint *endpoint, struct place *place, struct worker *worker)
{
	const struct server *server = worker->server;
	unsigned ports = (unsigned)(server->port_high - server->port_low) + 1;
	unsigned mine = (ports - worker->index + server->worker_count - 1) / server->worker_count;
	unsigned first = (unsigned)(worker_random(worker) % mine);
	int rc = -EADDRINUSE;
	for (unsigned i = 0; i < mine && i < RANGE_TRIES && rc == -EADDRINUSE; i++) {
		unsigned nth = (first + i) % mine;
		unsigned port = server->port_low + nth * server->worker_count + worker->index;
		rc = try_open(endpoint, place, worker, (uint16_t)port);
	}
	return rc;
}

static struct endpoint *open_slot(struct place *place, struct worker *worker, unsigned slot)
{
	struct endpoint *endpoint = mem_zalloc(1, sizeof *endpoint);
	if (endpoint == NULL)
		return NULL;
	int rc = worker->server->port_low != 0 ? open_in_range(endpoint, place, worker)
					       : try_open(endpoint, place, worker, 0);
	if (rc != 0) {
		char text[ADDR_TEXT_MAX];
		addr_format_host(&place->local, text);
		log_line(&worker->server->log,
			 place->open_count == 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG,
			 "cannot open another port on %s: %s", text, uv_strerror(rc));
		mem_free(endpoint);
		return NULL;
	}
	place->slots[slot] = endpoint;
	place->open_count++;
	return endpoint;
}

static struct endpoint *find_free(struct place *place, struct worker *worker, const struct addr *peer,
				  unsigned first)
{
	for (unsigned i = 0; i < place->slot_count; i++) {
		struct endpoint *endpoint = place->slots[(first + i) % place->slot_count];
		if (endpoint != NULL && worker_find(worker, endpoint, peer) == NULL)
			return endpoint;
	}
	return NULL;
}

static struct endpoint *pick_any(struct place *place, struct worker *worker, const struct addr *peer)
{
	unsigned slot = 0;
	for (unsigned i = 0; i < PICKS; i++) {
		slot = (unsigned)(worker_random(worker) % place->slot_count);
		struct endpoint *endpoint = place->slots[slot];
		if (endpoint == NULL)
			endpoint = open_slot(place, worker, slot);
		/* No port to be had any more: those that are open serve. */
		if (endpoint == NULL)
			break;
		if (worker_find(worker, endpoint, peer) == NULL)
			return endpoint;
	}
	return find_free(place, worker, peer, slot);
}

/* Where the ports of a network begin at this time. Networks do not change all at once. */
static unsigned choose_first(const struct place *place, const struct worker *worker, uint64_t network)
{
	uint64_t turn = (worker_now(worker) + network % PLACE_TURN_US) / PLACE_TURN_US;
	uint64_t key[2] = {network, turn};
	return (unsigned)(table_hash(&worker->places_by_host, key, sizeof key) % place->slot_count);
}

/* Of the network's ports a random one that this peer did not have lately, or the one it had the longest ago: a
 * packet that comes late must not meet the next transfer. NULL: all are taken. */
static struct endpoint *pick_near(struct place *place, struct worker *worker, const struct addr *peer,
				  uint64_t network)
{
	unsigned count = PLACE_NEAR_MIN;
	if (worker->session_count / PLACE_SHARE > count)
		count = (unsigned)(worker->session_count / PLACE_SHARE);
	if (count > place->slot_count)
		count = place->slot_count;
	unsigned first = choose_first(place, worker, network);
	unsigned start = (unsigned)(worker_random(worker) % count);
	struct endpoint *rested = NULL;
	uint64_t rested_until_us = UINT64_MAX;
	bool has_failed = false;
	for (unsigned i = 0; i < count; i++) {
		unsigned slot = (first + (start + i) % count) % place->slot_count;
		struct endpoint *endpoint = place->slots[slot];
		if (endpoint == NULL && !has_failed) {
			endpoint = open_slot(place, worker, slot);
			has_failed = endpoint == NULL;
		}
		if (endpoint == NULL || worker_find(worker, endpoint, peer) != NULL)
			continue;
		uint64_t until_us =
		    worker_quarantined_until(worker, worker_peer_hash(worker, endpoint, peer));
		if (until_us == 0)
			return endpoint;
		if (until_us < rested_until_us) {
			rested_until_us = until_us;
			rested = endpoint;
		}
	}
	return rested;
}

struct endpoint *place_pick(struct place *place, struct worker *worker,
			    const struct session_request *request)
{
	struct endpoint *endpoint = NULL;
	if (request->packet->op == PACKET_RRQ && worker->session_count >= PLACE_NEAR_MIN)
		endpoint =
		    pick_near(place, worker, request->peer, request->client->prefix->item.by_key.hash);
	return endpoint != NULL ? endpoint : pick_any(place, worker, request->peer);
}

static void free_endpoint(struct endpoint *endpoint)
{
	mem_free(endpoint);
}

void place_close(struct place *place)
{
	for (unsigned i = 0; i < place->slot_count; i++)
		if (place->slots[i] != NULL)
			endpoint_close(place->slots[i], free_endpoint);
	place->open_count = 0;
}

void place_free(struct place *place)
{
	mem_free(place->slots);
	mem_free(place);
}

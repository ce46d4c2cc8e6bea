#include "sim/world.h"

#include <string.h>

#include "base/mem.h"

#define HEAP_ROOM_FIRST 1024
#define FRAME_BYTES     66 /* around a datagram on Ethernet: IPv4, UDP, frame, preamble, gap */
#define DIGEST_BYTES    24 /* of each datagram: header, and enough of the bytes to tell them apart */

void world_init(struct world *world)
{
	/* A clock never stands at 0. */
	*world = (struct world){.now_us = 1, .room = HEAP_ROOM_FIRST};
	world->heap = mem_alloc(world->room * sizeof *world->heap);
	world->is_out_of_memory = world->heap == NULL;
}

void world_fini(struct world *world)
{
	for (size_t i = 0; i < world->count; i++)
		mem_free(world->heap[i].datagram);
	mem_free(world->heap);
}

static bool is_before(const struct event *a, const struct event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static bool make_room(struct world *world)
{
	if (world->count < world->room)
		return true;
	struct event *bigger = mem_alloc(2 * world->room * sizeof *bigger);
	if (bigger == NULL)
		return false;
	memcpy(bigger, world->heap, world->count * sizeof *bigger);
	mem_free(world->heap);
	world->heap = bigger;
	world->room *= 2;
	return true;
}

void world_at(struct world *world, uint64_t at_us, world_fire *fire, void *context,
	      struct datagram *datagram)
{
	struct event event = {at_us, world->planned++, fire, context, datagram};
	if (world->is_out_of_memory || !make_room(world)) {
		world->is_out_of_memory = true;
		mem_free(datagram);
		return;
	}
	size_t at = world->count++;
	while (at > 0 && is_before(&event, &world->heap[(at - 1) / 2])) {
		world->heap[at] = world->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	world->heap[at] = event;
}

static struct event take_first(struct world *world)
{
	struct event first = world->heap[0];
	struct event last = world->heap[--world->count];
	size_t at = 0;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= world->count)
			break;
		if (child + 1 < world->count && is_before(&world->heap[child + 1], &world->heap[child]))
			child++;
		if (!is_before(&world->heap[child], &last))
			break;
		world->heap[at] = world->heap[child];
		at = child;
	}
	world->heap[at] = last;
	return first;
}

bool world_step(struct world *world)
{
	if (world->count == 0 || world->is_out_of_memory)
		return false;
	struct event event = take_first(world);
	world->now_us = event.at_us;
	world->fired++;
	event.fire(event.context, event.datagram);
	mem_free(event.datagram);
	return true;
}

struct datagram *world_datagram(struct world *world, uint32_t from, uint32_t to, size_t len)
{
	struct datagram *datagram = mem_alloc(sizeof *datagram + len);
	if (datagram == NULL) {
		world->is_out_of_memory = true;
		return NULL;
	}
	*datagram = (struct datagram){.from = from, .to = to, .position = WORLD_NO_POSITION, .len = len};
	return datagram;
}

void link_init(struct link *link, struct world *world, const struct link_plan *plan, uint64_t seed,
	       uint64_t tag, world_fire *deliver, void *receiver)
{
	*link = (struct link){.world = world, .plan = *plan, .deliver = deliver, .receiver = receiver};
	dice_init(&link->dice, seed, tag);
}

static void digest(struct world *world, const struct datagram *datagram)
{
	uint64_t sum = dice_hash(world->digest, world->now_us);
	sum = dice_hash(sum, datagram->to ^ (uint64_t)datagram->len << 32);
	for (size_t i = 0; i < datagram->len && i < DIGEST_BYTES; i++)
		sum = sum * 257 + datagram->bytes[i];
	world->digest = sum;
}

static bool is_lost(const struct world *world, struct link *link)
{
	const struct link_plan *plan = &link->plan;
	if (world->now_us >= plan->dead_from_us)
		return true;
	if (plan->lose_n == 0)
		return dice_hits(&link->dice, plan->loss_ppm);
	if (link->left_n == 0) {
		link->left_n = plan->lose_n;
		link->left_m = plan->lose_m;
	}
	bool is_hit = dice_roll(&link->dice, link->left_n--) < link->left_m;
	link->left_m -= is_hit;
	return is_hit;
}

/* Bits a microsecond are Mbit a second. */
static uint64_t find_sending_us(const struct link *link, size_t len)
{
	uint64_t bits = 8 * (len + FRAME_BYTES);
	return link->plan.rate_mbps == 0 ? 0 : (bits + link->plan.rate_mbps - 1) / link->plan.rate_mbps;
}

static bool is_queue_full(const struct link *link, size_t len)
{
	uint64_t now_us = link->world->now_us;
	return link->plan.rate_mbps != 0 && link->free_at_us > now_us &&
	       link->free_at_us - now_us > link->plan.queue_max * find_sending_us(link, len);
}

/* When the last bit leaves. */
static uint64_t leave(struct link *link, size_t len)
{
	uint64_t now_us = link->world->now_us;
	link->free_at_us =
	    (link->free_at_us > now_us ? link->free_at_us : now_us) + find_sending_us(link, len);
	return link->free_at_us;
}

/* An arrival. What took a detour and is a period old by now never gets here. */
static void arrive(void *context, const struct datagram *datagram)
{
	struct link *link = context;
	struct world *world = link->world;
	bool is_old = datagram->has_strayed && datagram->position != WORLD_NO_POSITION &&
		      datagram->position + link->plan.age_max_blocks < link->position_max;
	if (is_old)
		link->lost++;
	world->watch(world->watcher, is_old ? WORLD_LOST : WORLD_ARRIVES, datagram);
	if (!is_old)
		link->deliver(link->receiver, datagram);
}

static void send_copy(struct link *link, const struct datagram *datagram, uint64_t at_us)
{
	struct world *world = link->world;
	struct datagram *copy = world_datagram(world, datagram->from, datagram->to, datagram->len);
	if (copy == NULL)
		return;
	memcpy(copy, datagram, sizeof *copy + datagram->len);
	copy->is_copy = copy->has_strayed = true;
	link->copies++;
	world->watch(world->watcher, WORLD_COPIED, copy);
	world_at(world, at_us, arrive, link, copy);
}

/* A datagram without detour arrives in the order of sending. */
static uint64_t find_arrival(struct link *link, uint64_t left_us)
{
	uint64_t at_us = left_us + link->plan.delay_us;
	if (link->plan.jitter_us != 0)
		at_us += dice_roll(&link->dice, link->plan.jitter_us + 1);
	if (at_us < link->last_arrival_us)
		at_us = link->last_arrival_us;
	link->last_arrival_us = at_us;
	return at_us;
}

void link_send(struct link *link, struct datagram *datagram)
{
	struct world *world = link->world;
	const struct link_plan *plan = &link->plan;
	if (datagram->position != WORLD_NO_POSITION && datagram->position > link->position_max)
		link->position_max = datagram->position;
	digest(world, datagram);
	if (is_lost(world, link) || is_queue_full(link, datagram->len)) {
		link->lost++;
		world->watch(world->watcher, WORLD_LOST, datagram);
		mem_free(datagram);
		return;
	}
	bool is_late = dice_hits(&link->dice, plan->late_ppm);
	uint64_t at_us = leave(link, datagram->len);
	at_us = is_late ? at_us + plan->delay_us + 1 + dice_roll(&link->dice, plan->late_us)
			: find_arrival(link, at_us);
	datagram->has_strayed = is_late;
	link->late += is_late;
	world->watch(world->watcher, is_late ? WORLD_LATE : WORLD_SENT, datagram);
	bool is_data = datagram->len >= 2 && datagram->bytes[1] == 3;
	bool is_ack = datagram->len >= 2 && datagram->bytes[1] == 4;
	if ((plan->copies_all_data && is_data) || (plan->copies_all_acks && is_ack) ||
	    dice_hits(&link->dice, plan->copy_ppm))
		send_copy(link, datagram, at_us);
	if (dice_hits(&link->dice, plan->replay_ppm))
		send_copy(link, datagram, at_us + dice_roll(&link->dice, plan->replay_us) + 1);
	world_at(world, at_us, arrive, link, datagram);
}

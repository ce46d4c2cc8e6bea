#include "unit/suite.h"

#include "unit/cache_kit.h"

START_TEST(who_starves_is_served_in_turn_when_a_hold_is_dropped)
{
	set_up();
	fill();
	ask(7, 20);
	ask(8, 21);
	ask(9, 20); /* shares what 7 is given */
	desk_poll(&desk);
	ck_assert_uint_eq(stats().starved, 3);
	ck_assert_uint_eq(atomic_load(&fake.reads), ROOM);

	drop(3);
	get(7);
	desk_poll(&desk);
	ck_assert(!askers[8].is_done);
	ck_assert(!is_cached(3));
	drop(0);
	get(8);
	get(9);
	ck_assert_ptr_eq(askers[9].wait.chunk, askers[7].wait.chunk);
	ck_assert_int_lt(askers[7].turn, askers[8].turn);
	ck_assert_uint_eq(atomic_load(&fake.reads), ROOM + 2);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(new_wants_queue_behind_those_who_starve)
{
	struct fake small;
	pool_of_threads("1"); /* reads end in the order they began */
	set_up();
	init_fake(&small, 5, 100);
	fill();
	ask(7, 63); /* a short one */
	ask(8, 20);
	ck_assert_int_eq(ask_for(&small.content, &desk, 11, 0), 0); /* would fit */
	desk_poll(&desk);
	ck_assert_uint_eq(atomic_load(&small.reads), 0);
	drop(0); /* for 7, though 9 comes before its read begins */
	ask(9, 21);
	get(7);
	desk_poll(&desk);
	ck_assert(!askers[8].is_done);
	ck_assert(!askers[9].is_done);
	ask(10, 1); /* in memory: needs none */
	get(10);
	drop(7);
	get(8);
	desk_run_until(&desk, &askers[11].is_done);
	drop(8);
	get(9);
	ck_assert_int_lt(askers[8].turn, askers[11].turn);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(failed_read_feeds_who_starves)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	for (int i = 0; i < ROOM - 1; i++) {
		ask(i, (uint64_t)i);
		get(i);
	}
	block(&blocker, &desk.loop);
	atomic_store(&fake.error, -EIO);
	ask(6, 6);
	ask(7, 20);
	release(&blocker);
	desk_run_until(&desk, &askers[6].is_done);
	ck_assert_int_eq(askers[6].wait.error, -EIO);
	ck_assert_ptr_null(askers[6].wait.chunk);
	desk_run_until(&desk, &askers[7].is_done);
	ck_assert_int_eq(askers[7].wait.error, -EIO);
	ck_assert_uint_eq(stats().used_bytes, (ROOM - 1) * CHUNK_COST);
	drop_all();
	tear_down();
}
END_TEST

/* Many clients on two loops with room for seven chunks: each holds one chunk, lets go, and wants another. */
#define CLIENTS 40
#define WANTS   150
#define SEEN    64

struct crowd;

struct client {
	struct chunk_wait wait;
	struct crowd *crowd;
	unsigned wants_left;
};

struct crowd {
	struct desk desk;
	struct client clients[CLIENTS];
	struct chunk *seen[SEEN]; /* unheld, with the generation: by index */
	uint32_t generations[SEEN];
	uint32_t random;
	unsigned clients_left;
	unsigned again;
	bool is_over;
};

static unsigned draw(struct crowd *crowd, unsigned below)
{
	crowd->random = crowd->random * 1664525u + 1013904223u;
	return (crowd->random >> 8) % below;
}

static void check_bytes(const struct chunk *chunk, uint64_t index)
{
	uint8_t expected = (uint8_t)(fake.seed + index);
	ck_assert(chunk->data[FRAME_HEADER_BYTES] == expected &&
		  chunk->data[chunk->len / 2] == expected && chunk->data[chunk->len - 1] == expected);
}

static void want_more(struct client *client)
{
	struct crowd *crowd = client->crowd;
	unsigned i = draw(crowd, SEEN);
	if (crowd->seen[i] != NULL && chunk_hold_again(crowd->seen[i], crowd->generations[i])) {
		check_bytes(crowd->seen[i], i);
		crowd->again++;
		chunk_drop(crowd->seen[i]);
	}
	if (client->wants_left == 0) {
		crowd->clients_left--;
		crowd->is_over = crowd->clients_left == 0;
		return;
	}
	client->wants_left--;
	struct chunk_name name = name_of(&fake.content, draw(crowd, 64));
	cache_read_ahead(cache, &name, &crowd->desk.loop);
	do {
		name.index = draw(crowd, 64);
		ck_assert_int_eq(cache_want(cache, &name, &client->wait), 0);
		if (draw(crowd, 8) != 0)
			break;
		cache_cancel(&client->wait);
	} while (true);
}

static void take_and_go_on(struct chunk_wait *wait)
{
	struct client *client = LIST_OWNER(wait, struct client, wait);
	struct crowd *crowd = client->crowd;
	ck_assert_ptr_nonnull(wait->chunk);
	check_bytes(wait->chunk, wait->name.index);
	ck_assert_uint_le(stats().used_bytes, CACHE_BYTES_MIN);
	crowd->seen[wait->name.index] = wait->chunk;
	crowd->generations[wait->name.index] = atomic_load(&wait->chunk->generation);
	chunk_drop(wait->chunk);
	want_more(client);
}

static void run_crowd(void *user)
{
	struct crowd *crowd = user;
	crowd->clients_left = CLIENTS;
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *client = &crowd->clients[i];
		client->crowd = crowd;
		client->wants_left = WANTS;
		client->wait.mailbox = &crowd->desk.mailbox;
		client->wait.done = take_and_go_on;
		want_more(client);
	}
	desk_run_until(&crowd->desk, &crowd->is_over);
}

START_TEST(crowd_on_two_loops_gets_on_with_little_memory)
{
	static struct crowd crowds[2];
	uv_thread_t threads[2];
	set_up();
	for (uint32_t i = 0; i < 2; i++) {
		crowds[i].random = i + 1;
		desk_open(&crowds[i].desk);
		ck_assert_int_eq(uv_thread_create(&threads[i], run_crowd, &crowds[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		uv_thread_join(&threads[i]);
	for (int i = 0; i < 2; i++)
		desk_close(&crowds[i].desk);
	struct cache_stats end = stats();
	ck_assert_uint_gt(end.starved, 0);
	ck_assert_uint_gt(end.evictions, 0);
	ck_assert_uint_gt(crowds[0].again + crowds[1].again, 0);
	ck_assert_uint_le(end.used_bytes, CACHE_BYTES_MIN);
	tear_down();
}
END_TEST

SUITE("cache_starved", who_starves_is_served_in_turn_when_a_hold_is_dropped,
      new_wants_queue_behind_those_who_starve, failed_read_feeds_who_starves,
      crowd_on_two_loops_gets_on_with_little_memory)

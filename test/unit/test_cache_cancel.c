#include "unit/suite.h"

#include "unit/cache_kit.h"

START_TEST(cancelled_reader_leaves_the_read_to_others)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	block(&blocker, &desk.loop);
	ask(0, 1);
	ask(1, 1);
	cache_cancel(&askers[0].wait);
	release(&blocker);
	get(1);
	desk_poll(&desk);
	ck_assert(!askers[0].is_done);
	ck_assert_uint_eq(atomic_load(&askers[1].wait.chunk->holds), 1);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(read_nobody_waits_for_fills_the_cache)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	block(&blocker, &desk.loop);
	ask(0, 1);
	ck_assert_uint_eq(atomic_load(&fake.content.holds), 2); /* the read's own */
	cache_cancel(&askers[0].wait);
	cache_cancel(&askers[0].wait);
	release(&blocker);
	while (stats().reads == 0)
		uv_run(&desk.loop, UV_RUN_ONCE);
	desk_poll(&desk);
	ck_assert(!askers[0].is_done);
	ck_assert(is_cached(1));
	ck_assert_uint_eq(atomic_load(&fake.content.holds), 1);
	tear_down();
}
END_TEST

START_TEST(cancel_drops_what_is_on_its_way)
{
	set_up();
	ask(0, 1);
	struct chunk *chunk = get(0);
	ask(1, 1); /* posted at once */
	ck_assert_uint_eq(atomic_load(&chunk->holds), 2);
	cache_cancel(&askers[1].wait);
	ck_assert_uint_eq(atomic_load(&chunk->holds), 1);
	desk_poll(&desk);
	ck_assert(!askers[1].is_done);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(cancel_takes_who_starves_out_of_the_queue)
{
	set_up();
	fill();
	ask(7, 20);
	ask(8, 21);
	cache_cancel(&askers[7].wait);
	drop(0);
	get(8);
	ck_assert(!askers[7].is_done);
	ck_assert(!is_cached(20));
	drop_all();
	tear_down();
}
END_TEST

START_TEST(cancel_of_who_starves_lets_a_smaller_one_through)
{
	set_up();
	fill();
	drop(6);
	ask(6, 63);
	get(6); /* 1000 bytes are left now, beside what was */
	init_fake(&fake, 200, PIECE_BYTES + 100);
	uint64_t left = CACHE_BYTES_MIN - stats().used_bytes;
	ck_assert_uint_gt(left, FRAME_HEADER_BYTES + 100 + sizeof(struct chunk));
	ask(7, 0);
	ask(8, 1);
	desk_poll(&desk);
	ck_assert(!askers[8].is_done);
	cache_cancel(&askers[7].wait);
	get(8);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(cancel_passes_granted_memory_on)
{
	struct desk other;
	set_up();
	desk_open(&other);
	fill();
	ck_assert_int_eq(ask_at(&other, 7, 20), 0);
	ask(8, 21);
	drop(0); /* memory is granted to 7, whose loop does not run */
	ck_assert_uint_eq(stats().evictions, 1);
	cache_cancel(&askers[7].wait);
	get(8);
	desk_close(&other);
	ck_assert(!askers[7].is_done);
	ck_assert_uint_eq(atomic_load(&fake.reads), ROOM + 1);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(cancel_begins_the_read_that_others_joined)
{
	struct desk other;
	set_up();
	desk_open(&other);
	fill();
	ck_assert_int_eq(ask_at(&other, 7, 20), 0);
	drop(0);
	ask(8, 20); /* joins 7, who is to begin the read */
	desk_poll(&desk);
	cache_cancel(&askers[7].wait);
	get(8);
	ck_assert(!askers[7].is_done);
	desk_close(&other);
	ck_assert_uint_eq(atomic_load(&fake.reads), ROOM + 1);
	drop_all();
	tear_down();
}
END_TEST

SUITE("cache_cancel", cancelled_reader_leaves_the_read_to_others, read_nobody_waits_for_fills_the_cache,
      cancel_drops_what_is_on_its_way, cancel_takes_who_starves_out_of_the_queue,
      cancel_of_who_starves_lets_a_smaller_one_through, cancel_passes_granted_memory_on,
      cancel_begins_the_read_that_others_joined)

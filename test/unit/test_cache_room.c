#include "unit/suite.h"

#include "unit/cache_kit.h"

START_TEST(memory_never_exceeds_the_bound)
{
	set_up();
	for (int round = 0; round < 3; round++) {
		for (uint64_t index = 0; index < 64; index++) {
			ask(0, index);
			get(0); /* asserts the bound */
			drop(0);
		}
	}
	ck_assert_uint_eq(stats().evictions, atomic_load(&fake.reads) - ROOM);
	ck_assert_uint_gt(stats().used_bytes, CACHE_BYTES_MIN - CHUNK_COST);
	tear_down();
}
END_TEST

START_TEST(unused_chunks_go_first)
{
	set_up();
	fill();
	drop_all();
	ck_assert(is_cached(0)); /* used again */
	ck_assert(is_cached(2));
	for (int i = 0; i < 3; i++) {
		ask(0, (uint64_t)(20 + i));
		get(0);
		drop(0);
	}
	ck_assert_uint_eq(stats().evictions, 3);
	ck_assert(is_cached(0));
	ck_assert(is_cached(2));
	tear_down();
}
END_TEST

START_TEST(what_is_read_in_turn_is_found_again_though_not_all_of_it_fits)
{
	enum { ROUNDS = 50 };
	set_up();
	for (int i = 0; i < ROUNDS * (ROOM + 1); i++) {
		ask(0, (uint64_t)i % (ROOM + 1));
		get(0);
		drop(0);
	}
	ck_assert_uint_lt(atomic_load(&fake.reads), ROUNDS * (ROOM + 1) * 3 / 4);
	tear_down();
}
END_TEST

START_TEST(a_chunk_is_found_to_give_up_whatever_the_coin_says)
{
	set_up();
	fill();
	drop(0);
	for (uint64_t index = 10; index < 60; index++) {
		ask(0, index);
		get(0); /* nobody would wake it if it starved */
		drop(0);
		ck_assert(is_cached(index)); /* used */
	}
	ck_assert_uint_eq(stats().starved, 0);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(held_chunk_is_never_given_up)
{
	set_up();
	fill();
	for (int i = 1; i < ROOM; i++)
		drop(i);
	struct chunk *held = askers[0].wait.chunk;
	for (uint64_t index = 20; index < 60; index++) {
		ask(1, index);
		get(1);
		drop(1);
	}
	ck_assert_uint_eq(held->data[FRAME_HEADER_BYTES], 100);
	ck_assert_ptr_eq(take(0), held);
	chunk_drop(held);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(holding_again_counts_as_use)
{
	set_up();
	fill();
	struct chunk *first = askers[0].wait.chunk;
	uint32_t generation = atomic_load(&first->generation);
	drop_all();
	ck_assert(chunk_hold_again(first, generation));
	chunk_drop(first);
	ask(0, 20);
	get(0);
	drop(0);
	ck_assert_uint_eq(stats().evictions, 1);
	ck_assert(is_cached(0));
	tear_down();
}
END_TEST

START_TEST(small_chunks_run_out_of_headers_not_of_luck)
{
	enum { FILES = 600 };
	set_up();
	for (unsigned i = 0; i < FILES; i++) {
		init_fake(&fake, 100, 1);
		fake.content.key.words[1] = i;
		ask(0, 0);
		get(0);
		drop(0);
	}
	ck_assert_uint_eq(stats().evictions, FILES - CACHE_BYTES_MIN / 1024);
	ck_assert_uint_eq(stats().used_bytes,
			  CACHE_BYTES_MIN / 1024 * (FRAME_HEADER_BYTES + 1 + sizeof(struct chunk)));
	tear_down();
}
END_TEST

SUITE("cache_room", memory_never_exceeds_the_bound, unused_chunks_go_first,
      what_is_read_in_turn_is_found_again_though_not_all_of_it_fits,
      a_chunk_is_found_to_give_up_whatever_the_coin_says, held_chunk_is_never_given_up,
      holding_again_counts_as_use, small_chunks_run_out_of_headers_not_of_luck)

/* What uploads hold in memory: little at first, more as they go on, no more than the limit in all. */
#include "unit/suite.h"

#include "unit/sink_pattern.h"

#define BLOCK 1428

static size_t used(void)
{
	return atomic_load(&memory.used_bytes);
}

static size_t held(int i)
{
	const struct upload *upload = owners[i].storing.upload;
	return upload->halves[0].size + upload->halves[1].size;
}

/* A window: invited when all of it has room, sent without another look. */
static void send_window(int i, size_t *at, unsigned blocks)
{
	struct storing *storing = &owners[i].storing;
	if (sink_room(storing) < blocks * BLOCK + 1) {
		sink_wait_room(storing);
		ck_assert_int_eq(await(i), 0);
	}
	for (unsigned n = 0; n < blocks; n++) {
		ck_assert_uint_gt(sink_room(storing), BLOCK);
		ck_assert(sink_append(storing, pattern + *at, BLOCK));
		*at += BLOCK;
	}
}

static void send_all(int i, size_t *at, size_t end, unsigned blocks)
{
	while (*at < end)
		send_window(i, at, blocks);
}

START_TEST(an_upload_grows_while_it_goes_on)
{
	size_t at = 0;
	make_pattern();
	set_up(SINK_CREATE);
	begin_burst(0, "name", BLOCK + 1);
	ck_assert_uint_eq(used(), SINK_HALF_MIN);
	send_all(0, &at, SINK_HALF_MIN + BLOCK, 1);
	ck_assert_uint_eq(used(), 2 * SINK_HALF_MIN);
	send_all(0, &at, 600000, 1);
	ck_assert_uint_eq(used(), 2 * SINK_HALF_MAX);
	ck_assert_uint_eq(held(0), used());
	ck_assert_int_eq(commit(0), 0);
	ck_assert_uint_eq(used(), 0);
	expect_pattern("name", at);
	tear_down();
}
END_TEST

START_TEST(where_there_is_plenty_it_has_all_at_once)
{
	size_t at = 0;
	make_pattern();
	set_up(SINK_CREATE);
	memory.limit_bytes = 16u << 20;
	begin_burst(0, "name", BLOCK + 1);
	ck_assert_uint_eq(used(), 2 * SINK_HALF_MAX);
	send_all(0, &at, 600000, 1);
	ck_assert_uint_eq(used(), 2 * SINK_HALF_MAX);
	ck_assert_int_eq(commit(0), 0);
	ck_assert_uint_eq(used(), 0);
	expect_pattern("name", at);
	tear_down();
}
END_TEST

START_TEST(many_uploads_stay_within_the_limit_and_all_arrive)
{
	enum { UPLOADS = 8 };
	static const char *const names[UPLOADS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
	size_t at[UPLOADS] = {0};
	make_pattern();
	set_up(SINK_CREATE);
	memory.limit_bytes = 160000;
	for (int i = 0; i < UPLOADS; i++)
		begin_burst(i, names[i], BLOCK + 1);
	while (at[0] < 300000) {
		for (int i = 0; i < UPLOADS; i++) {
			send_window(i, &at[i], 1);
			ck_assert_uint_le(used(), memory.limit_bytes);
		}
	}
	for (int i = 0; i < UPLOADS; i++) {
		ck_assert_int_eq(commit(i), 0);
		expect_pattern(names[i], at[i]);
	}
	tear_down();
}
END_TEST

START_TEST(beyond_the_limit_each_has_room_for_a_burst)
{
	size_t at[2] = {0};
	make_pattern();
	set_up(SINK_CREATE);
	memory.limit_bytes = 0;
	begin_burst(0, "one", BLOCK + 1);
	begin_burst(1, "four", 4 * BLOCK + 1);
	send_all(0, &at[0], 100000, 1);
	send_all(1, &at[1], 100000, 4);
	ck_assert_uint_eq(held(0), BLOCK + 1);
	ck_assert_uint_eq(held(1), 4 * BLOCK + 1);
	ck_assert_int_eq(commit(0), 0);
	ck_assert_int_eq(commit(1), 0);
	expect_pattern("one", at[0]);
	expect_pattern("four", at[1]);
	tear_down();
}
END_TEST

START_TEST(who_has_much_gives_some_back_but_nothing_that_was_invited)
{
	size_t at = 0;
	make_pattern();
	set_up(SINK_CREATE);
	begin_burst(0, "name", 5 * BLOCK + 1);
	send_all(0, &at, 500000, 5);
	ck_assert_uint_ge(held(0), SINK_HALF_MAX);
	memory.limit_bytes = 40000;
	send_all(0, &at, 900000, 5);
	ck_assert_uint_lt(held(0), SINK_HALF_MAX / 2);
	ck_assert_uint_ge(held(0), 5 * BLOCK + 1);
	ck_assert_int_eq(commit(0), 0);
	expect_pattern("name", at);
	tear_down();
}
END_TEST

START_TEST(what_is_left_is_shared)
{
	struct sink_memory some = {.limit_bytes = 1600000};
	ck_assert_uint_eq(sink_memory_share(&some), 1600000 / SINK_MEMORY_SHARE);
	atomic_store(&some.used_bytes, 1600000);
	ck_assert_uint_eq(sink_memory_share(&some), 0);
	atomic_store(&some.used_bytes, 1700000);
	ck_assert_uint_eq(sink_memory_share(&some), 0);
}
END_TEST

START_TEST(short_memory_only_keeps_it_from_growing)
{
	size_t at = 0;
	make_pattern();
	set_up(SINK_CREATE);
	begin_burst(0, "name", BLOCK + 1);
	send_all(0, &at, SINK_HALF_MIN - BLOCK, 1);
	mem_fail_nth(1); /* the second half */
	send_all(0, &at, SINK_HALF_MIN + BLOCK, 1);
	mem_fail_nth(0);
	ck_assert_uint_eq(held(0), SINK_HALF_MIN);
	send_all(0, &at, 100000, 1);
	ck_assert_uint_gt(held(0), SINK_HALF_MIN);
	ck_assert_int_eq(commit(0), 0);
	expect_pattern("name", at);
	tear_down();
}
END_TEST

SUITE("sink_memory", an_upload_grows_while_it_goes_on, where_there_is_plenty_it_has_all_at_once,
      many_uploads_stay_within_the_limit_and_all_arrive, beyond_the_limit_each_has_room_for_a_burst,
      who_has_much_gives_some_back_but_nothing_that_was_invited, what_is_left_is_shared,
      short_memory_only_keeps_it_from_growing)

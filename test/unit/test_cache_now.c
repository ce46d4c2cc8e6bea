#include "unit/suite.h"

#include "unit/cache_kit.h"

/* How the next attempt to read without waiting ends. */
static int outcome;
static unsigned tries;
static bool has_company; /* somebody asks for the chunk while it is tried */

static int read_fake_now(struct content *content, uint64_t offset, void *room, size_t len)
{
	struct fake *of = LIST_OWNER(content, struct fake, content);
	tries++;
	if (has_company)
		ask(1, offset / PIECE_BYTES);
	if (outcome == 0)
		memset(room, (int)((of->seed + offset / PIECE_BYTES) & 0xff), len);
	return outcome;
}

static const struct content_ops now_ops = {
    .read = read_fake, .read_now = read_fake_now, .close = close_fake};

static void set_up_now(int next_outcome)
{
	set_up();
	fake.content.ops = &now_ops;
	outcome = next_outcome;
	tries = 0;
	has_company = false;
}

START_TEST(is_read_at_once_where_nothing_has_to_be_waited_for)
{
	set_up_now(0);
	struct chunk *chunk = take(5);
	ck_assert_ptr_nonnull(chunk);
	ck_assert_uint_eq(chunk->data[3], 5);
	ck_assert_uint_eq(chunk->data[FRAME_HEADER_BYTES], (uint8_t)(fake.seed + 5));
	ck_assert_uint_eq(atomic_load(&chunk->holds), 1);
	ck_assert_uint_eq(atomic_load(&fake.reads), 0);
	ck_assert_uint_eq(stats().reads, 1);
	ck_assert_ptr_eq(take(5), chunk);
	ck_assert_uint_eq(tries, 1);
	chunk_drop(chunk);
	chunk_drop(chunk);
	tear_down();
}
END_TEST

START_TEST(the_pool_reads_what_would_have_to_be_waited_for)
{
	set_up_now(-EAGAIN);
	ck_assert_ptr_null(take(5));
	ck_assert_uint_eq(tries, 1);
	ck_assert_uint_eq(stats().used_bytes, 0);
	ask(0, 5);
	get(0);
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(who_joins_the_attempt_gets_the_chunk)
{
	set_up_now(0);
	has_company = true;
	struct chunk *chunk = take(5);
	ck_assert_ptr_eq(get(1), chunk);
	ck_assert_uint_eq(atomic_load(&fake.reads), 0);
	chunk_drop(chunk);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(who_joins_an_attempt_that_fails_gets_it_from_the_pool)
{
	set_up_now(-EAGAIN);
	has_company = true;
	ck_assert_ptr_null(take(5));
	get(1);
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(a_pool_that_is_busy_does_not_matter)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up_now(-EAGAIN);
	cache_free(cache);
	cache = new_cache(1);
	block(&blocker, &desk.loop);
	ask(0, 1); /* the one read there may be */
	outcome = 0;
	struct chunk *chunk = take(2);
	ck_assert_ptr_nonnull(chunk);
	chunk_drop(chunk);
	release(&blocker);
	get(0);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(what_is_in_memory_is_not_read_ahead)
{
	set_up_now(0);
	chunk_drop(take(1));
	read_ahead(2);
	ck_assert_uint_eq(stats().used_bytes, CHUNK_COST);
	/* What has to be waited for is. */
	outcome = -EAGAIN;
	ck_assert_ptr_null(take(3));
	read_ahead(4);
	ask(0, 4);
	get(0);
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(those_who_starve_come_first)
{
	set_up_now(0);
	fill();
	ask(ROOM, ROOM); /* everything is held */
	tries = 0;
	ck_assert_ptr_null(take(ROOM + 1));
	ck_assert_uint_eq(tries, 0);
	drop(0);
	get(ROOM);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(who_has_starved_is_given_what_is_in_memory_without_the_pool)
{
	set_up_now(0);
	fill();
	atomic_store(&fake.reads, 0);
	tries = 0;
	ask(7, 20);
	ask(8, 21);
	drop(0);
	get(7);
	ck_assert_uint_eq(tries, 1);
	ck_assert_uint_eq(atomic_load(&fake.reads), 0);
	ck_assert_uint_eq(atomic_load(&askers[7].wait.chunk->holds), 1);
	/* The disk has to be waited for. */
	outcome = -EAGAIN;
	drop(1);
	get(8);
	ck_assert_uint_eq(tries, 2);
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(no_memory_is_no_chunk)
{
	set_up_now(0);
	mem_fail_nth(1);
	ck_assert_ptr_null(take(5));
	ck_assert_uint_eq(tries, 0);
	ck_assert_uint_eq(stats().used_bytes, 0);
	tear_down();
}
END_TEST

SUITE("cache_now", what_is_in_memory_is_not_read_ahead,
      is_read_at_once_where_nothing_has_to_be_waited_for,
      the_pool_reads_what_would_have_to_be_waited_for, who_joins_the_attempt_gets_the_chunk,
      who_joins_an_attempt_that_fails_gets_it_from_the_pool, a_pool_that_is_busy_does_not_matter,
      those_who_starve_come_first, who_has_starved_is_given_what_is_in_memory_without_the_pool,
      no_memory_is_no_chunk)

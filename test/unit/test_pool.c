#include "unit/suite.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "unit/death.h"

static bool is_zero(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

START_TEST(gives_aligned_items_that_do_not_overlap)
{
	struct pool pool;
	ck_assert_int_eq(pool_init(&pool, 33, 50), 0);
	ck_assert_uint_ge(pool.item_bytes, 33);
	unsigned char *items[50];
	for (int i = 0; i < 50; i++) {
		items[i] = pool_take(&pool);
		ck_assert_ptr_nonnull(items[i]);
		ck_assert_uint_eq((uintptr_t)items[i] % alignof(max_align_t), 0);
		memset(items[i], i, pool.item_bytes);
	}
	for (int i = 0; i < 50; i++) {
		for (size_t b = 0; b < pool.item_bytes; b++)
			ck_assert_int_eq(items[i][b], i);
	}
	pool_fini(&pool);
}
END_TEST

START_TEST(says_no_when_all_are_in_use_and_yes_again_after_one_returns)
{
	struct pool pool;
	ck_assert_int_eq(pool_init(&pool, 8, 3), 0);
	void *first = pool_take(&pool);
	pool_take(&pool);
	pool_take(&pool);
	ck_assert_uint_eq(pool.used, 3);
	ck_assert_ptr_null(pool_take(&pool));
	ck_assert_uint_eq(pool.used, 3);
	pool_give(&pool, first);
	ck_assert_uint_eq(pool.used, 2);
	ck_assert_ptr_eq(pool_take(&pool), first);
	ck_assert_ptr_null(pool_take(&pool));
	pool_fini(&pool);
}
END_TEST

START_TEST(zeroes_items_whether_fresh_or_returned)
{
	struct pool pool;
	ck_assert_int_eq(pool_init(&pool, 100, 4), 0);
	for (int round = 0; round < 3; round++) {
		unsigned char *items[4];
		for (int i = 0; i < 4; i++) {
			items[i] = pool_take(&pool);
			ck_assert(is_zero(items[i], pool.item_bytes));
			memset(items[i], 0xff, pool.item_bytes);
		}
		for (int i = 0; i < 4; i++)
			pool_give(&pool, items[i]);
	}
	pool_fini(&pool);
}
END_TEST

START_TEST(uses_what_came_back_before_anything_new)
{
	struct pool pool;
	ck_assert_int_eq(pool_init(&pool, 16, 100), 0);
	void *a = pool_take(&pool);
	void *b = pool_take(&pool);
	for (int i = 0; i < 1000; i++) {
		pool_give(&pool, a);
		pool_give(&pool, b);
		a = pool_take(&pool);
		b = pool_take(&pool);
		ck_assert_ptr_ne(a, b);
	}
	ck_assert_uint_eq(pool.touched, 2);
	ck_assert_uint_eq(pool.used, 2);
	pool_fini(&pool);
}
END_TEST

/* Pages in memory. Huge pages make one touch count as many, so callers compare coarsely. */
static size_t resident_pages(const void *block, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)block + page - 1) / page * page;
	size_t count = len / page - 1;
	unsigned char *map = calloc(count, 1);
	ck_assert_ptr_nonnull(map);
	ck_assert_int_eq(mincore((void *)start, count * page, (void *)map), 0);
	size_t resident = 0;
	for (size_t i = 0; i < count; i++)
		resident += map[i] & 1;
	free(map);
	return resident;
}

/* Measured against calloc: under some sanitizers that touches everything by itself. */
START_TEST(touches_no_memory_before_it_is_used)
{
	enum { ITEM_BYTES = 4096, ITEMS = 16384 };
	const size_t len = (size_t)ITEM_BYTES * ITEMS;
	const size_t all = len / (size_t)sysconf(_SC_PAGESIZE);
	void *untouched = calloc(ITEMS, ITEM_BYTES);
	ck_assert_ptr_nonnull(untouched);
	struct pool pool;
	ck_assert_int_eq(pool_init(&pool, ITEM_BYTES, ITEMS), 0);
	memset(pool_take(&pool), 1, ITEM_BYTES);
	ck_assert_uint_lt(resident_pages(pool.block, len), resident_pages(untouched, len) + all / 8);
	for (int i = 1; i < ITEMS; i++)
		memset(pool_take(&pool), 1, ITEM_BYTES);
	ck_assert_uint_gt(resident_pages(pool.block, len), all / 8 * 7);
	pool_fini(&pool);
	free(untouched);
}
END_TEST

START_TEST(refuses_sizes_that_overflow_and_short_memory)
{
	struct pool pool;
	ck_assert_int_eq(pool_init(&pool, SIZE_MAX, 1), -1);
	ck_assert_int_eq(pool_init(&pool, SIZE_MAX / 2, 3), -1);
	mem_fail_nth(1);
	ck_assert_int_eq(pool_init(&pool, 8, 1), -1);
	ck_assert_ptr_null(pool_take(&pool));
	pool_fini(&pool);
}
END_TEST

START_TEST(accepts_an_empty_pool_and_an_empty_item)
{
	struct pool pool;
	ck_assert_int_eq(pool_init(&pool, 8, 0), 0);
	ck_assert_ptr_null(pool_take(&pool));
	pool_fini(&pool);
	ck_assert_int_eq(pool_init(&pool, 0, 2), 0);
	void *a = pool_take(&pool);
	ck_assert_ptr_ne(a, pool_take(&pool));
	pool_give(&pool, a);
	pool_give(&pool, NULL);
	ck_assert_uint_eq(pool.used, 1);
	pool_fini(&pool);
	pool_fini(&pool);
}
END_TEST

static void give_the_middle(void)
{
	struct pool pool;
	pool_init(&pool, 64, 2);
	unsigned char *item = pool_take(&pool);
	pool_give(&pool, item + 16);
}

static void give_before_take(void)
{
	struct pool pool;
	pool_init(&pool, 64, 2);
	pool_take(&pool);
	pool_give(&pool, pool.block + pool.item_bytes);
}

static void give_a_stranger(void)
{
	struct pool pool;
	max_align_t stranger;
	pool_init(&pool, 64, 2);
	pool_take(&pool);
	pool_give(&pool, &stranger);
}

static void give_twice(void)
{
	struct pool pool;
	pool_init(&pool, 64, 2);
	void *item = pool_take(&pool);
	pool_give(&pool, item);
	pool_give(&pool, item);
}

START_TEST(aborts_when_given_what_it_did_not_give)
{
	expect_abort(give_the_middle, "pool.c");
	expect_abort(give_before_take, "pool.c");
	expect_abort(give_a_stranger, "pool.c");
	expect_abort(give_twice, "pool.c");
}
END_TEST

SUITE("pool", gives_aligned_items_that_do_not_overlap,
      says_no_when_all_are_in_use_and_yes_again_after_one_returns,
      zeroes_items_whether_fresh_or_returned, uses_what_came_back_before_anything_new,
      touches_no_memory_before_it_is_used, refuses_sizes_that_overflow_and_short_memory,
      accepts_an_empty_pool_and_an_empty_item, aborts_when_given_what_it_did_not_give)

#include "unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

START_TEST(nothing_is_asked_for_and_still_given)
{
	void *a = mem_alloc(0);
	void *b = mem_zalloc(0, 8);
	void *c = mem_zalloc(8, 0);
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_nonnull(c);
	mem_free(a);
	mem_free(b);
	mem_free(c);
	mem_free(NULL);
}
END_TEST

START_TEST(zeroes_what_was_dirty_before)
{
	for (int i = 0; i < 100; i++) {
		unsigned char *dirty = mem_alloc(300);
		ck_assert_ptr_nonnull(dirty);
		memset(dirty, 0xff, 300);
		mem_free(dirty);
		unsigned char *clean = mem_zalloc(100, 3);
		ck_assert_ptr_nonnull(clean);
		for (int b = 0; b < 300; b++)
			ck_assert_int_eq(clean[b], 0);
		mem_free(clean);
	}
}
END_TEST

START_TEST(refuses_products_and_sums_that_overflow)
{
	ck_assert_ptr_null(mem_zalloc(SIZE_MAX, 2));
	ck_assert_ptr_null(mem_zalloc(2, SIZE_MAX));
	ck_assert_ptr_null(mem_zalloc(SIZE_MAX / 8 + 1, 8));
	ck_assert_ptr_null(mem_copy("a", SIZE_MAX));
}
END_TEST

START_TEST(copies_bytes_and_ends_them_with_nul)
{
	char *copy = mem_copy("a\0bcd", 4);
	ck_assert_ptr_nonnull(copy);
	ck_assert_mem_eq(copy, "a\0bc", 5);
	mem_free(copy);
	copy = mem_copy(NULL, 0);
	ck_assert_ptr_nonnull(copy);
	ck_assert_str_eq(copy, "");
	mem_free(copy);
}
END_TEST

static bool works(int kind)
{
	void *memory = kind == 0 ? mem_alloc(1) : kind == 1 ? mem_zalloc(1, 1) : mem_copy("", 0);
	mem_free(memory);
	return memory != NULL;
}

START_TEST(fails_the_nth_allocation_of_every_kind_once)
{
	for (int kind = 0; kind < 3; kind++) {
		for (int nth = 1; nth < 5; nth++) {
			mem_fail_nth(nth);
			for (int i = 1; i < 20; i++)
				ck_assert_int_eq(works(kind), i != nth);
		}
	}
}
END_TEST

START_TEST(fails_nothing_once_turned_off)
{
	mem_fail_nth(2);
	ck_assert(works(0));
	mem_fail_nth(0);
	for (int i = 0; i < 10; i++)
		ck_assert(works(0));
}
END_TEST

static atomic_int failures;

static void *allocate_often(void *unused)
{
	(void)unused;
	for (int i = 0; i < 2000; i++) {
		if (!works(0))
			atomic_fetch_add(&failures, 1);
	}
	return NULL;
}

START_TEST(fails_exactly_one_of_many_threads)
{
	for (int round = 0; round < 100; round++) {
		pthread_t threads[4];
		atomic_store(&failures, 0);
		mem_fail_nth(1 + round * 79);
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, allocate_often, NULL), 0);
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(atomic_load(&failures), 1);
	}
}
END_TEST

SUITE("mem", nothing_is_asked_for_and_still_given, zeroes_what_was_dirty_before,
      refuses_products_and_sums_that_overflow, copies_bytes_and_ends_them_with_nul,
      fails_the_nth_allocation_of_every_kind_once, fails_nothing_once_turned_off,
      fails_exactly_one_of_many_threads)

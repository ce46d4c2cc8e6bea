#include "unit/suite.h"

#include "base/heap.h"
#include "base/mem.h"

#define MANY 200

static struct heap heap;
static struct heap_link links[MANY];

static uint64_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void expect_order(unsigned count)
{
	uint64_t last = 0;
	for (unsigned i = 0; i < count; i++) {
		struct heap_link *first = heap_first(&heap);
		ck_assert_ptr_nonnull(first);
		ck_assert_uint_ge(first->at, last);
		last = first->at;
		heap_remove(&heap, first);
		ck_assert_uint_eq(first->place, 0);
	}
	ck_assert_ptr_null(heap_first(&heap));
}

START_TEST(gives_the_soonest_first)
{
	uint64_t state = 1;
	for (int i = 0; i < MANY; i++)
		ck_assert(heap_put(&heap, &links[i], draw(&state) % 50));
	expect_order(MANY);
	heap_fini(&heap);
}
END_TEST

START_TEST(entries_move_and_leave)
{
	uint64_t state = 2;
	for (int i = 0; i < MANY; i++)
		ck_assert(heap_put(&heap, &links[i], draw(&state)));
	for (int i = 0; i < MANY; i += 2)
		ck_assert(heap_put(&heap, &links[i], draw(&state)));
	for (int i = 0; i < MANY; i += 4)
		heap_remove(&heap, &links[i]);
	for (int i = 0; i < MANY; i += 4)
		heap_remove(&heap, &links[i]);
	ck_assert_uint_eq(heap.count, MANY - MANY / 4);
	expect_order(MANY - MANY / 4);
	heap_fini(&heap);
}
END_TEST

START_TEST(without_memory_the_entry_stays_out)
{
	mem_fail_nth(1);
	ck_assert(!heap_put(&heap, &links[0], 1));
	ck_assert_uint_eq(links[0].place, 0);
	ck_assert_ptr_null(heap_first(&heap));
	ck_assert(heap_put(&heap, &links[0], 1));
	ck_assert_ptr_eq(heap_first(&heap), &links[0]);
	heap_fini(&heap);
}
END_TEST

SUITE("heap", gives_the_soonest_first, entries_move_and_leave, without_memory_the_entry_stays_out)

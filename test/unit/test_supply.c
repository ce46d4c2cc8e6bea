#include "unit/suite.h"

#include <string.h>
#include <uv.h>

#include "base/mem.h"
#include "client/supply.h"

struct owner {
	uint64_t given;
	size_t piece; /* bytes a call */
	unsigned calls;
};

static uint8_t byte_at(uint64_t at)
{
	uint32_t low = (uint32_t)at; /* 32-bit machines divide these much sooner */
	return (uint8_t)(low * 7 + low / 251 + low / 65521);
}

static ssize_t give(void *user, uint8_t *room, size_t len)
{
	struct owner *owner = user;
	size_t count = len < owner->piece ? len : owner->piece;
	for (size_t i = 0; i < count; i++)
		room[i] = byte_at(owner->given++);
	owner->calls++;
	return (ssize_t)count;
}

static void assert_block(const struct supply *supply, uint64_t block)
{
	static uint8_t wanted[65464];
	ck_assert_uint_le(supply->blksize, sizeof wanted);
	for (uint32_t i = 0; i < supply->blksize; i++)
		wanted[i] = byte_at((block - 1) * supply->blksize + i);
	ck_assert_mem_eq(supply_block(supply, block), wanted, supply->blksize);
}

/* Whatever is acknowledged, and in whatever pieces bytes come, the next window is there and right. */
static void assert_windows(uint32_t blksize, uint32_t window, size_t piece)
{
	struct supply supply;
	struct owner owner = {.piece = piece};
	uint64_t acked = 0;
	ck_assert(supply_start(&supply, blksize, window, SUPPLY_SIZE_UNKNOWN, false));
	for (unsigned turn = 0; turn < 40; turn++) {
		ck_assert_int_eq(supply_fill(&supply, acked, give, &owner), 0);
		ck_assert(!supply_has_room(&supply, acked));
		ck_assert_uint_gt(supply_end(&supply), acked + window);
		for (uint64_t block = acked + 1; block < supply_end(&supply); block++)
			assert_block(&supply, block);
		acked += turn % window + 1;
	}
	supply_fini(&supply);
}

START_TEST(has_each_window_at_hand)
{
	assert_windows(32768, 1, 1000000);
	assert_windows(65464, 1, 999);
	assert_windows(4096, 16, 4096);
	assert_windows(1000, 100, 777);
	assert_windows(8, 3, 64);
}
END_TEST

START_TEST(reads_small_blocks_many_at_a_time)
{
	struct supply supply;
	struct owner owner = {.piece = 1000000};
	ck_assert(supply_start(&supply, 512, 1, SUPPLY_SIZE_UNKNOWN, false));
	for (uint64_t acked = 0; acked < 1280; acked++)
		ck_assert_int_eq(supply_fill(&supply, acked, give, &owner), 0);
	ck_assert_uint_le(owner.calls, 1280 / 64 + 1);
	supply_fini(&supply);
}
END_TEST

START_TEST(stops_at_the_size)
{
	struct supply supply;
	struct owner owner = {.piece = 1000000};
	ck_assert(supply_start(&supply, 512, 1, 1000, false));
	ck_assert_int_eq(supply_fill(&supply, 0, give, &owner), 0);
	ck_assert_uint_eq(owner.given, 1000);
	ck_assert(supply.has_ended);
	ck_assert_uint_eq(supply_end(&supply), UINT64_MAX);
	ck_assert(!supply_has_room(&supply, 1));
	supply_fini(&supply);
}
END_TEST

static ssize_t have_nothing(void *user, uint8_t *room, size_t len)
{
	unsigned *calls = user;
	(void)room;
	(void)len;
	++*calls;
	return UV_EAGAIN;
}

START_TEST(does_not_ask_a_dry_owner_again)
{
	struct supply supply;
	unsigned calls = 0;
	ck_assert(supply_start(&supply, 512, 1, SUPPLY_SIZE_UNKNOWN, false));
	ck_assert_int_eq(supply_fill(&supply, 0, have_nothing, &calls), 0);
	ck_assert_int_eq(supply_fill(&supply, 0, have_nothing, &calls), 0);
	ck_assert_uint_eq(calls, 1);
	ck_assert(supply.is_dry);
	ck_assert_uint_eq(supply_end(&supply), 1);
	supply_fini(&supply);
}
END_TEST

START_TEST(says_that_memory_is_short)
{
	struct supply supply;
	mem_fail_nth(1);
	ck_assert(!supply_start(&supply, 512, 1, 0, false));
	supply_fini(&supply);
}
END_TEST

SUITE("supply", has_each_window_at_hand, reads_small_blocks_many_at_a_time, stops_at_the_size,
      does_not_ask_a_dry_owner_again, says_that_memory_is_short)

#include "unit/suite.h"

#include "proto/block.h"

START_TEST(numbers_wrap_to_0_or_to_1)
{
	static const struct {
		uint64_t block;
		uint16_t with_0, with_1;
	} rows[] = {
	    {0, 0, 0},          {1, 1, 1},      {65535, 65535, 65535},
	    {65536, 0, 1},      {65537, 1, 2},  {131070, 65534, 65535},
	    {131071, 65535, 1}, {131072, 0, 2}, {UINT64_C(1) << 40, 0, 256},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_uint_eq(block_to_wire(rows[i].block, 0), rows[i].with_0);
		ck_assert_uint_eq(block_to_wire(rows[i].block, 1), rows[i].with_1);
	}
}
END_TEST

/* 7440-14 */
START_TEST(finds_every_block_ahead_across_wraps)
{
	for (unsigned rollover = 0; rollover <= 1; rollover++) {
		uint32_t period = 65536 - rollover;
		for (uint64_t base = 0; base < 200000; base += 97)
			for (uint32_t ahead = 0; ahead < period; ahead += 1021) {
				uint16_t wire = block_to_wire(base + ahead, rollover);
				if (block_ahead(wire, base, rollover) != ahead)
					ck_abort_msg("rollover %u", rollover);
			}
	}
}
END_TEST

START_TEST(finds_the_neighbours_of_the_wrap)
{
	ck_assert_uint_eq(block_ahead(0, 65535, 0), 1);
	ck_assert_uint_eq(block_ahead(1, 65535, 0), 2);
	ck_assert_uint_eq(block_ahead(65535, 65536, 0), 65535);
	ck_assert_uint_eq(block_ahead(65535, 0, 0), 65535);
	ck_assert_uint_eq(block_ahead(1, 65535, 1), 1);
	ck_assert_uint_eq(block_ahead(65535, 65536, 1), 65534);
	ck_assert_uint_eq(block_ahead(65535, 0, 1), 65535);
	ck_assert_uint_eq(block_ahead(0, 0, 1), 0);
}
END_TEST

START_TEST(knows_no_block_0_behind_the_first_with_rollover_1)
{
	ck_assert_uint_eq(block_ahead(0, 1, 1), BLOCK_NOWHERE);
	ck_assert_uint_eq(block_ahead(0, 65535, 1), BLOCK_NOWHERE);
	ck_assert_uint_eq(block_ahead(0, 65536, 1), BLOCK_NOWHERE);
}
END_TEST

/* 1350-13, 2348-3 */
START_TEST(whole_number_of_blocks_ends_with_an_empty_one)
{
	ck_assert_uint_eq(block_last(0, 512), 1);
	ck_assert_uint_eq(block_last(511, 512), 1);
	ck_assert_uint_eq(block_last(512, 512), 2);
	ck_assert_uint_eq(block_last(513, 512), 2);
	ck_assert_uint_eq(block_last(1024, 512), 3);
	ck_assert_uint_eq(block_last(65464, 65464), 2);
	ck_assert_uint_eq(block_last(UINT64_MAX, 8), UINT64_MAX / 8 + 1);
}
END_TEST

SUITE("block", numbers_wrap_to_0_or_to_1, finds_every_block_ahead_across_wraps,
      finds_the_neighbours_of_the_wrap, knows_no_block_0_behind_the_first_with_rollover_1,
      whole_number_of_blocks_ends_with_an_empty_one)

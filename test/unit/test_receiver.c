#include "unit/suite.h"

#include "proto/block.h"
#include "proto/receiver.h"

static struct receiver start_receiver(uint32_t window)
{
	struct receiver receiver;
	receiver_init(&receiver, 8, window, 0);
	return receiver;
}

static void assert_full(struct receiver *receiver, uint16_t wire, enum receiver_event wanted)
{
	ck_assert_int_eq(receiver_data(receiver, wire, 8), wanted);
}

/* 1350-8, 7440-9 */
START_TEST(acknowledges_every_block_with_window_1)
{
	struct receiver receiver = start_receiver(1);
	for (uint16_t block = 1; block <= 5; block++) {
		assert_full(&receiver, block, RECEIVER_TAKEN_ACK);
		ck_assert_uint_eq(receiver.got, block);
	}
	ck_assert_uint_eq(receiver.bytes, 40);
	ck_assert(!receiver.is_complete);
}
END_TEST

/* 7440-5 */
START_TEST(acknowledges_each_window_once)
{
	struct receiver receiver = start_receiver(4);
	for (uint16_t block = 1; block <= 12; block++)
		assert_full(&receiver, block, block % 4 == 0 ? RECEIVER_TAKEN_ACK : RECEIVER_TAKEN);
}
END_TEST

/* 7440-5, 7440-13, 1350-13 */
START_TEST(acknowledges_the_last_block_of_a_short_window)
{
	for (size_t len = 0; len < 8; len++) {
		struct receiver receiver = start_receiver(4);
		assert_full(&receiver, 1, RECEIVER_TAKEN);
		ck_assert_int_eq(receiver_data(&receiver, 2, len), RECEIVER_TAKEN_ACK);
		ck_assert(receiver.is_complete);
		ck_assert_uint_eq(receiver.bytes, 8 + len);
	}
}
END_TEST

/* 7440-7 */
START_TEST(acknowledges_a_gap_once)
{
	struct receiver receiver = start_receiver(8);
	assert_full(&receiver, 1, RECEIVER_TAKEN);
	assert_full(&receiver, 3, RECEIVER_ACK);
	ck_assert_uint_eq(receiver.got, 1);
	for (uint16_t block = 4; block <= 8; block++)
		assert_full(&receiver, block, RECEIVER_IGNORED);
	ck_assert_uint_eq(receiver.got, 1);
	ck_assert_uint_eq(receiver.bytes, 8);
}
END_TEST

START_TEST(window_starts_anew_behind_a_gap)
{
	struct receiver receiver = start_receiver(4);
	assert_full(&receiver, 1, RECEIVER_TAKEN);
	assert_full(&receiver, 3, RECEIVER_ACK);
	assert_full(&receiver, 2, RECEIVER_TAKEN);
	assert_full(&receiver, 4, RECEIVER_ACK);
	assert_full(&receiver, 3, RECEIVER_TAKEN);
	assert_full(&receiver, 4, RECEIVER_TAKEN);
	assert_full(&receiver, 5, RECEIVER_TAKEN);
	assert_full(&receiver, 6, RECEIVER_TAKEN_ACK);
}
END_TEST

/* 1350-20: its ACK was lost. */
START_TEST(acknowledges_an_acknowledged_block_again)
{
	struct receiver receiver = start_receiver(1);
	assert_full(&receiver, 1, RECEIVER_TAKEN_ACK);
	assert_full(&receiver, 1, RECEIVER_ACK);
	assert_full(&receiver, 1, RECEIVER_ACK);
	ck_assert_uint_eq(receiver.blocks_repeated, 2);
	ck_assert_uint_eq(receiver.bytes, 8);
	ck_assert_int_eq(receiver_data(&receiver, 2, 3), RECEIVER_TAKEN_ACK);
	ck_assert_int_eq(receiver_data(&receiver, 2, 3), RECEIVER_ACK);
}
END_TEST

START_TEST(ignores_a_repetition_inside_a_window)
{
	struct receiver receiver = start_receiver(4);
	assert_full(&receiver, 1, RECEIVER_TAKEN);
	assert_full(&receiver, 2, RECEIVER_TAKEN);
	assert_full(&receiver, 2, RECEIVER_IGNORED);
	assert_full(&receiver, 1, RECEIVER_IGNORED);
	assert_full(&receiver, 65535, RECEIVER_IGNORED);
	ck_assert_uint_eq(receiver.blocks_repeated, 3);
	assert_full(&receiver, 3, RECEIVER_TAKEN);
	assert_full(&receiver, 4, RECEIVER_TAKEN_ACK);
}
END_TEST

START_TEST(acknowledges_a_repeated_window_at_its_end_only)
{
	struct receiver receiver = start_receiver(4);
	for (uint16_t block = 1; block <= 4; block++)
		assert_full(&receiver, block, block == 4 ? RECEIVER_TAKEN_ACK : RECEIVER_TAKEN);
	for (uint16_t block = 1; block <= 4; block++)
		assert_full(&receiver, block, block == 4 ? RECEIVER_ACK : RECEIVER_IGNORED);
}
END_TEST

START_TEST(ignores_what_lies_beyond_the_window)
{
	struct receiver receiver = start_receiver(4);
	assert_full(&receiver, 5, RECEIVER_IGNORED);
	assert_full(&receiver, 1000, RECEIVER_IGNORED);
	ck_assert(!receiver.has_gap);
	assert_full(&receiver, 4, RECEIVER_ACK);
	struct receiver single = start_receiver(1);
	assert_full(&single, 2, RECEIVER_IGNORED);
}
END_TEST

START_TEST(block_0_at_the_start_is_no_repetition)
{
	struct receiver receiver = start_receiver(1);
	assert_full(&receiver, 0, RECEIVER_IGNORED);
	receiver_init(&receiver, 8, 4, 1);
	assert_full(&receiver, 0, RECEIVER_IGNORED);
	assert_full(&receiver, 1, RECEIVER_TAKEN);
	assert_full(&receiver, 0, RECEIVER_IGNORED);
}
END_TEST

START_TEST(takes_nothing_after_the_last_block)
{
	struct receiver receiver = start_receiver(4);
	ck_assert_int_eq(receiver_data(&receiver, 1, 0), RECEIVER_TAKEN_ACK);
	assert_full(&receiver, 2, RECEIVER_IGNORED);
	assert_full(&receiver, 3, RECEIVER_IGNORED);
	ck_assert_uint_eq(receiver.got, 1);
	ck_assert_uint_eq(receiver.bytes, 0);
}
END_TEST

/* 1350-23 */
START_TEST(tells_data_longer_than_blksize)
{
	struct receiver receiver = start_receiver(4);
	ck_assert_int_eq(receiver_data(&receiver, 1, 9), RECEIVER_TOO_LONG);
	ck_assert_int_eq(receiver_data(&receiver, 77, 9), RECEIVER_TOO_LONG);
	ck_assert_uint_eq(receiver.got, 0);
}
END_TEST

/* 7440-6 */
START_TEST(restart_begins_a_window_behind_the_last_block)
{
	struct receiver receiver = start_receiver(4);
	assert_full(&receiver, 1, RECEIVER_TAKEN);
	assert_full(&receiver, 3, RECEIVER_ACK);
	receiver_restart(&receiver);
	assert_full(&receiver, 3, RECEIVER_ACK);
	assert_full(&receiver, 2, RECEIVER_TAKEN);
	assert_full(&receiver, 3, RECEIVER_TAKEN);
	receiver_restart(&receiver);
	assert_full(&receiver, 3, RECEIVER_ACK);
	for (uint16_t block = 4; block <= 7; block++)
		assert_full(&receiver, block, block == 7 ? RECEIVER_TAKEN_ACK : RECEIVER_TAKEN);
}
END_TEST

/* Every block comes twice. Returns how many were taken, and acknowledged, as they should be. */
static uint64_t run_far(struct receiver *receiver, uint64_t last)
{
	for (uint64_t block = 1; block <= last; block++) {
		uint16_t wire = block_to_wire(block, receiver->rollover);
		bool is_end = block % receiver->window == 0;
		if (receiver_data(receiver, wire, 512) !=
			(is_end ? RECEIVER_TAKEN_ACK : RECEIVER_TAKEN) ||
		    receiver_data(receiver, wire, 512) != (is_end ? RECEIVER_ACK : RECEIVER_IGNORED))
			return block - 1;
	}
	return last;
}

/* 7440-14: 200,000 blocks are three wraps, 10,485,760 are 5 GiB. */
START_TEST(goes_on_across_wraps)
{
	for (uint8_t rollover = 0; rollover <= 1; rollover++)
		for (uint32_t window = 1; window <= 64; window += 63) {
			struct receiver receiver;
			receiver_init(&receiver, 512, window, rollover);
			ck_assert_uint_eq(run_far(&receiver, 200000), 200000);
			ck_assert_uint_eq(receiver.bytes, UINT64_C(200000) * 512);
		}
	struct receiver receiver;
	receiver_init(&receiver, 512, 16, 0);
	ck_assert_uint_eq(run_far(&receiver, 10485760), 10485760);
	ck_assert_uint_eq(receiver.bytes, UINT64_C(5) << 30);
}
END_TEST

SUITE("receiver", acknowledges_every_block_with_window_1, acknowledges_each_window_once,
      acknowledges_the_last_block_of_a_short_window, acknowledges_a_gap_once,
      window_starts_anew_behind_a_gap, acknowledges_an_acknowledged_block_again,
      ignores_a_repetition_inside_a_window, acknowledges_a_repeated_window_at_its_end_only,
      ignores_what_lies_beyond_the_window, block_0_at_the_start_is_no_repetition,
      takes_nothing_after_the_last_block, tells_data_longer_than_blksize,
      restart_begins_a_window_behind_the_last_block, goes_on_across_wraps)

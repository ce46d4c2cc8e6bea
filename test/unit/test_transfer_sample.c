#include "unit/talk.h"

/* Small packets say little about how long a window takes on a slow link. */
START_TEST(first_interval_of_a_window_is_longer_than_the_options_let_expect)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8 windowsize=5");
	say(&talk);
	talk.now_us += 1000;
	hear_ack(&talk, 0);
	say(&talk);
	assert_interval(&talk, TRANSFER_RTO_WINDOW_US);
	talk.now_us += 1000;
	hear_ack(&talk, 5);
	say(&talk);
	assert_interval(&talk, TRANSFER_RTO_FLOOR_US);

	open_served(&talk, PACKET_RRQ, "blksize=8 windowsize=4");
	say(&talk);
	talk.now_us += 1000;
	hear_ack(&talk, 0);
	say(&talk);
	assert_interval(&talk, TRANSFER_RTO_FLOOR_US);

	open_served(&talk, PACKET_WRQ, "blksize=8 windowsize=5");
	say(&talk);
	talk.now_us += 1000;
	hear_data(&talk, 1, 8);
	assert_interval(&talk, TRANSFER_RTO_FLOOR_US);
}
END_TEST

/* 6298-2, 8085-3 */
START_TEST(round_trips_set_the_interval)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8 windowsize=2");
	say(&talk);
	talk.now_us += 40000;
	hear_ack(&talk, 0);
	say(&talk);
	assert_interval(&talk, 40000 + 4 * 20000);
	talk.now_us += 40000;
	hear_ack(&talk, 2);
	say(&talk);
	assert_interval(&talk, 40000 + 4 * 15000);

	open_served(&talk, PACKET_WRQ, "");
	say(&talk);
	talk.now_us += 40000;
	hear_data(&talk, 1, 512);
	say(&talk);
	assert_interval(&talk, 40000 + 4 * 20000);

	talk.now_us += 40000;
	hear_data(&talk, 2, 512);
	say(&talk);
	assert_interval(&talk, 40000 + 4 * 15000);

	talk_ask(&talk, PACKET_WRQ, "");
	say(&talk);
	talk.now_us += 40000;
	hear_ack(&talk, 0);
	say(&talk);
	assert_interval(&talk, 40000 + 4 * 20000);
}
END_TEST

START_TEST(oack_gives_a_sample_and_ack_0_the_next)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	talk.now_us += 40000;
	hear_oack(&talk, "blksize=8");
	ck_assert(talk.transfer.has_heard);
	say(&talk);
	assert_interval(&talk, 40000 + 4 * 20000);
	talk_ask(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	expire(&talk);
	say(&talk);
	hear_oack(&talk, "blksize=8");
	ck_assert_uint_eq(talk.transfer.repeats, 0);
	say(&talk);
	talk.now_us += 40000;
	hear_data(&talk, 1, 8);
	ck_assert_uint_eq(talk.transfer.rto.srtt_us, 40000);
}
END_TEST

START_TEST(interval_never_falls_below_the_floor)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "");
	say(&talk);
	for (uint16_t block = 1; block < 20; block++) {
		talk.now_us += 10;
		hear_ack(&talk, block);
		say(&talk);
		assert_interval(&talk, TRANSFER_RTO_FLOOR_US);
	}
}
END_TEST

static void assert_no_sample(struct talk *talk)
{
	ck_assert(!talk->transfer.rto.has_sample);
}

/* 8085-4: which of the two was answered? */
START_TEST(answer_to_a_repeated_packet_is_no_sample)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	expire(&talk);
	say(&talk);
	talk.now_us += 10;
	hear_ack(&talk, 0);
	assert_no_sample(&talk);
	say(&talk);
	expire(&talk);
	say(&talk);
	talk.now_us += 10;
	hear_ack(&talk, 1);
	assert_no_sample(&talk);
	ck_assert_uint_eq(talk.transfer.rto.value_us, 4 * SECOND_US);
	say(&talk);
	talk.now_us += 20000;
	hear_ack(&talk, 2);
	ck_assert_uint_eq(talk.transfer.rto.value_us, 60000);

	talk_ask(&talk, PACKET_RRQ, "");
	say(&talk);
	expire(&talk);
	say(&talk);
	hear_data(&talk, 1, 512);
	assert_no_sample(&talk);
}
END_TEST

START_TEST(answer_after_a_repeated_request_is_no_sample)
{
	for (int times = 1; times <= 3; times++) {
		struct talk talk;
		open_served(&talk, PACKET_RRQ, "blksize=8");
		say(&talk);
		for (int i = 0; i < times; i++) {
			talk.now_us += 300000;
			transfer_request_again(&talk.transfer);
			SAYS(&talk, "OACK blksize=8");
		}
		talk.now_us += 10;
		hear_ack(&talk, 0);
		assert_no_sample(&talk);
		open_served(&talk, PACKET_RRQ, "");
		say(&talk);
		transfer_request_again(&talk.transfer);
		say(&talk);
		hear_ack(&talk, 1);
		assert_no_sample(&talk);
	}
}
END_TEST

START_TEST(answer_after_a_repeated_ack_is_no_sample)
{
	for (int times = 1; times <= 3; times++) {
		struct talk talk;
		talk_ask(&talk, PACKET_RRQ, "blksize=8");
		say(&talk);
		expire(&talk);
		say(&talk);
		hear_oack(&talk, "blksize=8");
		say(&talk);
		for (int i = 0; i < times; i++) {
			hear_oack(&talk, "blksize=8");
			SAYS(&talk, "ACK 0");
		}
		talk.now_us += 10;
		hear_data(&talk, 1, 8);
		assert_no_sample(&talk);
		say(&talk);
		for (int i = 0; i < times; i++) {
			hear_data(&talk, 1, 8);
			SAYS(&talk, "ACK 1");
		}
		talk.now_us += 10;
		hear_data(&talk, 2, 8);
		assert_no_sample(&talk);
	}
}
END_TEST

/* The block that closes the gap may have been on its way already. */
START_TEST(answer_to_a_gap_ack_is_no_sample)
{
	struct talk talk;
	open_served(&talk, PACKET_WRQ, "blksize=8 windowsize=4");
	say(&talk);
	expire(&talk);
	say(&talk);
	hear_data(&talk, 1, 8);
	hear_data(&talk, 3, 8);
	SAYS(&talk, "ACK 1");
	talk.now_us += 10;
	hear_data(&talk, 2, 8);
	assert_no_sample(&talk);
	hear_data(&talk, 4, 8);
	hear_data(&talk, 3, 8);
	SAYS(&talk, "ACK 3");
	hear_data(&talk, 4, 8);
	assert_no_sample(&talk);
}
END_TEST

/* ... but bounds the round trip if its block was sent once. Without it each loss would cost a second. */
START_TEST(first_gap_ack_stands_in_for_a_sample)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8 windowsize=4");
	say(&talk);
	expire(&talk);
	say(&talk);
	hear_ack(&talk, 0);
	assert_no_sample(&talk);
	SAYS(&talk, "DATA 1:8 2:8 3:8 4:8");
	talk.now_us += 20000;
	hear_ack(&talk, 2);
	ck_assert_uint_eq(talk.transfer.rto.srtt_us, 20000);
	SAYS(&talk, "DATA 3:8 4:8 5:8 6:8");
	talk.now_us += 40000;
	hear_ack(&talk, 5);
	ck_assert_uint_eq(talk.transfer.rto.srtt_us, 20000);
}
END_TEST

START_TEST(answer_that_overtakes_the_repetition_is_a_sample)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	expire(&talk);
	talk.now_us += SECOND_US;
	hear_ack(&talk, 0);
	ck_assert_uint_eq(talk.transfer.rto.srtt_us, 2 * SECOND_US);
	SAYS(&talk, "DATA 1:8");
}
END_TEST

/* The first OACK was lost: its answer does not take that long. If both are close, nobody knows which was answered. */
START_TEST(answer_to_an_oack_long_after_the_first_one_tells_the_round_trip)
{
	for (int i = 0; i < 2; i++) {
		struct talk talk;
		open_served(&talk, PACKET_RRQ, "blksize=8 windowsize=8");
		SAYS(&talk, "OACK blksize=8 windowsize=8");
		talk.now_us += i == 0 ? 899999 : 900000;
		transfer_request_again(&talk.transfer);
		SAYS(&talk, "OACK blksize=8 windowsize=8");
		talk.now_us += 5000;
		hear_ack(&talk, 0);
		ck_assert_uint_eq(talk.transfer.sender.shortest_us, i == 0 ? 0 : 5000);
		ck_assert(!talk.transfer.rto.has_sample);
	}
}
END_TEST

SUITE("transfer_sample", first_interval_of_a_window_is_longer_than_the_options_let_expect,
      round_trips_set_the_interval, oack_gives_a_sample_and_ack_0_the_next,
      interval_never_falls_below_the_floor, answer_to_a_repeated_packet_is_no_sample,
      answer_after_a_repeated_request_is_no_sample, answer_after_a_repeated_ack_is_no_sample,
      answer_to_a_gap_ack_is_no_sample, first_gap_ack_stands_in_for_a_sample,
      answer_that_overtakes_the_repetition_is_a_sample,
      answer_to_an_oack_long_after_the_first_one_tells_the_round_trip)

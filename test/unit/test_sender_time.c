#include "unit/sender_kit.h"

#define TRIP_US 1000u

static struct sender_answer answer;

static enum sender_event hear(struct sender *sender, uint16_t wire, uint64_t now_us)
{
	return take_ack(sender, wire, TRIP_US, now_us, &answer);
}

/* 10 blocks took a round trip and 500 each. */
START_TEST(window_tells_how_long_a_block_takes)
{
	struct sender sender = start_sender(10, 1000);
	assert_sends(&sender, 1, 10, 100);
	hear(&sender, 10, 100 + TRIP_US + 10 * 500);
	ck_assert_uint_eq(sender.block_us, 501);
	/* Where a block takes no time it is the least there is. */
	assert_sends(&sender, 11, 10, 10000);
	hear(&sender, 20, 10000 + TRIP_US);
	ck_assert_uint_eq(sender.block_us, 1);
}
END_TEST

/* What is long may be so for other reasons; what is short cannot. */
START_TEST(shortest_time_of_a_block_stays)
{
	struct sender sender = start_sender(10, 1000);
	assert_sends(&sender, 1, 10, 0);
	hear(&sender, 10, TRIP_US + 10 * 500 - 10);
	ck_assert_uint_eq(sender.block_us, 500);
	assert_sends(&sender, 11, 10, 10000);
	hear(&sender, 20, 10000 + TRIP_US + 10 * 700);
	ck_assert_uint_eq(sender.block_us, 500);
	assert_sends(&sender, 21, 10, 20000);
	/* A shorter round trip leaves nothing for its blocks. */
	ck_assert_int_eq(hear(&sender, 22, 20000 + TRIP_US - 1), SENDER_REWOUND);
	ck_assert_uint_eq(sender.shortest_us, TRIP_US - 1);
	ck_assert_uint_eq(sender.block_us, 500);
}
END_TEST

/* Spread over long pauses the window tells of them, but not so its last burst. */
START_TEST(burst_tells_what_a_window_with_pauses_does_not)
{
	struct sender sender = start_sender(8, 1000);
	sender_sent(&sender, 4, 0);
	sender_sent(&sender, 4, 50000);
	hear(&sender, 8, 50000 + TRIP_US + 4 * 299);
	ck_assert_uint_eq(sender.block_us, 300);
	/* Of so few blocks the round trip is not known well enough. */
	sender_sent(&sender, 5, 100000);
	sender_sent(&sender, 3, 101000);
	hear(&sender, 16, 101000 + TRIP_US + 3 * 10);
	ck_assert_uint_eq(sender.block_us, 1030 / 8 + 1);
	/* Sent before all that is remembered. */
	for (uint64_t i = 0; i < 8; i++)
		sender_sent(&sender, 1, 200000 + i);
	hear(&sender, 17, 200000 + TRIP_US + 50);
	ck_assert_uint_eq(sender.block_us, 51);
}
END_TEST

/* 8085-4, and what was there already is answered by a copy that nobody needed. */
START_TEST(copies_tell_no_rate_once_there_is_one)
{
	struct sender sender = start_sender(10, 1000);
	assert_sends(&sender, 1, 10, 0);
	ck_assert_int_eq(hear(&sender, 2, TRIP_US + 2 * 499), SENDER_REWOUND);
	ck_assert_uint_eq(sender.block_us, 500);
	struct sender expired = sender;
	assert_sends(&sender, 3, 5, 10000);
	ck_assert_int_eq(hear(&sender, 6, 10000 + TRIP_US), SENDER_REWOUND);
	ck_assert_uint_eq(sender.block_us, 500);
	sender_rewind(&expired, false, 10000);
	assert_sends(&expired, 3, 4, 10000);
	ck_assert_int_eq(hear(&expired, 6, 10000 + TRIP_US), SENDER_ADVANCED);
	ck_assert_uint_eq(expired.block_us, 500);
}
END_TEST

/* A queue shorter than the window loses its end each time, and who gets the rest says nothing. */
START_TEST(window_that_fell_silent_is_spread_over_some_of_the_silence)
{
	struct sender sender = start_sender(50, 1000);
	assert_sends(&sender, 1, 50, 0);
	sender_rewind(&sender, false, 20000);
	ck_assert_uint_eq(sender.block_us, 20000 / 50);
	/* The first one may be a second, while no round trip is known. */
	struct sender first = start_sender(50, 1000);
	assert_sends(&first, 1, 50, 0);
	sender_rewind(&first, false, 1000000);
	ck_assert_uint_eq(first.block_us, 100000 / 50);
	/* In vain as well: twice as long, but no more than a quarter of what was waited. */
	uint32_t count;
	send_all(&sender, &count, 100000);
	sender_rewind(&sender, false, 140000);
	ck_assert_uint_eq(sender.block_us, 400);
	send_all(&sender, &count, 200000);
	sender_rewind(&sender, false, 300000);
	ck_assert_uint_eq(sender.block_us, 100000 / 4 / 50);
	send_all(&sender, &count, 400000);
	sender_rewind(&sender, false, 800000);
	ck_assert_uint_eq(sender.block_us, 1000);
}
END_TEST

START_TEST(guess_gives_way_to_what_is_seen)
{
	struct sender sender = start_sender(16, 1000);
	assert_sends(&sender, 1, 16, 0);
	sender_rewind(&sender, false, 16000);
	ck_assert_uint_eq(sender.block_us, 1000);
	sender_sent(&sender, 4, 16000);
	/* Of earlier copies, and of what was not sent again yet. */
	struct sender before = sender;
	hear(&before, 2, 16000 + TRIP_US + 100);
	hear(&before, 16, 16000 + TRIP_US + 100);
	ck_assert_uint_eq(before.block_us, 1000);
	for (uint64_t i = 0; i < 3; i++) {
		sender_resume(&sender);
		sender_sent(&sender, 4, 16000);
	}
	hear(&sender, 16, 16000 + TRIP_US + 100);
	sender_sent(&sender, 4, 30000);
	/* It was too short. A copy that a gap was the reason for tells as well. */
	ck_assert_int_eq(hear(&sender, 18, 30000 + TRIP_US + 2 * 1499), SENDER_REWOUND);
	ck_assert_uint_eq(sender.block_us, 1500);
	sender_sent(&sender, 4, 40000);
	struct sender jumped = sender;
	ck_assert_int_eq(hear(&sender, 19, 40000 + TRIP_US + 1199), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.block_us, 1200);
	/* Now something was seen, and copies tell nothing more. */
	ck_assert_int_eq(hear(&sender, 20, 40000 + TRIP_US + 1299), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.block_us, 1200);
	jumped.next = 19;
	hear(&jumped, 20, 40000 + TRIP_US + 1299);
	ck_assert_uint_eq(jumped.block_us, 1500);
}
END_TEST

/* The round trip is half of the first window, and then nobody knows how much of it were the blocks. */
START_TEST(half_a_window_taken_for_the_round_trip_is_taken_twice)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	sender_ack(&sender, 4, 8000, &answer);
	ck_assert_uint_eq(sender.shortest_us, 4000);
	ck_assert_uint_eq(sender.block_us, 0);
	assert_sends(&sender, 5, 4, 10000);
	sender_ack(&sender, 8, 18400, &answer);
	ck_assert_uint_eq(sender.block_us, 101);
	/* A shorter one, of what was sent once. */
	assert_sends(&sender, 9, 4, 20000);
	sender_ack(&sender, 12, 23000, &answer);
	ck_assert_uint_eq(sender.shortest_us, 3000);
	ck_assert_uint_eq(sender.block_us, 101);
	assert_sends(&sender, 13, 4, 30000);
	sender_ack(&sender, 16, 33040, &answer);
	ck_assert_uint_eq(sender.block_us, 11);
}
END_TEST

/* Blocks of a paced window arrive as fast as the slowest link lets them, which then has no queue. */
START_TEST(pauses_are_as_long_as_a_burst_takes_on_the_slowest_link)
{
	struct sender sender = start_sender(64, 100000);
	assert_sends(&sender, 1, 64, 0);
	ck_assert_int_eq(hear(&sender, 20, TRIP_US + 20 * 319), SENDER_REWOUND);
	ck_assert_uint_eq(sender.burst, 32);
	ck_assert_uint_eq(sender.block_us, 320);
	ck_assert_uint_eq(sender_pause_us(&sender, 1000), 320 * 32 + 320);
	/* Without end it is not. */
	sender.block_us = 40000;
	ck_assert_uint_eq(sender_pause_us(&sender, 1000), 1000000 / 2);
	sender.block_us = 1;
	ck_assert_uint_eq(sender_pause_us(&sender, 1000), 1250);
}
END_TEST

/* A second loss in what was sent again; before the first copy can be answered it is an echo. */
START_TEST(third_gap_is_believed_when_the_echoes_are_over)
{
	for (int i = 0; i < 2; i++) {
		struct sender sender = start_sender(64, 1000);
		assert_sends(&sender, 1, 64, 0);
		ck_assert_int_eq(hear(&sender, 10, TRIP_US + 10 * 10), SENDER_REWOUND);
		sender_sent(&sender, 30, 2000);
		ck_assert_int_eq(hear(&sender, 20, 4000), SENDER_REWOUND);
		sender_sent(&sender, 16, 4000);
		uint64_t over_us = 4000 + TRIP_US * 5 / 2;
		ck_assert_int_eq(hear(&sender, 30, i == 0 ? over_us - 1 : over_us),
				 i == 0 ? SENDER_ADVANCED : SENDER_REWOUND);
	}
	/* And never while no round trip is known. */
	struct sender sender = start_sender(64, 1000);
	assert_sends(&sender, 1, 64, 0);
	rewind_at_once(&sender, false);
	sender_sent(&sender, 4, 1000);
	take_ack(&sender, 2, 0, 2000, &answer);
	sender_sent(&sender, 4, 3000);
	ck_assert_int_eq(take_ack(&sender, 4, 0, 90000, &answer), SENDER_ADVANCED);
}
END_TEST

/* U-Boot says it once, in the middle of a paced window. A window that is paced has hardly an end that arrives. */
START_TEST(gap_in_a_paced_window_gives_a_sample)
{
	struct sender sender = start_sender(16, 1000);
	assert_sends(&sender, 1, 16, 0);
	ck_assert_int_eq(hear(&sender, 4, TRIP_US + 400), SENDER_REWOUND);
	ck_assert_uint_eq(answer.rtt_us, 0);
	sender_sent(&sender, 8, 3000);
	ck_assert_int_eq(hear(&sender, 8, 5000), SENDER_REWOUND);
	ck_assert_uint_eq(answer.rtt_us, 2000);
	/* After a silence it was the receiver's timer. */
	sender_sent(&sender, 4, 6000);
	ck_assert_int_eq(hear(&sender, 10, 900000), SENDER_REWOUND);
	ck_assert_uint_eq(answer.rtt_us, 0);
}
END_TEST

SUITE("sender_time", window_tells_how_long_a_block_takes, shortest_time_of_a_block_stays,
      burst_tells_what_a_window_with_pauses_does_not, copies_tell_no_rate_once_there_is_one,
      window_that_fell_silent_is_spread_over_some_of_the_silence, guess_gives_way_to_what_is_seen,
      half_a_window_taken_for_the_round_trip_is_taken_twice,
      pauses_are_as_long_as_a_burst_takes_on_the_slowest_link,
      third_gap_is_believed_when_the_echoes_are_over, gap_in_a_paced_window_gives_a_sample)

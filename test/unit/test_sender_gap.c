#include "unit/sender_kit.h"

/* 1123-3 */
START_TEST(duplicate_ack_never_sends_with_window_1)
{
	struct sender sender = start_sender(1, 1000);
	assert_sends(&sender, 1, 1, 0);
	assert_ack(&sender, 1, SENDER_ADVANCED);
	assert_sends(&sender, 2, 1, 0);
	for (int i = 0; i < 10; i++) {
		assert_ack(&sender, 1, SENDER_REPEATED);
		assert_sends(&sender, 0, 0, 0);
	}
	ck_assert_uint_eq(sender.blocks_sent, 2);
}
END_TEST

/* RFC 7440 section 4: what the receiver says when the first block of a window was lost. */
START_TEST(last_ack_again_restarts_its_window_once_and_not_too_soon)
{
	struct sender_answer answer;
	for (uint32_t window = 2; window <= 4; window++) {
		struct sender sender = start_sender(window, 1000);
		uint16_t wire = (uint16_t)window;
		assert_sends(&sender, 1, window, 0);
		assert_ack(&sender, wire, SENDER_ADVANCED);
		assert_ack(&sender, wire, SENDER_REPEATED); /* nothing was sent since */
		assert_sends(&sender, window + 1, window, 1000);
		ck_assert_int_eq(take_ack(&sender, wire, 100, 1099, &answer), SENDER_REPEATED);
		assert_sends(&sender, 0, 0, 0);
		ck_assert_int_eq(take_ack(&sender, wire, 100, 1100, &answer), SENDER_RESTARTED);
		assert_sends(&sender, window + 1, window, 1100);
		ck_assert_int_eq(take_ack(&sender, wire, 100, 9000, &answer), SENDER_REPEATED);
		assert_sends(&sender, 0, 0, 0);
		ck_assert_uint_eq(sender.blocks_resent, window);
	}
}
END_TEST

/* A paced window of many round trips: the client tells of each burst that its first block is missing. */
START_TEST(last_ack_again_restarts_a_paced_window_when_no_echo_can_come_any_more)
{
	struct sender_answer answer;
	struct sender sender = start_sender(16, 1000);
	assert_sends(&sender, 1, 16, 0);
	assert_ack(&sender, 4, SENDER_REWOUND);
	uint64_t now_us = 1000;
	/* A fast link without a queue. */
	sender.echo_us = sender.block_us = sender.queue_us = 0;
	/* It may hold copies longer than the round trip was, so each time it waits twice as long. */
	uint64_t echo_us = 250;
	for (uint32_t burst = 8; burst >= SENDER_BURST_MIN; burst /= 2, echo_us *= 2) {
		assert_sends(&sender, 5, burst, now_us);
		sender_resume(&sender);
		assert_sends(&sender, 5 + burst, burst, now_us + 100);
		ck_assert_int_eq(take_ack(&sender, 4, 100, now_us + echo_us - 1, &answer),
				 SENDER_REPEATED);
		ck_assert_int_eq(take_ack(&sender, 4, 100, now_us + echo_us, &answer), SENDER_RESTARTED);
		now_us += echo_us;
	}
	assert_sends(&sender, 5, SENDER_BURST_MIN, now_us);
}
END_TEST

/* EDK2 answers all of a window that waits in front of a slow link, and each of them would restart it. */
START_TEST(echoes_are_expected_for_as_long_as_a_queue_takes)
{
	struct sender_answer answer;
	struct sender sender = start_sender(16, 1000);
	assert_sends(&sender, 1, 16, 1000);
	/* 1600 a block, so 14 of 16 still wait. */
	ck_assert_int_eq(take_ack(&sender, 2, 800, 1000 + 800 + 2 * 1599, &answer), SENDER_REWOUND);
	ck_assert_uint_eq(sender.block_us, 1600);
	ck_assert_uint_eq(sender.queue_us, 16 * 1600 - 3998);
	assert_sends(&sender, 3, 8, 4998);
	/* The first of the copies passes behind them, and its answer takes a round trip and a half at most. */
	uint64_t late_us = 1000 + 16 * 1600 + 1600 + 1200;
	ck_assert_int_eq(take_ack(&sender, 2, 800, late_us - 1, &answer), SENDER_REPEATED);
	ck_assert_int_eq(take_ack(&sender, 2, 800, late_us, &answer), SENDER_RESTARTED);
}
END_TEST

/* A model of the network may be wrong; what answers took is not. */
START_TEST(echoes_are_expected_for_as_long_as_answers_take)
{
	struct sender_answer answer;
	struct sender sender = start_sender(16, 1000);
	assert_sends(&sender, 1, 16, 1000);
	ck_assert_int_eq(take_ack(&sender, 2, 800, 5000, &answer), SENDER_REWOUND);
	ck_assert_uint_eq(sender.echo_us, 6000);
	sender.block_us = 0;
	sender.queue_us = 0;
	assert_sends(&sender, 3, 8, 5000);
	ck_assert_int_eq(take_ack(&sender, 2, 800, 10999, &answer), SENDER_REPEATED);
	ck_assert_int_eq(take_ack(&sender, 2, 800, 11000, &answer), SENDER_RESTARTED);
	ck_assert_uint_eq(sender.echo_us, 2 * 6000);
	assert_sends(&sender, 3, SENDER_BURST_MIN, 11000);
	/* For a copy: perhaps for one before. It is forgotten slowly, until what was sent once is answered. */
	ck_assert_int_eq(take_ack(&sender, 6, 800, 12000, &answer), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.echo_us, 12000 - 12000 / 8);
	for (uint64_t first = 7; first < 23; first += SENDER_BURST_MIN) {
		assert_sends(&sender, first, SENDER_BURST_MIN, 9000 + 500 * first);
		sender_resume(&sender);
	}
	ck_assert_int_eq(take_ack(&sender, 22, 800, 20000, &answer), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.echo_us, 2250);
	/* Nor does a client's own time-out tell how long echoes take. */
	assert_sends(&sender, 23, SENDER_BURST_MIN, 20000);
	ck_assert_int_eq(take_ack(&sender, 26, 800, 60000000, &answer), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.echo_us, 2250 - 2250 / 8);
	assert_sends(&sender, 27, SENDER_BURST_MIN, 60000000);
	ck_assert_int_eq(take_ack(&sender, 30, 250000, 60600000, &answer), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.echo_us, 1000000);
}
END_TEST

/* The way has become five times as long, and what is sent twice is acknowledged twice, half a second apart: a restart
 * because of the second one would make the next. */
START_TEST(late_echoes_do_not_double_each_window_for_ever)
{
	struct sender_answer answer;
	struct sender sender = start_sender(4, 1000);
	unsigned restarts = 0;
	uint64_t now_us = 1000;
	bool is_twice = true;
	assert_sends(&sender, 1, 4, now_us);
	rewind_at_once(&sender, false);
	for (uint16_t acked = 0; acked < 400; acked += 4) {
		assert_sends(&sender, acked + 1u, 4, now_us);
		now_us += 504000;
		is_twice =
		    is_twice && take_ack(&sender, acked, 100000, now_us, &answer) == SENDER_RESTARTED;
		restarts += is_twice;
		if (is_twice)
			assert_sends(&sender, acked + 1u, 4, now_us);
		now_us += 41000;
		ck_assert_int_eq(take_ack(&sender, acked + 4, 100000, now_us, &answer), SENDER_ADVANCED);
	}
	ck_assert_uint_ge(restarts, 1);
	ck_assert_uint_le(restarts, 3);
}
END_TEST

/* Nobody knows how long echoes take: a second is enough. */
START_TEST(quiet_is_a_second_while_no_round_trip_is_known)
{
	struct sender_answer answer;
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 1000);
	ck_assert_int_eq(take_ack(&sender, 0, 0, 1000999, &answer), SENDER_REPEATED);
	struct sender far = sender;
	ck_assert_int_eq(take_ack(&far, 0, 400001, 1000999, &answer), SENDER_REPEATED);
	ck_assert_int_eq(take_ack(&far, 0, 400001, 1001000, &answer), SENDER_RESTARTED);
	ck_assert_int_eq(take_ack(&sender, 0, 0, 1001000, &answer), SENDER_RESTARTED);
}
END_TEST

/* Nothing is under way any more that could make an echo: the receiver's own timer speaks. */
START_TEST(ack_after_a_long_quiet_is_no_echo)
{
	struct sender_answer answer;
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 2, SENDER_REWOUND);
	assert_sends(&sender, 3, 4, 1000);
	/* The first of what was sent again. */
	struct sender first = sender;
	ck_assert_int_eq(take_ack(&first, 3, 100, 100999, &answer), SENDER_ADVANCED);
	first = sender;
	ck_assert_int_eq(take_ack(&first, 3, 100, 101000, &answer), SENDER_REWOUND);
	assert_sends(&first, 4, 4, 101000);
	ck_assert_int_eq(take_ack(&sender, 2, 100, 100999, &answer), SENDER_REPEATED);
	ck_assert_int_eq(take_ack(&sender, 2, 100, 101000, &answer), SENDER_RESTARTED);
	assert_sends(&sender, 3, 4, 101000);
	/* On a long way quiet is longer, and each time twice as long. */
	uint64_t now_us = 101000;
	for (uint64_t quiet_us = 150000; quiet_us <= 600000; quiet_us *= 2) {
		ck_assert_int_eq(take_ack(&sender, 2, 60000, now_us + quiet_us - 1, &answer),
				 SENDER_REPEATED);
		now_us += quiet_us;
		ck_assert_int_eq(take_ack(&sender, 2, 60000, now_us, &answer), SENDER_RESTARTED);
		assert_sends(&sender, 3, 4, now_us);
	}
	ck_assert_uint_eq(sender.echo_us, 1000000);
}
END_TEST

/* Without a known round trip a fifth of a second tells. */
START_TEST(last_ack_again_restarts_late_while_no_round_trip_is_known)
{
	struct sender_answer answer;
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 5, 4, 0);
	ck_assert_int_eq(take_ack(&sender, 4, 0, 199999, &answer), SENDER_REPEATED);
	ck_assert_int_eq(take_ack(&sender, 4, 0, 200000, &answer), SENDER_RESTARTED);
}
END_TEST

/* It comes once for each OACK. */
START_TEST(ack_0_again_restarts_nothing)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 0, SENDER_REPEATED);
	assert_sends(&sender, 0, 0, 0);
}
END_TEST

/* 7440-8 */
START_TEST(ack_inside_the_window_rewinds_once)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 2, SENDER_REWOUND);
	assert_sends(&sender, 3, 4, 0);
	for (int i = 0; i < 5; i++)
		assert_ack(&sender, 2, SENDER_REPEATED);
	assert_sends(&sender, 0, 0, 0);
	ck_assert_uint_eq(sender.blocks_sent, 8);
	ck_assert_uint_eq(sender.blocks_resent, 2);
	assert_ack(&sender, 5, SENDER_REWOUND);
	assert_sends(&sender, 6, 4, 0);
	assert_ack(&sender, 9, SENDER_ADVANCED);
}
END_TEST

/* EDK2 answers each block behind a gap; and 3, which was only late, made the second ACK. */
START_TEST(ack_of_what_is_on_its_way_sends_only_what_is_new)
{
	struct sender_answer answer;
	struct sender sender = start_sender(8, 1000);
	assert_sends(&sender, 1, 8, 0);
	assert_ack(&sender, 2, SENDER_REWOUND);
	assert_sends(&sender, 3, 4, 1000);
	sender_resume(&sender);
	assert_sends(&sender, 7, 4, 1200);
	ck_assert_int_eq(take_ack(&sender, 6, 100, 1250, &answer), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.next, 11);
}
END_TEST

/* The shortest round trip was a guess from the answer to the options. What was sent once and is answered sooner
 * puts it right, so this is a gap; what was sent again proves nothing. */
START_TEST(answer_sooner_than_believed_is_believed_if_its_block_was_sent_once)
{
	struct sender_answer answer;
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 1000);
	ck_assert_int_eq(take_ack(&sender, 2, 5000, 1300, &answer), SENDER_REWOUND);
	ck_assert_uint_eq(answer.rtt_us, 0);
	ck_assert_uint_eq(sender.shortest_us, 300);
	assert_sends(&sender, 3, 4, 1300);
	ck_assert_int_eq(sender_ack(&sender, 4, 1400, &answer), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.shortest_us, 300);
	assert_sends(&sender, 7, 2, 1400);
	/* Block 6 was sent with 5, before 7. */
	ck_assert_int_eq(sender_ack(&sender, 6, 1500, &answer), SENDER_ADVANCED);
	ck_assert_uint_eq(sender.shortest_us, 200);
}
END_TEST

/* 1 2 4 3: the client answers 4 with ACK 2, takes 3, and answers the copy of 3. What follows is under way. */
START_TEST(echo_of_a_late_block_is_no_gap)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 2, SENDER_REWOUND);
	assert_sends(&sender, 3, 4, 0);
	assert_ack(&sender, 3, SENDER_ADVANCED);
	assert_sends(&sender, 7, 1, 0);
	assert_ack(&sender, 7, SENDER_ADVANCED);
	ck_assert_uint_eq(sender.blocks_resent, 2);
}
END_TEST

/* A copy of block 1 made the ACK; nothing was missing, so all that is sent again is answered with ACK 4. */
START_TEST(echoes_of_a_whole_window_are_no_gap_however_many)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 1, SENDER_REWOUND);
	assert_sends(&sender, 2, 4, 0);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 6, 3, 0);
	assert_ack(&sender, 4, SENDER_REPEATED);
	assert_ack(&sender, 4, SENDER_REPEATED);
	assert_sends(&sender, 0, 0, 0);
	/* Copies on the network: they must not make more of themselves. */
	assert_ack(&sender, 4, SENDER_REPEATED);
	assert_sends(&sender, 0, 0, 0);
}
END_TEST

START_TEST(gap_in_what_was_sent_again_rewinds_once_more_but_not_for_ever)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 1, SENDER_REWOUND);
	assert_sends(&sender, 2, 4, 0);
	assert_ack(&sender, 3, SENDER_REWOUND);
	assert_sends(&sender, 4, 4, 0);
	assert_ack(&sender, 5, SENDER_ADVANCED);
	assert_sends(&sender, 8, 2, 0);
	assert_ack(&sender, 9, SENDER_ADVANCED);
	assert_sends(&sender, 10, 4, 0);
	assert_ack(&sender, 11, SENDER_REWOUND);
}
END_TEST

START_TEST(ack_inside_a_window_half_sent_goes_on_behind_it)
{
	struct sender sender = start_sender(8, 1000);
	sender_sent(&sender, 4, 0);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 5, 8, 0);

	struct sender half = start_sender(8, 1000);
	sender_sent(&half, 4, 0);
	assert_ack(&half, 2, SENDER_REWOUND);
	assert_sends(&half, 3, 4, 0);
	ck_assert_uint_eq(half.blocks_resent, 2);
}
END_TEST

/* All of the window is there, but an ACK from inside it was lost, and the receiver counts from there. */
START_TEST(second_time_out_adds_a_block_behind_a_gap)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	rewind_at_once(&sender, true);
	assert_sends(&sender, 1, 4, 0);
	rewind_at_once(&sender, true);
	sender_sent(&sender, 4, 0);
	ck_assert_uint_eq(sender_allowed(&sender), 1);
	ck_assert_uint_eq(sender_first(&sender), 6);
	sender_sent(&sender, 1, 0);
	ck_assert_uint_eq(sender_allowed(&sender), 0);
	ck_assert_uint_eq(sender.sent_max, 4);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 5, 4, 0);
}
END_TEST

START_TEST(block_behind_a_gap_may_be_the_last_and_need_not_be)
{
	struct sender sender = start_sender(4, 5);
	assert_sends(&sender, 1, 4, 0);
	rewind_at_once(&sender, true);
	rewind_at_once(&sender, true);
	sender_sent(&sender, 4, 0);
	ck_assert_uint_eq(sender_first(&sender), 5);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	ck_assert_uint_eq(sender_first(&sender), 5);

	struct sender end = start_sender(4, 4);
	struct sender lockstep = start_sender(1, 9);
	struct sender bound = start_sender(4, 9);
	struct sender stream = start_sender(4, SENDER_LAST_UNKNOWN);
	struct sender *const none[] = {&end, &lockstep, &stream, &bound};
	for (int i = 0; i < 4; i++) {
		assert_sends(none[i], 1, none[i]->window, 0);
		rewind_at_once(none[i], i < 3);
		rewind_at_once(none[i], i < 3);
		assert_sends(none[i], 1, none[i]->window, 0);
	}
}
END_TEST

SUITE("sender_gap", duplicate_ack_never_sends_with_window_1,
      last_ack_again_restarts_its_window_once_and_not_too_soon,
      last_ack_again_restarts_a_paced_window_when_no_echo_can_come_any_more,
      echoes_are_expected_for_as_long_as_a_queue_takes, echoes_are_expected_for_as_long_as_answers_take,
      ack_after_a_long_quiet_is_no_echo, late_echoes_do_not_double_each_window_for_ever,
      quiet_is_a_second_while_no_round_trip_is_known,
      last_ack_again_restarts_late_while_no_round_trip_is_known, ack_0_again_restarts_nothing,
      ack_inside_the_window_rewinds_once, ack_of_what_is_on_its_way_sends_only_what_is_new,
      answer_sooner_than_believed_is_believed_if_its_block_was_sent_once, echo_of_a_late_block_is_no_gap,
      echoes_of_a_whole_window_are_no_gap_however_many,
      gap_in_what_was_sent_again_rewinds_once_more_but_not_for_ever,
      ack_inside_a_window_half_sent_goes_on_behind_it, second_time_out_adds_a_block_behind_a_gap,
      block_behind_a_gap_may_be_the_last_and_need_not_be)

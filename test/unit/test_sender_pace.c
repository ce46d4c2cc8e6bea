#include "unit/sender_kit.h"

static struct sender_answer ask(struct sender *sender, uint16_t wire, uint32_t shortest_us,
				uint64_t now_us)
{
	struct sender_answer answer;
	take_ack(sender, wire, shortest_us, now_us, &answer);
	return answer;
}

static uint32_t sample(struct sender *sender, uint16_t wire, uint64_t now_us)
{
	return ask(sender, wire, 0, now_us).rtt_us;
}

START_TEST(ack_of_the_window_end_gives_a_sample)
{
	struct sender sender = start_sender(4, 6);
	sender_sent(&sender, 2, 100);
	sender_sent(&sender, 2, 150);
	ck_assert_uint_eq(sample(&sender, 4, 400), 250);
	sender_sent(&sender, 2, 500);
	ck_assert_uint_eq(sample(&sender, 6, 507), 7);
}
END_TEST

START_TEST(sample_within_one_tick_is_not_none)
{
	struct sender sender = start_sender(1, 9);
	sender_sent(&sender, 1, 100);
	ck_assert_uint_eq(sample(&sender, 1, 100), 1);
	sender_sent(&sender, 1, 100);
	ck_assert_uint_eq(sample(&sender, 2, 100), 1);
}
END_TEST

/* 8085-4 */
START_TEST(acks_of_what_a_time_out_repeated_give_no_sample)
{
	struct sender sender = start_sender(1, 1000);
	uint32_t count;
	send_all(&sender, &count, 100);
	rewind_at_once(&sender, false);
	send_all(&sender, &count, 200);
	struct sender_answer answer = ask(&sender, 1, 50, 300);
	ck_assert_uint_eq(answer.rtt_us, 0);
	ck_assert_uint_eq(answer.age_us, 100);
	ck_assert(!answer.was_early);
	send_all(&sender, &count, 400);
	ck_assert_uint_eq(sample(&sender, 2, 410), 10);
	ck_assert_uint_eq(sample(&sender, 2, 500), 0);
}
END_TEST

/* It cannot be for the copy. */
START_TEST(answer_faster_than_a_round_trip_shows_an_early_time_out)
{
	struct sender sender = start_sender(2, 1000);
	uint32_t count;
	send_all(&sender, &count, 100);
	rewind_at_once(&sender, false);
	send_all(&sender, &count, 200);
	ck_assert(ask(&sender, 2, 50, 249).was_early);
	send_all(&sender, &count, 300);
	rewind_at_once(&sender, false);
	ck_assert(ask(&sender, 4, 50, 500).was_early);
	send_all(&sender, &count, 600);
	rewind_at_once(&sender, false);
	for (uint64_t i = 0; i < 2; i++)
		sender_sent(&sender, 1, 700 + i);
	ck_assert(!ask(&sender, 6, 50, 750).was_early);
	send_all(&sender, &count, 600);
	ck_assert(!ask(&sender, 8, 50, 610).was_early);
}
END_TEST

/* It was all under way, so the network bears what it bore before. */
START_TEST(early_time_out_leaves_the_bursts_as_they_were)
{
	struct sender_answer answer;
	struct sender sender = start_sender(64, 100000);
	assert_sends(&sender, 1, 64, 1000);
	for (int i = 0; i < 3; i++)
		rewind_at_once(&sender, false);
	ck_assert_uint_eq(sender.burst, SENDER_BURST_MIN);
	uint32_t count;
	send_all(&sender, &count, 9000);
	take_ack(&sender, 64, 1000, 9500, &answer);
	ck_assert(answer.was_early);
	ck_assert_uint_eq(sender.burst, 64);
	assert_sends(&sender, 65, 64, 9500);
}
END_TEST

/* The receiver's own timer may have sent it, or a copy that was late and not lost. */
START_TEST(acks_inside_a_window_and_too_fast_ones_give_no_sample)
{
	struct sender sender = start_sender(4, 1000);
	uint32_t count;
	send_all(&sender, &count, 100);
	struct sender_answer bound = ask(&sender, 2, 0, 300);
	ck_assert_uint_eq(bound.rtt_us, 0);
	ck_assert(bound.is_bound);
	ck_assert_uint_eq(bound.age_us, 200);
	ck_assert_uint_eq(sender.shortest_us, 100);
	send_all(&sender, &count, 400);
	ck_assert(!ask(&sender, 4, 50, 420).is_bound);
	ck_assert_uint_eq(sender.shortest_us, 50);
	send_all(&sender, &count, 400);
	ck_assert_uint_eq(ask(&sender, 8, 50, 470).rtt_us, 70);

	struct sender last = start_sender(4, 4);
	send_all(&last, &count, 100);
	ck_assert_uint_eq(ask(&last, 2, 0, 300).rtt_us, 0);
	send_all(&last, &count, 400);
	struct sender copy = last, unknown = last;
	ck_assert_uint_eq(ask(&copy, 4, 50, 450).rtt_us, 50);
	ck_assert_uint_eq(ask(&unknown, 4, 0, 450).rtt_us, 0);
	ck_assert_uint_eq(ask(&last, 4, 50, 449).rtt_us, 0);
}
END_TEST

/* More bursts than are remembered: the first of them are old enough. */
START_TEST(window_sent_in_many_parts_is_timed_at_its_end)
{
	struct sender sender = start_sender(8, 1000);
	for (uint64_t i = 0; i < 8; i++)
		sender_sent(&sender, 1, 100 + i);
	struct sender copy = sender;
	ck_assert_uint_eq(sample(&sender, 8, 207), 100);
	ck_assert_uint_eq(ask(&copy, 2, 1000000, 300).age_us, 0);
	ck_assert_uint_eq(copy.next, 3);
}
END_TEST

/* 8085-7: the receiver throws away what follows a gap. */
START_TEST(after_a_loss_a_window_goes_out_in_bursts)
{
	struct sender sender = start_sender(16, 100000);
	assert_sends(&sender, 1, 16, 0);
	ck_assert(!sender_is_paused(&sender));
	assert_ack(&sender, 10, SENDER_REWOUND);
	assert_sends(&sender, 11, 8, 0);
	ck_assert(sender_is_paused(&sender));
	sender_resume(&sender);
	assert_sends(&sender, 19, 8, 0);
	ck_assert(!sender_is_paused(&sender));
	rewind_at_once(&sender, false);
	for (uint64_t first = 11; first < 27; first += SENDER_BURST_MIN) {
		assert_sends(&sender, first, SENDER_BURST_MIN, 0);
		sender_resume(&sender);
	}
	assert_ack(&sender, 26, SENDER_ADVANCED);
}
END_TEST

START_TEST(bursts_grow_until_they_are_windows)
{
	struct sender sender = start_sender(16, 100000);
	assert_sends(&sender, 1, 16, 0);
	rewind_at_once(&sender, false);
	unsigned windows = 0;
	for (; sender.burst < 16; windows++) {
		uint64_t end = sender.acked + 16;
		while (sender.next <= end) {
			sender_sent(&sender, sender_allowed(&sender), 0);
			sender_resume(&sender);
		}
		assert_ack(&sender, (uint16_t)end, SENDER_ADVANCED);
	}
	ck_assert_uint_eq(windows, 12 * SENDER_BURST_GROWTH / 16);
	assert_sends(&sender, sender.acked + 1, 16, 0);
}
END_TEST

/* The largest window is not cut into thousands of bursts. */
START_TEST(time_out_leaves_a_burst_of_a_sixteenth_of_the_window)
{
	struct sender sender = start_sender(1600, 100000);
	assert_sends(&sender, 1, 1600, 0);
	rewind_at_once(&sender, false);
	assert_sends(&sender, 1, 100, 0);
}
END_TEST

START_TEST(pauses_are_a_round_trip_and_a_window_takes_no_longer_than_it_must)
{
	struct sender sender = start_sender(64, 100000);
	assert_sends(&sender, 1, 64, 0);
	assert_ack(&sender, 20, SENDER_REWOUND);
	assert_ack(&sender, 20, SENDER_REPEATED);
	ck_assert_uint_eq(sender.burst, 32);
	sender.shortest_us = sender.block_us = 0;
	ck_assert_uint_eq(sender_pause_us(&sender, 0), 1000);
	ck_assert_uint_eq(sender_pause_us(&sender, 200), 250);
	ck_assert_uint_eq(sender_pause_us(&sender, 1999), 1999 + 499);
	ck_assert_uint_eq(sender_pause_us(&sender, 2000), 2000);
	ck_assert_uint_eq(sender_pause_us(&sender, 12000), 10000);
	sender.shortest_us = 300000;
	ck_assert_uint_eq(sender_pause_us(&sender, 300000), 300000 / 2);
	/* Much may be lost: the first bursts one a round trip. */
	rewind_at_once(&sender, false);
	ck_assert_uint_eq(sender_pause_us(&sender, 300000), 300000);
	sender.shortest_us = 9000000;
	ck_assert_uint_eq(sender_pause_us(&sender, 9000000), 1000000);
	uint64_t next = sender.next;
	sender.next = sender.acked + 2 * SENDER_BURST_MIN;
	ck_assert_uint_eq(sender_pause_us(&sender, 300000), 300000);
	sender.next++;
	ck_assert_uint_eq(sender_pause_us(&sender, 300000), 300000 / 16);
	sender.next = next;
	sender.clean_blocks = 2 * SENDER_BURST_MIN;
	ck_assert_uint_eq(sender_pause_us(&sender, 300000), 300000 / 16);
}
END_TEST

/* What was averaged is how long the server took to open the file. */
START_TEST(pauses_are_short_while_no_block_was_answered)
{
	struct sender sender = start_sender(64, 100000);
	assert_sends(&sender, 1, 64, 0);
	rewind_at_once(&sender, false);
	ck_assert_uint_eq(sender.shortest_us, 0);
	ck_assert_uint_eq(sender_pause_us(&sender, 20000), 20000);
	ck_assert_uint_eq(sender_pause_us(&sender, 900000), 20000);
	sender.clean_blocks = 2 * SENDER_BURST_MIN;
	ck_assert_uint_eq(sender_pause_us(&sender, 900000), 20000 / 16);
}
END_TEST

/* Some of what was averaged was the receiver's own time-out. */
START_TEST(pauses_do_not_follow_a_mean_far_above_the_shortest_round_trip)
{
	struct sender sender = start_sender(64, 100000);
	assert_sends(&sender, 1, 64, 0);
	rewind_at_once(&sender, false);
	sender.shortest_us = 400;
	ck_assert_uint_eq(sender_pause_us(&sender, 801), 801 + 200);
	ck_assert_uint_eq(sender_pause_us(&sender, 802), 1000);
	ck_assert_uint_eq(sender_pause_us(&sender, 3000000), 1000);
}
END_TEST

SUITE("sender_pace", ack_of_the_window_end_gives_a_sample, sample_within_one_tick_is_not_none,
      acks_of_what_a_time_out_repeated_give_no_sample,
      answer_faster_than_a_round_trip_shows_an_early_time_out,
      early_time_out_leaves_the_bursts_as_they_were,
      acks_inside_a_window_and_too_fast_ones_give_no_sample,
      window_sent_in_many_parts_is_timed_at_its_end, after_a_loss_a_window_goes_out_in_bursts,
      bursts_grow_until_they_are_windows, time_out_leaves_a_burst_of_a_sixteenth_of_the_window,
      pauses_are_a_round_trip_and_a_window_takes_no_longer_than_it_must,
      pauses_are_short_while_no_block_was_answered,
      pauses_do_not_follow_a_mean_far_above_the_shortest_round_trip)

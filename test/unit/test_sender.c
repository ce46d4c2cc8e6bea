#include "unit/suite.h"

#include "proto/block.h"
#include "proto/sender.h"

static struct sender start_sender(uint32_t window, uint64_t last)
{
	struct sender sender;
	sender_init(&sender, window, 0);
	sender.last = last;
	return sender;
}

/* Sends all that may be sent. Returns the first block and how many. */
static uint64_t send_all(struct sender *sender, uint32_t *count, uint64_t now_us)
{
	uint64_t first = sender->next;
	*count = sender_allowed(sender);
	if (*count > 0)
		sender_sent(sender, *count, now_us);
	return first;
}

static void assert_sends(struct sender *sender, uint64_t first, uint32_t count, uint64_t now_us)
{
	uint32_t got;
	uint64_t got_first = send_all(sender, &got, now_us);
	ck_assert_uint_eq(got, count);
	if (count > 0)
		ck_assert_uint_eq(got_first, first);
	ck_assert_uint_eq(sender_allowed(sender), 0);
}

static void assert_ack(struct sender *sender, uint16_t wire, enum sender_event wanted)
{
	uint64_t rtt_us;
	ck_assert_int_eq(sender_ack(sender, wire, 1000, &rtt_us), wanted);
}

/* 1350-8, 1350-14, 7440-9 */
START_TEST(sends_one_block_an_ack_with_window_1)
{
	struct sender sender = start_sender(1, 3);
	ck_assert(!sender_is_waiting(&sender));
	assert_sends(&sender, 1, 1, 0);
	ck_assert(sender_is_waiting(&sender));
	assert_ack(&sender, 1, SENDER_ADVANCED);
	ck_assert(!sender_is_waiting(&sender));
	assert_sends(&sender, 2, 1, 0);
	assert_ack(&sender, 2, SENDER_ADVANCED);
	assert_sends(&sender, 3, 1, 0);
	assert_ack(&sender, 3, SENDER_FINISHED);
	ck_assert_uint_eq(sender.blocks_sent, 3);
	ck_assert_uint_eq(sender.blocks_resent, 0);
}
END_TEST

/* 7440-4, 7440-13 */
START_TEST(sends_a_window_an_ack_and_a_short_one_at_the_end)
{
	struct sender sender = start_sender(4, 10);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 5, 4, 0);
	assert_ack(&sender, 8, SENDER_ADVANCED);
	assert_sends(&sender, 9, 2, 0);
	assert_ack(&sender, 10, SENDER_FINISHED);
}
END_TEST

START_TEST(window_may_be_sent_in_parts)
{
	struct sender sender = start_sender(8, 100);
	sender_sent(&sender, 3, 0);
	ck_assert_uint_eq(sender_allowed(&sender), 5);
	sender_sent(&sender, 1, 0);
	assert_sends(&sender, 5, 4, 0);
	ck_assert_uint_eq(sender.blocks_sent, 8);
}
END_TEST

/* 1123-3 */
START_TEST(duplicate_ack_never_sends)
{
	for (uint32_t window = 1; window <= 8; window++) {
		struct sender sender = start_sender(window, 1000);
		assert_sends(&sender, 1, window, 0);
		assert_ack(&sender, (uint16_t)window, SENDER_ADVANCED);
		assert_sends(&sender, window + 1, window, 0);
		for (int i = 0; i < 10; i++) {
			assert_ack(&sender, (uint16_t)window, SENDER_STALE);
			assert_sends(&sender, 0, 0, 0);
		}
		ck_assert_uint_eq(sender.blocks_sent, 2 * window);
	}
}
END_TEST

/* 7440-8 */
START_TEST(ack_inside_the_window_rewinds_once)
{
	struct sender sender = start_sender(8, 1000);
	assert_sends(&sender, 1, 8, 0);
	assert_ack(&sender, 3, SENDER_REWOUND);
	assert_sends(&sender, 4, 8, 0);
	for (int i = 0; i < 5; i++)
		assert_ack(&sender, 3, SENDER_STALE);
	assert_sends(&sender, 0, 0, 0);
	ck_assert_uint_eq(sender.blocks_sent, 16);
	ck_assert_uint_eq(sender.blocks_resent, 5);
	assert_ack(&sender, 10, SENDER_REWOUND);
	assert_sends(&sender, 11, 8, 0);
	assert_ack(&sender, 18, SENDER_ADVANCED);
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
	assert_sends(&half, 3, 8, 0);
	ck_assert_uint_eq(half.blocks_resent, 2);
}
END_TEST

START_TEST(ignores_old_acks_and_acks_of_what_was_never_sent)
{
	struct sender sender = start_sender(4, 1000);
	assert_ack(&sender, 0, SENDER_STALE);
	assert_ack(&sender, 1, SENDER_STALE);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 5, SENDER_STALE);
	assert_ack(&sender, 65535, SENDER_STALE);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_ack(&sender, 2, SENDER_STALE);
	assert_ack(&sender, 0, SENDER_STALE);
	assert_ack(&sender, 5, SENDER_STALE);
	ck_assert_uint_eq(sender.acked, 4);
}
END_TEST

/* 7440-6 */
START_TEST(timer_starts_the_window_behind_the_last_ack)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 5, 4, 0);
	sender_rewind(&sender);
	ck_assert(!sender_is_waiting(&sender));
	assert_sends(&sender, 5, 4, 0);
	ck_assert_uint_eq(sender.blocks_resent, 4);
}
END_TEST

/* After the rewind only part was sent again when the ACK of the first sending arrives. */
START_TEST(late_ack_after_a_rewind_saves_the_rest)
{
	struct sender sender = start_sender(8, 1000);
	assert_sends(&sender, 1, 8, 0);
	sender_rewind(&sender);
	assert_ack(&sender, 8, SENDER_ADVANCED);
	assert_sends(&sender, 9, 8, 0);
	sender_rewind(&sender);
	sender_sent(&sender, 2, 0);
	assert_ack(&sender, 14, SENDER_ADVANCED);
	assert_sends(&sender, 15, 8, 0);
	ck_assert_uint_eq(sender.blocks_resent, 4);
	ck_assert_uint_eq(sender.sent_max, 22);
}
END_TEST

START_TEST(end_may_become_known_on_the_way)
{
	struct sender sender;
	sender_init(&sender, 4, 0);
	ck_assert_uint_eq(sender.last, SENDER_LAST_UNKNOWN);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	sender_sent(&sender, 2, 0);
	sender.last = 6;
	ck_assert_uint_eq(sender_allowed(&sender), 0);
	assert_ack(&sender, 6, SENDER_FINISHED);
}
END_TEST

static uint64_t sample(struct sender *sender, uint16_t wire, uint64_t now_us)
{
	uint64_t rtt_us;
	sender_ack(sender, wire, now_us, &rtt_us);
	return rtt_us;
}

START_TEST(ack_of_the_window_end_gives_a_sample)
{
	struct sender sender = start_sender(4, 6);
	sender_sent(&sender, 2, 100);
	sender_sent(&sender, 2, 150);
	ck_assert_uint_eq(sample(&sender, 4, 400), 250);
	ck_assert_uint_eq(sender.timed_block, 0);
	sender_sent(&sender, 2, 500);
	ck_assert_uint_eq(sample(&sender, 6, 507), 7);
}
END_TEST

START_TEST(sample_within_one_tick_is_not_none)
{
	struct sender sender = start_sender(1, 9);
	sender_sent(&sender, 1, 100);
	ck_assert_uint_eq(sample(&sender, 1, 100), 1);
}
END_TEST

/* 8085-4: a block sent twice, or whose ACK was not awaited, is not timed. */
START_TEST(ambiguous_acks_give_no_sample)
{
	struct sender sender = start_sender(4, 1000);
	uint32_t count;
	send_all(&sender, &count, 100);
	ck_assert_uint_eq(sample(&sender, 2, 300), 0);
	send_all(&sender, &count, 400);
	sender_rewind(&sender);
	send_all(&sender, &count, 900);
	ck_assert_uint_eq(sample(&sender, 6, 1000), 0);

	struct sender repeated = start_sender(1, 1000);
	send_all(&repeated, &count, 100);
	sender_rewind(&repeated);
	ck_assert_uint_eq(sample(&repeated, 1, 300), 0);
	send_all(&repeated, &count, 400);
	ck_assert_uint_eq(sample(&repeated, 2, 410), 10);
	ck_assert_uint_eq(sample(&repeated, 2, 500), 0);
}
END_TEST

/* The end of a window that restarted behind an ACK is new, so it is timed. */
START_TEST(window_restarted_by_an_ack_is_timed_at_its_end)
{
	struct sender sender = start_sender(4, 1000);
	uint32_t count;
	send_all(&sender, &count, 100);
	ck_assert_uint_eq(sample(&sender, 2, 300), 0);
	send_all(&sender, &count, 400);
	ck_assert_uint_eq(sample(&sender, 6, 450), 50);
}
END_TEST

/* One window of a long way: sent twice, its ACK twice. False: something was not as it should be. */
static bool go_on(struct sender *sender)
{
	uint32_t count, count_again;
	uint64_t rtt_us;
	uint64_t acked = sender->acked;
	uint64_t first = send_all(sender, &count, 1);
	sender_rewind(sender);
	uint64_t first_again = send_all(sender, &count_again, 2);
	if (first != acked + 1 || first_again != first || count == 0 || count_again != count)
		return false;
	uint16_t wire = block_to_wire(acked + count, sender->rollover);
	enum sender_event event = sender_ack(sender, wire, 3, &rtt_us);
	if (sender->acked != acked + count || rtt_us != 0)
		return false;
	if (sender->acked == sender->last)
		return event == SENDER_FINISHED;
	return event == SENDER_ADVANCED && sender_ack(sender, wire, 4, &rtt_us) == SENDER_STALE;
}

static void run_far(uint32_t window, uint8_t rollover, uint64_t last)
{
	struct sender sender;
	sender_init(&sender, window, rollover);
	sender.last = last;
	while (sender.acked < last && go_on(&sender))
		;
	ck_assert_uint_eq(sender.acked, last);
	ck_assert_uint_eq(sender.blocks_resent, last);
}

/* 7440-14: 200,000 blocks are three wraps. */
START_TEST(goes_on_across_wraps)
{
	for (uint8_t rollover = 0; rollover <= 1; rollover++) {
		run_far(1, rollover, 200000);
		run_far(7, rollover, 200000);
		run_far(64, rollover, 200001);
		run_far(40000, rollover, 200000);
		run_far(65535u - rollover, rollover, 200000);
	}
}
END_TEST

/* A file of 5 GiB in blocks of 512. */
START_TEST(goes_on_beyond_32_bits_of_bytes)
{
	uint64_t last = block_last(UINT64_C(5) << 30, 512);
	ck_assert_uint_eq(last, 10485761);
	run_far(64, 0, last);
}
END_TEST

SUITE("sender", sends_one_block_an_ack_with_window_1, sends_a_window_an_ack_and_a_short_one_at_the_end,
      window_may_be_sent_in_parts, duplicate_ack_never_sends, ack_inside_the_window_rewinds_once,
      ack_inside_a_window_half_sent_goes_on_behind_it, ignores_old_acks_and_acks_of_what_was_never_sent,
      timer_starts_the_window_behind_the_last_ack, late_ack_after_a_rewind_saves_the_rest,
      end_may_become_known_on_the_way, ack_of_the_window_end_gives_a_sample,
      sample_within_one_tick_is_not_none, ambiguous_acks_give_no_sample,
      window_restarted_by_an_ack_is_timed_at_its_end, goes_on_across_wraps,
      goes_on_beyond_32_bits_of_bytes)

#include "unit/sender_kit.h"

#include "proto/block.h"

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

START_TEST(ignores_old_acks)
{
	struct sender sender = start_sender(4, 100000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 65535, SENDER_STALE);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_ack(&sender, 2, SENDER_STALE);
	assert_ack(&sender, 0, SENDER_STALE);
	ck_assert_uint_eq(sender.acked, 4);
}
END_TEST

/* Near what was sent nobody but a guesser is; farther on it may be an old one. */
START_TEST(ack_of_what_was_never_sent_is_forged)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 5, SENDER_FORGED);
	assert_ack(&sender, 4 + SENDER_AHEAD_MAX, SENDER_FORGED);
	assert_ack(&sender, 4 + SENDER_AHEAD_MAX + 1, SENDER_STALE);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_ack(&sender, 5, SENDER_FORGED);
	ck_assert_uint_eq(sender.acked, 4);

	struct sender wide = start_sender(SENDER_AHEAD_WINDOW_MAX + 1, 100000);
	sender_sent(&wide, 4, 0);
	assert_ack(&wide, 5, SENDER_STALE);
}
END_TEST

/* 7440-6 */
START_TEST(timer_starts_the_window_behind_the_last_ack)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 5, 4, 0);
	rewind_at_once(&sender, false);
	ck_assert(!sender_is_waiting(&sender));
	assert_sends(&sender, 5, 4, 0);
	ck_assert_uint_eq(sender.blocks_resent, 4);
}
END_TEST

/* After the rewind only part was sent again when the ACK of the first sending arrives. */
START_TEST(late_ack_after_a_rewind_saves_the_rest)
{
	struct sender sender = start_sender(4, 1000);
	assert_sends(&sender, 1, 4, 0);
	rewind_at_once(&sender, false);
	assert_ack(&sender, 4, SENDER_ADVANCED);
	assert_sends(&sender, 5, 4, 0);
	rewind_at_once(&sender, false);
	sender_sent(&sender, 2, 0);
	assert_ack(&sender, 7, SENDER_ADVANCED);
	assert_sends(&sender, 8, 4, 0);
	ck_assert_uint_eq(sender.blocks_resent, 3);
	ck_assert_uint_eq(sender.sent_max, 11);
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

/* One window of a long way: sent twice, its ACK twice. False: something was not as it should be. */
static bool go_on(struct sender *sender)
{
	uint32_t count, count_again;
	struct sender_answer answer;
	uint64_t acked = sender->acked;
	sender->burst = sender->window;
	uint64_t first = send_all(sender, &count, 1);
	rewind_at_once(sender, false);
	sender->burst = sender->window;
	uint64_t first_again = send_all(sender, &count_again, 2);
	if (first != acked + 1 || first_again != first || count == 0 || count_again != count)
		return false;
	uint16_t wire = block_to_wire(acked + count, sender->rollover);
	enum sender_event event = take_ack(sender, wire, 0, 3, &answer);
	if (sender->acked != acked + count || answer.rtt_us != 0)
		return false;
	if (sender->acked == sender->last)
		return event == SENDER_FINISHED;
	return event == SENDER_ADVANCED && take_ack(sender, wire, 0, 4, &answer) == SENDER_REPEATED;
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
      window_may_be_sent_in_parts, ignores_old_acks, ack_of_what_was_never_sent_is_forged,
      timer_starts_the_window_behind_the_last_ack, late_ack_after_a_rewind_saves_the_rest,
      end_may_become_known_on_the_way, goes_on_across_wraps, goes_on_beyond_32_bits_of_bytes)

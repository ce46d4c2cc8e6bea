#include "unit/talk.h"

/* A read of a long file by a client that was heard. The round trip is 1 ms. */
static void open_heard(struct talk *talk, const char *pairs)
{
	open_served(talk, PACKET_RRQ, pairs);
	say(talk);
	talk->now_us += 1000;
	hear_ack(talk, 0);
}

/* GRUB with 50 packets queued: silent for two seconds, then an ACK for each copy. */
START_TEST(client_that_answers_each_copy_was_slow_and_is_given_time)
{
	struct talk talk;
	open_heard(&talk, "blksize=8");
	say(&talk);
	uint64_t start_us = talk.now_us;
	unsigned copies = 0;
	while (talk.now_us < start_us + 2 * SECOND_US) {
		expire(&talk);
		SAYS(&talk, "DATA 1:8");
		copies++;
	}
	talk.now_us += 3000;
	for (unsigned i = 0; i <= copies; i++) {
		hear_ack(&talk, 1);
		SAYS(&talk, i == 0 ? "DATA 2:8" : "");
	}
	ck_assert_uint_eq(talk.transfer.counts.acks_repeated, copies);
	ck_assert_uint_eq(talk.transfer.counts.timeouts, copies);
	ck_assert_uint_eq(talk.transfer.counts.timeouts_early, 1);
	ck_assert_uint_ge(talk.transfer.rto.value_us, 2 * SECOND_US);
	for (uint16_t block = 2; block < 40; block++) {
		talk.now_us += 1000;
		hear_ack(&talk, block);
		say(&talk);
	}
	ck_assert_uint_gt(talk.transfer.rto.value_us, 100000);
	ck_assert_uint_lt(talk.transfer.rto.value_us, 200001);
}
END_TEST

/* The second answer to block 1 says nothing about block 2. */
START_TEST(late_second_answer_does_not_end_a_back_off)
{
	struct talk talk;
	open_heard(&talk, "blksize=8");
	say(&talk);
	expire(&talk);
	SAYS(&talk, "DATA 1:8");
	talk.now_us += 3000;
	hear_ack(&talk, 1);
	SAYS(&talk, "DATA 2:8");
	for (int i = 0; i < 4; i++) {
		expire(&talk);
		SAYS(&talk, "DATA 2:8");
	}
	uint32_t value_us = talk.transfer.rto.value_us;
	hear_ack(&talk, 1);
	ck_assert_uint_eq(talk.transfer.counts.timeouts_early, 1);
	ck_assert_uint_eq(talk.transfer.rto.value_us, value_us);
}
END_TEST

/* With a window the copies are not answered one by one, but an answer may be too fast for the copy. */
START_TEST(answer_that_is_too_fast_for_the_copy_gives_time)
{
	struct talk talk;
	open_heard(&talk, "blksize=8 windowsize=2");
	say(&talk);
	expire(&talk);
	say(&talk);
	talk.now_us += 10;
	hear_ack(&talk, 2);
	ck_assert_uint_eq(talk.transfer.counts.timeouts_early, 1);
	ck_assert_uint_gt(talk.transfer.rto.value_us, 10010);
	/* One that is not says nothing, and a repeated ACK neither. */
	say(&talk);
	expire(&talk);
	say(&talk);
	talk.now_us += 1500;
	hear_ack(&talk, 4);
	hear_ack(&talk, 4);
	ck_assert_uint_eq(talk.transfer.counts.timeouts_early, 1);
}
END_TEST

/* A request that was answered twice before the first ACK is no time-out. */
START_TEST(answers_to_repeated_requests_are_no_time_outs)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "");
	say(&talk);
	transfer_request_again(&talk.transfer);
	say(&talk);
	hear_ack(&talk, 1);
	hear_ack(&talk, 1);
	ck_assert_uint_eq(talk.transfer.counts.timeouts_early, 0);
	ck_assert_uint_eq(talk.transfer.counts.acks_repeated, 1);

	open_served(&talk, PACKET_RRQ, "");
	say(&talk);
	transfer_request_again(&talk.transfer);
	hear_ack(&talk, 1);
	ck_assert_uint_eq(talk.transfer.counts.timeouts_early, 0);
}
END_TEST

START_TEST(time_out_of_any_length_is_counted_early)
{
	struct talk talk;
	open_heard(&talk, "blksize=8");
	say(&talk);
	expire(&talk);
	say(&talk);
	talk.now_us += 2 * (uint64_t)RTO_MAX_US;
	hear_ack(&talk, 1);
	ck_assert_uint_eq(talk.transfer.suspect_us, RTO_MAX_US);
}
END_TEST

/* 8085-7 */
START_TEST(window_is_paced_after_a_loss_and_the_deadline_is_the_next_burst)
{
	struct talk talk;
	open_heard(&talk, "blksize=8 windowsize=8");
	SAYS(&talk, "DATA 1:8 2:8 3:8 4:8 5:8 6:8 7:8 8:8");
	ck_assert(!transfer_is_paused(&talk.transfer));
	talk.now_us += 1000;
	hear_ack(&talk, 2);
	ck_assert_uint_eq(talk.transfer.counts.rewinds, 1);
	SAYS(&talk, "DATA 3:8 4:8 5:8 6:8");
	ck_assert(transfer_is_paused(&talk.transfer));
	assert_interval(&talk, 1250);
	expire(&talk);
	ck_assert(!transfer_is_paused(&talk.transfer));
	SAYS(&talk, "DATA 7:8 8:8 9:8 10:8");
	ck_assert(!transfer_is_paused(&talk.transfer));
	assert_interval(&talk, TRANSFER_RTO_FLOOR_US);
	ck_assert_uint_eq(talk.transfer.counts.timeouts, 0);
}
END_TEST

START_TEST(nothing_but_a_window_of_data_is_paused)
{
	struct talk talk;
	open_heard(&talk, "blksize=8 windowsize=8");
	say(&talk);
	talk.now_us += 1000;
	hear_ack(&talk, 2);
	say(&talk);
	transfer_fail(&talk.transfer, PACKET_ERROR_OTHER, "stop");
	ck_assert(!transfer_is_paused(&talk.transfer));
	open_served(&talk, PACKET_WRQ, "");
	ck_assert(!transfer_is_paused(&talk.transfer));
	open_served(&talk, PACKET_RRQ, "blksize=8");
	ck_assert(!transfer_is_paused(&talk.transfer));
}
END_TEST

/* The client says again what it had before: block 5 was lost. */
START_TEST(repeated_window_end_restarts_the_window)
{
	struct talk talk;
	open_heard(&talk, "blksize=8 windowsize=4");
	say(&talk);
	talk.now_us += 1000;
	hear_ack(&talk, 4);
	SAYS(&talk, "DATA 5:8 6:8 7:8 8:8");
	talk.now_us += 1000;
	hear_ack(&talk, 4);
	SAYS(&talk, "DATA 5:8 6:8 7:8 8:8");
	hear_ack(&talk, 4);
	SAYS_NOTHING(&talk);
	ck_assert_uint_eq(talk.transfer.counts.rewinds, 1);
	ck_assert_uint_eq(talk.transfer.counts.acks_repeated, 1);
}
END_TEST

/* 7440-4: not one block more than the window, unless the silence lasts. */
START_TEST(long_silence_makes_us_ask_the_receiver_to_speak)
{
	struct talk talk;
	unsigned plain = 0;
	open_heard(&talk, "blksize=8 windowsize=4");
	say(&talk);
	uint64_t silent_since_us = talk.transfer.silent_since_us;
	while (transfer_deadline(&talk.transfer) - silent_since_us < TRANSFER_NUDGE_US) {
		expire(&talk);
		SAYS(&talk, "DATA 1:8 2:8 3:8 4:8");
		plain++;
	}
	ck_assert_uint_ge(plain, 2);
	expire(&talk);
	SAYS(&talk, "DATA 1:8 2:8 3:8 4:8; DATA 6:8");

	talk_ask(&talk, PACKET_WRQ, "blksize=8 windowsize=4");
	transfer_ends_at(&talk.transfer, 100);
	say(&talk);
	hear_oack(&talk, "blksize=8 windowsize=4");
	say(&talk);
	expire(&talk);
	say(&talk);
	expire(&talk);
	SAYS(&talk, "DATA 1:8 2:8 3:8 4:8");
}
END_TEST

/* Behind the window is only the last block: there can be no gap, and it is not due. */
START_TEST(last_block_is_not_sent_to_make_a_receiver_speak)
{
	struct talk talk;
	open_heard(&talk, "blksize=8 windowsize=4");
	transfer_ends_at(&talk.transfer, 4 * 8 + 3);
	SAYS(&talk, "DATA 1:8 2:8 3:8 4:8");
	uint64_t silent_since_us = talk.transfer.silent_since_us;
	while (transfer_deadline(&talk.transfer) - silent_since_us < 3 * (uint64_t)TRANSFER_NUDGE_US) {
		expire(&talk);
		SAYS(&talk, "DATA 1:8 2:8 3:8 4:8");
	}
}
END_TEST

/* Who does not see our packets counts on, and may count too fast. */
START_TEST(ack_of_what_was_never_sent_ends_it_without_a_word)
{
	struct talk talk;
	open_heard(&talk, "blksize=8");
	SAYS(&talk, "DATA 1:8");
	hear_ack(&talk, 2);
	IS(&talk, OVER, FORGED);
	SAYS_NOTHING(&talk);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "it acknowledged what was never sent");
}
END_TEST

/* The ports may be those of a transfer just over, and a server is who was asked. */
START_TEST(ack_of_what_was_never_sent_is_ignored_from_strangers_and_servers)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "");
	SAYS(&talk, "DATA 1:512");
	hear_ack(&talk, 7);
	IS(&talk, MOVING, RUNNING);

	talk_ask(&talk, PACKET_WRQ, "");
	say(&talk);
	hear_ack(&talk, 0);
	say(&talk);
	hear_ack(&talk, 7);
	IS(&talk, MOVING, RUNNING);
}
END_TEST

/* 8085-8: a client that takes nothing but makes us send. */
START_TEST(transfer_that_sends_many_times_its_size_is_ended)
{
	struct talk talk;
	open_heard(&talk, "blksize=8 windowsize=64");
	transfer_ends_at(&talk.transfer, 1000000);
	say(&talk);
	uint16_t acked = 0;
	while (talk.transfer.phase == TRANSFER_MOVING) {
		talk.now_us += 4 * SECOND_US;
		transfer_expire(&talk.transfer, talk.now_us);
		say(&talk);
		while (transfer_is_paused(&talk.transfer)) {
			expire(&talk);
			say(&talk);
		}
		hear_ack(&talk, ++acked);
		if (talk.transfer.phase == TRANSFER_MOVING)
			say(&talk);
	}
	IS(&talk, OVER, WASTEFUL);
	SAYS(&talk, "ERROR 0 too much had to be sent again");
	ck_assert_str_eq(transfer_reason(&talk.transfer), "too much had to be sent again");
	ck_assert_uint_gt(talk.transfer.sender.blocks_resent,
			  TRANSFER_WASTE_MAX * talk.transfer.sender.acked);
}
END_TEST

START_TEST(upload_that_brings_many_times_its_size_is_ended)
{
	struct talk talk;
	open_served(&talk, PACKET_WRQ, "");
	say(&talk);
	for (uint16_t block = 1; talk.transfer.phase == TRANSFER_MOVING; block++) {
		ck_assert_uint_lt(block, 1000);
		for (int i = 0; i < 16; i++) {
			hear_data(&talk, block, 512);
			say(&talk);
		}
	}
	IS(&talk, OVER, WASTEFUL);
}
END_TEST

START_TEST(repeated_oack_is_answered_so_many_times)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	hear_oack(&talk, "blksize=8");
	SAYS(&talk, "ACK 0");
	for (uint32_t i = 0; i < TRANSFER_REPEATS_MAX; i++) {
		hear_oack(&talk, "blksize=8");
		SAYS(&talk, "ACK 0");
	}
	hear_oack(&talk, "blksize=8");
	SAYS_NOTHING(&talk);
}
END_TEST

START_TEST(last_block_again_is_answered_so_many_times)
{
	struct talk talk;
	open_served(&talk, PACKET_WRQ, "");
	say(&talk);
	hear_data(&talk, 1, 5);
	transfer_stored(&talk.transfer, talk.now_us);
	SAYS(&talk, "ACK 1");
	for (uint32_t i = 0; i < TRANSFER_REPEATS_MAX; i++) {
		hear_data(&talk, 1, 5);
		SAYS(&talk, "ACK 1");
	}
	hear_data(&talk, 1, 5);
	SAYS_NOTHING(&talk);
}
END_TEST

SUITE("transfer_bounds", last_block_is_not_sent_to_make_a_receiver_speak,
      client_that_answers_each_copy_was_slow_and_is_given_time,
      late_second_answer_does_not_end_a_back_off, answer_that_is_too_fast_for_the_copy_gives_time,
      answers_to_repeated_requests_are_no_time_outs, time_out_of_any_length_is_counted_early,
      window_is_paced_after_a_loss_and_the_deadline_is_the_next_burst,
      nothing_but_a_window_of_data_is_paused, repeated_window_end_restarts_the_window,
      long_silence_makes_us_ask_the_receiver_to_speak, ack_of_what_was_never_sent_ends_it_without_a_word,
      ack_of_what_was_never_sent_is_ignored_from_strangers_and_servers,
      transfer_that_sends_many_times_its_size_is_ended, upload_that_brings_many_times_its_size_is_ended,
      repeated_oack_is_answered_so_many_times, last_block_again_is_answered_so_many_times)

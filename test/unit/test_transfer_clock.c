#include "unit/talk.h"

static void assert_never(const struct talk *talk)
{
	ck_assert_uint_eq(transfer_deadline(&talk->transfer), TRANSFER_NEVER);
}

START_TEST(no_deadline_while_it_is_our_turn)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "blksize=8");
	assert_never(&talk);
	transfer_expire(&talk.transfer, UINT64_MAX - 1);
	IS(&talk, OPENING, RUNNING);
	transfer_opened(&talk.transfer, 100, talk.now_us);
	assert_never(&talk);
	say(&talk);
	assert_interval(&talk, SECOND_US);
	hear_ack(&talk, 0);
	assert_never(&talk);
	say(&talk);
	hear_error(&talk, 1, "");
	assert_never(&talk);

	open_served(&talk, PACKET_WRQ, "");
	assert_never(&talk);
	say(&talk);
	assert_interval(&talk, SECOND_US);
	hear_data(&talk, 1, 512);
	assert_never(&talk);
	say(&talk);
	hear_data(&talk, 2, 0);
	assert_never(&talk);
	talk_ask(&talk, PACKET_RRQ, "");
	assert_never(&talk);
	say(&talk);
	assert_interval(&talk, SECOND_US);
}
END_TEST

/* Each repetition at its second, then the end. */
static void assert_schedule(struct talk *talk, const char *repeated, const uint64_t *at_s, int count)
{
	uint64_t start_us = talk->now_us;
	for (int i = 0; i < count; i++) {
		expire(talk);
		ck_assert_uint_eq(talk->now_us - start_us, at_s[i] * SECOND_US);
		IS(talk, MOVING, RUNNING);
		SAYS(talk, repeated);
	}
	expire(talk);
	ck_assert_uint_eq(talk->now_us - start_us, at_s[count] * SECOND_US);
	IS(talk, OVER, TIMEOUT);
	SAYS_NOTHING(talk);
	assert_never(talk);
}

/* 1123-4, 1350-19, 6298-1, 6298-6, 7440-11: doubling to the cap, and 30 s are waited before giving up. */
START_TEST(silence_is_met_by_doubled_intervals_and_an_end_after_30_seconds)
{
	static const uint64_t at_s[] = {1, 3, 7, 11, 15, 19, 23, 27, 30};
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	hear_ack(&talk, 0);
	rto_init(&talk.transfer.rto, SECOND_US, 10000, 4 * SECOND_US);
	say(&talk);
	assert_schedule(&talk, "DATA 1:8", at_s, 8);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "the client fell silent");
	ck_assert_uint_eq(talk.transfer.counts.timeouts, 8);
	open_served(&talk, PACKET_WRQ, "");
	say(&talk);
	hear_data(&talk, 1, 512);
	rto_init(&talk.transfer.rto, SECOND_US, 10000, 4 * SECOND_US);
	say(&talk);
	assert_schedule(&talk, "ACK 1", at_s, 8);
	ck_assert_uint_eq(talk.transfer.packets_repeated, 8);
}
END_TEST

/* 8085-15: three packets to an address that may be another's. */
START_TEST(client_that_never_answered_gets_three_packets_in_30_seconds)
{
	static const uint64_t at_s[] = {1, 3, 30};
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "");
	say(&talk);
	ck_assert(!transfer_is_proven(&talk.transfer));
	assert_schedule(&talk, "DATA 1:512", at_s, 2);
	open_served(&talk, PACKET_RRQ, "blksize=65464 windowsize=64");
	say(&talk);
	assert_schedule(&talk, "OACK blksize=65464 windowsize=64", at_s, 2);
	open_served(&talk, PACKET_WRQ, "");
	say(&talk);
	assert_schedule(&talk, "ACK 0", at_s, 2);
}
END_TEST

/* It may be a client on a bad network, and it pays for each answer with a packet of its own. */
START_TEST(client_that_never_answered_but_asks_again_is_answered)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	for (uint32_t i = 0; i < TRANSFER_REPEATS_MAX; i++) {
		talk.now_us += 100000;
		transfer_request_again(&talk.transfer);
		SAYS(&talk, "OACK blksize=8");
	}
	transfer_request_again(&talk.transfer);
	SAYS_NOTHING(&talk);
	assert_interval(&talk, 30 * SECOND_US - TRANSFER_REPEATS_MAX * 100000);
	expire(&talk);
	IS(&talk, OVER, TIMEOUT);
}
END_TEST

/* Once it was heard, so many repetitions and no more, however long it is waited for. */
START_TEST(repetitions_are_counted)
{
	struct talk talk;
	uint8_t room[256];
	struct packet packet = talk_request(room, PACKET_RRQ, "blksize=8");
	struct transfer_limits limits = talk_limits;
	limits.repeats_max = 3;
	limits.give_up_us = 3600 * SECOND_US;
	talk = (struct talk){.now_us = SECOND_US};
	transfer_serve(&talk.transfer, &packet, &limits, talk.now_us);
	transfer_opened(&talk.transfer, 100, talk.now_us);
	say(&talk);
	hear_ack(&talk, 0);
	ck_assert(transfer_is_proven(&talk.transfer));
	say(&talk);
	for (int i = 0; i < 3; i++) {
		expire(&talk);
		SAYS(&talk, "DATA 1:8");
	}
	expire(&talk);
	IS(&talk, OVER, TIMEOUT);
	ck_assert_uint_eq(talk.now_us, 3601 * SECOND_US);
}
END_TEST

/* Its ACKs get lost, or it plays: each time it gets one, and it ends like any silence. */
START_TEST(peer_that_repeats_itself_does_not_put_off_the_end)
{
	struct talk talk;
	open_served(&talk, PACKET_WRQ, "timeout=20");
	say(&talk);
	hear_data(&talk, 1, 512);
	rto_init(&talk.transfer.rto, 20 * SECOND_US, 10000, 20 * SECOND_US);
	say(&talk);
	uint64_t start_us = talk.now_us;
	while (talk.now_us - start_us < 29 * SECOND_US) {
		talk.now_us += SECOND_US;
		transfer_expire(&talk.transfer, talk.now_us);
		hear_data(&talk, 1, 512);
		SAYS(&talk, "ACK 1");
	}
	assert_interval(&talk, SECOND_US);
	talk.now_us += 2 * SECOND_US;
	hear_data(&talk, 1, 512);
	SAYS(&talk, "ACK 1");
	assert_interval(&talk, 1);
	expire(&talk);
	IS(&talk, OVER, TIMEOUT);
}
END_TEST

/* The same with its request: three answers or 64, 30 s are enough. */
START_TEST(client_that_asks_again_and_again_does_not_put_off_the_end)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "timeout=20");
	say(&talk);
	uint64_t start_us = talk.now_us;
	for (int i = 0; i < 29; i++) {
		talk.now_us += SECOND_US;
		transfer_expire(&talk.transfer, talk.now_us);
		transfer_request_again(&talk.transfer);
		SAYS(&talk, "OACK timeout=20");
	}
	assert_interval(&talk, SECOND_US);
	expire(&talk);
	IS(&talk, OVER, TIMEOUT);
	ck_assert_uint_eq(talk.now_us - start_us, 30 * SECOND_US);
}
END_TEST

/* Or with an ACK that restarts its window each time, before our timer does. */
START_TEST(client_that_restarts_its_window_again_and_again_does_not_put_off_the_end)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=8 windowsize=2 timeout=20");
	say(&talk);
	hear_ack(&talk, 0);
	say(&talk);
	rto_init(&talk.transfer.rto, 20 * SECOND_US, 10000, 20 * SECOND_US);
	uint64_t start_us = talk.now_us;
	for (int i = 0; i < 29; i++) {
		talk.now_us += SECOND_US;
		transfer_expire(&talk.transfer, talk.now_us);
		hear_ack(&talk, 0);
		SAYS(&talk, "DATA 1:8 2:8");
	}
	assert_interval(&talk, SECOND_US);
	expire(&talk);
	IS(&talk, OVER, TIMEOUT);
	ck_assert_uint_eq(talk.now_us - start_us, 30 * SECOND_US);
}
END_TEST

START_TEST(asking_client_gives_up_after_30_seconds)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "tsize=0");
	uint64_t start_us = talk.now_us;
	say(&talk);
	for (int i = 0; i < 8; i++) {
		expire(&talk);
		SAYS(&talk, "RRQ f tsize=0");
	}
	expire(&talk);
	IS(&talk, OVER, TIMEOUT);
	ck_assert_uint_eq(talk.now_us - start_us, 30 * SECOND_US);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "the server does not answer");
}
END_TEST

/* The time it took to open is ours. */
START_TEST(silence_counts_from_when_the_peer_could_answer)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "");
	talk.now_us += 100 * SECOND_US;
	ck_assert_uint_eq(talk.transfer.silent_since_us, SECOND_US);
	transfer_opened(&talk.transfer, 5, talk.now_us);
	ck_assert_uint_eq(talk.transfer.silent_since_us, 101 * SECOND_US);
	talk.now_us += 100 * SECOND_US;
	SAYS(&talk, "DATA 1:5");
	ck_assert_uint_eq(talk.transfer.silent_since_us, 201 * SECOND_US);
	static const uint64_t at_s[] = {1, 3, 30};
	assert_schedule(&talk, "DATA 1:5", at_s, 2);
	ck_assert_uint_eq(talk.transfer.silent_since_us, 201 * SECOND_US);
}
END_TEST

/* Nothing is sent in the middle of a window, so the block itself moves timer and silence. */
START_TEST(each_block_of_a_window_starts_timer_and_silence_anew)
{
	static const uint64_t at_s[] = {1, 3, 7, 11, 15, 19, 23, 27, 30};
	struct talk talk;
	open_served(&talk, PACKET_WRQ, "blksize=8 windowsize=4");
	say(&talk);
	talk.now_us += SECOND_US / 2;
	hear_data(&talk, 1, 8);
	rto_init(&talk.transfer.rto, SECOND_US, 10000, 4 * SECOND_US);
	talk.now_us += SECOND_US / 2;
	hear_data(&talk, 2, 8);
	assert_schedule(&talk, "ACK 2", at_s, 8);
}
END_TEST

START_TEST(dallying_counts_from_when_it_was_stored)
{
	struct talk talk;
	open_served(&talk, PACKET_WRQ, "");
	say(&talk);
	hear_data(&talk, 1, 5);
	talk.now_us += 20 * SECOND_US;
	transfer_stored(&talk.transfer, talk.now_us);
	assert_interval(&talk, talk_limits.dally_us);
	expire(&talk);
	IS(&talk, OVER, DONE);
	SAYS_NOTHING(&talk);
}
END_TEST

/* A silence of 20 seconds before each block: no retry counts for the next block. */
START_TEST(progress_begins_the_count_of_silence_anew)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "tsize=0");
	say(&talk);
	hear_ack(&talk, 0);
	say(&talk);
	for (uint16_t block = 1; block <= 10; block++) {
		uint64_t until_us = talk.now_us + 20 * SECOND_US;
		while (transfer_deadline(&talk.transfer) < until_us) {
			expire(&talk);
			say(&talk);
		}
		talk.now_us = until_us;
		ck_assert_uint_gt(talk.transfer.repeats, 2);
		hear_ack(&talk, block);
		ck_assert_uint_eq(talk.transfer.repeats, 0);
		say(&talk);
	}
	IS(&talk, MOVING, RUNNING);
}
END_TEST

START_TEST(stale_packets_do_not_put_off_the_end)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "");
	say(&talk);
	hear_ack(&talk, 1);
	say(&talk);
	uint64_t start_us = talk.now_us;
	for (int i = 0; talk.transfer.phase == TRANSFER_MOVING; i++) {
		ck_assert_int_lt(i, 100);
		hear_ack(&talk, 1);
		expire(&talk);
		say(&talk);
	}
	IS(&talk, OVER, TIMEOUT);
	ck_assert_uint_ge(talk.now_us - start_us, 30 * SECOND_US);
	ck_assert_uint_le(talk.now_us - start_us, 34 * SECOND_US);
}
END_TEST

/* 2349-2 */
START_TEST(granted_timeout_is_the_first_interval_and_the_ceiling)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "timeout=5");
	say(&talk);
	assert_interval(&talk, 5 * SECOND_US);
	expire(&talk);
	say(&talk);
	assert_interval(&talk, 5 * SECOND_US);
	hear_ack(&talk, 0);
	say(&talk);
	talk.now_us += 20000;
	hear_ack(&talk, 1);
	say(&talk);
	assert_interval(&talk, 60000);
	for (int i = 0; i < 7; i++) {
		expire(&talk);
		say(&talk);
	}
	assert_interval(&talk, 5 * SECOND_US);

	talk_ask(&talk, PACKET_WRQ, "timeout=2");
	say(&talk);
	expire(&talk);
	say(&talk);
	hear_oack(&talk, "timeout=2");
	say(&talk);
	assert_interval(&talk, 2 * SECOND_US);
}
END_TEST

START_TEST(silence_of_30_seconds_is_enough)
{
	static const uint64_t at_s[] = {10, 20, 30};
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "timeout=10");
	say(&talk);
	assert_schedule(&talk, "OACK timeout=10", at_s, 2);
}
END_TEST

/* However long the interval: one lost packet must not be the end. */
START_TEST(longest_timeout_still_leaves_two_repetitions)
{
	static const uint64_t at_s[] = {255, 510, 765};
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "timeout=255");
	say(&talk);
	assert_schedule(&talk, "OACK timeout=255", at_s, 2);
}
END_TEST

SUITE("transfer_clock", no_deadline_while_it_is_our_turn,
      silence_is_met_by_doubled_intervals_and_an_end_after_30_seconds,
      client_that_never_answered_gets_three_packets_in_30_seconds,
      client_that_never_answered_but_asks_again_is_answered, repetitions_are_counted,
      peer_that_repeats_itself_does_not_put_off_the_end,
      client_that_asks_again_and_again_does_not_put_off_the_end,
      client_that_restarts_its_window_again_and_again_does_not_put_off_the_end,
      asking_client_gives_up_after_30_seconds, silence_counts_from_when_the_peer_could_answer,
      each_block_of_a_window_starts_timer_and_silence_anew, dallying_counts_from_when_it_was_stored,
      progress_begins_the_count_of_silence_anew, stale_packets_do_not_put_off_the_end,
      granted_timeout_is_the_first_interval_and_the_ceiling, silence_of_30_seconds_is_enough,
      longest_timeout_still_leaves_two_repetitions)

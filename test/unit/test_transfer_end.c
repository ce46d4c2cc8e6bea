#include "unit/talk.h"

#define TEXT "disk full"

static void fail_full(struct talk *talk)
{
	transfer_fail(&talk->transfer, PACKET_ERROR_FULL, TEXT);
}

/* One ERROR, once, and no deadline: it is not repeated (1350-16). */
static void assert_error_once(struct talk *talk, enum transfer_outcome outcome)
{
	ck_assert_int_eq(talk->transfer.phase, TRANSFER_OVER);
	ck_assert_int_eq(talk->transfer.outcome, outcome);
	ck_assert_str_eq(transfer_reason(&talk->transfer), TEXT);
	ck_assert_int_eq(talk->transfer.error_code, PACKET_ERROR_FULL);
	ck_assert_uint_eq(transfer_deadline(&talk->transfer), TRANSFER_NEVER);
	SAYS(talk, "ERROR 3 disk full");
	SAYS_NOTHING(talk);
	hear_ack(talk, 1);
	hear_data(talk, 1, 1);
	hear_error(talk, 5, "x");
	fail_full(talk);
	SAYS_NOTHING(talk);
	ck_assert_int_eq(talk->transfer.outcome, outcome);
	ck_assert_str_eq(transfer_reason(&talk->transfer), TEXT);
}

/* 1350-16, 1350-18 */
START_TEST(failure_before_the_answer_is_a_refusal)
{
	static const enum packet_op ops[] = {PACKET_RRQ, PACKET_WRQ};
	for (int i = 0; i < 2; i++) {
		struct talk talk;
		talk_serve(&talk, ops[i], "blksize=8");
		fail_full(&talk);
		assert_error_once(&talk, TRANSFER_REFUSED);
		ck_assert_uint_eq(transfer_bytes(&talk.transfer), 0);
		transfer_opened(&talk.transfer, 5, talk.now_us);
		SAYS_NOTHING(&talk);
	}
}
END_TEST

START_TEST(failure_replaces_an_answer_not_yet_sent)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "blksize=8");
	transfer_opened(&talk.transfer, 5, talk.now_us);
	fail_full(&talk);
	assert_error_once(&talk, TRANSFER_FAILED);
}
END_TEST

START_TEST(failure_on_the_way_ends_with_error)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "");
	transfer_opened(&talk.transfer, 5000, talk.now_us);
	SAYS(&talk, "DATA 1:512");
	hear_ack(&talk, 1);
	fail_full(&talk);
	assert_error_once(&talk, TRANSFER_FAILED);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 512);

	talk_serve(&talk, PACKET_WRQ, "");
	transfer_opened(&talk.transfer, 0, talk.now_us);
	say(&talk);
	hear_data(&talk, 1, 512);
	fail_full(&talk);
	assert_error_once(&talk, TRANSFER_FAILED);
}
END_TEST

START_TEST(failure_to_store_ends_with_error)
{
	struct talk talk;
	talk_serve(&talk, PACKET_WRQ, "");
	transfer_opened(&talk.transfer, 0, talk.now_us);
	say(&talk);
	hear_data(&talk, 1, 5);
	IS(&talk, COMMITTING, RUNNING);
	fail_full(&talk);
	assert_error_once(&talk, TRANSFER_FAILED);
	transfer_stored(&talk.transfer, talk.now_us);
	SAYS_NOTHING(&talk);
}
END_TEST

/* The file is stored, whatever happens afterwards. */
START_TEST(failure_while_dallying_ends_it_without_error)
{
	struct talk talk;
	talk_serve(&talk, PACKET_WRQ, "");
	transfer_opened(&talk.transfer, 0, talk.now_us);
	say(&talk);
	hear_data(&talk, 1, 5);
	transfer_stored(&talk.transfer, talk.now_us);
	fail_full(&talk);
	IS(&talk, OVER, DONE);
	ck_assert_int_eq(talk.transfer.error_code, -1);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "");
	SAYS(&talk, "ACK 1");
	SAYS_NOTHING(&talk);
	ck_assert_uint_eq(transfer_deadline(&talk.transfer), TRANSFER_NEVER);
}
END_TEST

START_TEST(failure_of_the_asking_side_tells_the_server)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "");
	say(&talk);
	fail_full(&talk);
	assert_error_once(&talk, TRANSFER_FAILED);
}
END_TEST

START_TEST(failure_after_the_end_changes_nothing)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "");
	transfer_opened(&talk.transfer, 5, talk.now_us);
	say(&talk);
	hear_ack(&talk, 1);
	fail_full(&talk);
	IS(&talk, OVER, DONE);
	SAYS_NOTHING(&talk);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "");
}
END_TEST

START_TEST(abandoned_transfer_is_silent)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "blksize=8");
	transfer_opened(&talk.transfer, 5, talk.now_us);
	transfer_abandon(&talk.transfer, TRANSFER_ABORTED);
	IS(&talk, OVER, ABORTED);
	SAYS_NOTHING(&talk);
	ck_assert_uint_eq(transfer_deadline(&talk.transfer), TRANSFER_NEVER);
	transfer_abandon(&talk.transfer, TRANSFER_TIMEOUT);
	IS(&talk, OVER, ABORTED);
	hear_ack(&talk, 0);
	transfer_expire(&talk.transfer, UINT64_MAX - 1);
	transfer_request_again(&talk.transfer);
	SAYS_NOTHING(&talk);
}
END_TEST

START_TEST(end_may_be_told_before_or_after_the_moving)
{
	struct talk talk;
	talk_serve(&talk, PACKET_WRQ, "");
	transfer_opened(&talk.transfer, 0, talk.now_us);
	say(&talk);
	struct receiver before = talk.transfer.receiver;
	transfer_ends_at(&talk.transfer, 7);
	ck_assert_mem_eq(&before, &talk.transfer.receiver, sizeof before);

	talk_serve(&talk, PACKET_RRQ, "");
	transfer_opened(&talk.transfer, 5, talk.now_us);
	say(&talk);
	transfer_abandon(&talk.transfer, TRANSFER_ABORTED);
	transfer_ends_at(&talk.transfer, 5000);
	ck_assert_uint_eq(talk.transfer.sender.last, 1);
}
END_TEST

/* 1350-17 */
START_TEST(error_text_is_cut_to_the_room)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "");
	fail_full(&talk);
	uint8_t room[32];
	ck_assert_uint_eq(transfer_format(&talk.transfer, room, sizeof room), 4 + sizeof TEXT);
	ck_assert_mem_eq(room, "\0\5\0\3" TEXT, 4 + sizeof TEXT);
	ck_assert_uint_eq(transfer_format(&talk.transfer, room, 9), 9);
	ck_assert_mem_eq(room, "\0\5\0\3disk", 9);
	ck_assert_uint_eq(transfer_format(&talk.transfer, room, 4), 0);
	ck_assert_uint_eq(transfer_format(&talk.transfer, NULL, 0), 0);
}
END_TEST

SUITE("transfer_end", failure_before_the_answer_is_a_refusal, failure_replaces_an_answer_not_yet_sent,
      failure_on_the_way_ends_with_error, failure_to_store_ends_with_error,
      failure_while_dallying_ends_it_without_error, failure_of_the_asking_side_tells_the_server,
      failure_after_the_end_changes_nothing, abandoned_transfer_is_silent,
      end_may_be_told_before_or_after_the_moving, error_text_is_cut_to_the_room)

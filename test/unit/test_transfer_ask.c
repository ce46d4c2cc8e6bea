#include "unit/talk.h"

/* 2347-10 */
START_TEST(download_confirms_the_oack_by_ack_0)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "blksize=1024 tsize=0 windowsize=2");
	IS(&talk, OPENING, RUNNING);
	SAYS(&talk, "RRQ f blksize=1024 tsize=0 windowsize=2");
	SAYS_NOTHING(&talk);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 0);
	hear_oack(&talk, "tsize=2000 blksize=1000 windowsize=2");
	ck_assert_uint_eq(talk.transfer.size_bytes, 2000);
	SAYS(&talk, "ACK 0");
	hear_data(&talk, 1, 1000);
	ck_assert_uint_eq(talk.payload.len, 1000);
	SAYS_NOTHING(&talk);
	hear_data(&talk, 2, 1000);
	SAYS(&talk, "ACK 2");
	hear_data(&talk, 3, 0);
	IS(&talk, COMMITTING, RUNNING);
	SAYS_NOTHING(&talk);
	transfer_stored(&talk.transfer, talk.now_us);
	SAYS(&talk, "ACK 3");
	IS(&talk, DALLYING, DONE);
	expire(&talk);
	IS(&talk, OVER, DONE);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 2000);
}
END_TEST

START_TEST(upload_answers_the_oack_by_data_1)
{
	struct talk talk;
	talk_ask(&talk, PACKET_WRQ, "tsize=20 blksize=8 windowsize=2");
	transfer_ends_at(&talk.transfer, 20);
	SAYS(&talk, "WRQ f tsize=20 blksize=8 windowsize=2");
	hear_oack(&talk, "tsize=20 blksize=8 windowsize=2");
	SAYS(&talk, "DATA 1:8 2:8");
	hear_ack(&talk, 2);
	SAYS(&talk, "DATA 3:4");
	hear_ack(&talk, 3);
	IS(&talk, OVER, DONE);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 20);
}
END_TEST

START_TEST(upload_of_a_stream_ends_where_it_is_told)
{
	struct talk talk;
	talk_ask(&talk, PACKET_WRQ, "");
	SAYS(&talk, "WRQ f");
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:4294967295");
	hear_ack(&talk, 1);
	transfer_ends_at(&talk.transfer, 512);
	SAYS(&talk, "DATA 2:0");
	hear_ack(&talk, 2);
	IS(&talk, OVER, DONE);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 512);
}
END_TEST

START_TEST(request_carries_the_mode)
{
	struct transfer transfer;
	struct option_set none = {.count = 0};
	transfer_ask(&transfer, PACKET_RRQ, text_of("a"), PACKET_NETASCII, &none, &talk_limits, 1);
	uint8_t room[32];
	static const char wanted[] = "\0\1a\0netascii";
	ck_assert_uint_eq(transfer_format(&transfer, room, sizeof room), sizeof wanted);
	ck_assert_mem_eq(room, wanted, sizeof wanted);
	ck_assert_uint_eq(transfer_format(&transfer, room, sizeof wanted), sizeof wanted);
	ck_assert_uint_eq(transfer_format(&transfer, room, sizeof wanted - 1), 0);
}
END_TEST

/* 2347-8, 2347-9 */
START_TEST(server_without_options_is_taken_at_its_word)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "blksize=1024 windowsize=8 timeout=9");
	say(&talk);
	hear_data(&talk, 1, 512);
	ck_assert_uint_eq(talk.payload.len, 512);
	ck_assert_uint_eq(talk.transfer.options.count, 0);
	SAYS(&talk, "ACK 1");
	hear_data(&talk, 2, 513);
	IS(&talk, OVER, FAILED);

	talk_ask(&talk, PACKET_WRQ, "blksize=1024 windowsize=8");
	transfer_ends_at(&talk.transfer, 600);
	say(&talk);
	hear_ack(&talk, 0);
	ck_assert_uint_eq(talk.transfer.options.count, 0);
	SAYS(&talk, "DATA 1:512");
	hear_ack(&talk, 1);
	SAYS(&talk, "DATA 2:88");
}
END_TEST

START_TEST(options_left_out_of_the_oack_are_not_in_force)
{
	struct talk talk;
	talk_ask(&talk, PACKET_WRQ, "blksize=1024 windowsize=8");
	transfer_ends_at(&talk.transfer, 600);
	say(&talk);
	hear_oack(&talk, "windowsize=4");
	SAYS(&talk, "DATA 1:512 2:88");
}
END_TEST

/* 2347-11, 2348-4, 7440-3 */
START_TEST(oack_that_grants_too_much_gets_error_8)
{
	static const char *const bad[] = {"blksize=1025", "tsize=5", "blksize=x"};
	for (int i = 0; i < 3; i++) {
		struct talk talk;
		talk_ask(&talk, PACKET_RRQ, "blksize=1024");
		say(&talk);
		hear_oack(&talk, bad[i]);
		IS(&talk, OVER, FAILED);
		ck_assert_int_eq(talk.transfer.error_code, PACKET_ERROR_OPTION);
		ck_assert_int_eq(strncmp(say(&talk), "ERROR 8 the server granted", 26), 0);
		ck_assert_str_eq(talk.said + 8, transfer_reason(&talk.transfer));
	}
}
END_TEST

START_TEST(repeated_oack_gets_ack_0_again_until_data_came)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "blksize=8 windowsize=2");
	say(&talk);
	hear_oack(&talk, "blksize=8 windowsize=2");
	SAYS(&talk, "ACK 0");
	hear_oack(&talk, "blksize=8 windowsize=2");
	SAYS(&talk, "ACK 0");
	hear_data(&talk, 1, 8);
	hear_oack(&talk, "blksize=8 windowsize=2");
	SAYS_NOTHING(&talk);
	hear_data(&talk, 2, 0);
	hear_oack(&talk, "blksize=8 windowsize=2");
	SAYS_NOTHING(&talk);
	IS(&talk, COMMITTING, RUNNING);

	talk_ask(&talk, PACKET_WRQ, "blksize=8");
	say(&talk);
	hear_oack(&talk, "blksize=8");
	SAYS(&talk, "DATA 1:4294967295");
	hear_oack(&talk, "blksize=8");
	SAYS_NOTHING(&talk);
}
END_TEST

START_TEST(lost_ack_0_is_mended_by_the_timer)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	hear_oack(&talk, "blksize=8");
	SAYS(&talk, "ACK 0");
	expire(&talk);
	SAYS(&talk, "ACK 0");
	hear_data(&talk, 1, 8);
	SAYS(&talk, "ACK 1");
	expire(&talk);
	SAYS(&talk, "ACK 1");
}
END_TEST

START_TEST(lost_data_of_an_upload_is_mended_by_the_timer)
{
	struct talk talk;
	talk_ask(&talk, PACKET_WRQ, "");
	transfer_ends_at(&talk.transfer, 3);
	say(&talk);
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:3");
	expire(&talk);
	SAYS(&talk, "DATA 1:3");
	hear_ack(&talk, 0);
	SAYS_NOTHING(&talk);
	hear_ack(&talk, 1);
	IS(&talk, OVER, DONE);
}
END_TEST

START_TEST(request_is_not_repeated_once_answered)
{
	struct talk talk;
	talk_ask(&talk, PACKET_WRQ, "blksize=8");
	say(&talk);
	expire(&talk);
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:4294967295");
	talk_ask(&talk, PACKET_WRQ, "blksize=8");
	say(&talk);
	expire(&talk);
	hear_oack(&talk, "blksize=8");
	SAYS(&talk, "DATA 1:4294967295");
	talk_ask(&talk, PACKET_RRQ, "blksize=8");
	say(&talk);
	expire(&talk);
	hear_data(&talk, 1, 512);
	SAYS(&talk, "ACK 1");
}
END_TEST

START_TEST(only_a_first_answer_opens)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "");
	say(&talk);
	hear_data(&talk, 2, 512);
	hear_data(&talk, 0, 512);
	hear_ack(&talk, 0);
	ck_assert_uint_eq(talk.payload.len, 0);
	IS(&talk, OPENING, RUNNING);
	talk_ask(&talk, PACKET_WRQ, "");
	say(&talk);
	hear_ack(&talk, 1);
	hear_data(&talk, 1, 5);
	IS(&talk, OPENING, RUNNING);
	ck_assert(!talk.transfer.has_heard);
}
END_TEST

START_TEST(first_data_too_long_without_options_fails)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "blksize=1024");
	say(&talk);
	hear_data(&talk, 1, 1024);
	SAYS(&talk, "ERROR 4 DATA longer than the negotiated block size");
	IS(&talk, OVER, FAILED);
}
END_TEST

/* 1350-16, 1350-22 */
START_TEST(error_in_answer_to_the_request_is_a_refusal)
{
	for (uint16_t code = 0; code <= 8; code++) {
		struct talk talk;
		talk_ask(&talk, PACKET_RRQ, "tsize=0");
		say(&talk);
		hear_error(&talk, code, "File not found");
		IS(&talk, OVER, REFUSED);
		ck_assert_int_eq(talk.transfer.error_code, code);
		ck_assert_str_eq(transfer_reason(&talk.transfer), "File not found");
		SAYS_NOTHING(&talk);
		ck_assert_uint_eq(transfer_deadline(&talk.transfer), TRANSFER_NEVER);
	}
}
END_TEST

START_TEST(error_after_the_answer_aborts)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "tsize=0");
	say(&talk);
	hear_oack(&talk, "tsize=4");
	SAYS(&talk, "ACK 0");
	hear_error(&talk, 0, "going down");
	IS(&talk, OVER, ABORTED);
	talk_ask(&talk, PACKET_WRQ, "");
	say(&talk);
	hear_ack(&talk, 0);
	say(&talk);
	hear_error(&talk, 0, "going down");
	IS(&talk, OVER, ABORTED);
	SAYS_NOTHING(&talk);
}
END_TEST

START_TEST(error_text_is_made_printable_and_cut)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "");
	say(&talk);
	hear_error(&talk, 1,
		   "a\x1b[2Jb\n\xff"
		   "0123456789012345678901234567890123456789012345678901234567890123456789");
	const char *reason = transfer_reason(&talk.transfer);
	ck_assert_uint_eq(strlen(reason), sizeof talk.transfer.peer_text - 1);
	ck_assert_int_eq(strncmp(reason, "a?[2Jb??0123456789", 18), 0);
}
END_TEST

START_TEST(error_without_text_gives_an_empty_reason)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "");
	say(&talk);
	hear(&talk, "\0\5\0\2", 4);
	IS(&talk, OVER, REFUSED);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "");
}
END_TEST

START_TEST(asking_client_has_no_request_to_hear_again)
{
	struct talk talk;
	talk_ask(&talk, PACKET_RRQ, "");
	say(&talk);
	transfer_request_again(&talk.transfer);
	SAYS_NOTHING(&talk);
}
END_TEST

SUITE("transfer_ask", download_confirms_the_oack_by_ack_0, upload_answers_the_oack_by_data_1,
      upload_of_a_stream_ends_where_it_is_told, request_carries_the_mode,
      server_without_options_is_taken_at_its_word, options_left_out_of_the_oack_are_not_in_force,
      oack_that_grants_too_much_gets_error_8, repeated_oack_gets_ack_0_again_until_data_came,
      lost_ack_0_is_mended_by_the_timer, lost_data_of_an_upload_is_mended_by_the_timer,
      request_is_not_repeated_once_answered, only_a_first_answer_opens,
      first_data_too_long_without_options_fails, error_in_answer_to_the_request_is_a_refusal,
      error_after_the_answer_aborts, error_text_is_made_printable_and_cut,
      error_without_text_gives_an_empty_reason, asking_client_has_no_request_to_hear_again)

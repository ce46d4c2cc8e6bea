#include "unit/talk.h"

static void open_read(struct talk *talk, const char *pairs, uint64_t size_bytes)
{
	talk_serve(talk, PACKET_RRQ, pairs);
	SAYS_NOTHING(talk);
	transfer_opened(&talk->transfer, size_bytes, talk->now_us);
}

/* 1350-7, 1350-8, 1350-13 */
START_TEST(reads_of_every_size_end_with_a_short_block)
{
	static const struct {
		uint64_t size_bytes;
		const char *data[4];
	} rows[] = {
	    {0, {"DATA 1:0"}},
	    {1, {"DATA 1:1"}},
	    {511, {"DATA 1:511"}},
	    {512, {"DATA 1:512", "DATA 2:0"}},
	    {513, {"DATA 1:512", "DATA 2:1"}},
	    {1024, {"DATA 1:512", "DATA 2:512", "DATA 3:0"}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct talk talk;
		open_read(&talk, "", rows[i].size_bytes);
		uint16_t block = 0;
		for (; rows[i].data[block] != NULL; block++) {
			IS(&talk, MOVING, RUNNING);
			SAYS(&talk, rows[i].data[block]);
			hear_ack(&talk, (uint16_t)(block + 1));
		}
		SAYS_NOTHING(&talk);
		IS(&talk, OVER, DONE);
		ck_assert_uint_eq(transfer_bytes(&talk.transfer), rows[i].size_bytes);
		ck_assert_str_eq(transfer_reason(&talk.transfer), "");
	}
}
END_TEST

/* 2347-9, 2347-10, 2347-13, 2349-3, 7440-4 */
START_TEST(oack_is_confirmed_by_ack_0_and_windows_follow)
{
	struct talk talk;
	open_read(&talk, "TSIZE=0 blksize=8 windowsize=3", 35);
	SAYS(&talk, "OACK TSIZE=35 blksize=8 windowsize=3");
	SAYS_NOTHING(&talk);
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:8 2:8 3:8");
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 0);
	hear_ack(&talk, 3);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 24);
	SAYS(&talk, "DATA 4:8 5:3");
	hear_ack(&talk, 5);
	IS(&talk, OVER, DONE);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 35);
}
END_TEST

/* 2347-4, 2347-5, 2347-6, 2347-9 */
START_TEST(no_granted_option_means_no_oack)
{
	struct talk talk;
	open_read(&talk, "multicast= blksize=7 windowsize=0 timeout=256", 5);
	SAYS(&talk, "DATA 1:5");
	open_read(&talk, "multicast= blksize=7 windowsize=2", 5);
	SAYS(&talk, "OACK windowsize=2");
}
END_TEST

/* 2349-3 */
START_TEST(tsize_is_left_out_for_an_empty_file_and_an_unknown_size)
{
	struct talk talk;
	open_read(&talk, "tsize=0", 0);
	SAYS(&talk, "DATA 1:0");
	open_read(&talk, "blksize=1024 tsize=0", TRANSFER_SIZE_UNKNOWN);
	SAYS(&talk, "OACK blksize=1024");
	open_read(&talk, "tsize=0", UINT64_C(5) << 30);
	SAYS(&talk, "OACK tsize=5368709120");
	open_read(&talk, "blksize=1024", 100);
	SAYS(&talk, "OACK blksize=1024");
}
END_TEST

START_TEST(options_are_granted_within_the_limits)
{
	uint8_t room[256];
	struct packet request = talk_request(room, PACKET_RRQ, "blksize=65464 windowsize=65535");
	struct transfer_limits limits = talk_limits;
	limits.options = (struct option_limits){.blksize_max = 16, .windowsize_max = 2};
	struct talk talk = {.now_us = SECOND_US};
	transfer_serve(&talk.transfer, &request, &limits, talk.now_us);
	transfer_opened(&talk.transfer, 100, talk.now_us);
	SAYS(&talk, "OACK blksize=16 windowsize=2");
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:16 2:16");
}
END_TEST

START_TEST(other_acks_do_not_confirm_the_oack)
{
	struct talk talk;
	open_read(&talk, "blksize=8", 20);
	SAYS(&talk, "OACK blksize=8");
	hear_ack(&talk, 1);
	hear_ack(&talk, 65535);
	SAYS_NOTHING(&talk);
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:8");
	hear_ack(&talk, 0);
	SAYS_NOTHING(&talk);
}
END_TEST

/* 2347-12 */
START_TEST(lost_oack_or_ack_0_is_mended_by_the_timer)
{
	struct talk talk;
	open_read(&talk, "blksize=8", 4);
	SAYS(&talk, "OACK blksize=8");
	expire(&talk);
	SAYS(&talk, "OACK blksize=8");
	expire(&talk);
	SAYS(&talk, "OACK blksize=8");
	ck_assert_uint_eq(talk.transfer.packets_repeated, 2);
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:4");
}
END_TEST

/* 1350-14, 1350-21 */
START_TEST(lost_data_or_ack_is_mended_by_the_timer)
{
	struct talk talk;
	open_read(&talk, "", 600);
	SAYS(&talk, "DATA 1:512");
	expire(&talk);
	SAYS(&talk, "DATA 1:512");
	hear_ack(&talk, 1);
	SAYS(&talk, "DATA 2:88");
	expire(&talk);
	SAYS(&talk, "DATA 2:88");
	expire(&talk);
	SAYS(&talk, "DATA 2:88");
	hear_ack(&talk, 2);
	IS(&talk, OVER, DONE);
}
END_TEST

/* 1123-3 */
START_TEST(duplicate_acks_send_nothing)
{
	struct talk talk;
	open_read(&talk, "", 10000);
	SAYS(&talk, "DATA 1:512");
	hear_ack(&talk, 1);
	SAYS(&talk, "DATA 2:512");
	for (int i = 0; i < 10; i++) {
		hear_ack(&talk, 1);
		SAYS_NOTHING(&talk);
		hear_ack(&talk, 0);
		SAYS_NOTHING(&talk);
	}
	ck_assert_uint_eq(talk.transfer.sender.blocks_sent, 2);
}
END_TEST

/* 7440-6, 7440-8 */
START_TEST(gap_ack_restarts_the_window_once_and_the_timer_again)
{
	struct talk talk;
	open_read(&talk, "blksize=8 windowsize=4", 1000);
	say(&talk);
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:8 2:8 3:8 4:8");
	hear_ack(&talk, 1);
	SAYS(&talk, "DATA 2:8 3:8 4:8 5:8");
	hear_ack(&talk, 1);
	hear_ack(&talk, 1);
	SAYS_NOTHING(&talk);
	expire(&talk);
	SAYS(&talk, "DATA 2:8 3:8 4:8 5:8");
}
END_TEST

START_TEST(window_is_sent_in_the_parts_that_went_out)
{
	struct talk talk;
	struct transfer_out out;
	open_read(&talk, "blksize=8 windowsize=4", 1000);
	say(&talk);
	hear_ack(&talk, 0);
	ck_assert(transfer_next(&talk.transfer, &out));
	ck_assert(transfer_next(&talk.transfer, &out));
	ck_assert_int_eq(out.kind, TRANSFER_OUT_DATA);
	ck_assert_uint_eq(out.first_block, 1);
	ck_assert_uint_eq(out.block_count, 4);
	transfer_sent(&talk.transfer, &out, 3, talk.now_us);
	ck_assert(transfer_next(&talk.transfer, &out));
	ck_assert_uint_eq(out.first_block, 4);
	ck_assert_uint_eq(out.offset, 24);
	ck_assert_uint_eq(out.blksize, 8);
	ck_assert_uint_eq(transfer_deadline(&talk.transfer), TRANSFER_NEVER);
	SAYS(&talk, "DATA 4:8");
}
END_TEST

/* 1350-12 */
START_TEST(repeated_request_gets_the_answer_again_until_heard)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "blksize=8");
	transfer_request_again(&talk.transfer);
	SAYS_NOTHING(&talk);
	transfer_opened(&talk.transfer, 20, talk.now_us);
	SAYS(&talk, "OACK blksize=8");
	transfer_request_again(&talk.transfer);
	SAYS(&talk, "OACK blksize=8");
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:8");
	transfer_request_again(&talk.transfer);
	SAYS_NOTHING(&talk);

	open_read(&talk, "", 600);
	SAYS(&talk, "DATA 1:512");
	transfer_request_again(&talk.transfer);
	SAYS(&talk, "DATA 1:512");
	hear_ack(&talk, 1);
	SAYS(&talk, "DATA 2:88");
	transfer_request_again(&talk.transfer);
	SAYS_NOTHING(&talk);
}
END_TEST

/* A late packet of an earlier transfer from the same port. */
START_TEST(stale_ack_does_not_count_as_heard)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "blksize=8");
	hear_ack(&talk, 77);
	transfer_opened(&talk.transfer, 20, talk.now_us);
	SAYS(&talk, "OACK blksize=8");
	hear_ack(&talk, 77);
	ck_assert(!talk.transfer.has_heard);
	transfer_request_again(&talk.transfer);
	SAYS(&talk, "OACK blksize=8");
	hear_ack(&talk, 0);
	ck_assert(talk.transfer.has_heard);
}
END_TEST

/* 2347-11 */
START_TEST(error_0_or_8_before_the_first_block_is_a_probe)
{
	static const uint16_t polite[] = {PACKET_ERROR_OTHER, PACKET_ERROR_OPTION};
	for (int i = 0; i < 2; i++) {
		struct talk talk;
		talk_serve(&talk, PACKET_RRQ, "tsize=0");
		hear_error(&talk, polite[i], "stop");
		IS(&talk, OVER, PROBE);
		open_read(&talk, "tsize=0", 20);
		SAYS(&talk, "OACK tsize=20");
		hear_error(&talk, polite[i], "User aborted the transfer");
		IS(&talk, OVER, PROBE);
		ck_assert_str_eq(transfer_reason(&talk.transfer), "User aborted the transfer");
		ck_assert_int_eq(talk.transfer.error_code, polite[i]);
		SAYS_NOTHING(&talk);
		open_read(&talk, "", 20);
		SAYS(&talk, "DATA 1:20");
		hear_error(&talk, polite[i], "stop");
		IS(&talk, OVER, PROBE);
	}
}
END_TEST

START_TEST(other_errors_and_errors_after_the_first_block_abort)
{
	struct talk talk;
	for (uint16_t code = 1; code <= 7; code++) {
		open_read(&talk, "tsize=0", 20);
		SAYS(&talk, "OACK tsize=20");
		hear_error(&talk, code, "no");
		IS(&talk, OVER, ABORTED);
	}
	for (uint16_t code = 0; code <= 8; code++) {
		open_read(&talk, "", 600);
		say(&talk);
		hear_ack(&talk, 1);
		SAYS(&talk, "DATA 2:88");
		hear_error(&talk, code, "closed");
		IS(&talk, OVER, ABORTED);
		ck_assert_str_eq(transfer_reason(&talk.transfer), "closed");
		SAYS_NOTHING(&talk);
	}
}
END_TEST

START_TEST(stream_of_unknown_size_ends_where_it_is_told)
{
	struct talk talk;
	open_read(&talk, "blksize=8 windowsize=2", TRANSFER_SIZE_UNKNOWN);
	say(&talk);
	hear_ack(&talk, 0);
	SAYS(&talk, "DATA 1:4294967295 2:4294967295");
	hear_ack(&talk, 2);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 16);
	transfer_ends_at(&talk.transfer, 19);
	SAYS(&talk, "DATA 3:3");
	hear_ack(&talk, 3);
	IS(&talk, OVER, DONE);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 19);
}
END_TEST

START_TEST(packets_of_the_other_direction_are_ignored)
{
	struct talk talk;
	open_read(&talk, "blksize=8 windowsize=2", 20);
	SAYS(&talk, "OACK blksize=8 windowsize=2");
	struct transfer before = talk.transfer;
	hear_data(&talk, 1, 8);
	hear_oack(&talk, "blksize=8");
	hear(&talk, "\0\1f\0octet", 10);
	hear(&talk, "\0\4\0", 3);
	hear(&talk, "\0\7\0\0", 4);
	hear(&talk, NULL, 0);
	ck_assert_mem_eq(&before, &talk.transfer, sizeof before);
	ck_assert_uint_eq(talk.payload.len, 0);
}
END_TEST

START_TEST(ack_before_the_file_is_open_is_ignored)
{
	struct talk talk;
	talk_serve(&talk, PACKET_RRQ, "");
	hear_ack(&talk, 0);
	hear_ack(&talk, 1);
	IS(&talk, OPENING, RUNNING);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 0);
	transfer_opened(&talk.transfer, 5, talk.now_us);
	transfer_opened(&talk.transfer, 500, talk.now_us);
	SAYS(&talk, "DATA 1:5");
	hear(&talk, "\0\4\0\1\x20", 5);
	IS(&talk, OVER, DONE);
	hear_error(&talk, 0, "late");
	IS(&talk, OVER, DONE);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "");
}
END_TEST

/* Sends block after block, each acknowledged. Returns the number of those that were as they should be. */
static uint64_t run_far(struct talk *talk, const char *pairs, uint16_t after_65535)
{
	struct transfer_out out = {.offset = 0};
	open_read(talk, pairs, UINT64_C(200000) * 65464 + 7);
	say(talk);
	hear_ack(talk, 0);
	uint16_t number = 0;
	for (uint64_t block = 1; transfer_next(&talk->transfer, &out); block++) {
		uint8_t header[PACKET_HEADER_BYTES], wanted[PACKET_HEADER_BYTES];
		number = number == 65535 ? after_65535 : (uint16_t)(number + 1);
		packet_write_data_header(wanted, number);
		transfer_data_header(&talk->transfer, block, header);
		if (out.first_block != block || out.offset != (block - 1) * 65464 ||
		    memcmp(header, wanted, sizeof header) != 0)
			return block;
		transfer_sent(&talk->transfer, &out, 1, talk->now_us);
		hear_ack(talk, number);
	}
	return talk->transfer.sender.acked;
}

START_TEST(long_reads_wrap_as_negotiated)
{
	static const struct {
		const char *pairs;
		uint16_t after_65535;
	} rows[] = {
	    {"blksize=65464", 0}, {"blksize=65464 rollover=0", 0}, {"blksize=65464 rollover=1", 1}};
	for (int i = 0; i < 3; i++) {
		struct talk talk;
		ck_assert_uint_eq(run_far(&talk, rows[i].pairs, rows[i].after_65535), 200001);
		IS(&talk, OVER, DONE);
		ck_assert_uint_eq(transfer_bytes(&talk.transfer), UINT64_C(13092800007));
	}
}
END_TEST

SUITE("transfer_serve_read", reads_of_every_size_end_with_a_short_block,
      oack_is_confirmed_by_ack_0_and_windows_follow, no_granted_option_means_no_oack,
      tsize_is_left_out_for_an_empty_file_and_an_unknown_size, options_are_granted_within_the_limits,
      other_acks_do_not_confirm_the_oack, lost_oack_or_ack_0_is_mended_by_the_timer,
      lost_data_or_ack_is_mended_by_the_timer, duplicate_acks_send_nothing,
      gap_ack_restarts_the_window_once_and_the_timer_again, window_is_sent_in_the_parts_that_went_out,
      repeated_request_gets_the_answer_again_until_heard, stale_ack_does_not_count_as_heard,
      error_0_or_8_before_the_first_block_is_a_probe,
      other_errors_and_errors_after_the_first_block_abort, stream_of_unknown_size_ends_where_it_is_told,
      packets_of_the_other_direction_are_ignored, ack_before_the_file_is_open_is_ignored,
      long_reads_wrap_as_negotiated)

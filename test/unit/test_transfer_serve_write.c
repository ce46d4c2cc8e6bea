#include "unit/talk.h"

static void open_write(struct talk *talk, const char *pairs)
{
	talk_serve(talk, PACKET_WRQ, pairs);
	SAYS_NOTHING(talk);
	transfer_opened(&talk->transfer, TRANSFER_SIZE_UNKNOWN, talk->now_us);
}

static void assert_payload(const struct talk *talk, size_t len)
{
	ck_assert_uint_eq(talk->payload.len, len);
}

/* 1350-7, 1350-13 */
START_TEST(writes_of_every_size_end_with_a_short_block)
{
	for (size_t size = 510; size < 515; size++) {
		struct talk talk;
		open_write(&talk, "");
		SAYS(&talk, "ACK 0");
		if (size >= 512) {
			hear_data(&talk, 1, 512);
			assert_payload(&talk, 512);
			SAYS(&talk, "ACK 1");
		}
		hear_data(&talk, size >= 512 ? 2 : 1, size % 512);
		assert_payload(&talk, size % 512);
		IS(&talk, COMMITTING, RUNNING);
		ck_assert_uint_eq(transfer_bytes(&talk.transfer), size);
	}
}
END_TEST

START_TEST(last_ack_waits_until_all_is_stored)
{
	struct talk talk;
	open_write(&talk, "");
	say(&talk);
	hear_data(&talk, 1, 3);
	SAYS_NOTHING(&talk);
	hear_data(&talk, 1, 3);
	assert_payload(&talk, 0);
	SAYS_NOTHING(&talk);
	ck_assert_uint_eq(transfer_deadline(&talk.transfer), TRANSFER_NEVER);
	talk.now_us += SECOND_US;
	transfer_stored(&talk.transfer, talk.now_us);
	IS(&talk, DALLYING, DONE);
	SAYS(&talk, "ACK 1");
	transfer_stored(&talk.transfer, talk.now_us);
	SAYS_NOTHING(&talk);
}
END_TEST

/* 1350-20 */
START_TEST(dallying_repeats_the_last_ack_and_ends)
{
	struct talk talk;
	open_write(&talk, "");
	say(&talk);
	hear_data(&talk, 1, 3);
	transfer_stored(&talk.transfer, talk.now_us);
	SAYS(&talk, "ACK 1");
	talk.now_us += SECOND_US;
	hear_data(&talk, 1, 3);
	assert_payload(&talk, 0);
	SAYS(&talk, "ACK 1");
	ck_assert_uint_eq(transfer_deadline(&talk.transfer), talk.now_us + talk_limits.dally_us);
	hear_data(&talk, 2, 3);
	SAYS_NOTHING(&talk);
	expire(&talk);
	IS(&talk, OVER, DONE);
	SAYS_NOTHING(&talk);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "");
	hear_data(&talk, 1, 3);
	SAYS_NOTHING(&talk);
}
END_TEST

/* 2347-9, 2347-10, 2349-4, 7440-5 */
START_TEST(oack_is_confirmed_by_data_1_and_windows_follow)
{
	struct talk talk;
	open_write(&talk, "tsize=20 blksize=8 WINDOWSIZE=2");
	SAYS(&talk, "OACK tsize=20 blksize=8 WINDOWSIZE=2");
	hear_data(&talk, 1, 8);
	SAYS_NOTHING(&talk);
	hear_data(&talk, 2, 8);
	SAYS(&talk, "ACK 2");
	hear_data(&talk, 3, 4);
	transfer_stored(&talk.transfer, talk.now_us);
	SAYS(&talk, "ACK 3");
	IS(&talk, DALLYING, DONE);
}
END_TEST

/* 2349-4 */
START_TEST(tsize_is_echoed_even_if_0)
{
	struct talk talk;
	open_write(&talk, "tsize=0");
	SAYS(&talk, "OACK tsize=0");
}
END_TEST

/* 2347-12 */
START_TEST(lost_first_answer_is_mended_by_the_timer)
{
	struct talk talk;
	open_write(&talk, "");
	SAYS(&talk, "ACK 0");
	expire(&talk);
	SAYS(&talk, "ACK 0");
	ck_assert_uint_eq(talk.transfer.packets_repeated, 1);
	open_write(&talk, "blksize=8");
	SAYS(&talk, "OACK blksize=8");
	expire(&talk);
	SAYS(&talk, "OACK blksize=8");
	hear_data(&talk, 1, 8);
	SAYS(&talk, "ACK 1");
	expire(&talk);
	SAYS(&talk, "ACK 1");
}
END_TEST

/* 1350-12 */
START_TEST(repeated_request_gets_the_answer_again_until_heard)
{
	struct talk talk;
	open_write(&talk, "");
	SAYS(&talk, "ACK 0");
	transfer_request_again(&talk.transfer);
	SAYS(&talk, "ACK 0");
	hear_data(&talk, 1, 512);
	SAYS(&talk, "ACK 1");
	transfer_request_again(&talk.transfer);
	SAYS_NOTHING(&talk);
	open_write(&talk, "blksize=8");
	say(&talk);
	transfer_request_again(&talk.transfer);
	SAYS(&talk, "OACK blksize=8");
}
END_TEST

START_TEST(repeated_data_gets_its_ack_again)
{
	struct talk talk;
	open_write(&talk, "");
	say(&talk);
	hear_data(&talk, 1, 512);
	SAYS(&talk, "ACK 1");
	hear_data(&talk, 1, 512);
	assert_payload(&talk, 0);
	SAYS(&talk, "ACK 1");
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 512);
}
END_TEST

/* 7440-7 */
START_TEST(gap_is_acknowledged_once)
{
	struct talk talk;
	open_write(&talk, "blksize=8 windowsize=4");
	say(&talk);
	hear_data(&talk, 1, 8);
	hear_data(&talk, 3, 8);
	assert_payload(&talk, 0);
	SAYS(&talk, "ACK 1");
	hear_data(&talk, 4, 8);
	SAYS_NOTHING(&talk);
	for (uint16_t block = 2; block <= 5; block++)
		hear_data(&talk, block, 8);
	SAYS(&talk, "ACK 5");
}
END_TEST

START_TEST(window_starts_anew_behind_an_ack_of_the_timer)
{
	struct talk talk;
	open_write(&talk, "blksize=8 windowsize=4");
	say(&talk);
	hear_data(&talk, 1, 8);
	hear_data(&talk, 2, 8);
	expire(&talk);
	SAYS(&talk, "ACK 2");
	for (uint16_t block = 3; block <= 5; block++)
		hear_data(&talk, block, 8);
	SAYS_NOTHING(&talk);
	hear_data(&talk, 6, 8);
	SAYS(&talk, "ACK 6");
}
END_TEST

/* The peer cannot have sent it without the OACK. */
START_TEST(gap_before_the_first_block_confirms_the_oack)
{
	struct talk talk;
	open_write(&talk, "blksize=8 windowsize=4");
	say(&talk);
	talk.now_us += 2 * SECOND_US;
	hear_data(&talk, 2, 8);
	ck_assert(transfer_is_proven(&talk.transfer));
	SAYS(&talk, "ACK 0");
	/* That was news, and the answer to the OACK was timed. */
	ck_assert_uint_eq(talk.transfer.silent_since_us, 3 * SECOND_US);
	ck_assert_uint_eq(talk.transfer.rto.srtt_us, 2 * SECOND_US);
	expire(&talk);
	SAYS(&talk, "ACK 0");
}
END_TEST

START_TEST(data_0_does_not_confirm_the_oack)
{
	struct talk talk;
	open_write(&talk, "blksize=8");
	say(&talk);
	hear_data(&talk, 0, 8);
	SAYS_NOTHING(&talk);
	expire(&talk);
	SAYS(&talk, "OACK blksize=8");
}
END_TEST

/* The gap's ACK could not be sent before block 2 came: it becomes an ACK of 2, and a window of four follows. */
START_TEST(ack_sent_late_is_for_the_last_block)
{
	struct talk talk;
	open_write(&talk, "blksize=8 windowsize=4");
	say(&talk);
	hear_data(&talk, 1, 8);
	hear_data(&talk, 3, 8);
	hear_data(&talk, 2, 8);
	SAYS(&talk, "ACK 2");
	for (uint16_t block = 3; block <= 5; block++) {
		hear_data(&talk, block, 8);
		SAYS_NOTHING(&talk);
	}
	hear_data(&talk, 6, 8);
	SAYS(&talk, "ACK 6");
}
END_TEST

/* The same for an OACK that the timer wanted repeated. */
START_TEST(oack_is_not_repeated_once_confirmed)
{
	struct talk talk;
	open_write(&talk, "blksize=8 windowsize=4");
	say(&talk);
	expire(&talk);
	hear_data(&talk, 1, 8);
	SAYS(&talk, "ACK 1");
}
END_TEST

/* 1350-23 */
START_TEST(data_longer_than_blksize_ends_with_error_4)
{
	struct talk talk;
	open_write(&talk, "blksize=8");
	say(&talk);
	hear_data(&talk, 1, 9);
	assert_payload(&talk, 0);
	IS(&talk, OVER, FAILED);
	SAYS(&talk, "ERROR 4 DATA longer than the negotiated block size");
	SAYS_NOTHING(&talk);
	ck_assert_int_eq(talk.transfer.error_code, 4);
}
END_TEST

START_TEST(data_too_long_after_the_end_changes_nothing_that_was_promised)
{
	struct talk talk;
	open_write(&talk, "blksize=8");
	say(&talk);
	hear_data(&talk, 1, 3);
	transfer_stored(&talk.transfer, talk.now_us);
	SAYS(&talk, "ACK 1");
	hear_data(&talk, 1, 9);
	SAYS_NOTHING(&talk);
	ck_assert_int_eq(talk.transfer.outcome, TRANSFER_DONE);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "");
}
END_TEST

/* Only a read has a size to probe. */
START_TEST(error_from_the_client_aborts_an_upload)
{
	static const uint16_t codes[] = {0, 3, 8};
	for (int i = 0; i < 3; i++) {
		struct talk talk;
		talk_serve(&talk, PACKET_WRQ, "tsize=9");
		hear_error(&talk, codes[i], "stop");
		IS(&talk, OVER, ABORTED);
		open_write(&talk, "tsize=9");
		SAYS(&talk, "OACK tsize=9");
		hear_error(&talk, codes[i], "stop");
		IS(&talk, OVER, ABORTED);
		open_write(&talk, "");
		say(&talk);
		hear_data(&talk, 1, 9);
		hear_error(&talk, codes[i], "stop");
		IS(&talk, OVER, ABORTED);
		transfer_stored(&talk.transfer, talk.now_us);
		IS(&talk, OVER, ABORTED);
		SAYS_NOTHING(&talk);
	}
}
END_TEST

START_TEST(error_while_dallying_takes_nothing_back)
{
	struct talk talk;
	open_write(&talk, "");
	say(&talk);
	hear_data(&talk, 1, 9);
	transfer_stored(&talk.transfer, talk.now_us);
	say(&talk);
	hear_error(&talk, 0, "stop");
	IS(&talk, OVER, DONE);
	ck_assert_int_eq(talk.transfer.error_code, -1);
	ck_assert_str_eq(transfer_reason(&talk.transfer), "");
}
END_TEST

START_TEST(data_before_the_file_is_open_is_ignored)
{
	struct talk talk;
	talk_serve(&talk, PACKET_WRQ, "");
	hear_data(&talk, 1, 512);
	assert_payload(&talk, 0);
	IS(&talk, OPENING, RUNNING);
	transfer_stored(&talk.transfer, talk.now_us);
	IS(&talk, OPENING, RUNNING);
	transfer_opened(&talk.transfer, 0, talk.now_us);
	SAYS(&talk, "ACK 0");
	hear_ack(&talk, 0);
	SAYS_NOTHING(&talk);
}
END_TEST

static int run_far(struct talk *talk, const char *pairs, uint16_t after_65535, int count)
{
	open_write(talk, pairs);
	say(talk);
	uint16_t number = 0;
	for (int i = 0; i < count; i++) {
		struct transfer_out out;
		uint8_t room[8];
		number = number == 65535 ? after_65535 : (uint16_t)(number + 1);
		const uint8_t ack[4] = {0, PACKET_ACK, (uint8_t)(number >> 8), (uint8_t)number};
		hear_data(talk, number, 8);
		if (talk->payload.len != 8 || !transfer_next(&talk->transfer, &out) ||
		    transfer_format(&talk->transfer, room, sizeof room) != 4 ||
		    memcmp(room, ack, 4) != 0)
			return i;
		transfer_sent(&talk->transfer, &out, 1, talk->now_us);
	}
	return count;
}

START_TEST(long_writes_wrap_as_negotiated)
{
	struct talk talk;
	ck_assert_int_eq(run_far(&talk, "blksize=8", 0, 200000), 200000);
	ck_assert_int_eq(run_far(&talk, "blksize=8 rollover=0", 0, 200000), 200000);
	ck_assert_int_eq(run_far(&talk, "blksize=8 rollover=1", 1, 200000), 200000);
	ck_assert_uint_eq(transfer_bytes(&talk.transfer), 1600000);
}
END_TEST

SUITE("transfer_serve_write", writes_of_every_size_end_with_a_short_block,
      last_ack_waits_until_all_is_stored, dallying_repeats_the_last_ack_and_ends,
      oack_is_confirmed_by_data_1_and_windows_follow, tsize_is_echoed_even_if_0,
      lost_first_answer_is_mended_by_the_timer, repeated_request_gets_the_answer_again_until_heard,
      repeated_data_gets_its_ack_again, gap_is_acknowledged_once,
      window_starts_anew_behind_an_ack_of_the_timer, gap_before_the_first_block_confirms_the_oack,
      data_0_does_not_confirm_the_oack, ack_sent_late_is_for_the_last_block,
      oack_is_not_repeated_once_confirmed, data_longer_than_blksize_ends_with_error_4,
      data_too_long_after_the_end_changes_nothing_that_was_promised,
      error_from_the_client_aborts_an_upload, error_while_dallying_takes_nothing_back,
      data_before_the_file_is_open_is_ignored, long_writes_wrap_as_negotiated)

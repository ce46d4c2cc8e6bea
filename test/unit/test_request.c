#include "unit/talk.h"

#include "proto/request.h"

START_TEST(repeats_the_answer_until_the_client_was_heard)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=1024");
	ck_assert_int_eq(request_judge(&talk.transfer, true, 0), REQUEST_AGAIN);
	ck_assert_int_eq(request_judge(&talk.transfer, true, 20 * SECOND_US), REQUEST_AGAIN);
}
END_TEST

START_TEST(takes_a_late_repetition_for_a_client_that_started_again)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=1024");
	hear_ack(&talk, 0);
	ck_assert_int_eq(request_judge(&talk.transfer, true, REQUEST_REPEAT_US - 1), REQUEST_AGAIN);
	ck_assert_int_eq(request_judge(&talk.transfer, true, REQUEST_REPEAT_US), REQUEST_ANEW);
}
END_TEST

START_TEST(takes_another_request_for_the_end_of_the_transfer)
{
	struct talk talk;
	open_served(&talk, PACKET_RRQ, "blksize=1024");
	ck_assert_int_eq(request_judge(&talk.transfer, false, 0), REQUEST_ANEW);
}
END_TEST

SUITE("request", repeats_the_answer_until_the_client_was_heard,
      takes_a_late_repetition_for_a_client_that_started_again,
      takes_another_request_for_the_end_of_the_transfer)

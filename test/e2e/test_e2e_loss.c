/* Windows, lost and repeated packets, the timer. What is "lost" is what the test does not send. */
#include <string.h>

#include "e2e/talk.h"
#include "unit/suite.h"

static uint8_t content[100000];
static struct tree tree;
static struct daemon server;
static struct talk talk;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
}

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

static void begin_window(const char *window, const char *const *args)
{
	begin(args);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "windowsize", window));
	talk_expect_oack(&talk, STRINGS("windowsize", window));
	talk_ack(&talk, 0);
}

static void give_up_politely(void)
{
	talk_error(&talk, 3, "enough");
	daemon_await(&server, "read aborted");
	end(1, 0);
}

/* 7440-4, 7440-13 */
static void read_windows(const char *window, unsigned size)
{
	unsigned last = sizeof content / 512 + 1;
	begin_window(window, NOTHING);
	uint64_t acked_us = udp_now_us();
	for (unsigned first = 1; first <= last; first += size) {
		unsigned until = first + size - 1 < last ? first + size - 1 : last;
		for (unsigned block = first; block <= until; block++)
			talk_expect_data(&talk, block, block < last ? 512 : sizeof content % 512);
		/* Not one block more without an ACK. If we were so slow that the timer expired twice, one may come
		 * behind a gap: it asks for our ACK. */
		talk_barrier(&talk.asked);
		bool was_slow = talk_expiries_max(udp_now_us() - acked_us, TALK_RTO_FLOOR_US) >= 2;
		while (talk_next(&talk, 0)) {
			unsigned number = talk_number(&talk);
			ck_assert(talk_op(&talk) != DATA || number <= until ||
				  (was_slow && number == until + 2));
		}
		acked_us = udp_now_us();
		talk_ack(&talk, until);
	}
	end(1, 1);
}

START_TEST(a_window_of_4_is_followed_by_an_ack)
{
	read_windows("4", 4);
}
END_TEST

START_TEST(a_window_of_16_is_followed_by_an_ack)
{
	read_windows("16", 16);
}
END_TEST

START_TEST(a_window_of_64_is_followed_by_an_ack)
{
	read_windows("64", 64);
}
END_TEST

/* 7440-8. On a busy machine the timer may be faster than the test, and then 3 and 4 are under way again already. */
START_TEST(an_ack_inside_the_window_restarts_it_behind_itself)
{
	begin_window("4", STRINGS("--rto-min", "1000"));
	for (unsigned block = 1; block <= 4; block++)
		talk_expect_data(&talk, block, 512);
	talk_ack(&talk, 2);
	for (unsigned block = 3; block <= 6; block++)
		talk_expect_data(&talk, block, 512);
	talk_ack(&talk, 6);
	talk_expect_data(&talk, 7, 512);
	give_up_politely();
}
END_TEST

START_TEST(it_restarts_the_window_once_however_often_it_comes)
{
	enum { TIMES = 200 };
	begin_window("4", NOTHING);
	for (unsigned block = 1; block <= 4; block++)
		talk_expect_data(&talk, block, 512);
	uint64_t began_us = udp_now_us();
	for (int i = 0; i < TIMES; i++)
		talk_ack(&talk, 2);
	struct talk_tally tally = talk_tally(&talk, 6);
	unsigned by_timer = talk_expiries_max(udp_now_us() - began_us, TALK_RTO_FLOOR_US);
	ck_assert_uint_ge(tally.of_block, 1);
	ck_assert_uint_le(tally.of_block, 1 + by_timer);
	ck_assert_uint_lt(1 + by_timer, TIMES);
	give_up_politely();
}
END_TEST

/* 1123-3: the Sorcerer's Apprentice. */
START_TEST(a_duplicate_ack_in_lockstep_never_causes_data)
{
	enum { TIMES = 200 };
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	uint64_t began_us = udp_now_us();
	for (int i = 0; i < TIMES; i++)
		talk_ack(&talk, 1);
	struct talk_tally tally = talk_tally(&talk, 2);
	unsigned by_timer = talk_expiries_max(udp_now_us() - began_us, TALK_RTO_FLOOR_US);
	ck_assert_uint_eq(tally.data, tally.of_block);
	ck_assert_uint_le(tally.data, by_timer + 1); /* one may have been on its way */
	ck_assert_uint_lt(by_timer + 1, TIMES);
	give_up_politely();
}
END_TEST

START_TEST(an_ack_of_blocks_never_sent_is_ignored)
{
	static const unsigned numbers[] = {0, 2, 3, 1000, 0x7fff, 0x8000, 0xffff};
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		talk_ack(&talk, numbers[i]);
	struct talk_tally tally = talk_tally(&talk, 1);
	ck_assert_uint_eq(tally.data, tally.of_block);
	ck_assert_uint_eq(tally.error + tally.oack + tally.other, 0);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	give_up_politely();
}
END_TEST

/* 1350-14, 6298-1, 6298-6: a second at first, then double. */
START_TEST(data_without_an_ack_comes_again_after_the_rto_and_then_after_twice_that)
{
	begin(NOTHING);
	uint64_t asked_us = udp_now_us();
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	uint64_t expected_us = 0;
	for (unsigned i = 0; i < 2; i++) {
		talk_expect_data(&talk, 1, 512);
		expected_us += (uint64_t)TALK_RTO_INITIAL_US << i;
		uint64_t after_us = udp_now_us() - asked_us;
		ck_assert_uint_ge(after_us, expected_us);
		ck_assert_uint_lt(after_us, expected_us + 3 * TALK_RTO_INITIAL_US);
	}
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	give_up_politely();
}
END_TEST

/* 6298-2: a measured round trip makes it short. GRUB never repeats an ACK: only this saves its boot. */
static uint64_t measure_cost_of_a_lost_ack(void)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_ack(&talk, 1);
	uint64_t acked_us = udp_now_us();
	talk_expect_data(&talk, 2, 512);
	talk_expect_data(&talk, 2, 512);
	uint64_t after_us = udp_now_us() - acked_us;
	give_up_politely();
	return after_us;
}

START_TEST(once_a_round_trip_is_measured_a_lost_ack_costs_little)
{
	bool is_little = false;
	/* If we get no time between DATA 1 and our ACK, a long round trip is what is measured: that happens, but not
	 * each time. */
	for (int i = 0; i < 5 && !is_little; i++) {
		uint64_t after_us = measure_cost_of_a_lost_ack();
		ck_assert_uint_ge(after_us, TALK_RTO_FLOOR_US);
		is_little = after_us < TALK_RTO_INITIAL_US;
	}
	ck_assert(is_little);
}
END_TEST

/* 7440-6 */
START_TEST(a_silent_window_comes_again_from_the_last_ack)
{
	begin_window("4", NOTHING);
	for (unsigned block = 1; block <= 4; block++)
		talk_expect_data(&talk, block, 512);
	talk_ack(&talk, 4);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned block = 5; block <= 8; block++) {
			talk_expect_data(&talk, block, 512);
		}
	give_up_politely();
}
END_TEST

/* 2347-12, 2349-2: the interval asked for is the first and the longest. */
START_TEST(an_oack_without_an_answer_comes_again)
{
	begin(NOTHING);
	uint64_t asked_us = udp_now_us();
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "timeout", "1"));
	for (unsigned i = 0; i < 3; i++) {
		talk_expect_oack(&talk, STRINGS("timeout", "1"));
		uint64_t after_us = udp_now_us() - asked_us;
		ck_assert_uint_ge(after_us, i * 1000000u);
		ck_assert_uint_lt(after_us, (i + 2) * 1000000u);
	}
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 1, 512);
	give_up_politely();
}
END_TEST

/* 2347-10: only ACK 0 confirms. */
START_TEST(an_oack_is_confirmed_by_ack_0_only)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "blksize", "512"));
	talk_expect_oack(&talk, STRINGS("blksize", "512"));
	talk_ack(&talk, 1);
	struct talk_tally tally = talk_tally(&talk, 1);
	ck_assert_uint_eq(tally.data + tally.error + tally.other, 0);
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 1, 512);
	give_up_politely();
}
END_TEST

/* 1350-19, 7440-11 */
START_TEST(a_silent_client_is_given_up_and_not_heard_any_more)
{
	/* Whatever round trip is measured on a busy machine, the block comes again after a second at the latest. */
	begin(STRINGS("--give-up", "2"));
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "timeout", "1"));
	talk_expect_oack(&talk, STRINGS("timeout", "1"));
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 1, 512);
	uint64_t silent_us = udp_now_us();
	talk_ack(&talk, 1);
	daemon_await(&server, "read timeout");
	ck_assert_uint_ge(udp_now_us() - silent_us, 2000000);
	ck_assert_ptr_nonnull(strstr(server.line, "warning: "));
	ck_assert_ptr_nonnull(strstr(server.line, "reason=\"the client fell silent\""));
	struct talk_tally tally = talk_tally(&talk, 2);
	ck_assert_uint_ge(tally.of_block, 2);
	ck_assert_uint_eq(tally.data, tally.of_block);
	ck_assert_uint_eq(tally.error, 0);
	talk_ack(&talk, 2);
	talk_expect_silence(&talk);
	end(1, 0);
}
END_TEST

/* Packets that a client sends in a wrong moment. */
START_TEST(data_and_oack_from_a_reader_are_ignored)
{
	static const uint8_t data[] = {0, DATA, 0, 1, 'x'};
	static const uint8_t oack[] = "\0\6blksize\0008";
	static const uint8_t nonsense[] = {0, 77, 1, 2, 3};
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_send(&talk, data, sizeof data);
	talk_send(&talk, oack, sizeof oack);
	talk_send(&talk, nonsense, sizeof nonsense);
	talk_send(&talk, nonsense, 1);
	talk_send(&talk, nonsense, 0);
	struct talk_tally tally = talk_tally(&talk, 1);
	ck_assert_uint_eq(tally.data, tally.of_block);
	ck_assert_uint_eq(tally.error + tally.oack + tally.other, 0);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	give_up_politely();
}
END_TEST

START_TEST(an_ack_with_bytes_behind_it_is_an_ack)
{
	static const uint8_t ack[] = {0, ACK, 0, 1, 0};
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_send(&talk, ack, sizeof ack);
	talk_expect_data(&talk, 2, 512);
	give_up_politely();
}
END_TEST

SUITE("e2e.loss", a_window_of_4_is_followed_by_an_ack, a_window_of_16_is_followed_by_an_ack,
      a_window_of_64_is_followed_by_an_ack, an_ack_inside_the_window_restarts_it_behind_itself,
      it_restarts_the_window_once_however_often_it_comes, a_duplicate_ack_in_lockstep_never_causes_data,
      an_ack_of_blocks_never_sent_is_ignored,
      data_without_an_ack_comes_again_after_the_rto_and_then_after_twice_that,
      once_a_round_trip_is_measured_a_lost_ack_costs_little,
      a_silent_window_comes_again_from_the_last_ack, an_oack_without_an_answer_comes_again,
      an_oack_is_confirmed_by_ack_0_only, a_silent_client_is_given_up_and_not_heard_any_more,
      data_and_oack_from_a_reader_are_ignored, an_ack_with_bytes_behind_it_is_an_ack)

/* Who is who: strangers, repeated requests, clients that begin anew. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "e2e/talk.h"
#include "unit/suite.h"

static uint8_t content[3000];
static struct tree tree;
static struct daemon server;
static struct talk talk;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	tree_write(&tree, "other", "another file", 12);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
}

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

/* 1350-11 */
static void interfere(bool is_single_port)
{
	static const uint8_t ack[] = {0, ACK, 0, 1};
	static const uint8_t data[] = {0, DATA, 0, 1, 'x'};
	static const uint8_t error[] = "\0\5\0\0closed";
	struct talk stranger;
	begin(is_single_port ? STRINGS("--single-port") : NOTHING);
	talk_open(&stranger, &server);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	stranger.tid = talk.tid;
	stranger.has_tid = true;
	talk_send(&stranger, ack, sizeof ack);
	talk_expect_error(&stranger, 5);
	talk_send(&stranger, data, sizeof data);
	talk_expect_error(&stranger, 5);
	/* An ERROR is never answered, or two servers would go on for ever. */
	talk_send(&stranger, error, sizeof error);
	talk_expect_silence(&stranger);
	for (unsigned block = 1; block <= 5; block++) {
		talk_ack(&talk, block);
		talk_expect_data(&talk, block + 1, block < 5 ? 512 : 3000 % 512);
	}
	talk_ack(&talk, 6);
	daemon_await(&server, "read done");
	talk_close(&stranger);
	end(1, 1);
}

START_TEST(a_stranger_gets_error_5_and_disturbs_nobody)
{
	interfere(false);
}
END_TEST

START_TEST(a_stranger_on_a_single_port_gets_error_5_and_disturbs_nobody)
{
	interfere(true);
}
END_TEST

/* 1350-12: PXELINUX, busybox and iPXE ask again after 0.1 s. */
START_TEST(a_repeated_request_gets_the_same_answer_from_the_same_port)
{
	begin(NOTHING);
	/* With an interval that only the repeated request can shorten. */
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "timeout", "255"));
	talk_expect_oack(&talk, STRINGS("timeout", "255"));
	union udp_addr first = talk.tid;
	for (int i = 0; i < 3; i++) {
		talk_ask(&talk, RRQ, STRINGS("file", "octet", "timeout", "255"));
		talk_expect_oack(&talk, STRINGS("timeout", "255"));
		ck_assert(udp_equal(&talk.tid, &first));
	}
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 1, 512);
	talk_error(&talk, 3, "enough");
	daemon_await(&server, "read aborted");
	end(1, 0);
}
END_TEST

START_TEST(so_does_one_without_options)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	union udp_addr first = talk.tid;
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	ck_assert(udp_equal(&talk.tid, &first));
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	talk_error(&talk, 3, "enough");
	daemon_await(&server, "read aborted");
	end(1, 0);
}
END_TEST

/* Also while the file is being opened, and after the first ACK: talk_fetch fails if another port answers. */
START_TEST(requests_repeated_in_a_burst_are_one_transfer)
{
	begin(NOTHING);
	for (int i = 0; i < 5; i++)
		talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_fetch(&talk, STRINGS("file", "octet"), content, sizeof content);
	daemon_await(&server, "read done");
	end(1, 1);
}
END_TEST

/* A second after the first ACK, the same request is a client that has started again. */
#define YOUNG_US 800000

/* False: this machine stood still, and the transfer was young no more. */
static bool repeat_the_request_late(void)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	union udp_addr first = talk.tid;
	uint64_t acked_us = udp_now_us();
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_barrier(&talk.asked);
	bool was_young = udp_now_us() - acked_us < YOUNG_US;
	if (was_young) {
		talk.tid = first;
		talk.has_tid = true;
		talk_ack(&talk, 2);
		talk_expect_data(&talk, 3, 512);
		talk_error(&talk, 3, "enough");
		daemon_await(&server, "read aborted");
		end(1, 0);
		return true;
	}
	daemon_signal(&server, SIGKILL);
	daemon_wait(&server);
	daemon_forget(&server);
	talk_close(&talk);
	tree_remove(&tree);
	return false;
}

START_TEST(a_request_that_was_late_on_its_way_does_not_stop_a_young_transfer)
{
	bool was_young = false;
	for (unsigned tries = 0; !was_young && tries < 20; tries++)
		was_young = repeat_the_request_late();
	ck_assert(was_young);
}
END_TEST

/* A machine that was switched off and on asks from the same port for the same file. */
START_TEST(the_same_request_long_after_the_first_ack_begins_anew)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	uint64_t answered_us = udp_now_us();
	talk_ack(&talk, 1);
	/* What the timer repeats passes the time. */
	while (udp_now_us() - answered_us < 1100000)
		talk_next(&talk, 100);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	daemon_await(&server, "read replaced");
	/* What the old transfer sent last may still lie there. */
	do
		ck_assert(udp_receive(talk.fd, &talk.in, DEADLINE_MS));
	while (talk_number(&talk) != 1);
	talk.tid = talk.in.from;
	talk.has_tid = true;
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	talk_error(&talk, 3, "enough");
	daemon_await(&server, "read aborted");
	end(2, 0);
}
END_TEST

static void replace(const char *const *args)
{
	begin(args);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_ask(&talk, RRQ, STRINGS("other", "octet"));
	daemon_await(&server, "read replaced");
	ck_assert_ptr_nonnull(strstr(server.line, "file=\"file\""));
	ck_assert_ptr_nonnull(
	    strstr(server.line, "reason=\"the client began anew from the same port\""));
	talk_expect_data(&talk, 1, 12);
	ck_assert_mem_eq(talk.in.bytes + 4, "another file", 12);
	talk_ack(&talk, 1);
	daemon_await(&server, "read done");
	talk_expect_silence(&talk);
	end(2, 1);
}

START_TEST(another_request_from_the_same_port_replaces_the_first)
{
	replace(NOTHING);
}
END_TEST

START_TEST(another_request_from_the_same_port_to_a_single_port_replaces_the_first)
{
	replace(STRINGS("--single-port"));
}
END_TEST

/* lpxelinux asks for every file from port 49153, SLOF from 2001. */
static void ask_again_and_again(const char *const *args)
{
	enum { TIMES = 20 };
	begin(args);
	for (unsigned i = 1; i <= TIMES; i++) {
		talk_fetch(&talk, STRINGS("other", "octet"), "another file", 12);
		talk_fetch(&talk, STRINGS("file", "octet", "blksize", "1024"), content, sizeof content);
		talk_ask(&talk, RRQ, STRINGS("missing", "octet"));
		talk_expect_error(&talk, 1);
	}
	end(3 * TIMES, 2 * TIMES);
}

START_TEST(a_finished_or_refused_transfer_does_not_block_the_next_from_its_port)
{
	ask_again_and_again(NOTHING);
}
END_TEST

START_TEST(nor_does_it_on_a_single_port)
{
	ask_again_and_again(STRINGS("--single-port"));
}
END_TEST

/* Stopped, the daemon finds on waking: something at the port for requests, then the last ACK at the port of
 * the transfer, then the next request at the port for requests again. */
static void let_requests_overtake(unsigned last_ack, const char *next)
{
	static const uint8_t nonsense[] = {0, 99};
	struct talk other;
	union udp_addr first = talk.tid;
	int status;
	talk_open(&other, &server);
	talk_barrier(&talk.asked);
	daemon_signal(&server, SIGSTOP);
	ck_assert_int_eq(waitpid(server.pid, &status, WUNTRACED), server.pid);
	talk_ask_raw(&other, nonsense, sizeof nonsense);
	talk_ack(&talk, last_ack);
	talk_ask(&talk, RRQ, STRINGS(next, "octet"));
	daemon_signal(&server, SIGCONT);
	talk_expect_error(&other, 4);
	/* Repeated packets of the first transfer are let pass. */
	do
		ck_assert(udp_receive(talk.fd, &talk.in, DEADLINE_MS));
	while (udp_equal(&talk.in.from, &first) && talk_number(&talk) == last_ack);
	talk.tid = talk.in.from;
	talk.has_tid = true;
	talk_close(&other);
}

START_TEST(a_last_ack_counts_though_another_request_overtakes_it)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("other", "octet", "blksize", "8"));
	talk_expect_oack(&talk, STRINGS("blksize", "8"));
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 1, 8);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 4);
	let_requests_overtake(2, "file");
	ck_assert_uint_eq(talk_op(&talk), DATA);
	ck_assert_uint_eq(talk_number(&talk), 1);
	talk_error(&talk, 0, "enough");
	daemon_await(&server, "read probe");
	daemon_await(&server, "read done");
	end(2, 2);
}
END_TEST

START_TEST(a_last_ack_counts_though_the_same_request_overtakes_it)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	for (unsigned block = 1; block <= 5; block++) {
		talk_expect_data(&talk, block, 512);
		talk_ack(&talk, block);
	}
	talk_expect_data(&talk, 6, 3000 % 512);
	let_requests_overtake(6, "file");
	ck_assert_uint_eq(talk_op(&talk), DATA);
	ck_assert_uint_eq(talk_number(&talk), 1);
	talk_error(&talk, 0, "enough");
	daemon_await(&server, "read probe");
	daemon_await(&server, "read done");
	end(2, 2);
}
END_TEST

SUITE("e2e.peers", a_stranger_gets_error_5_and_disturbs_nobody,
      a_stranger_on_a_single_port_gets_error_5_and_disturbs_nobody,
      a_repeated_request_gets_the_same_answer_from_the_same_port, so_does_one_without_options,
      requests_repeated_in_a_burst_are_one_transfer,
      a_request_that_was_late_on_its_way_does_not_stop_a_young_transfer,
      the_same_request_long_after_the_first_ack_begins_anew,
      another_request_from_the_same_port_replaces_the_first,
      another_request_from_the_same_port_to_a_single_port_replaces_the_first,
      a_finished_or_refused_transfer_does_not_block_the_next_from_its_port, nor_does_it_on_a_single_port,
      a_last_ack_counts_though_another_request_overtakes_it,
      a_last_ack_counts_though_the_same_request_overtakes_it)

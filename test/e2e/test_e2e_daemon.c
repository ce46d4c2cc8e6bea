/* Signals, the end, the log. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/talk.h"
#include "unit/suite.h"

#define BLOCKS 300u

static uint8_t content[BLOCKS * 512];
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

static void begin_transfer(const char *const *args)
{
	begin(args);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
}

static void forget(void)
{
	talk_close(&talk);
	daemon_forget(&server);
	tree_remove(&tree);
}

/* Goes on with the transfer, a block at a time, until the daemon no longer answers who asks for nonsense:
 * then it takes no new requests. Two round trips make sure that it has looked at the question. */
static unsigned read_until_draining(unsigned block)
{
	static const uint8_t nonsense[] = {0, 99};
	struct talk other;
	bool has_answer = true;
	talk_open(&other, &server);
	while (has_answer) {
		talk_ask_raw(&other, nonsense, sizeof nonsense);
		for (int i = 0; i < 2; i++) {
			talk_ack(&talk, block++);
			talk_expect_data(&talk, block, 512);
		}
		has_answer = udp_receive(other.fd, &other.in, 0);
		/* Who has said it need not have told the worker yet: what the timer repeats passes the time. */
		if (has_answer)
			talk_next(&talk, DEADLINE_MS);
		ck_assert_uint_lt(block, BLOCKS - 10);
	}
	talk_close(&other);
	return block;
}

static void finish_what_runs(int signal, const char *name)
{
	struct talk late;
	char text[80];
	begin_transfer(NOTHING);
	talk_open(&late, &server);
	daemon_signal(&server, signal);
	snprintf(text, sizeof text, "%s: finishing running transfers for up to 10 s", name);
	daemon_await(&server, text);
	unsigned block = read_until_draining(1);
	talk_ask(&late, RRQ, STRINGS("file", "octet"));
	for (; block < BLOCKS; block++) {
		talk_ack(&talk, block);
		talk_expect_data(&talk, block + 1, 512);
		ck_assert_mem_eq(talk.in.bytes + 4, content + block * 512, 512);
	}
	talk_ack(&talk, BLOCKS);
	talk_expect_data(&talk, BLOCKS + 1, 0);
	talk_ack(&talk, BLOCKS + 1);
	ck_assert_int_eq(daemon_wait(&server), 0);
	/* All that it ever sent has arrived. */
	ck_assert(!udp_receive(late.fd, &late.in, 0));
	ck_assert_uint_eq(daemon_count(&server, "read done"), 1);
	ck_assert_uint_eq(daemon_count(&server, "stopped: 1 requests, 1 of them done, 153600 bytes"), 1);
	talk_close(&late);
	forget();
}

START_TEST(sigterm_lets_a_running_transfer_finish_and_takes_no_new_one)
{
	finish_what_runs(SIGTERM, "SIGTERM");
}
END_TEST

START_TEST(sigint_does_the_same)
{
	finish_what_runs(SIGINT, "SIGINT");
}
END_TEST

/* After the daemon has ended, the last packet to this client is an ERROR that says why. */
static void expect_farewell(void)
{
	bool has_error = false;
	while (talk_next(&talk, 0)) {
		ck_assert(!has_error);
		has_error = talk_op(&talk) == ERROR;
	}
	ck_assert(has_error);
	ck_assert_uint_eq(talk_number(&talk), 0);
	ck_assert_str_eq(talk_text(&talk), "the server is shutting down");
}

START_TEST(a_stuck_transfer_is_ended_with_an_error_when_time_is_over)
{
	begin_transfer(STRINGS("--drain", "1"));
	uint64_t began_us = udp_now_us();
	daemon_signal(&server, SIGTERM);
	ck_assert_int_eq(daemon_wait(&server), 0);
	/* libuv counts in milliseconds: a second may be one of them shorter. */
	ck_assert_uint_ge(udp_now_us() - began_us, 999000);
	expect_farewell();
	ck_assert_uint_eq(daemon_count(&server, "not all transfers ended in time"), 1);
	ck_assert_uint_eq(daemon_count(&server, "read failed"), 1);
	forget();
}
END_TEST

START_TEST(without_time_to_drain_it_ends_at_once)
{
	begin_transfer(STRINGS("--drain", "0"));
	daemon_signal(&server, SIGTERM);
	ck_assert_int_eq(daemon_wait(&server), 0);
	expect_farewell();
	forget();
}
END_TEST

START_TEST(a_second_signal_ends_it_at_once)
{
	begin_transfer(STRINGS("--drain", "3600"));
	daemon_signal(&server, SIGTERM);
	daemon_await(&server, "again ends at once");
	daemon_signal(&server, SIGINT);
	ck_assert_int_eq(daemon_wait(&server), 0);
	expect_farewell();
	ck_assert_uint_eq(daemon_count(&server, "stopped: 1 requests, 0 of them done, 0 bytes"), 1);
	forget();
}
END_TEST

START_TEST(an_idle_daemon_ends_at_once)
{
	begin(STRINGS("--drain", "3600", "--workers", "4"));
	daemon_end(&server, SIGTERM);
	forget();
}
END_TEST

START_TEST(a_second_instance_follows_the_first_on_its_port)
{
	char address[40];
	begin(NOTHING);
	snprintf(address, sizeof address, "127.0.0.1:%u", server.port);
	talk_fetch(&talk, STRINGS("file", "octet"), content, sizeof content);
	daemon_stop(&server, 1, 1);
	daemon_start(&server, STRINGS("--listen", address, tree.root));
	talk_fetch(&talk, STRINGS("file", "octet"), content, sizeof content);
	talk_close(&talk);
	daemon_stop(&server, 1, 1);
	tree_remove(&tree);
}
END_TEST

/* The value of a field of the last line awaited, without what is behind it. */
static const char *field(const char *name)
{
	static char value[DAEMON_LINE_MAX];
	char key[40];
	snprintf(key, sizeof key, " %s=", name);
	const char *at = strstr(server.line, key);
	ck_assert_msg(at != NULL, "no %s in: %s", name, server.line);
	at += strlen(key);
	bool is_quoted = *at == '"';
	at += is_quoted;
	snprintf(value, sizeof value, "%.*s", (int)strcspn(at, is_quoted ? "\"" : " "), at);
	return value;
}

START_TEST(a_finished_transfer_is_one_line_with_every_field)
{
	char client[UDP_TEXT_MAX];
	char *end;
	begin(NOTHING);
	unsigned wasted =
	    talk_fetch(&talk, STRINGS("/file", "octet", "blksize", "1024", "windowsize", "4", "x", "y"),
		       content, sizeof content);
	daemon_await(&server, "read done");
	snprintf(client, sizeof client, "127.0.0.1:%u", udp_local_port(talk.fd));
	ck_assert_str_eq(field("client"), client);
	ck_assert_str_eq(field("file"), "/file");
	ck_assert_str_eq(field("bytes"), "153600");
	ck_assert_str_eq(field("options"), "blksize=1024 windowsize=4");
	ck_assert_uint_ge(strtoul(field("retransmissions"), &end, 10), wasted);
	ck_assert(strtod(field("time"), &end) < DEADLINE_MS / 1000);
	ck_assert_str_eq(end, "s");
	ck_assert(strtod(field("rate"), &end) >= 0);
	ck_assert_str_eq(end, "MB/s");
	ck_assert_ptr_null(strstr(server.line, "error="));
	ck_assert_ptr_null(strstr(server.line, "reason="));
	ck_assert_ptr_null(strstr(server.line, "warning"));
	talk_close(&talk);
	daemon_stop(&server, 1, 1);
	tree_remove(&tree);
}
END_TEST

START_TEST(a_refused_request_is_one_line_with_code_and_reason)
{
	begin(NOTHING);
	talk_ask(&talk, RRQ, STRINGS("missing", "octet"));
	talk_expect_error(&talk, 1);
	daemon_await(&server, "read refused");
	ck_assert_str_eq(field("file"), "missing");
	ck_assert_str_eq(field("error"), "1");
	ck_assert_str_eq(field("reason"), talk_text(&talk));
	/* Boot loaders ask for what is not there as a matter of routine. */
	ck_assert_ptr_null(strstr(server.line, "warning"));
	talk_ask(&talk, RRQ, STRINGS("../up", "octet"));
	talk_expect_error(&talk, 2);
	daemon_await(&server, "file=\"../up\"");
	ck_assert_str_eq(field("error"), "2");
	ck_assert_uint_eq(daemon_count(&server, "read "), 2);
	talk_close(&talk);
	daemon_stop(&server, 2, 0);
	tree_remove(&tree);
}
END_TEST

/* A file that changes while it is read is not sent half old, half new. */
START_TEST(a_file_that_changes_is_not_sent_mixed)
{
	static uint8_t large[1 << 20];
	begin(STRINGS("--cache", "0"));
	tree_write_filled(&tree, "large", large, sizeof large);
	talk_ask(&talk, RRQ, STRINGS("large", "octet", "blksize", "1024"));
	talk_expect_oack(&talk, STRINGS("blksize", "1024"));
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 1, 1024);
	memset(large, 'x', sizeof large);
	tree_write(&tree, "large", large, sizeof large / 2);
	unsigned block = 1;
	do {
		talk_ack(&talk, block++);
		do
			ck_assert(talk_next(&talk, DEADLINE_MS));
		while (talk_op(&talk) == DATA && talk_number(&talk) < block);
		ck_assert(talk_op(&talk) != DATA || talk.in.bytes[4] != 'x' || talk.in.bytes[5] != 'x' ||
			  talk.in.bytes[6] != 'x');
	} while (talk_op(&talk) == DATA && block < 2000);
	ck_assert_uint_eq(talk_op(&talk), ERROR);
	ck_assert_uint_eq(talk_number(&talk), 0);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "changed"));
	daemon_await(&server, "read failed");
	talk_close(&talk);
	daemon_stop(&server, 1, 0);
	tree_remove(&tree);
}
END_TEST

SUITE("e2e.daemon", sigterm_lets_a_running_transfer_finish_and_takes_no_new_one, sigint_does_the_same,
      a_stuck_transfer_is_ended_with_an_error_when_time_is_over, without_time_to_drain_it_ends_at_once,
      a_second_signal_ends_it_at_once, an_idle_daemon_ends_at_once,
      a_second_instance_follows_the_first_on_its_port, a_finished_transfer_is_one_line_with_every_field,
      a_refused_request_is_one_line_with_code_and_reason, a_file_that_changes_is_not_sent_mixed)

/* How uploads end: by the client, by silence, by SIGTERM; and what comes twice changes nothing. */
#include <signal.h>
#include <string.h>

#include "e2e/upload.h"
#include "unit/suite.h"

/* Several of the sink's buffers. */
#define LONG_BYTES 300000

static uint8_t content[LONG_BYTES];
static struct tree tree;
static struct daemon server;
static struct talk talk;
static struct upload upload;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_fill(content, sizeof content);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
}

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

static void check_old_file_only(void)
{
	ck_assert(upload_is_there(&tree, "file", "old", 3));
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
}

START_TEST(an_error_of_the_client_leaves_nothing)
{
	begin(STRINGS("--write=overwrite"));
	tree_write(&tree, "file", "old", 3);
	upload_begin(&upload, &talk, STRINGS("file", "octet", "blksize", "8192"), content, LONG_BYTES);
	for (unsigned block = 1; block <= 20; block++) {
		upload_send(&upload, block);
		upload_expect_ack(&talk, block);
	}
	talk_error(&talk, 0, "user pressed a key");
	daemon_await(&server, "write aborted");
	ck_assert_ptr_nonnull(strstr(server.line, "bytes=163840 "));
	ck_assert_ptr_nonnull(strstr(server.line, "error=0 reason=\"user pressed a key\""));
	check_old_file_only();
	end(1, 0);
}
END_TEST

START_TEST(silence_of_the_client_leaves_nothing)
{
	begin(STRINGS("--write=overwrite", "--give-up", "1"));
	tree_write(&tree, "file", "old", 3);
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 2000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	upload_send(&upload, 2);
	upload_expect_ack(&talk, 2);
	daemon_await(&server, "write timeout");
	ck_assert_ptr_nonnull(strstr(server.line, "reason=\"the client fell silent\""));
	check_old_file_only();
	/* It told nobody who is not there any more. */
	while (talk_next(&talk, 0))
		ck_assert_uint_eq(talk_op(&talk), ACK);
	end(1, 0);
}
END_TEST

START_TEST(sigterm_lets_an_upload_come_to_its_end)
{
	begin(STRINGS("--write"));
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 2000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	daemon_signal(&server, SIGTERM);
	daemon_await(&server, "SIGTERM");
	upload_finish(&upload, 2);
	ck_assert(upload_is_there(&tree, "file", content, 2000));
	ck_assert_int_eq(daemon_wait(&server), 0);
	ck_assert_uint_eq(daemon_count(&server, "stopped: 1 requests, 1 of them done, 2000 bytes"), 1);
	daemon_forget(&server);
	talk_close(&talk);
	tree_remove(&tree);
}
END_TEST

START_TEST(an_upload_that_outlasts_the_drain_leaves_nothing)
{
	begin(STRINGS("--write=overwrite", "--drain", "0"));
	tree_write(&tree, "file", "old", 3);
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 2000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	daemon_signal(&server, SIGTERM);
	ck_assert_int_eq(daemon_wait(&server), 0);
	check_old_file_only();
	daemon_forget(&server);
	talk_close(&talk);
	tree_remove(&tree);
}
END_TEST

/* After a second without, the same request is a client that has started again. */
#define YOUNG_US 800000

static void repeat_the_request(const char *const *args)
{
	uint64_t began_us;
	bool was_in_time = false;
	begin(args);
	for (unsigned tries = 0; !was_in_time && tries < 20; tries++) {
		char name[16];
		snprintf(name, sizeof name, "file%u", tries);
		began_us = udp_now_us();
		upload_begin(&upload, &talk, STRINGS(name, "octet"), content, 1500);
		talk_ask(&talk, WRQ, STRINGS(name, "octet"));
		ck_assert(talk_next(&talk, DEADLINE_MS));
		ck_assert_uint_eq(talk_op(&talk), ACK);
		ck_assert_uint_eq(talk_number(&talk), 0);
		upload_send(&upload, 1);
		upload_expect_ack(&talk, 1);
		union udp_addr tid = talk.tid;
		talk_ask(&talk, WRQ, STRINGS(name, "octet"));
		talk.tid = tid;
		talk.has_tid = true;
		talk_barrier(&talk.asked);
		was_in_time = udp_now_us() - began_us < YOUNG_US;
		if (!was_in_time)
			continue;
		upload_finish(&upload, 2);
		ck_assert(upload_is_there(&tree, name, content, 1500));
	}
	ck_assert(was_in_time);
	daemon_await(&server, "write done");
	ck_assert_uint_eq(daemon_count(&server, "write done"), 1);
	talk_close(&talk);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
}

START_TEST(a_repeated_request_neither_reopens_nor_truncates)
{
	repeat_the_request(STRINGS("--write"));
}
END_TEST

START_TEST(so_it_is_on_a_single_port)
{
	repeat_the_request(STRINGS("--write", "--single-port"));
}
END_TEST

/* 1350-14: the last ACK may be lost. */
static void repeat_the_last_data(const char *const *args)
{
	begin(args);
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 700);
	upload_finish(&upload, 1);
	daemon_await(&server, "write done");
	for (int i = 0; i < 3; i++) {
		upload_send(&upload, 2);
		upload_expect_ack(&talk, 2);
	}
	ck_assert_uint_eq(upload_count_acks(&talk, 2), 0);
	/* A block from before needs no answer. */
	upload_send(&upload, 1);
	talk_expect_silence(&talk);
	ck_assert(upload_is_there(&tree, "file", content, 700));
	ck_assert_uint_eq(daemon_count(&server, "write done"), 1);
	end(1, 1);
}

START_TEST(a_repeated_last_block_is_acknowledged_again)
{
	repeat_the_last_data(STRINGS("--write"));
}
END_TEST

START_TEST(so_it_is_on_a_single_port_too)
{
	repeat_the_last_data(STRINGS("--write", "--single-port"));
}
END_TEST

/* The same name again, from the same port and within a second, would be taken for a repetition. */
START_TEST(whoever_has_its_last_ack_may_upload_another_file_at_once)
{
	static const char *const names[] = {"one", "two"};
	begin(STRINGS("--write=overwrite"));
	for (size_t len = 0; len < 1500; len += 100) {
		const char *name = names[len / 100 % 2];
		upload_begin(&upload, &talk, STRINGS(name, "octet"), content + len, len);
		upload_finish(&upload, 1);
		ck_assert(upload_is_there(&tree, name, content + len, len));
	}
	end(15, 15);
}
END_TEST

/* Returns with the last ACK or an ERROR. A socket buffer may be too small for so much. */
static void send_all_at_once(void)
{
	unsigned last = upload_last(&upload);
	for (unsigned tries = 0; tries < 20; tries++) {
		for (unsigned block = 1; block <= last; block++)
			upload_send(&upload, block);
		while (talk_next(upload.talk, 1000))
			if (talk_op(upload.talk) == ERROR || talk_number(upload.talk) == last)
				return;
	}
	ck_abort_msg("neither an ACK of the last block nor an ERROR");
}

/* It fills both of the sink's buffers before the disk has one. */
START_TEST(a_client_that_does_not_wait_for_its_acks_does_no_harm)
{
	enum { TIMES = 60 };
	/* All open to the end: the same name again, from a port that came again, would be taken for a repetition. */
	static struct talk hasty[TIMES];
	begin(STRINGS("--write=overwrite"));
	tree_write(&tree, "file", "old", 3);
	for (unsigned n = 0; n < TIMES; n++) {
		size_t len = 91 * 1428 + 1000;
		talk_open(&hasty[n], &server);
		upload_begin(
		    &upload, &hasty[n],
		    STRINGS("file", "octet", "blksize", "1428", "windowsize", n % 2 == 0 ? "1" : "16"),
		    content + n, len);
		send_all_at_once();
		/* All of it, or a refusal and nothing. */
		if (talk_op(&hasty[n]) == ERROR)
			ck_assert_uint_eq(talk_number(&hasty[n]), 4);
		else
			ck_assert(upload_is_there(&tree, "file", content + n, len));
		ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	}
	/* The others are served as before. */
	upload_whole(&talk, STRINGS("file", "octet"), content, 700);
	ck_assert(upload_is_there(&tree, "file", content, 700));
	for (unsigned n = 0; n < TIMES; n++)
		talk_close(&hasty[n]);
	talk_close(&talk);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
}
END_TEST

SUITE("e2e.write_ends", an_error_of_the_client_leaves_nothing, silence_of_the_client_leaves_nothing,
      sigterm_lets_an_upload_come_to_its_end, an_upload_that_outlasts_the_drain_leaves_nothing,
      a_repeated_request_neither_reopens_nor_truncates, so_it_is_on_a_single_port,
      a_repeated_last_block_is_acknowledged_again, so_it_is_on_a_single_port_too,
      whoever_has_its_last_ack_may_upload_another_file_at_once,
      a_client_that_does_not_wait_for_its_acks_does_no_harm)

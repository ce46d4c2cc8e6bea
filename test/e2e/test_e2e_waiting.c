/* Requests that find no free place. */
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "e2e/talk.h"
#include "e2e/upload.h"
#include "unit/suite.h"

#define GREEDY 30

static uint8_t content[3000];
static struct tree tree;
static struct daemon server;
static struct talk first;
static struct talk others[GREEDY + 1]; /* the last one is somebody else */

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	daemon_serve(&server, &tree, args);
	talk_open(&first, &server);
}

static void end(void)
{
	if (first.has_tid)
		talk_error(&first, 0, "enough");
	talk_close(&first);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
}

/* Takes the only place and keeps it. */
static void take_place(void)
{
	/* What the timer sent in an earlier transfer may still lie there. */
	while (talk_next(&first, 0))
		continue;
	talk_ask(&first, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&first, 1, 512);
	talk_ack(&first, 1);
	talk_expect_data(&first, 2, 512);
}

START_TEST(who_finds_no_place_is_served_when_there_is_one)
{
	begin(STRINGS("--max-sessions", "1"));
	take_place();
	talk_open(&others[0], &server);
	talk_ask(&others[0], RRQ, STRINGS("file", "octet"));
	daemon_await(&server,
		     "requests wait: all 1 transfers of this worker are in use (--max-sessions)");
	talk_expect_silence(&others[0]);
	talk_error(&first, 0, "enough");
	/* Without another word from the client. */
	talk_expect_data(&others[0], 1, 512);
	talk_error(&others[0], 0, "enough");
	talk_close(&others[0]);
	end();
}
END_TEST

START_TEST(who_asks_again_meanwhile_is_served_once)
{
	begin(STRINGS("--max-sessions", "1"));
	take_place();
	talk_open(&others[0], &server);
	for (int i = 0; i < 10; i++)
		talk_ask(&others[0], RRQ, STRINGS("file", "octet"));
	talk_expect_silence(&others[0]);
	talk_error(&first, 0, "enough");
	talk_fetch(&others[0], STRINGS("file", "octet"), content, sizeof content);
	daemon_await(&server, "read done");
	/* It has gone: nobody has the place. */
	take_place();
	talk_close(&others[0]);
	end();
}
END_TEST

START_TEST(a_request_that_is_denied_need_not_wait)
{
	begin(STRINGS("--max-sessions", "1"));
	take_place();
	talk_open(&others[0], &server);
	talk_ask(&others[0], WRQ, STRINGS("file", "octet"));
	talk_expect_error(&others[0], 2);
	talk_close(&others[0]);
	end();
}
END_TEST

/* The index of a client that was answered; it leaves at once. */
static unsigned await_one(void)
{
	struct pollfd polls[GREEDY + 1];
	for (unsigned i = 0; i <= GREEDY; i++)
		polls[i] = (struct pollfd){.fd = others[i].fd, .events = POLLIN};
	ck_assert_int_gt(poll(polls, GREEDY + 1, DEADLINE_MS), 0);
	unsigned i = 0;
	while ((polls[i].revents & POLLIN) == 0)
		i++;
	talk_expect_data(&others[i], 1, 512);
	talk_error(&others[i], 0, "enough");
	while (talk_next(&others[i], 0))
		continue;
	return i;
}

START_TEST(a_client_with_many_requests_does_not_starve_another)
{
	begin(STRINGS("--max-sessions", "1"));
	take_place();
	for (unsigned i = 0; i < GREEDY; i++) {
		talk_open(&others[i], &server);
		talk_ask(&others[i], RRQ, STRINGS("file", "octet"));
	}
	if (!talk_open_at(&others[GREEDY], "127.0.0.2", "127.0.0.1", server.port)) {
		end();
		NOT_HERE("127.0.0.2 is no address of this machine");
	}
	talk_ask(&others[GREEDY], RRQ, STRINGS("file", "octet"));
	talk_barrier(&first.asked);
	talk_error(&first, 0, "enough");
	ck_assert_uint_lt(await_one(), GREEDY);
	ck_assert_uint_eq(await_one(), GREEDY);
	/* And none of the others is forgotten. */
	for (unsigned i = 2; i <= GREEDY; i++)
		ck_assert_uint_lt(await_one(), GREEDY);
	for (unsigned i = 0; i <= GREEDY; i++)
		talk_close(&others[i]);
	end();
}
END_TEST

START_TEST(one_client_has_so_many_transfers_and_another_is_not_held_up)
{
	begin(STRINGS("--max-sessions-per-client", "1"));
	take_place();
	talk_open(&others[0], &server);
	talk_ask(&others[0], RRQ, STRINGS("file", "octet"));
	if (talk_open_at(&others[1], "127.0.0.2", "127.0.0.1", server.port)) {
		talk_fetch(&others[1], STRINGS("file", "octet"), content, sizeof content);
		talk_close(&others[1]);
	}
	talk_expect_silence(&others[0]);
	talk_error(&first, 0, "enough");
	talk_expect_data(&others[0], 1, 512);
	talk_error(&others[0], 0, "enough");
	talk_close(&others[0]);
	end();
}
END_TEST

/* Forged requests would fill all places for as long as a client may be silent. */
START_TEST(who_never_says_a_word_gives_way)
{
	struct talk ghost;
	bool is_served = false;
	begin(STRINGS("--max-sessions", "1"));
	talk_open(&ghost, &server);
	talk_ask(&ghost, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&ghost, 1, 512);
	for (unsigned i = 0; i < 40 && !is_served; i++) {
		talk_ask(&first, RRQ, STRINGS("file", "octet"));
		is_served = talk_next(&first, 500);
	}
	ck_assert(is_served);
	daemon_await(&server, "read timeout");
	talk_close(&ghost);
	end();
}
END_TEST

/* A finished upload lingers for 8 s to repeat its last ACK. */
static void upload_in_turn(const char *const *args)
{
	enum { UPLOADS = 4, LINGER_US = 8000000 };
	begin(args);
	uint64_t began_us = udp_now_us();
	for (unsigned i = 0; i < UPLOADS; i++) {
		talk_open(&others[i], &server);
		upload_whole(&others[i], STRINGS("new", "octet"), content, sizeof content);
	}
	ck_assert_uint_lt(udp_now_us() - began_us, (UPLOADS - 1) * LINGER_US);
	for (unsigned i = 0; i < UPLOADS; i++)
		talk_close(&others[i]);
	end();
}

START_TEST(a_stored_upload_gives_way)
{
	upload_in_turn(STRINGS("--max-sessions", "1", "--write=overwrite"));
}
END_TEST

START_TEST(a_stored_upload_is_none_of_the_client_s)
{
	upload_in_turn(STRINGS("--max-sessions-per-client", "1", "--write=overwrite"));
}
END_TEST

SUITE("e2e.waiting", who_finds_no_place_is_served_when_there_is_one,
      who_asks_again_meanwhile_is_served_once, a_request_that_is_denied_need_not_wait,
      a_client_with_many_requests_does_not_starve_another,
      one_client_has_so_many_transfers_and_another_is_not_held_up, who_never_says_a_word_gives_way,
      a_stored_upload_gives_way, a_stored_upload_is_none_of_the_client_s)

#include "server/waiting.h"

#include <string.h>

#include "base/mem.h"
#include "unit/suite.h"

#define S UINT64_C(1000000)

static const uint64_t key[2] = {1, 2};
static struct waiting waiting;
static struct addr local;

static struct addr at(const char *text)
{
	struct addr addr;
	ck_assert_int_eq(addr_parse(&addr, text, 1), 0);
	return addr;
}

static void begin(size_t max)
{
	ck_assert_int_eq(waiting_init(&waiting, max, key), 0);
	local = at("10.0.0.1:69");
}

/* As the nth client machine, or port of it. */
static struct addr who(unsigned host, unsigned port)
{
	struct addr addr = at("10.1.0.0");
	addr.in4.sin_addr.s_addr = htonl(0x0a010000u + host);
	addr_set_port(&addr, (uint16_t)port);
	return addr;
}

static bool keep(unsigned host, unsigned port, uint64_t now_us)
{
	struct addr peer = who(host, port);
	return waiting_keep(&waiting, &waiting, &local, &peer, "request", 7, now_us);
}

/* Whose turn it is, and it is over; 0: nobody's. */
static unsigned next(uint64_t now_us, unsigned *port)
{
	struct waiting_request *request = waiting_next(&waiting, now_us);
	if (request == NULL)
		return 0;
	unsigned host = ntohl(request->peer.in4.sin_addr.s_addr) - 0x0a010000u;
	if (port != NULL)
		*port = addr_port(&request->peer);
	waiting_done(&waiting, request);
	return host;
}

START_TEST(a_request_comes_back_as_it_was)
{
	begin(4);
	struct addr peer = who(1, 1000);
	ck_assert(waiting_is_empty(&waiting));
	ck_assert_ptr_null(waiting_next(&waiting, 0));
	ck_assert(waiting_keep(&waiting, &peer, &local, &peer, "\0\1a\0octet", 10, 5));
	ck_assert(!waiting_is_empty(&waiting));
	struct waiting_request *request = waiting_next(&waiting, 6);
	ck_assert_ptr_nonnull(request);
	ck_assert_ptr_eq(request->asked, &peer);
	ck_assert(addr_equal(&request->peer, &peer));
	ck_assert(addr_equal(&request->local, &local));
	ck_assert_uint_eq(request->len, 10);
	ck_assert_mem_eq(request->bytes, "\0\1a\0octet", 10);
	waiting_done(&waiting, request);
	ck_assert(waiting_is_empty(&waiting));
	ck_assert_ptr_null(waiting_next(&waiting, 7));
	waiting_fini(&waiting);
}
END_TEST

START_TEST(who_asks_again_has_one_place_and_the_newer_request)
{
	begin(4);
	struct addr peer = who(1, 1000);
	ck_assert(keep(1, 1000, 0));
	ck_assert(waiting_keep(&waiting, NULL, &local, &peer, "other", 5, 4 * S));
	/* Heard 4 s ago at 10 s: still there. */
	struct waiting_request *request = waiting_next(&waiting, 10 * S);
	ck_assert_ptr_nonnull(request);
	ck_assert_uint_eq(request->len, 5);
	ck_assert_mem_eq(request->bytes, "other", 5);
	waiting_done(&waiting, request);
	ck_assert(waiting_is_empty(&waiting));
	ck_assert_uint_eq(count_get(&waiting.kept), 1);
	waiting_fini(&waiting);
}
END_TEST

START_TEST(who_is_not_heard_any_more_is_forgotten)
{
	begin(4);
	ck_assert(keep(1, 1, 0));
	ck_assert(keep(2, 1, 1 * S));
	ck_assert_uint_eq(next(WAITING_PATIENCE_US, NULL), 2);
	ck_assert_uint_eq(count_get(&waiting.expired), 1);
	ck_assert(waiting_is_empty(&waiting));
	ck_assert(keep(3, 1, 0));
	ck_assert(keep(4, 1, 2 * WAITING_PATIENCE_US));
	ck_assert_uint_eq(count_get(&waiting.expired), 2);
	ck_assert_uint_eq(waiting.requests.used, 1);
	waiting_fini(&waiting);
}
END_TEST

/* However many requests one client has, another waits for one of them at most. */
START_TEST(clients_take_turns)
{
	unsigned port;
	begin(200);
	for (unsigned i = 1; i <= 100; i++)
		ck_assert(keep(1, i, 0));
	ck_assert(keep(2, 7, 1));
	ck_assert(keep(2, 8, 1));
	ck_assert(keep(3, 9, 1));
	static const unsigned hosts[] = {1, 2, 3, 1, 2, 1, 1}, ports[] = {1, 7, 9, 2, 8, 3, 4};
	for (unsigned i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		ck_assert_uint_eq(next(2, &port), hosts[i]);
		ck_assert_uint_eq(port, ports[i]);
	}
	waiting_fini(&waiting);
}
END_TEST

START_TEST(a_full_queue_takes_from_who_has_most)
{
	unsigned port, ones = 0;
	begin(8);
	for (unsigned i = 1; i <= 8; i++)
		ck_assert(keep(1, i, 0));
	ck_assert(!keep(1, 9, 0));
	ck_assert(keep(2, 1, 0));
	ck_assert(keep(2, 2, 0));
	ck_assert_uint_eq(waiting.requests.used, 8);
	/* 6 and 2: nobody is pushed out for a client that would have about as many. */
	ck_assert(keep(2, 3, 0));
	ck_assert(!keep(2, 4, 0));
	ck_assert_uint_eq(count_get(&waiting.dropped), 5);
	/* Its oldest requests stay. */
	for (unsigned i = 0; i < 8; i++)
		if (next(1, &port) == 1)
			ck_assert_uint_eq(port, ++ones);
	ck_assert_uint_eq(ones, 5);
	waiting_fini(&waiting);
}
END_TEST

START_TEST(a_client_held_back_is_in_nobodys_way)
{
	begin(8);
	struct addr peer = who(1, 55);
	ck_assert(keep(1, 1, 0));
	ck_assert(keep(1, 2, 0));
	ck_assert(keep(2, 1, 0));
	waiting_hold_back(&waiting, waiting_next(&waiting, 1));
	ck_assert_uint_eq(next(1, NULL), 2);
	ck_assert_uint_eq(next(1, NULL), 0);
	ck_assert(!waiting_is_empty(&waiting));
	ck_assert(keep(1, 3, 1));
	ck_assert_uint_eq(next(1, NULL), 0);
	waiting_let_on(&waiting, &peer);
	waiting_let_on(&waiting, &peer);
	ck_assert_uint_eq(next(1, NULL), 1);
	/* And once more, until it expires. */
	waiting_hold_back(&waiting, waiting_next(&waiting, 1));
	ck_assert_uint_eq(next(8 * S, NULL), 0);
	ck_assert(waiting_is_empty(&waiting));
	ck_assert_uint_eq(waiting.held_back, 0);
	waiting_fini(&waiting);
}
END_TEST

START_TEST(a_request_too_long_is_not_kept)
{
	static const uint8_t bytes[WAITING_BYTES_MAX + 1];
	begin(8);
	struct addr peer = who(1, 1);
	ck_assert(waiting_keep(&waiting, NULL, &local, &peer, bytes, WAITING_BYTES_MAX, 0));
	ck_assert(!waiting_keep(&waiting, NULL, &local, &peer, bytes, sizeof bytes, 0));
	waiting_fini(&waiting);
}
END_TEST

static bool books_agree(void)
{
	return waiting.requests.used == waiting.by_peer.count &&
	       waiting.clients.used == waiting.by_host.count &&
	       waiting.held_back <= waiting.clients.used &&
	       (waiting.clients.used == 0) == (waiting.requests.used == 0);
}

/* By seed: whatever happens, the lists and tables agree, and nothing is lost but what is counted. */
START_TEST(the_books_balance)
{
	uint32_t state = 1;
	uint64_t now_us = 0;
	begin(64);
	for (unsigned i = 0; i < 200000; i++) {
		state = state * 1664525u + 1013904223u;
		uint32_t dice = state >> 8;
		now_us += dice % 30000;
		struct addr peer = who(1 + dice % 23, 1 + dice / 32 % 9);
		if (dice % 16 < 9)
			waiting_keep(&waiting, NULL, &local, &peer, "x", 1, now_us);
		else if (dice % 16 < 11)
			waiting_let_on(&waiting, &peer);
		else {
			struct waiting_request *request = waiting_next(&waiting, now_us);
			if (request != NULL && dice % 3 == 0)
				waiting_hold_back(&waiting, request);
			else if (request != NULL)
				waiting_done(&waiting, request);
		}
		if (!books_agree())
			ck_abort_msg("the books disagree after step %u", i);
	}
	now_us += WAITING_PATIENCE_US;
	ck_assert_ptr_null(waiting_next(&waiting, now_us));
	ck_assert_uint_eq(waiting.held_back, 0);
	ck_assert(waiting_is_empty(&waiting));
	ck_assert_uint_gt(count_get(&waiting.dropped), 0);
	waiting_fini(&waiting);
}
END_TEST

START_TEST(short_memory_is_said)
{
	for (long nth = 1; nth <= 4; nth++) {
		mem_fail_nth(nth);
		ck_assert_int_eq(waiting_init(&waiting, 8, key), -1);
		mem_fail_nth(0);
		waiting_fini(&waiting);
	}
}
END_TEST

SUITE("waiting", a_request_comes_back_as_it_was, who_asks_again_has_one_place_and_the_newer_request,
      who_is_not_heard_any_more_is_forgotten, clients_take_turns, a_full_queue_takes_from_who_has_most,
      a_client_held_back_is_in_nobodys_way, a_request_too_long_is_not_kept, the_books_balance,
      short_memory_is_said)

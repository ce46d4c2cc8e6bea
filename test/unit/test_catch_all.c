#include <unistd.h>

#include "base/mem.h"
#include "unit/net_messages.h"
#include "unit/send_faults.h"

static struct endpoint from, all;

static void open_both(const char *sender, const char *wildcard)
{
	rig_init(64);
	rig_open(&from, sender);
	rig_open(&all, wildcard);
}

static void close_both(void)
{
	rig_close(&from);
	rig_close(&all);
	rig_fini();
}

static struct addr at(const char *host)
{
	struct addr addr = rig_addr(host);
	addr_set_port(&addr, addr_port(&all.local));
	return addr;
}

/* The view of `host`, made by a datagram to it. */
static struct endpoint *view_at(const char *host)
{
	struct addr there = at(host);
	size_t count = rig.parcel_count;
	rig_send(&from, &there, 1);
	rig_wait(&rig.parcel_count, count + 1);
	struct endpoint *view = rig.parcels[count].endpoint;
	ck_assert(addr_equal(&view->local, &there));
	ck_assert(addr_equal(&rig.parcels[count].peer, &from.local));
	ck_assert_ptr_eq(view->catch_all, &all);
	ck_assert_ptr_eq(view->user, &rig);
	return view;
}

static void expect_answer_from(struct endpoint *view, unsigned number)
{
	size_t count = rig.parcel_count;
	rig_send(view, &from.local, number);
	rig_wait(&rig.parcel_count, count + 1);
	rig_expect(count, number, 100);
	ck_assert_ptr_eq(rig.parcels[count].endpoint, &from);
	ck_assert(addr_equal(&rig.parcels[count].peer, &view->local));
}

START_TEST(answers_leave_from_the_address_that_was_asked)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct endpoint *second = view_at("127.0.0.2");
	struct endpoint *first = view_at("127.0.0.1");
	ck_assert_ptr_ne(first, second);
	expect_answer_from(first, 10);
	expect_answer_from(second, 11);
	expect_answer_from(first, 12);
	ck_assert_ptr_eq(view_at("127.0.0.2"), second);
	ck_assert_uint_eq(all.view_count, 2);
	close_both();
}
END_TEST

START_TEST(answers_over_ipv6_leave_from_the_address_that_was_asked)
{
	struct addr probe = rig_addr("[::1]:0");
	if (endpoint_probe(&probe, false) != 0)
		return; /* this machine has no IPv6 */
	open_both("[::1]:0", "[::]:0");
	expect_answer_from(view_at("::1"), 10);
	close_both();
}
END_TEST

START_TEST(both_families_may_have_the_same_port)
{
	struct addr probe = rig_addr("[::1]:0");
	if (endpoint_probe(&probe, false) != 0)
		return;
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct endpoint v6;
	struct endpoint_options options = {.is_catch_all = true};
	addr_any(&options.local, AF_INET6, addr_port(&all.local));
	ck_assert_int_eq(endpoint_open(&v6, &rig.batch, &options, rig_receive, &rig), 0);
	expect_answer_from(view_at("127.0.0.1"), 1);
	rig_close(&v6);
	close_both();
}
END_TEST

START_TEST(trains_leave_from_a_view)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct endpoint *view = view_at("127.0.0.2");
	batch_queue(&rig.batch, rig_train(view, &from.local, 0, 40, 1000, 3));
	rig_wait(&rig.parcel_count, 41);
	for (unsigned i = 0; i < 40; i++) {
		rig_expect(i + 1, i, i == 39 ? 3 : 1000);
		ck_assert(addr_equal(&rig.parcels[i + 1].peer, &view->local));
	}
	close_both();
}
END_TEST

START_TEST(broadcasts_are_counted_and_ignored)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct addr there = at("127.255.255.255");
	int on = 1;
	ck_assert_int_eq(setsockopt(from.fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on), 0);
	rig_send(&from, &there, 1);
	view_at("127.0.0.1"); /* comes after it */
	ck_assert_uint_eq(count_get(&all.datagrams_ignored), 1);
	ck_assert_uint_eq(rig.parcel_count, 1);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_refused), 0);
	close_both();
}
END_TEST

START_TEST(views_are_bounded)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	char host[ADDR_TEXT_MAX];
	for (unsigned i = 1; i <= ENDPOINT_VIEWS_MAX; i++) {
		snprintf(host, sizeof host, "127.0.%u.%u", 1 + i / 200, 1 + i % 200);
		view_at(host);
	}
	struct addr one_more = at("127.1.2.3");
	rig_send(&from, &one_more, 1);
	view_at("127.0.1.2"); /* known ones go on */
	ck_assert_uint_eq(count_get(&all.datagrams_ignored), 1);
	ck_assert_uint_eq(all.view_count, ENDPOINT_VIEWS_MAX);
	close_both();
}
END_TEST

START_TEST(short_memory_loses_one_datagram_and_no_more)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct addr there = at("127.0.0.1");
	rig_send(&from, &there, 1);
	batch_flush(&rig.batch);
	mem_fail_nth(1);
	while (count_get(&all.datagrams_ignored) == 0)
		uv_run(&rig.loop, UV_RUN_ONCE);
	mem_fail_nth(0);
	expect_answer_from(view_at("127.0.0.1"), 2);
	close_both();
}
END_TEST

START_TEST(a_full_socket_holds_back_all_views_and_then_frees_them)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct endpoint *first = view_at("127.0.0.1"), *second = view_at("127.0.0.2");
	size_t dropped = rig.dropped_count;
	first->gso_segment_max = 0;
	PLAN_FAULTS(-2, EAGAIN);
	batch_queue(&rig.batch, rig_train(first, &from.local, 0, 5, 100, 100));
	rig_send(second, &from.local, 100);
	batch_flush(&rig.batch);
	ck_assert(endpoint_is_blocked(first) && endpoint_is_blocked(second));
	rig_send(second, &from.local, 101);
	rig_send(first, &from.local, 5);
	batch_flush(&rig.batch);
	ck_assert_uint_eq(rig.dropped_count, dropped);
	rig_wait(&rig.parcel_count, 2 + 8);
	rig_wait(&rig.writable_count, 2);
	ck_assert(!endpoint_is_blocked(first) && !endpoint_is_blocked(second));
	unsigned next[2] = {0, 100};
	for (size_t i = 2; i < 10; i++) {
		bool is_second = addr_equal(&rig.parcels[i].peer, &second->local);
		rig_expect(i, next[is_second]++, 100);
	}
	ck_assert(addr_equal(&rig.parcels[9].peer, &first->local)); /* who filled it goes last */
	ck_assert_uint_eq(next[0], 6);
	ck_assert_uint_eq(next[1], 102);
	ck_assert_uint_eq(rig.dropped_count, dropped + 4);
	ck_assert(rig_is_idle());
	ck_assert_uint_eq(rig.writable_count, 2);
	expect_answer_from(view_at("127.0.0.2"), 3); /* still receives */
	close_both();
}
END_TEST

START_TEST(closing_drops_what_views_have_queued_once)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct endpoint *first = view_at("127.0.0.1"), *second = view_at("127.0.0.2");
	size_t dropped = rig.dropped_count;
	PLAN_FAULTS(EAGAIN);
	rig_send(first, &from.local, 1);
	batch_flush(&rig.batch);
	ck_assert(endpoint_is_blocked(second));
	rig_send(second, &from.local, 2);
	endpoint_close(&all, rig_closed);
	ck_assert_uint_eq(rig.dropped_count, dropped + 2);
	rig_send(second, &from.local, 3); /* too late: dropped */
	ck_assert_uint_eq(rig.dropped_count, dropped + 3);
	rig_wait(&rig.closed_count, 1);
	ck_assert_uint_eq(rig.batch.queued, 0);
	rig_close(&from);
	rig_fini();
}
END_TEST

static void pause_all(struct endpoint *view, const struct addr *peer, const uint8_t *data, size_t len)
{
	rig_receive(view, peer, data, len);
	endpoint_pause(view->catch_all);
}

START_TEST(one_paused_while_it_receives_only_sends)
{
	open_both("127.0.0.1:0", "0.0.0.0:0");
	struct addr there = at("127.0.0.1");
	all.on_datagram = pause_all;
	for (unsigned i = 0; i < 3; i++)
		rig_send(&from, &there, i);
	rig_wait(&rig.parcel_count, 1);
	PLAN_FAULTS(EAGAIN);
	expect_answer_from(rig.parcels[0].endpoint, 9);
	rig_turn();
	ck_assert_uint_eq(rig.parcel_count, 2);
	close_both();
}
END_TEST

SUITE("catch_all", answers_leave_from_the_address_that_was_asked,
      answers_over_ipv6_leave_from_the_address_that_was_asked, both_families_may_have_the_same_port,
      trains_leave_from_a_view, broadcasts_are_counted_and_ignored, views_are_bounded,
      short_memory_loses_one_datagram_and_no_more,
      a_full_socket_holds_back_all_views_and_then_frees_them, closing_drops_what_views_have_queued_once,
      one_paused_while_it_receives_only_sends)

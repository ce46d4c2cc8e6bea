#include "base/mem.h"
#include "unit/net_pair.h"
#include "unit/send_faults.h"

START_TEST(one_datagram_arrives)
{
	open_pair(4);
	rig_send(&from, &to.local, 7);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 0);
	rig_wait(&rig.parcel_count, 1);
	rig_expect(0, 7, 100);
	ck_assert(addr_equal(&rig.parcels[0].peer, &from.local));
	ck_assert_ptr_eq(rig.parcels[0].endpoint, &to);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 1);
	ck_assert_uint_eq(rig.dropped_count, 1);
	close_pair();
}
END_TEST

/* qemu's user emulation says that it sent a message without buffers, and does not send it. */
static bool empty_messages_are_sent(void)
{
	struct msghdr empty = {.msg_name = &to.local, .msg_namelen = addr_len(&to.local)};
	ck_assert_int_eq(sendmsg(from.fd, &empty, 0), 0);
	struct pollfd there = {.fd = to.fd, .events = POLLIN};
	return poll(&there, 1, 0) == 1;
}

START_TEST(empty_datagrams_arrive)
{
	open_pair(4);
	if (!empty_messages_are_sent()) {
		suite_skip("empty datagrams: the system does not send them");
		close_pair();
		return;
	}
	rig_wait(&rig.parcel_count, 1);
	rig.parcel_count = 0;
	for (unsigned i = 0; i < 2; i++) {
		struct message *message = batch_message(&rig.batch, &from, &to.local);
		ck_assert(message_begin_segment(message));
		batch_queue(&rig.batch, message);
		rig_wait(&rig.parcel_count, i + 1);
		ck_assert_uint_eq(rig.parcels[i].len, 0);
		PLAN_FAULTS(EAGAIN); /* the second is left to libuv */
	}
	ck_assert_uint_eq(count_get(&to.datagrams_ignored), 0);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_refused), 0);
	close_pair();
}
END_TEST

START_TEST(order_holds_across_datagrams_and_trains)
{
	open_pair(64);
	PLAN_FAULTS(-1, -2, 0, EAGAIN, -1, EINTR, -3);
	unsigned number = 0;
	for (unsigned i = 0; i < 10; i++) {
		rig_send(&from, &to.local, number++);
		batch_queue(&rig.batch, rig_train(&from, &to.local, number, 5, 100, 100));
		number += 5;
		if (i % 3 == 2)
			batch_flush(&rig.batch);
	}
	expect_numbers(number);
	ck_assert_uint_eq(rig.dropped_count, 20);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), number);
	close_pair();
}
END_TEST

START_TEST(what_the_kernel_took_in_part_goes_on_exactly_there)
{
	open_pair(200);
	from.gso_segment_max = 0;
	PLAN_FAULTS(-1, -3, -64, -2, -1, -7);
	batch_queue(&rig.batch, rig_train(&from, &to.local, 0, 50, 100, 100));
	send_numbers(50, 50);
	batch_flush(&rig.batch);
	expect_numbers(100);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 100);
	ck_assert_uint_eq(rig.dropped_count, 51);
	close_pair();
}
END_TEST

/* The socket is full at the given call: everything waits, in order, and the owner hears when it has left. */
static void fill_socket(int error)
{
	open_pair(64);
	from.gso_segment_max = 0;
	PLAN_FAULTS(-3, error, -2, error);
	batch_queue(&rig.batch, rig_train(&from, &to.local, 0, 10, 100, 100));
	send_numbers(10, 4);
	batch_flush(&rig.batch);
	ck_assert(endpoint_is_blocked(&from));
	ck_assert_uint_gt(rig.batch.queued, 0);
	size_t dropped = rig.dropped_count;
	send_numbers(14, 6);
	batch_flush(&rig.batch); /* passes a full socket over */
	ck_assert_uint_eq(rig.dropped_count, dropped);
	ck_assert_uint_eq(rig.writable_count, 0);
	expect_numbers(20);
	rig_wait(&rig.writable_count, 1);
	ck_assert(rig_is_idle());
	ck_assert(!endpoint_is_blocked(&from));
	ck_assert_uint_eq(rig.writable_count, 1);
	ck_assert_uint_eq(rig.dropped_count, 11);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 20);
	ck_assert_uint_ge(count_get(&rig.batch.send_blocked), 1);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_refused), 0);
	close_pair();
}

START_TEST(a_full_socket_loses_nothing_and_keeps_the_order)
{
	static const int errors[] = {EAGAIN, ENOBUFS};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		fill_socket(errors[i]);
}
END_TEST

static void refuse_second(int error)
{
	open_pair(64);
	PLAN_FAULTS(-1, error);
	send_numbers(0, 4);
	rig_wait(&rig.parcel_count, 3);
	rig_expect(0, 0, 100);
	rig_expect(1, 2, 100);
	rig_expect(2, 3, 100);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_refused), 1);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 3);
	ck_assert_uint_eq(rig.dropped_count, 4);
	close_pair();
}

START_TEST(a_refused_datagram_is_counted_and_the_rest_goes_on)
{
	static const int errors[] = {EPERM, ENETUNREACH, EHOSTUNREACH, EMSGSIZE, EINVAL};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		refuse_second(errors[i]);
}
END_TEST

START_TEST(a_datagram_the_real_kernel_refuses_does_not_stop_others)
{
	open_pair(64);
	struct addr broadcast = rig_addr("127.255.255.255:9"); /* EACCES without SO_BROADCAST */
	batch_queue(&rig.batch, rig_train(&from, &broadcast, 0, 3, 100, 100));
	rig_send(&from, &to.local, 5);
	rig_wait(&rig.parcel_count, 1);
	rig_expect(0, 5, 100);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_refused), 3);
	ck_assert_uint_eq(rig.dropped_count, 2);
	close_pair();
}
END_TEST

START_TEST(a_datagram_refused_after_waiting_is_counted)
{
	open_pair(64);
	struct addr broadcast = rig_addr("127.255.255.255:9"); /* EACCES without SO_BROADCAST */
	PLAN_FAULTS(EAGAIN);
	rig_send(&from, &broadcast, 0);
	rig_send(&from, &to.local, 1);
	rig_wait(&rig.parcel_count, 1);
	rig_expect(0, 1, 100);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_refused), 1);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 1);
	ck_assert_uint_eq(rig.dropped_count, 2);
	close_pair();
}
END_TEST

static void answer(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data, size_t len)
{
	rig_receive(endpoint, peer, data, len);
	rig_send(endpoint, peer, 9);
}

START_TEST(an_answer_leaves_in_the_turn_of_its_question)
{
	open_pair(4);
	to.on_datagram = answer;
	rig_send(&from, &to.local, 1);
	rig_wait(&rig.parcel_count, 1);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 2);
	close_pair();
}
END_TEST

START_TEST(messages_are_bounded)
{
	open_pair(3);
	struct message *taken[3];
	for (unsigned i = 0; i < 3; i++)
		taken[i] = rig_train(&from, &to.local, i, 1, 100, 100);
	ck_assert_ptr_null(batch_message(&rig.batch, &from, &to.local));
	batch_discard(&rig.batch, taken[2]);
	struct message *again = rig_train(&from, &to.local, 2, 1, 100, 100);
	ck_assert_ptr_null(batch_message(&rig.batch, &from, &to.local));
	batch_queue(&rig.batch, taken[0]);
	batch_queue(&rig.batch, taken[1]);
	batch_queue(&rig.batch, again);
	ck_assert_ptr_null(batch_message(&rig.batch, &from, &to.local));
	expect_numbers(3);
	ck_assert_uint_eq(rig.dropped_count, 4);
	again = batch_message(&rig.batch, &from, &to.local);
	ck_assert_ptr_nonnull(again);
	batch_discard(&rig.batch, again);
	close_pair();
}
END_TEST

START_TEST(many_messages_leave_before_the_turn_ends)
{
	open_pair(300);
	send_numbers(0, 256);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 0);
	send_numbers(256, 1);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 257);
	send_numbers(257, 3);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 257);
	batch_flush(&rig.batch);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 260);
	close_pair();
}
END_TEST

static void queue_one_more(void *thing)
{
	(void)thing;
	rig_send(&from, &to.local, 2);
	batch_flush(&rig.batch); /* the one under way goes on */
}

START_TEST(what_a_drop_queues_leaves_with_the_same_flush)
{
	open_pair(3);
	struct message *message = rig_train(&from, &to.local, 0, 1, 100, 100);
	ck_assert(message_keep(message, queue_one_more, NULL));
	batch_queue(&rig.batch, message);
	rig_send(&from, &to.local, 1);
	batch_flush(&rig.batch);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 3);
	expect_numbers(3);
	ck_assert(rig_is_idle());
	ck_assert_uint_eq(rig.parcel_count, 3);
	close_pair();
}
END_TEST

START_TEST(closing_drops_what_is_queued_once)
{
	open_pair(8);
	send_numbers(0, 3);
	rig_close(&from);
	ck_assert_uint_eq(rig.dropped_count, 3);
	ck_assert_uint_eq(rig.batch.queued, 0);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 0);
	rig_close(&to);
	rig_fini();
}
END_TEST

START_TEST(closing_a_full_socket_drops_what_waits_once)
{
	open_pair(8);
	PLAN_FAULTS(EAGAIN);
	send_numbers(0, 3);
	batch_flush(&rig.batch);
	ck_assert(endpoint_is_blocked(&from));
	endpoint_close(&from, rig_closed);
	ck_assert_uint_eq(rig.dropped_count, 3);
	rig_send(&from, &to.local, 3); /* too late: dropped */
	ck_assert_uint_eq(rig.dropped_count, 4);
	rig_wait(&rig.closed_count, 1);
	ck_assert_uint_eq(rig.dropped_count, 4);
	ck_assert_uint_eq(rig.writable_count, 0);
	rig_close(&to);
	rig_fini();
}
END_TEST

START_TEST(opening_a_batch_fails_whole_when_memory_is_short)
{
	uv_loop_t loop;
	struct batch batch;
	int failures = 0;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	for (long nth = 1; nth <= 2; nth++) {
		mem_fail_nth(nth);
		failures += batch_open(&batch, &loop, 4) == UV_ENOMEM;
	}
	mem_fail_nth(0);
	ck_assert_int_eq(failures, 2);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

SUITE("batch", one_datagram_arrives, empty_datagrams_arrive, order_holds_across_datagrams_and_trains,
      what_the_kernel_took_in_part_goes_on_exactly_there,
      a_full_socket_loses_nothing_and_keeps_the_order,
      a_refused_datagram_is_counted_and_the_rest_goes_on,
      a_datagram_the_real_kernel_refuses_does_not_stop_others,
      a_datagram_refused_after_waiting_is_counted, an_answer_leaves_in_the_turn_of_its_question,
      messages_are_bounded, many_messages_leave_before_the_turn_ends,
      what_a_drop_queues_leaves_with_the_same_flush, closing_drops_what_is_queued_once,
      closing_a_full_socket_drops_what_waits_once, opening_a_batch_fails_whole_when_memory_is_short)

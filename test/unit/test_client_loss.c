#include "unit/suite.h"

#include "unit/fake_owner.h"

static bool say_nothing(struct fake *fake)
{
	(void)fake;
	return true;
}

static uint64_t give_up_us(void)
{
	struct fake fake;
	setup(&fake);
	fake.on_request = say_nothing;
	start(&fake, (struct client_options){.give_up_ms = 60});
	run(&fake);
	assert_ended(&fake, CLIENT_TIMEOUT, -1);
	ck_assert(!fake.report.has_answered);
	ck_assert_uint_ge(fake.report.duration_us, 60000);
	ck_assert_uint_eq(fake.request_count, 1);
	teardown(&fake);
	return fake.report.duration_us;
}

/* Not only when the request would be repeated. A busy machine can make it later, but not each time. */
START_TEST(gives_up_a_silent_server_in_time)
{
	bool is_in_time = false;
	for (unsigned tries = 0; tries < 5 && !is_in_time; tries++)
		is_in_time = give_up_us() < 900000;
	ck_assert(is_in_time);
}
END_TEST

START_TEST(moves_on_to_the_next_address)
{
	struct fake fake;
	uv_udp_t silent;
	struct addr servers[2];
	setup(&fake);
	fake_bind(&fake, &silent, &servers[0]);
	uv_udp_recv_stop(&silent);
	servers[1] = fake.asked_addr;
	start(&fake, (struct client_options){.servers = servers, .server_count = 2, .give_up_ms = 3000});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_ge(fake.report.duration_us, 1000000);
	ck_assert_uint_lt(fake.report.duration_us, 2900000);
	uv_close((uv_handle_t *)&silent, NULL);
	teardown(&fake);
}
END_TEST

static bool miss_first_request(struct fake *fake)
{
	return fake->request_count == 1;
}

START_TEST(repeats_a_lost_request)
{
	struct fake fake;
	setup(&fake);
	fake.on_request = miss_first_request;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.request_count, 2);
	assert_packet(&fake.requests[1], fake.requests[0].bytes, fake.requests[0].len);
	ck_assert_uint_eq(fake.report.retransmissions, 1);
	teardown(&fake);
}
END_TEST

/* Block 3 gets lost on its way the first time. */
static bool lose_block_3(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	return data[3] == 2 && fake->packet_count == 2;
}

START_TEST(repeats_an_ack_when_data_is_lost)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = lose_block_3;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	ASSERT_PACKET(&fake.packets[1], "\0\4\0\2");
	ASSERT_PACKET(&fake.packets[2], "\0\4\0\2");
	ck_assert_uint_eq(fake.report.retransmissions, 1);
	teardown(&fake);
}
END_TEST

/* The first ACK of the whole is lost on its way: the last block comes again. */
static bool lose_last_ack(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	if (data[3] != 8 || fake->packet_count != 8)
		return false;
	ck_assert_uint_eq(fake->end_count, 0);
	ck_assert_uint_eq(fake->complete_count, 1);
	fake_send_block(fake, 8);
	return true;
}

START_TEST(repeats_the_last_ack)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = lose_last_ack;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.packet_count, 9);
	ASSERT_PACKET(last_packet(&fake), "\0\4\0\10");
	teardown(&fake);
}
END_TEST

static bool fall_silent(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)fake;
	(void)len;
	return data[3] >= 2;
}

START_TEST(says_how_far_it_came_when_the_server_falls_silent)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = fall_silent;
	start(&fake, (struct client_options){.give_up_ms = 100});
	run(&fake);
	assert_ended(&fake, CLIENT_TIMEOUT, -1);
	ck_assert(fake.report.has_answered);
	ck_assert_uint_eq(fake.report.bytes, 1024);
	ck_assert_uint_eq(fake.stored_len, 1024);
	ck_assert_uint_eq(fake.request_count, 1);
	teardown(&fake);
}
END_TEST

/* The same block for ever is no progress. */
static bool stutter(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	fake->packet_count = 1;
	fake_send_block(fake, 1);
	return true;
}

START_TEST(gives_up_a_server_that_makes_no_progress)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = stutter;
	start(&fake, (struct client_options){.give_up_ms = 100});
	run(&fake);
	assert_ended(&fake, CLIENT_TIMEOUT, -1);
	ck_assert_uint_eq(fake.report.bytes, 512);
	teardown(&fake);
}
END_TEST

/* Answers at once; then this process gets no time until the client's timers have expired. */
static bool hold_up(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	fake_send_window(fake, data[3]);
	for (uint64_t until_ns = uv_hrtime() + UINT64_C(300000000); uv_hrtime() < until_ns;)
		continue;
	return true;
}

START_TEST(what_came_in_time_counts_however_late_it_is_looked_at)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = hold_up;
	fake.file_len = 1000;
	start(&fake, (struct client_options){.give_up_ms = 100});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.report.retransmissions, 0);
	teardown(&fake);
}
END_TEST

static bool break_off(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	if (data[3] != 2)
		return false;
	FAKE_SEND(fake, &fake->tid, "\0\5\0\0disk on \33 fire\0");
	return true;
}

START_TEST(ends_with_an_error_in_the_middle)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = break_off;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_ended(&fake, CLIENT_REFUSED, 0);
	ck_assert_str_eq(fake.reason, "disk on ? fire");
	ck_assert_uint_eq(fake.request_count, 1);
	teardown(&fake);
}
END_TEST

SUITE("client_loss", gives_up_a_silent_server_in_time, moves_on_to_the_next_address,
      repeats_a_lost_request, repeats_an_ack_when_data_is_lost, repeats_the_last_ack,
      what_came_in_time_counts_however_late_it_is_looked_at,
      says_how_far_it_came_when_the_server_falls_silent, gives_up_a_server_that_makes_no_progress,
      ends_with_an_error_in_the_middle)

#include "unit/suite.h"

#include "unit/fake_owner.h"

/* A stranger interferes each time the client acknowledges block 2. */
static bool let_stranger_send(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	if (data[3] != 2)
		return false;
	FAKE_SEND(fake, &fake->stranger, "\0\3\0\3evil");
	return false;
}

START_TEST(tells_a_wrong_tid_and_goes_on)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = let_stranger_send;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.strange_count, 1);
	assert_error(&fake.strange, 5);
	teardown(&fake);
}
END_TEST

static bool let_stranger_abort(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	if (data[3] == 2) {
		FAKE_SEND(fake, &fake->stranger, "\0\5\0\1no\0");
		FAKE_SEND(fake, &fake->stranger, "\0");
		FAKE_SEND(fake, &fake->stranger, "garbage");
	}
	return false;
}

START_TEST(never_answers_an_error_or_garbage)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = let_stranger_abort;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.strange_count, 0);
	teardown(&fake);
}
END_TEST

static bool answer_twice(struct fake *fake)
{
	fake_send_block(fake, 1);
	FAKE_SEND(fake, &fake->stranger, "\0\6tsize\0009\0");
	return true;
}

START_TEST(takes_the_first_of_two_answers)
{
	struct fake fake;
	setup(&fake);
	fake.on_request = answer_twice;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.strange_count, 1);
	assert_error(&fake.strange, 5);
	ck_assert_uint_eq(fake.size_bytes, CLIENT_SIZE_UNKNOWN);
	teardown(&fake);
}
END_TEST

/* From the host that was asked, but nothing that answers the request. */
static bool send_nonsense_first(struct fake *fake)
{
	FAKE_SEND(fake, &fake->stranger, "\0\3\0\7late");
	FAKE_SEND(fake, &fake->stranger, "\0\4\0\0");
	FAKE_SEND(fake, &fake->stranger, "\0\11");
	return false;
}

START_TEST(takes_no_nonsense_for_the_answer)
{
	struct fake fake;
	setup(&fake);
	fake.on_request = send_nonsense_first;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	teardown(&fake);
}
END_TEST

/* Another host of loopback. Not every system has one. */
START_TEST(takes_no_answer_from_another_host)
{
	struct fake fake;
	struct addr other;
	uv_udp_t udp;
	setup(&fake);
	ck_assert_int_eq(addr_parse(&other, "127.0.0.2", 0), 0);
	ck_assert_int_eq(uv_udp_init(&fake.loop, &udp), 0);
	bool has_other = uv_udp_bind(&udp, &other.sa, 0) == 0;
	if (has_other) {
		uv_close((uv_handle_t *)&fake.tid, NULL);
		uv_run(&fake.loop, UV_RUN_NOWAIT);
		ck_assert_int_eq(uv_udp_init(&fake.loop, &fake.tid), 0);
		ck_assert_int_eq(uv_udp_bind(&fake.tid, &other.sa, 0), 0);
		fake.tid.data = &fake;
		ck_assert_int_eq(uv_udp_recv_start(&fake.tid, fake_room, fake_receive), 0);
		start(&fake, (struct client_options){.give_up_ms = 100});
		run(&fake);
		assert_ended(&fake, CLIENT_TIMEOUT, -1);
		ck_assert(!fake.report.has_answered);
		ck_assert_uint_eq(fake.packet_count, 1);
		assert_error(last_packet(&fake), 5);
	}
	uv_close((uv_handle_t *)&udp, NULL);
	teardown(&fake);
}
END_TEST

SUITE("client_tid", tells_a_wrong_tid_and_goes_on, never_answers_an_error_or_garbage,
      takes_the_first_of_two_answers, takes_no_nonsense_for_the_answer,
      takes_no_answer_from_another_host)

#include "unit/suite.h"

#include <errno.h>
#include <sys/resource.h>

#include "unit/fake_owner.h"

static void assert_local(struct fake *fake, int error, int code)
{
	assert_ended_early(fake, CLIENT_LOCAL);
	ck_assert_int_eq(fake->report.local_error, error);
	ck_assert_int_eq(fake->report.error_code, code);
	ck_assert_str_ne(fake->reason, "");
	assert_error(last_packet(fake), code);
}

START_TEST(tells_the_server_that_the_disk_is_full)
{
	const int errors[] = {-ENOSPC, -EFBIG, -EDQUOT};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		struct fake fake;
		setup(&fake);
		fake.data_error = errors[i];
		start(&fake, (struct client_options){0});
		run(&fake);
		assert_local(&fake, errors[i], 3);
		ck_assert_uint_eq(fake.packet_count, 1);
		teardown(&fake);
	}
}
END_TEST

START_TEST(tells_the_server_that_the_file_cannot_be_stored)
{
	struct fake fake;
	setup(&fake);
	fake.data_error = -EIO;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_local(&fake, -EIO, 0);
	ck_assert_uint_eq(fake.complete_count, 0);
	teardown(&fake);
}
END_TEST

START_TEST(refuses_a_size_before_any_data)
{
	struct fake fake;
	setup(&fake);
	GRANT(&fake, "tsize\0"
		     "4000");
	fake.size_error = -ENOSPC;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_local(&fake, -ENOSPC, 3);
	ck_assert_uint_eq(fake.size_bytes, 4000);
	ck_assert_uint_eq(fake.packet_count, 1);
	ck_assert_uint_eq(fake.stored_len, 0);
	teardown(&fake);
}
END_TEST

START_TEST(never_acknowledges_what_is_not_kept)
{
	struct fake fake;
	setup(&fake);
	fake.complete_error = -EACCES;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_local(&fake, -EACCES, 0);
	ck_assert_uint_eq(fake.packet_count, 8);
	ASSERT_PACKET(&fake.packets[6], "\0\4\0\7");
	teardown(&fake);
}
END_TEST

START_TEST(fails_where_no_socket_can_be_had)
{
	struct fake fake;
	struct rlimit before;
	setup(&fake);
	const struct addr servers[] = {fake.asked_addr, fake.asked_addr};
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	start(&fake, (struct client_options){.servers = servers, .server_count = 2});
	run(&fake);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_ended_early(&fake, CLIENT_LOCAL);
	ck_assert_int_eq(fake.report.local_error, -EMFILE);
	ck_assert_int_eq(fake.report.error_code, -1);
	ck_assert_str_ne(fake.reason, "");
	ck_assert_uint_eq(fake.request_count, 0);
	teardown(&fake);
}
END_TEST

static bool cancel_on_ack(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	if (data[3] == 2 && data[1] == 4)
		client_cancel(fake->client);
	return data[3] == 2;
}

START_TEST(tells_the_server_of_an_interruption)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = cancel_on_ack;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_ended_early(&fake, CLIENT_CANCELLED);
	assert_error(last_packet(&fake), 0);
	ck_assert_uint_eq(fake.report.bytes, 1024);
	teardown(&fake);
}
END_TEST

static bool cancel_on_request(struct fake *fake)
{
	client_cancel(fake->client);
	client_cancel(fake->client);
	return true;
}

START_TEST(says_nothing_when_interrupted_before_the_answer)
{
	struct fake fake;
	setup(&fake);
	fake.on_request = cancel_on_request;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_ended_early(&fake, CLIENT_CANCELLED);
	ck_assert_uint_eq(fake.request_count, 1);
	ck_assert_uint_eq(fake.packet_count, 0);
	teardown(&fake);
}
END_TEST

static bool cancel_on_last_ack(struct fake *fake, const uint8_t *data, size_t len)
{
	(void)len;
	if (data[3] == 8)
		client_cancel(fake->client);
	return data[3] == 8;
}

START_TEST(keeps_what_was_complete_when_interrupted)
{
	struct fake fake;
	setup(&fake);
	fake.on_packet = cancel_on_last_ack;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	ASSERT_PACKET(last_packet(&fake), "\0\4\0\10");
	teardown(&fake);
}
END_TEST

START_TEST(translates_netascii_across_blocks)
{
	struct fake fake;
	setup(&fake);
	fake.file = "ab\r\ncd\r\0ef\r\n\n\r";
	fake.file_len = 14;
	fake.blksize = 8;
	GRANT(&fake, "blksize\0"
		     "8");
	start(&fake, (struct client_options){.blksize = 8, .is_netascii = true, .windowsize = 1});
	run(&fake);
	ck_assert_int_eq(fake.report.outcome, CLIENT_DONE);
	ASSERT_PACKET(&fake.requests[0], "\0\1f\0netascii\0blksize\0"
					 "8\0");
	ck_assert_uint_eq(fake.stored_len, 11);
	ck_assert_mem_eq(fake.stored, "ab\ncd\ref\n\n\r", 11);
	ck_assert_uint_eq(fake.report.bytes, 14);
	ck_assert_uint_eq(fake.complete_count, 1);
	teardown(&fake);
}
END_TEST

SUITE("client_local", tells_the_server_that_the_disk_is_full,
      tells_the_server_that_the_file_cannot_be_stored, refuses_a_size_before_any_data,
      never_acknowledges_what_is_not_kept, fails_where_no_socket_can_be_had,
      tells_the_server_of_an_interruption, says_nothing_when_interrupted_before_the_answer,
      keeps_what_was_complete_when_interrupted, translates_netascii_across_blocks)

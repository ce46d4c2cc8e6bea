#include "unit/suite.h"

#include "base/mem.h"
#include "unit/fake_owner.h"

START_TEST(fetches_with_the_options_granted)
{
	struct fake fake;
	setup(&fake);
	GRANT(&fake, "tsize\0"
		     "4000\0blksize\0"
		     "1000\0windowsize\0"
		     "4");
	fake.blksize = 1000;
	fake.window = 4;
	start(&fake, (struct client_options){.file = "a/b", .blksize = 1000, .windowsize = 4});
	run(&fake);
	assert_done(&fake);
	ASSERT_PACKET(&fake.requests[0], "\0\1a/b\0octet\0tsize\0"
					 "0\0blksize\0"
					 "1000\0windowsize\0"
					 "4\0");
	ck_assert_uint_eq(fake.size_bytes, 4000);
	ck_assert_uint_eq(fake.report.blksize, 1000);
	ck_assert_uint_eq(fake.report.windowsize, 4);
	ck_assert_uint_eq(fake.report.retransmissions, 0);
	/* ACK 0, one for the window, one for the empty last block. */
	ck_assert_uint_eq(fake.packet_count, 3);
	ASSERT_PACKET(&fake.packets[1], "\0\4\0\4");
	ASSERT_PACKET(&fake.packets[2], "\0\4\0\5");
	ck_assert(fake.report.has_answered);
	ck_assert(!addr_equal(&fake.report.server, &fake.asked_addr));
	teardown(&fake);
}
END_TEST

START_TEST(takes_small_blocks_when_options_are_ignored)
{
	struct fake fake;
	setup(&fake);
	start(&fake, (struct client_options){.blksize = 1024, .windowsize = 8});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.size_bytes, CLIENT_SIZE_UNKNOWN);
	ck_assert_uint_eq(fake.report.blksize, 512);
	ck_assert_uint_eq(fake.report.windowsize, 1);
	ck_assert_uint_eq(fake.packet_count, 8);
	teardown(&fake);
}
END_TEST

START_TEST(takes_what_the_server_lowers)
{
	struct fake fake;
	setup(&fake);
	GRANT(&fake, "blksize\0"
		     "700\0windowsize\0"
		     "2");
	fake.blksize = 700;
	fake.window = 2;
	start(&fake, (struct client_options){.blksize = 1024, .windowsize = 8});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_eq(fake.report.blksize, 700);
	ck_assert_uint_eq(fake.report.windowsize, 2);
	teardown(&fake);
}
END_TEST

START_TEST(asks_for_the_largest_block_of_the_route)
{
	struct fake fake;
	setup(&fake);
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_done(&fake);
	const char *start_bytes = "\0\1f\0octet\0tsize\0000\0blksize\000";
	ck_assert_mem_eq(fake.requests[0].bytes, start_bytes, 26);
	long blksize = strtol((const char *)fake.requests[0].bytes + 26, NULL, 10);
	ck_assert_int_ge(blksize, 1428); /* what is assumed where the system does not say */
	ck_assert_int_le(blksize, 65464);
	teardown(&fake);
}
END_TEST

START_TEST(asks_plainly_if_told_so)
{
	struct fake fake;
	setup(&fake);
	start(&fake, (struct client_options){.is_plain = true, .blksize = 1024});
	run(&fake);
	assert_done(&fake);
	ASSERT_PACKET(&fake.requests[0], "\0\1f\0octet\0");
	teardown(&fake);
}
END_TEST

static char refusal[] = "\0\5\0\0no\0";
static bool refuse_options(struct fake *fake)
{
	if (fake->requests[fake->request_count - 1].len <= 10)
		return false;
	fake_send(fake, &fake->tid, refusal, sizeof refusal - 1);
	return true;
}

START_TEST(asks_again_without_options_when_they_are_refused)
{
	const char codes[] = {8, 0, 4};
	for (size_t i = 0; i < sizeof codes; i++) {
		struct fake fake;
		setup(&fake);
		refusal[3] = codes[i];
		fake.on_request = refuse_options;
		start(&fake, (struct client_options){0});
		run(&fake);
		assert_done(&fake);
		ck_assert_uint_eq(fake.request_count, 2);
		ASSERT_PACKET(&fake.requests[1], "\0\1f\0octet\0");
		teardown(&fake);
	}
}
END_TEST

static bool refuse_all(struct fake *fake)
{
	fake_send(fake, &fake->tid, refusal, sizeof refusal - 1);
	return true;
}

static void assert_refused(char code, size_t requests)
{
	struct fake fake;
	setup(&fake);
	refusal[3] = code;
	fake.on_request = refuse_all;
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_ended(&fake, CLIENT_REFUSED, code);
	ck_assert_str_eq(fake.reason, "no");
	ck_assert_uint_eq(fake.request_count, requests);
	ck_assert_uint_eq(fake.packet_count, 0);
	ck_assert(fake.report.has_answered);
	teardown(&fake);
}

START_TEST(asks_without_options_only_once)
{
	assert_refused(8, 2);
	assert_refused(0, 2);
}
END_TEST

START_TEST(believes_that_a_file_is_missing)
{
	assert_refused(1, 1);
	assert_refused(2, 1);
}
END_TEST

START_TEST(refuses_an_option_that_was_not_asked_for)
{
	struct fake fake;
	setup(&fake);
	GRANT(&fake, "timeout\0"
		     "3");
	start(&fake, (struct client_options){0});
	run(&fake);
	assert_ended(&fake, CLIENT_BROKEN, 8);
	ck_assert_uint_eq(fake.packet_count, 1);
	assert_error(last_packet(&fake), 8);
	ck_assert_uint_eq(fake.request_count, 1);
	teardown(&fake);
}
END_TEST

START_TEST(refuses_data_longer_than_a_block)
{
	struct fake fake;
	setup(&fake);
	GRANT(&fake, "blksize\0"
		     "100");
	fake.blksize = 101;
	start(&fake, (struct client_options){.blksize = 200});
	run(&fake);
	assert_ended(&fake, CLIENT_BROKEN, 4);
	assert_error(last_packet(&fake), 4);
	ck_assert_uint_eq(fake.stored_len, 0);
	teardown(&fake);
}
END_TEST

START_TEST(refuses_to_start_with_options_out_of_range)
{
	struct fake fake;
	setup(&fake);
	char name[CLIENT_FILE_MAX + 2];
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	const struct {
		struct client_options options;
		int error;
	} cases[] = {
	    {{.servers = &fake.asked_addr, .server_count = 0, .file = "f"}, UV_EINVAL},
	    {{.servers = &fake.asked_addr, .server_count = 9, .file = "f"}, UV_EINVAL},
	    {{.servers = &fake.asked_addr, .server_count = 1, .file = ""}, UV_EINVAL},
	    {{.servers = &fake.asked_addr, .server_count = 1, .file = name}, UV_ENAMETOOLONG},
	    {{.servers = &fake.asked_addr, .server_count = 1, .file = "f", .blksize = 7}, UV_EINVAL},
	    {{.servers = &fake.asked_addr, .server_count = 1, .file = "f", .blksize = 65465}, UV_EINVAL},
	    {{.servers = &fake.asked_addr, .server_count = 1, .file = "f", .windowsize = 65536},
	     UV_EINVAL},
	    {{.servers = &fake.asked_addr, .server_count = 1, .file = "f", .give_up_ms = 3600001},
	     UV_EINVAL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_int_eq(
		    client_get(&fake.client, &fake.batch, &cases[i].options, &fake_events, &fake),
		    cases[i].error);
	struct client_options fine = {.servers = &fake.asked_addr, .server_count = 1, .file = "f"};
	mem_fail_nth(1);
	ck_assert_int_eq(client_get(&fake.client, &fake.batch, &fine, &fake_events, &fake), UV_ENOMEM);
	ck_assert_uint_eq(fake.end_count, 0);
	teardown(&fake);
}
END_TEST

START_TEST(asks_for_the_longest_name)
{
	struct fake fake;
	setup(&fake);
	char name[CLIENT_FILE_MAX + 1];
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	start(&fake, (struct client_options){.file = name, .blksize = 65464, .windowsize = 65535});
	run(&fake);
	assert_done(&fake);
	ck_assert_uint_le(fake.requests[0].len, 512);
	teardown(&fake);
}
END_TEST

SUITE("client", fetches_with_the_options_granted, takes_small_blocks_when_options_are_ignored,
      takes_what_the_server_lowers, asks_for_the_largest_block_of_the_route, asks_plainly_if_told_so,
      asks_again_without_options_when_they_are_refused, asks_without_options_only_once,
      believes_that_a_file_is_missing, refuses_an_option_that_was_not_asked_for,
      refuses_data_longer_than_a_block, refuses_to_start_with_options_out_of_range,
      asks_for_the_longest_name)

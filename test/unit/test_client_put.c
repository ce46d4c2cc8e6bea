#include "unit/suite.h"

#include "base/mem.h"
#include "unit/fake_upload.h"

START_TEST(sends_with_the_options_granted)
{
	struct upload upload;
	struct fake *fake = &upload.fake;
	upload_setup(&upload);
	GRANT(fake, "tsize\0"
		    "4000\0blksize\0"
		    "1000\0windowsize\0"
		    "4");
	fake->blksize = 1000;
	fake->window = 4;
	upload_run(&upload, (struct client_options){.file = "a/b", .blksize = 1000, .windowsize = 4});
	assert_sent(&upload);
	ASSERT_PACKET(&fake->requests[0], "\0\2a/b\0octet\0tsize\0"
					  "4000\0blksize\0"
					  "1000\0windowsize\0"
					  "4\0");
	ck_assert_uint_eq(fake->report.blksize, 1000);
	ck_assert_uint_eq(fake->report.windowsize, 4);
	ck_assert_uint_eq(fake->report.retransmissions, 0);
	/* A file of whole blocks ends with an empty one. */
	ck_assert_uint_eq(fake->packet_count, 5);
	ASSERT_PACKET(last_packet(fake), "\0\3\0\5");
	ck_assert(fake->report.has_answered);
	ck_assert(!addr_equal(&fake->report.server, &fake->asked_addr));
	teardown(fake);
}
END_TEST

START_TEST(sends_small_blocks_when_options_are_ignored)
{
	struct upload upload;
	upload_setup(&upload);
	upload_run(&upload, (struct client_options){.blksize = 1024, .windowsize = 8});
	assert_sent(&upload);
	ck_assert_uint_eq(upload.fake.report.blksize, 512);
	ck_assert_uint_eq(upload.fake.report.windowsize, 1);
	ck_assert_uint_eq(upload.fake.packet_count, 8);
	teardown(&upload.fake);
}
END_TEST

START_TEST(sends_what_the_server_lowers)
{
	struct upload upload;
	upload_setup(&upload);
	GRANT(&upload.fake, "blksize\0"
			    "700\0windowsize\0"
			    "2");
	upload.fake.blksize = 700;
	upload.fake.window = 2;
	upload_run(&upload, (struct client_options){.blksize = 1024, .windowsize = 8});
	assert_sent(&upload);
	ck_assert_uint_eq(upload.fake.report.blksize, 700);
	ck_assert_uint_eq(upload.fake.report.windowsize, 2);
	teardown(&upload.fake);
}
END_TEST

static char refusal[] = "\0\5\0\0no\0";

static bool refuse_options(struct fake *fake)
{
	if (fake->requests[fake->request_count - 1].len <= 10)
		return upload_on_request(fake);
	fake_send(fake, &fake->tid, refusal, sizeof refusal - 1);
	return true;
}

START_TEST(asks_again_without_options_when_they_are_refused)
{
	const char codes[] = {8, 0, 4};
	for (size_t i = 0; i < sizeof codes; i++) {
		struct upload upload;
		upload_setup(&upload);
		refusal[3] = codes[i];
		upload.fake.on_request = refuse_options;
		upload_run(&upload, (struct client_options){.file = "f"});
		assert_sent(&upload);
		ck_assert_uint_eq(upload.fake.request_count, 2);
		ASSERT_PACKET(&upload.fake.requests[1], "\0\2f\0octet\0");
		teardown(&upload.fake);
	}
}
END_TEST

static bool refuse_all(struct fake *fake)
{
	fake_send(fake, &fake->tid, refusal, sizeof refusal - 1);
	return true;
}

START_TEST(believes_that_a_file_is_not_taken)
{
	const char codes[] = {1, 2, 3, 6, 7};
	for (size_t i = 0; i < sizeof codes; i++) {
		struct upload upload;
		upload_setup(&upload);
		refusal[3] = codes[i];
		upload.fake.on_request = refuse_all;
		upload_run(&upload, (struct client_options){.file = "f"});
		assert_not_sent(&upload, CLIENT_REFUSED, codes[i]);
		ck_assert_str_eq(upload.fake.reason, "no");
		ck_assert_uint_eq(upload.fake.request_count, 1);
		ck_assert_uint_eq(upload.given, 0);
		teardown(&upload.fake);
	}
}
END_TEST

START_TEST(asks_plainly_if_told_so)
{
	struct upload upload;
	upload_setup(&upload);
	upload_run(&upload, (struct client_options){.is_plain = true, .blksize = 1024});
	assert_sent(&upload);
	ASSERT_PACKET(&upload.fake.requests[0], "\0\2f\0octet\0");
	teardown(&upload.fake);
}
END_TEST

START_TEST(sends_an_empty_file_as_an_empty_block)
{
	struct upload upload;
	upload_setup(&upload);
	upload.fake.file_len = 0;
	upload_run(&upload, (struct client_options){.blksize = 512, .windowsize = 1});
	assert_sent(&upload);
	ASSERT_PACKET(&upload.fake.requests[0], "\0\2f\0octet\0tsize\0"
						"0\0blksize\0"
						"512\0");
	ck_assert_uint_eq(upload.fake.packet_count, 1);
	ASSERT_PACKET(&upload.fake.packets[0], "\0\3\0\1");
	teardown(&upload.fake);
}
END_TEST

/* What is asked for must be kept until it is acknowledged. */
START_TEST(asks_for_no_window_larger_than_it_keeps)
{
	struct upload upload;
	upload_setup(&upload);
	upload_run(&upload, (struct client_options){.blksize = 65464, .windowsize = 65535});
	assert_sent(&upload);
	ASSERT_PACKET(&upload.fake.requests[0], "\0\2f\0octet\0tsize\0"
						"4000\0blksize\0"
						"65464\0windowsize\0"
						"512\0");
	teardown(&upload.fake);
}
END_TEST

/* The server's socket has room for few large datagrams. */
START_TEST(asks_by_default_for_a_window_the_server_can_hold)
{
	static const struct {
		uint32_t blksize;
		const char *options;
		size_t len;
	} cases[] = {
	    {65464, "blksize\00065464", 14},
	    {8192, "blksize\0008192\0windowsize\00012", 27},
	    {1024, "blksize\0001024\0windowsize\00016", 27},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct upload upload;
		const struct fake_packet *request = &upload.fake.requests[0];
		upload_setup(&upload);
		upload_run(&upload, (struct client_options){.blksize = cases[i].blksize});
		assert_sent(&upload);
		ck_assert_uint_eq(request->len, 21 + cases[i].len);
		ck_assert_mem_eq(request->bytes + 21, cases[i].options, cases[i].len);
		teardown(&upload.fake);
	}
}
END_TEST

/* Four messages' worth, and two messages. */
START_TEST(sends_a_window_of_more_messages_than_there_are)
{
	struct upload upload;
	struct fake *fake = &upload.fake;
	struct batch small;
	upload_setup(&upload);
	GRANT(fake, "blksize\0"
		    "8\0windowsize\0"
		    "200");
	fake->blksize = 8;
	fake->window = 200;
	ck_assert_int_eq(batch_open(&small, &fake->loop, 2), 0);
	struct client_options options = {.servers = &fake->asked_addr,
					 .server_count = 1,
					 .file = "f",
					 .size_bytes = fake->file_len,
					 .blksize = 8,
					 .windowsize = 200};
	ck_assert_int_eq(client_put(&fake->client, &small, &options, &upload_events, fake), 0);
	run(fake);
	assert_sent(&upload);
	ck_assert_uint_ge(upload.blocks_seen, 501);
	batch_close(&small);
	teardown(fake);
	batch_fini(&small);
}
END_TEST

static bool run_out_of_memory(struct fake *fake)
{
	mem_fail_nth(1);
	return upload_on_request(fake);
}

START_TEST(tells_the_server_that_memory_is_short)
{
	struct upload upload;
	upload_setup(&upload);
	upload.fake.on_request = run_out_of_memory;
	upload_run(&upload, (struct client_options){.file = "f"});
	assert_failed_here(&upload, -ENOMEM);
	ck_assert_uint_eq(upload.given, 0);
	teardown(&upload.fake);
}
END_TEST

SUITE("client_put", sends_with_the_options_granted, sends_small_blocks_when_options_are_ignored,
      sends_what_the_server_lowers, asks_again_without_options_when_they_are_refused,
      believes_that_a_file_is_not_taken, asks_plainly_if_told_so, sends_an_empty_file_as_an_empty_block,
      asks_for_no_window_larger_than_it_keeps, asks_by_default_for_a_window_the_server_can_hold,
      sends_a_window_of_more_messages_than_there_are, tells_the_server_that_memory_is_short)

#include "unit/suite.h"

#include "unit/fake_upload.h"

static void grant_windows(struct upload *upload)
{
	GRANT(&upload->fake, "blksize\0"
			     "512\0windowsize\0"
			     "4");
	upload->fake.window = 4;
}

static const struct client_options windows = {.blksize = 512, .windowsize = 4};

/* Block 3 gets lost on its way the first time. */
static bool lose_block_3(struct upload *upload, size_t block)
{
	return block == 3 && upload->blocks_seen == 3;
}

START_TEST(goes_on_behind_what_was_acknowledged)
{
	struct upload upload;
	upload_setup(&upload);
	grant_windows(&upload);
	upload.on_data = lose_block_3;
	upload.read_max = 300;
	upload_run(&upload, windows);
	assert_sent(&upload);
	ck_assert_mem_eq(upload.fake.packets[3].bytes, "\0\3\0\4", 4);
	ck_assert_mem_eq(upload.fake.packets[4].bytes, "\0\3\0\3", 4);
	ck_assert_uint_eq(upload.fake.report.retransmissions, 2);
	ck_assert_uint_eq(upload.given, upload.fake.file_len);
	teardown(&upload.fake);
}
END_TEST

/* The whole first window gets lost. */
static bool lose_window(struct upload *upload, size_t block)
{
	(void)block;
	return upload->blocks_seen <= 4;
}

START_TEST(repeats_a_lost_window)
{
	struct upload upload;
	upload_setup(&upload);
	grant_windows(&upload);
	upload.on_data = lose_window;
	upload_run(&upload, windows);
	assert_sent(&upload);
	ck_assert_uint_eq(upload.fake.packet_count, 12);
	for (size_t i = 0; i < 4; i++)
		assert_packet(&upload.fake.packets[4 + i], upload.fake.packets[i].bytes, 516);
	ck_assert_uint_eq(upload.fake.report.retransmissions, 4);
	teardown(&upload.fake);
}
END_TEST

/* Every ACK twice, which must not double the blocks. */
static bool acknowledge_twice(struct upload *upload, size_t block)
{
	if (block > 1)
		upload_ack(upload, block - 1);
	return false;
}

START_TEST(sends_nothing_for_a_repeated_ack)
{
	struct upload upload;
	upload_setup(&upload);
	upload.on_data = acknowledge_twice;
	upload_run(&upload, (struct client_options){.is_plain = true});
	assert_sent(&upload);
	ck_assert_uint_eq(upload.fake.packet_count, 8);
	ck_assert_uint_eq(upload.fake.report.retransmissions, 0);
	teardown(&upload.fake);
}
END_TEST

static bool miss_first_request(struct fake *fake)
{
	return fake->request_count == 1 || upload_on_request(fake);
}

START_TEST(repeats_a_lost_request)
{
	struct upload upload;
	upload_setup(&upload);
	upload.fake.on_request = miss_first_request;
	upload_run(&upload, windows);
	assert_sent(&upload);
	ck_assert_uint_eq(upload.fake.request_count, 2);
	assert_packet(&upload.fake.requests[1], upload.fake.requests[0].bytes,
		      upload.fake.requests[0].len);
	ck_assert_uint_eq(upload.fake.report.retransmissions, 1);
	teardown(&upload.fake);
}
END_TEST

static bool never_store(struct upload *upload, size_t block)
{
	(void)upload;
	return block == 8;
}

START_TEST(is_not_done_without_the_last_ack)
{
	struct upload upload;
	upload_setup(&upload);
	upload.on_data = never_store;
	upload_run(&upload, (struct client_options){.is_plain = true, .give_up_ms = 100});
	assert_not_sent(&upload, CLIENT_TIMEOUT, -1);
	ck_assert(upload.fake.report.has_answered);
	ck_assert_uint_eq(upload.fake.report.bytes, 7 * 512);
	teardown(&upload.fake);
}
END_TEST

static bool say_nothing(struct fake *fake)
{
	(void)fake;
	return true;
}

START_TEST(gives_up_a_silent_server_in_time)
{
	struct upload upload;
	upload_setup(&upload);
	upload.fake.on_request = say_nothing;
	upload_run(&upload, (struct client_options){.give_up_ms = 60});
	assert_not_sent(&upload, CLIENT_TIMEOUT, -1);
	ck_assert(!upload.fake.report.has_answered);
	ck_assert_uint_eq(upload.given, 0);
	teardown(&upload.fake);
}
END_TEST

static bool run_full(struct upload *upload, size_t block)
{
	if (block == 3)
		FAKE_SEND(&upload->fake, &upload->fake.tid, "\0\5\0\3full\0");
	return block == 3;
}

START_TEST(ends_with_an_error_in_the_middle)
{
	struct upload upload;
	upload_setup(&upload);
	upload.on_data = run_full;
	upload_run(&upload, (struct client_options){.is_plain = true});
	assert_not_sent(&upload, CLIENT_REFUSED, 3);
	ck_assert_str_eq(upload.fake.reason, "full");
	ck_assert_uint_eq(upload.fake.request_count, 1);
	ck_assert_uint_eq(upload.fake.report.bytes, 1024);
	teardown(&upload.fake);
}
END_TEST

static bool let_stranger_acknowledge(struct upload *upload, size_t block)
{
	if (block == 2)
		FAKE_SEND(&upload->fake, &upload->fake.stranger, "\0\4\0\2");
	return false;
}

START_TEST(takes_no_ack_from_a_wrong_tid)
{
	struct upload upload;
	upload_setup(&upload);
	upload.on_data = let_stranger_acknowledge;
	upload_run(&upload, (struct client_options){.is_plain = true});
	assert_sent(&upload);
	ck_assert_uint_eq(upload.fake.strange_count, 1);
	assert_error(&upload.fake.strange, 5);
	teardown(&upload.fake);
}
END_TEST

static bool cancel_at_block_2(struct upload *upload, size_t block)
{
	if (block == 2)
		client_cancel(upload->fake.client);
	return block >= 2;
}

START_TEST(tells_the_server_of_an_interruption)
{
	struct upload upload;
	upload_setup(&upload);
	upload.on_data = cancel_at_block_2;
	upload_run(&upload, (struct client_options){.is_plain = true});
	assert_not_sent(&upload, CLIENT_CANCELLED, 0);
	assert_error(last_packet(&upload.fake), 0);
	ck_assert_uint_eq(upload.fake.report.bytes, 512);
	teardown(&upload.fake);
}
END_TEST

SUITE("client_put_loss", goes_on_behind_what_was_acknowledged, repeats_a_lost_window,
      sends_nothing_for_a_repeated_ack, repeats_a_lost_request, is_not_done_without_the_last_ack,
      gives_up_a_silent_server_in_time, ends_with_an_error_in_the_middle, takes_no_ack_from_a_wrong_tid,
      tells_the_server_of_an_interruption)

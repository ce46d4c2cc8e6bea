#include "unit/suite.h"

#include <errno.h>

#include "unit/fake_upload.h"

static const struct client_options stream = {
    .size_bytes = CLIENT_SIZE_UNKNOWN, .blksize = 512, .windowsize = 4};

static void grant_windows(struct upload *upload)
{
	GRANT(&upload->fake, "blksize\0"
			     "512\0windowsize\0"
			     "4");
	upload->fake.window = 4;
}

/* Of every length around a block's end, and given in pieces that fit nothing. */
START_TEST(sends_a_stream_until_it_ends)
{
	const size_t lengths[] = {0, 1, 511, 512, 513, 2047, 2048, 2049, 4000};
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct upload upload;
		upload_setup(&upload);
		grant_windows(&upload);
		upload.fake.file_len = lengths[i];
		upload.read_max = 37;
		upload_run(&upload, stream);
		assert_sent(&upload);
		ASSERT_PACKET(&upload.fake.requests[0], "\0\2f\0octet\0blksize\0"
							"512\0windowsize\0"
							"4\0");
		teardown(&upload.fake);
	}
}
END_TEST

static uv_timer_t timer;

static void pour(uv_timer_t *handle)
{
	struct upload *upload = handle->data;
	ck_assert_uint_eq(upload->fake.end_count, 0);
	client_continue(upload->fake.client);
}

static void pour_later(struct upload *upload)
{
	timer.data = upload;
	ck_assert_int_eq(uv_timer_start(&timer, pour, 150, 0), 0);
}

/* A stream that has nothing for longer than a silent server would be borne. */
static void run_dry(struct upload *upload, size_t dry_at)
{
	struct client_options options = stream;
	options.give_up_ms = 60;
	upload->dry_at = dry_at;
	upload->on_dry = pour_later;
	ck_assert_int_eq(uv_timer_init(&upload->fake.loop, &timer), 0);
	upload_run(upload, options);
	ck_assert_uint_eq(upload->dry_count, 1);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&upload->fake.loop, UV_RUN_NOWAIT);
}

START_TEST(waits_for_a_stream_that_is_dry)
{
	/* Inside a block, between two, behind a window, at the very end. */
	const size_t places[] = {100, 512, 2048, 4000};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct upload upload;
		upload_setup(&upload);
		grant_windows(&upload);
		run_dry(&upload, places[i]);
		assert_sent(&upload);
		ck_assert_uint_eq(upload.fake.report.retransmissions, 0);
		teardown(&upload.fake);
	}
}
END_TEST

/* The end of the stream falls on the end of a block, and is known only when that is acknowledged. */
START_TEST(ends_with_an_empty_block_after_a_pause)
{
	struct upload upload;
	upload_setup(&upload);
	upload.fake.file_len = 1024;
	run_dry(&upload, 1024);
	assert_sent(&upload);
	ASSERT_PACKET(last_packet(&upload.fake), "\0\3\0\3");
	teardown(&upload.fake);
}
END_TEST

static void interrupt(uv_timer_t *handle)
{
	struct upload *upload = handle->data;
	client_cancel(upload->fake.client);
	client_continue(upload->fake.client);
}

static void interrupt_later(struct upload *upload)
{
	timer.data = upload;
	ck_assert_int_eq(uv_timer_start(&timer, interrupt, 1, 0), 0);
}

START_TEST(can_be_interrupted_while_it_waits)
{
	struct upload upload;
	upload_setup(&upload);
	upload.dry_at = 600;
	upload.on_dry = interrupt_later;
	ck_assert_int_eq(uv_timer_init(&upload.fake.loop, &timer), 0);
	upload_run(&upload, stream);
	assert_not_sent(&upload, CLIENT_CANCELLED, 0);
	assert_error(last_packet(&upload.fake), 0);
	uv_close((uv_handle_t *)&timer, NULL);
	teardown(&upload.fake);
}
END_TEST

START_TEST(fails_when_less_comes_than_was_said)
{
	struct upload upload;
	upload_setup(&upload);
	struct client_options options = stream;
	options.size_bytes = 4001;
	upload_run(&upload, options);
	assert_failed_here(&upload, UV_EOF);
	teardown(&upload.fake);
}
END_TEST

START_TEST(asks_for_no_more_than_was_said)
{
	struct upload upload;
	upload_setup(&upload);
	upload.fake.file_len = 3000;
	struct client_options options = stream;
	options.size_bytes = 2048;
	upload_run(&upload, options);
	ck_assert_int_eq(upload.fake.report.outcome, CLIENT_DONE);
	ck_assert_uint_eq(upload.given, 2048);
	ck_assert_uint_eq(upload.fake.stored_len, 2048);
	ck_assert(upload.is_whole);
	teardown(&upload.fake);
}
END_TEST

START_TEST(tells_the_server_that_the_file_cannot_be_read)
{
	const int errors[] = {-EIO, -ENOSPC, UV_EOF};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		struct upload upload;
		upload_setup(&upload);
		upload.read_max = 1000;
		upload.read_fails = 3000;
		upload.read_error = errors[i];
		upload_run(&upload, stream);
		assert_failed_here(&upload, errors[i]);
		teardown(&upload.fake);
	}
}
END_TEST

/* The blocks go round in memory several times, and translated text ends anywhere. */
START_TEST(translates_netascii_across_blocks)
{
	static char local[20000], wire[40001];
	size_t wire_len = 0;
	for (size_t i = 0; i < sizeof local; i++) {
		local[i] = "a\nb\r\n"[i % 5];
		wire[wire_len++] = local[i] == '\n' ? '\r' : local[i];
		if (local[i] == '\n' || local[i] == '\r')
			wire[wire_len++] = local[i] == '\n' ? '\n' : '\0';
	}
	struct upload upload;
	struct fake *fake = &upload.fake;
	upload_setup(&upload);
	GRANT(fake, "blksize\0"
		    "601\0windowsize\0"
		    "90");
	fake->blksize = 601;
	fake->window = 90;
	fake->file = local;
	fake->file_len = sizeof local;
	upload.read_max = 999;
	upload_run(&upload,
		   (struct client_options){.is_netascii = true, .blksize = 601, .windowsize = 90});
	ck_assert_int_eq(fake->report.outcome, CLIENT_DONE);
	ASSERT_PACKET(&fake->requests[0], "\0\2f\0netascii\0blksize\0"
					  "601\0windowsize\0"
					  "90\0");
	ck_assert_uint_eq(fake->stored_len, wire_len);
	ck_assert_mem_eq(fake->stored, wire, wire_len);
	ck_assert_uint_eq(fake->report.bytes, wire_len);
	teardown(fake);
}
END_TEST

SUITE("client_put_source", sends_a_stream_until_it_ends, waits_for_a_stream_that_is_dry,
      ends_with_an_empty_block_after_a_pause, can_be_interrupted_while_it_waits,
      fails_when_less_comes_than_was_said, asks_for_no_more_than_was_said,
      tells_the_server_that_the_file_cannot_be_read, translates_netascii_across_blocks)

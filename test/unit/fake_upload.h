/* A client that sends under test: its owner gives `file` of the fake, which as the server takes it and keeps
 * what it acknowledges. */
#ifndef UVTFTP_TEST_FAKE_UPLOAD_H
#define UVTFTP_TEST_FAKE_UPLOAD_H

#include "unit/fake_taker.h"

static inline ssize_t upload_on_read(void *user, uint8_t *room, size_t len)
{
	struct upload *upload = upload_of(user);
	size_t left = upload->fake.file_len - upload->given;
	ck_assert_uint_gt(len, 0);
	if (upload->read_fails != 0 && upload->given >= upload->read_fails)
		return upload->read_error;
	if (upload->dry_at != 0 && upload->given == upload->dry_at) {
		upload->dry_at = 0;
		upload->dry_count++;
		if (upload->on_dry != NULL)
			upload->on_dry(upload);
		return UV_EAGAIN;
	}
	if (upload->dry_at > upload->given && upload->dry_at - upload->given < left)
		left = upload->dry_at - upload->given;
	if (upload->read_max != 0 && left > upload->read_max)
		left = upload->read_max;
	if (left > len)
		left = len;
	memcpy(room, upload->fake.file + upload->given, left);
	upload->given += left;
	return (ssize_t)left;
}

static const struct client_events upload_events = {.on_read = upload_on_read, .on_end = fake_on_end};

static inline void upload_setup(struct upload *upload)
{
	*upload = (struct upload){.read_max = 0};
	setup(&upload->fake);
	upload->fake.on_request = upload_on_request;
	upload->fake.on_packet = upload_on_packet;
}

static inline void upload_start(struct upload *upload, struct client_options options)
{
	struct fake *fake = &upload->fake;
	if (options.servers == NULL) {
		options.servers = &fake->asked_addr;
		options.server_count = 1;
	}
	if (options.file == NULL)
		options.file = "f";
	ck_assert_int_eq(client_put(&fake->client, &fake->batch, &options, &upload_events, fake), 0);
}

/* From the start to the end; a size of 0 stands for the file's. */
static inline void upload_run(struct upload *upload, struct client_options options)
{
	if (options.size_bytes == 0)
		options.size_bytes = upload->fake.file_len;
	upload_start(upload, options);
	run(&upload->fake);
}

static inline void assert_sent(const struct upload *upload)
{
	const struct fake *fake = &upload->fake;
	ck_assert_int_eq(fake->report.outcome, CLIENT_DONE);
	ck_assert_str_eq(fake->reason, "");
	ck_assert_int_eq(fake->report.error_code, -1);
	ck_assert_uint_eq(fake->report.bytes, fake->file_len);
	ck_assert(upload->is_whole);
	ck_assert_uint_eq(fake->stored_len, fake->file_len);
	ck_assert_mem_eq(fake->stored, fake->file, fake->file_len);
}

static inline void assert_not_sent(const struct upload *upload, enum client_outcome outcome, int code)
{
	ck_assert_int_eq(upload->fake.report.outcome, outcome);
	ck_assert_int_eq(upload->fake.report.error_code, code);
}

static inline void assert_failed_here(const struct upload *upload, int error)
{
	assert_not_sent(upload, CLIENT_LOCAL, 0);
	ck_assert_int_eq(upload->fake.report.local_error, error);
	ck_assert_str_ne(upload->fake.reason, "");
	assert_error(last_packet(&upload->fake), 0);
	ck_assert(!upload->is_whole);
}

#endif

/* The owner of a client under test, and what can be said about its end. The file is 4000 bytes long. */
#ifndef UVTFTP_TEST_FAKE_OWNER_H
#define UVTFTP_TEST_FAKE_OWNER_H

#include "unit/fake_loop.h"

static char fake_file[4000];

static inline int fake_on_size(void *user, uint64_t size_bytes)
{
	struct fake *fake = user;
	fake->size_bytes = size_bytes;
	return fake->size_error;
}

static inline int fake_on_data(void *user, const uint8_t *data, size_t len)
{
	struct fake *fake = user;
	ck_assert_uint_le(fake->stored_len + len, FAKE_STORED_MAX);
	ck_assert_uint_eq(fake->complete_count, 0);
	memcpy(fake->stored + fake->stored_len, data, len);
	fake->stored_len += len;
	return fake->data_error;
}

static inline int fake_on_complete(void *user)
{
	struct fake *fake = user;
	fake->complete_count++;
	return fake->complete_error;
}

static inline void fake_on_end(void *user, const struct client_report *report)
{
	struct fake *fake = user;
	fake->end_count++;
	fake->report = *report;
	ck_assert_uint_lt(strlen(report->reason), sizeof fake->reason);
	strcpy(fake->reason, report->reason);
	ck_assert_uint_eq(client_bytes(fake->client), report->bytes);
	fake->client = NULL;
}

static const struct client_events fake_events = {
    .on_size = fake_on_size,
    .on_data = fake_on_data,
    .on_complete = fake_on_complete,
    .on_end = fake_on_end,
};

static inline void setup(struct fake *fake)
{
	struct addr ignored;
	*fake = (struct fake){.blksize = 512, .window = 1, .size_bytes = CLIENT_SIZE_UNKNOWN};
	for (size_t i = 0; i < sizeof fake_file; i++)
		fake_file[i] = (char)(i * 7 + i / 251);
	fake->file = fake_file;
	fake->file_len = sizeof fake_file;
	ck_assert_int_eq(uv_loop_init(&fake->loop), 0);
	ck_assert_int_eq(batch_open(&fake->batch, &fake->loop, 16), 0);
	fake_bind(fake, &fake->asked, &fake->asked_addr);
	fake_bind(fake, &fake->tid, &ignored);
	fake_bind(fake, &fake->stranger, &ignored);
}

static inline void teardown(struct fake *fake)
{
	uv_close((uv_handle_t *)&fake->asked, NULL);
	uv_close((uv_handle_t *)&fake->tid, NULL);
	uv_close((uv_handle_t *)&fake->stranger, NULL);
	batch_close(&fake->batch);
	uv_run(&fake->loop, UV_RUN_DEFAULT);
	batch_fini(&fake->batch);
	ck_assert_int_eq(uv_loop_close(&fake->loop), 0);
}

static inline void start(struct fake *fake, struct client_options options)
{
	if (options.servers == NULL) {
		options.servers = &fake->asked_addr;
		options.server_count = 1;
	}
	if (options.file == NULL)
		options.file = "f";
	ck_assert_int_eq(client_get(&fake->client, &fake->batch, &options, &fake_events, fake), 0);
}

static inline void grant(struct fake *fake, const char *oack, size_t len)
{
	fake->oack = oack;
	fake->oack_len = len;
}
#define GRANT(fake, literal) grant(fake, literal, sizeof literal)

static inline void assert_packet(const struct fake_packet *packet, const void *bytes, size_t len)
{
	ck_assert_uint_eq(packet->len, len);
	ck_assert_mem_eq(packet->bytes, bytes, len);
}
#define ASSERT_PACKET(packet, literal) assert_packet(packet, literal, sizeof literal - 1)

/* An ERROR with this code; the text is for people. */
static inline void assert_error(const struct fake_packet *packet, int code)
{
	const uint8_t start_bytes[] = {0, 5, 0, (uint8_t)code};
	ck_assert_uint_ge(packet->len, 5);
	ck_assert_mem_eq(packet->bytes, start_bytes, 4);
}

static inline const struct fake_packet *last_packet(const struct fake *fake)
{
	ck_assert_uint_gt(fake->packet_count, 0);
	return &fake->packets[fake->packet_count - 1];
}

static inline void assert_done(const struct fake *fake)
{
	ck_assert_int_eq(fake->report.outcome, CLIENT_DONE);
	ck_assert_str_eq(fake->reason, "");
	ck_assert_int_eq(fake->report.error_code, -1);
	ck_assert_uint_eq(fake->report.bytes, fake->file_len);
	ck_assert_uint_eq(fake->stored_len, fake->file_len);
	ck_assert_mem_eq(fake->stored, fake->file, fake->file_len);
	ck_assert_uint_eq(fake->complete_count, 1);
}

static inline void assert_ended_early(const struct fake *fake, enum client_outcome outcome)
{
	ck_assert_int_eq(fake->report.outcome, outcome);
	ck_assert_uint_eq(fake->report.bytes, fake->stored_len);
}

static inline void assert_ended(const struct fake *fake, enum client_outcome outcome, int code)
{
	assert_ended_early(fake, outcome);
	ck_assert_int_eq(fake->report.error_code, code);
	ck_assert_uint_eq(fake->complete_count, 0);
}

#endif

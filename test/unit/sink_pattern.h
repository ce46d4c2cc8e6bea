/* Uploads whose every byte tells its place. */
#ifndef UVTFTP_TEST_SINK_PATTERN_H
#define UVTFTP_TEST_SINK_PATTERN_H

#include "unit/sink_kit.h"

static uint8_t pattern[1u << 20];

static inline void make_pattern(void)
{
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (uint8_t)(i * 7 + i / 251);
}

static inline void begin_burst(int i, const char *path, size_t burst_bytes)
{
	struct sink_request request = {
	    .path = path, .size_bytes = SINK_SIZE_UNKNOWN, .burst_bytes = burst_bytes};
	ck_assert_int_eq(ask(i, &request), 0);
	ck_assert_int_eq(await(i), 0);
}

/* The file is as long, and the same. */
static inline void expect_pattern(const char *path, size_t len)
{
	static uint8_t found[sizeof pattern + 1];
	int fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq((size_t)read(fd, found, sizeof found), len);
	ck_assert_int_eq(memcmp(found, pattern, len), 0);
	close(fd);
}

#endif

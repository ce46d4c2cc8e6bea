#include "unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uvtftpd/writer.h"

#define LINE_BYTES 64

static int ends[2];

static void put(unsigned number, bool is_urgent)
{
	char line[LINE_BYTES + 1];
	snprintf(line, sizeof line, "%-*u\n", LINE_BYTES - 1, number);
	writer_put(ends[1], line, LINE_BYTES, is_urgent);
}

static void take(char *room, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(ends[0], room + at, len - at);
		ck_assert_int_gt(n, 0);
		at += (size_t)n;
	}
}

static void expect(unsigned number)
{
	char line[LINE_BYTES];
	take(line, sizeof line);
	ck_assert_uint_eq(strtoul(line, NULL, 10), number);
	ck_assert_int_eq(line[LINE_BYTES - 1], '\n');
}

START_TEST(lines_come_whole_and_in_order)
{
	ck_assert_int_eq(pipe(ends), 0);
	put(1, false); /* at once: there is no thread yet */
	ck_assert_int_eq(writer_start(ends[1]), 0);
	for (unsigned i = 2; i < 200; i++)
		put(i, i % 7 == 0);
	for (unsigned i = 1; i < 200; i++)
		expect(i);
	put(200, false);
	writer_stop();
	put(201, false);
	expect(200);
	expect(201);
	writer_stop(); /* harmless */
}
END_TEST

/* The pipe and both rooms are full: whoever logs goes on all the same, and is told what became of it. */
START_TEST(nobody_waits_for_a_reader_that_does_not_read)
{
	enum { MANY = 3 * WRITER_ROOM_BYTES / LINE_BYTES };
	char last[160];
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(writer_start(ends[1]), 0);
	unsigned pipe_bytes = 65536;
	for (unsigned i = 0; i < MANY + pipe_bytes / LINE_BYTES; i++)
		put(i, true);
	/* Those that came first are there, and so many were lost. */
	size_t len = 0;
	unsigned next = 0;
	for (;; next++) {
		take(last, sizeof "uvtftpd: warning: " - 1);
		len = sizeof "uvtftpd: warning: " - 1;
		if (strncmp(last, "uvtftpd: warning: ", len) == 0)
			break;
		ck_assert_uint_eq(strtoul(last, NULL, 10), next);
		take(last + len, LINE_BYTES - len);
	}
	while (last[len - 1] != '\n')
		take(last + len++, 1);
	last[len] = '\0';
	unsigned long lost = strtoul(last + sizeof "uvtftpd: warning: " - 1, NULL, 10);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(next + lost, MANY + pipe_bytes / LINE_BYTES);
	ck_assert_ptr_nonnull(strstr(last, "lines of the log were lost"));
	writer_stop();
}
END_TEST

SUITE("writer", lines_come_whole_and_in_order, nobody_waits_for_a_reader_that_does_not_read)

#include "unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uvtftpd/writer.h"

#define LINE_BYTES     64
#define LINE_MAX_BYTES 160

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

/* One line, whatever it says, without its end. check keeps a record of each assertion passed, which so many lines
 * would feel. */
static void take_line(FILE *in, char room[LINE_MAX_BYTES])
{
	char *end = fgets(room, LINE_MAX_BYTES, in) != NULL ? strchr(room, '\n') : NULL;
	if (end == NULL)
		ck_abort_msg("no whole line");
	*end = '\0';
}

/* The pipe and both rooms are full: whoever logs goes on all the same, and is told what became of it. */
START_TEST(nobody_waits_for_a_reader_that_does_not_read)
{
	enum { PIPE_BYTES = 65536, MANY = (3 * WRITER_ROOM_BYTES + PIPE_BYTES) / LINE_BYTES };
	static const char warning[] = "uvtftpd: warning: ";
	char line[LINE_MAX_BYTES];
	ck_assert_int_eq(pipe(ends), 0);
	FILE *in = fdopen(ends[0], "r");
	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(writer_start(ends[1]), 0);
	for (unsigned i = 0; i < MANY; i++)
		put(i, true);
	/* Every line is here or counted as lost, and those that are here are in order. */
	unsigned long seen = 0, lost = 0, next = 0;
	while (seen + lost < MANY) {
		take_line(in, line);
		if (strncmp(line, warning, sizeof warning - 1) == 0) {
			ck_assert_ptr_nonnull(strstr(line, "lines of the log were lost"));
			lost += strtoul(line + sizeof warning - 1, NULL, 10);
			continue;
		}
		unsigned long number = strtoul(line, NULL, 10);
		if (number < next)
			ck_abort_msg("line %lu behind line %lu", number, next - 1);
		next = number + 1;
		seen++;
	}
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(seen + lost, MANY);
	writer_stop();
	fclose(in);
}
END_TEST

SUITE("writer", lines_come_whole_and_in_order, nobody_waits_for_a_reader_that_does_not_read)

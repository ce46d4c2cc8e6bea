#include "unit/suite.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "uvtftp/progress.h"

#define MIB (UINT64_C(1) << 20)

static void assert_bytes(double bytes, const char *wanted)
{
	char text[PROGRESS_TEXT_MAX];
	progress_format_bytes(bytes, text);
	ck_assert_str_eq(text, wanted);
}

START_TEST(counts_in_binary_units)
{
	assert_bytes(0, "0 B");
	assert_bytes(1023, "1023 B");
	assert_bytes(1024, "1.0 KiB");
	assert_bytes(1536, "1.5 KiB");
	assert_bytes(12.3 * 1024 * 1024, "12.3 MiB");
	assert_bytes(1099511627776.0, "1.0 TiB");
	assert_bytes(18446744073709551615.0, "16.0 EiB");
}
END_TEST

START_TEST(never_rounds_up_to_1024_of_a_unit)
{
	assert_bytes(1023.6, "1.0 KiB");
	assert_bytes(1024 * 1024 - 1, "1.0 MiB");
	assert_bytes(1023.9 * 1024, "1023.9 KiB");
}
END_TEST

static void assert_seconds(double seconds, const char *wanted)
{
	char text[PROGRESS_TEXT_MAX];
	progress_format_seconds(seconds, text);
	ck_assert_str_eq(text, wanted);
}

START_TEST(writes_times_as_clocks_do)
{
	assert_seconds(0, "0:00");
	assert_seconds(59.6, "1:00");
	assert_seconds(61, "1:01");
	assert_seconds(3599, "59:59");
	assert_seconds(3661, "1:01:01");
	assert_seconds(98.0 * 3600, "98:00:00");
}
END_TEST

START_TEST(says_when_a_time_is_not_known)
{
	assert_seconds(-1, "--:--");
	assert_seconds(1e300, "--:--");
	assert_seconds(99.0 * 3600, "--:--");
	assert_seconds((double)NAN, "--:--");
}
END_TEST

static void assert_line(uint64_t bytes, uint64_t size, uint64_t now_us, unsigned width,
			const char *wanted)
{
	struct progress progress;
	char line[PROGRESS_LINE_MAX];
	progress_init(&progress, 1000);
	progress_update(&progress, bytes, size, now_us + 1000);
	progress_format(&progress, width, line);
	ck_assert_str_eq(line, wanted);
}

START_TEST(draws_a_bar_as_wide_as_there_is_room)
{
	assert_line(5 * MIB, 10 * MIB, 1000000, 79,
		    " 50%  [==============>              ]  5.0 MiB of 10.0 MiB  5.0 MiB/s  ETA 0:01");
	assert_line(0, 10 * MIB, 0, 60, "  0%  [>                ]  0 B of 10.0 MiB  0 B/s  ETA --:--");
}
END_TEST

START_TEST(leaves_the_bar_out_where_it_is_narrow)
{
	assert_line(5 * MIB, 10 * MIB, 1000000, 50, " 50%  5.0 MiB of 10.0 MiB  5.0 MiB/s  ETA 0:01");
	assert_line(5 * MIB, 10 * MIB, 1000000, 10, " 50%  5.0 ");
	assert_line(5 * MIB, 10 * MIB, 1000000, 0, "");
}
END_TEST

START_TEST(shows_bytes_and_time_where_the_size_is_unknown)
{
	assert_line(3 * MIB, PROGRESS_SIZE_UNKNOWN, 2000000, 79, "3.0 MiB  1.5 MiB/s  0:02");
	assert_line(0, 0, 0, 79, "0 B  0 B/s  0:00");
}
END_TEST

START_TEST(says_100_percent_only_at_the_end)
{
	struct progress progress;
	char line[PROGRESS_LINE_MAX];
	progress_init(&progress, 0);
	progress_update(&progress, 1000 * MIB - 1, 1000 * MIB, 1000000);
	progress_format(&progress, 30, line);
	ck_assert_mem_eq(line, " 99%", 4);
	progress_update(&progress, 1000 * MIB, 1000 * MIB, 2000000);
	progress_format(&progress, 30, line);
	ck_assert_mem_eq(line, "100%", 4);
	/* More than was announced. */
	progress_update(&progress, 1001 * MIB, 1000 * MIB, 3000000);
	progress_format(&progress, 30, line);
	ck_assert_mem_eq(line, "100%", 4);
}
END_TEST

START_TEST(stays_within_its_room_at_any_width)
{
	struct progress progress;
	char line[PROGRESS_LINE_MAX];
	progress_init(&progress, 0);
	progress_update(&progress, UINT64_MAX / 2, UINT64_MAX - 1, 1);
	for (unsigned width = 0; width < 1000; width++) {
		progress_format(&progress, width, line);
		ck_assert_uint_le(strlen(line), width);
	}
	progress_format(&progress, UINT_MAX, line);
	ck_assert_uint_lt(strlen(line), PROGRESS_LINE_MAX);
}
END_TEST

START_TEST(follows_a_rate_that_changes)
{
	struct progress progress;
	progress_init(&progress, 0);
	uint64_t bytes = 0, now_us = 0;
	for (int i = 0; i < 100; i++)
		progress_update(&progress, bytes += MIB, 1000 * MIB, now_us += 100000);
	ck_assert_double_eq_tol(progress.rate, 10.0 * MIB, 1000);
	for (int i = 0; i < 100; i++)
		progress_update(&progress, bytes, 1000 * MIB, now_us += 100000);
	ck_assert_double_lt(progress.rate, 0.01 * MIB);
	/* A clock that stands and a transfer that begins again change nothing. */
	double before = progress.rate;
	progress_update(&progress, bytes + MIB, 1000 * MIB, now_us);
	progress_update(&progress, 0, 1000 * MIB, now_us + 1);
	ck_assert_double_eq(progress.rate, before);
}
END_TEST

START_TEST(sums_up)
{
	char line[PROGRESS_LINE_MAX];
	progress_format_end(10 * MIB, 2000000, line);
	ck_assert_str_eq(line, "10.0 MiB in 2.0 s, 5.0 MiB/s");
	progress_format_end(0, 0, line);
	ck_assert_str_eq(line, "0 B in 0.0 s, 0 B/s");
}
END_TEST

START_TEST(knows_terminals)
{
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_uint_eq(progress_columns(ends[1]), 0);
	ck_assert_uint_eq(progress_columns(-1), 0);
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(terminal, 0);
	ck_assert_uint_eq(progress_columns(terminal), 80);
	struct winsize size = {.ws_row = 25, .ws_col = 132};
	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
	ck_assert_uint_eq(progress_columns(terminal), 132);
	close(terminal);
	close(master);
}
END_TEST

SUITE("progress", counts_in_binary_units, never_rounds_up_to_1024_of_a_unit, writes_times_as_clocks_do,
      says_when_a_time_is_not_known, draws_a_bar_as_wide_as_there_is_room,
      leaves_the_bar_out_where_it_is_narrow, shows_bytes_and_time_where_the_size_is_unknown,
      says_100_percent_only_at_the_end, stays_within_its_room_at_any_width, follows_a_rate_that_changes,
      sums_up, knows_terminals)

#include "unit/suite.h"

#include <string.h>

#include "base/log.h"

struct heard {
	int lines;
	enum log_level level;
	char line[LOG_LINE_MAX + 1];
};

static void hear(void *user, enum log_level level, const char *line)
{
	struct heard *heard = user;
	heard->lines++;
	heard->level = level;
	ck_assert_uint_lt(strlen(line), sizeof heard->line);
	memcpy(heard->line, line, strlen(line) + 1);
}

START_TEST(passes_text_level_and_owner)
{
	struct heard heard = {0};
	struct log log = {hear, &heard, LOG_LEVEL_DEBUG};
	log_line(&log, LOG_LEVEL_WARNING, "%s has %d", "disk", 7);
	ck_assert_int_eq(heard.lines, 1);
	ck_assert_int_eq(heard.level, LOG_LEVEL_WARNING);
	ck_assert_str_eq(heard.line, "disk has 7");
	log_line(&log, LOG_LEVEL_DEBUG, "%s", "");
	ck_assert_int_eq(heard.lines, 2);
	ck_assert_str_eq(heard.line, "");
}
END_TEST

START_TEST(makes_no_line_above_the_threshold)
{
	for (int threshold = LOG_LEVEL_ERROR; threshold <= LOG_LEVEL_DEBUG; threshold++) {
		struct heard heard = {0};
		struct log log = {hear, &heard, (enum log_level)threshold};
		log_line(&log, LOG_LEVEL_ERROR, "a");
		log_line(&log, LOG_LEVEL_WARNING, "b");
		log_line(&log, LOG_LEVEL_INFO, "c");
		log_line(&log, LOG_LEVEL_DEBUG, "d");
		ck_assert_int_eq(heard.lines, threshold + 1);
	}
}
END_TEST

START_TEST(is_silent_without_a_sink)
{
	struct heard heard = {0};
	struct log log = {NULL, &heard, LOG_LEVEL_DEBUG};
	log_line(&log, LOG_LEVEL_ERROR, "a");
	ck_assert_int_eq(heard.lines, 0);
}
END_TEST

START_TEST(replaces_every_control_character)
{
	struct heard heard = {0};
	struct log log = {hear, &heard, LOG_LEVEL_DEBUG};
	for (int c = 1; c < 256; c++) {
		log_line(&log, LOG_LEVEL_INFO, "a%cb", c);
		char wanted[4] = {'a', (char)c, 'b', '\0'};
		if (c < 0x20 || c == 0x7f)
			wanted[1] = '?';
		ck_assert_str_eq(heard.line, wanted);
	}
}
END_TEST

START_TEST(cuts_long_lines_visibly)
{
	struct heard heard = {0};
	struct log log = {hear, &heard, LOG_LEVEL_DEBUG};
	char text[2 * LOG_LINE_MAX];
	memset(text, 'x', sizeof text);
	log_line(&log, LOG_LEVEL_INFO, "%.*s", LOG_LINE_MAX, text);
	ck_assert_uint_eq(strlen(heard.line), LOG_LINE_MAX);
	ck_assert_str_eq(heard.line + LOG_LINE_MAX - 4, "xxxx");
	log_line(&log, LOG_LEVEL_INFO, "%.*s", LOG_LINE_MAX + 1, text);
	ck_assert_uint_eq(strlen(heard.line), LOG_LINE_MAX);
	ck_assert_str_eq(heard.line + LOG_LINE_MAX - 4, "x...");
	log_line(&log, LOG_LEVEL_INFO, "%.*s", (int)sizeof text, text);
	ck_assert_uint_eq(strlen(heard.line), LOG_LINE_MAX);
	ck_assert_str_eq(heard.line + LOG_LINE_MAX - 4, "x...");
}
END_TEST

SUITE("log", passes_text_level_and_owner, makes_no_line_above_the_threshold, is_silent_without_a_sink,
      replaces_every_control_character, cuts_long_lines_visibly)

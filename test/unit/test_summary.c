#include "unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "uvtftp/summary.h"

static const char *print(const struct summary *summary)
{
	static char text[1024];
	FILE *out = tmpfile();
	ck_assert_ptr_nonnull(out);
	summary_print(summary, out);
	rewind(out);
	size_t len = fread(text, 1, sizeof text - 1, out);
	text[len] = '\0';
	fclose(out);
	return text;
}

static void assert_string(const char *text, const char *wanted)
{
	char start[256];
	snprintf(start, sizeof start, "{\"url\":\"%s\",\"file\":", wanted);
	const struct summary summary = {.url = text, .file = "f", .outcome = "done"};
	const char *line = print(&summary);
	ck_assert_msg(strncmp(line, start, strlen(start)) == 0, "%s", line);
}

START_TEST(prints_one_line_of_json)
{
	const struct summary summary = {
	    .url = "tftp://h/x",
	    .file = "x",
	    .server = "[::1]:1234",
	    .outcome = "done",
	    .error_code = -1,
	    .bytes = 1000000,
	    .duration_us = 500000,
	    .retransmissions = 2,
	    .blksize = 1428,
	    .windowsize = 16,
	};
	ck_assert_str_eq(print(&summary),
			 "{\"url\":\"tftp://h/x\",\"file\":\"x\",\"bytes\":1000000,\"seconds\":0.500000,"
			 "\"rate_bytes_per_s\":2000000,\"blksize\":1428,\"windowsize\":16,"
			 "\"server\":\"[::1]:1234\",\"retransmissions\":2,\"outcome\":\"done\","
			 "\"error_code\":null,\"error\":null}\n");
}
END_TEST

START_TEST(prints_errors_and_what_is_missing)
{
	const struct summary summary = {.url = "u",
					.file = "-",
					.outcome = "not-found",
					.error = "no \"x\"",
					.error_code = 1,
					.bytes = UINT64_MAX};
	ck_assert_str_eq(print(&summary),
			 "{\"url\":\"u\",\"file\":\"-\",\"bytes\":18446744073709551615,"
			 "\"seconds\":0.000000,\"rate_bytes_per_s\":0,\"blksize\":0,\"windowsize\":0,"
			 "\"server\":null,\"retransmissions\":0,\"outcome\":\"not-found\","
			 "\"error_code\":1,\"error\":\"no \\\"x\\\"\"}\n");
}
END_TEST

START_TEST(escapes_what_json_cannot_hold)
{
	assert_string("a\"b\\c/", "a\\\"b\\\\c/");
	assert_string("\x01\t\n\x1f\x7f", "\\u0001\\u0009\\u000a\\u001f\\u007f");
}
END_TEST

START_TEST(keeps_utf8_and_replaces_the_rest)
{
	assert_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_string("\xff", "\\ufffd");
	assert_string("\x80", "\\ufffd");
	assert_string("\xc0\x80", "\\ufffd\\ufffd");                       /* overlong */
	assert_string("\xe0\x80\x80", "\\ufffd\\ufffd\\ufffd");            /* overlong */
	assert_string("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd");            /* a surrogate */
	assert_string("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"); /* past U+10FFFF */
	assert_string("\xc3", "\\ufffd");                                  /* cut short */
	assert_string("\xe2\x82", "\\ufffd\\ufffd");
	assert_string("\xf0\x9f\x98", "\\ufffd\\ufffd\\ufffd");
	assert_string("\xc3z", "\\ufffdz");
}
END_TEST

SUITE("summary", prints_one_line_of_json, prints_errors_and_what_is_missing,
      escapes_what_json_cannot_hold, keeps_utf8_and_replaces_the_rest)

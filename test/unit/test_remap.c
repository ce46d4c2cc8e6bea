#include "unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/remap.h"

static struct remap *parse(const char *map)
{
	struct remap *remap = NULL;
	struct remap_error error;
	ck_assert_msg(remap_parse(&remap, map, strlen(map), &error) == 0, "line %u: %s", error.line,
		      error.text);
	return remap;
}

static struct remap_request request_for(struct text name)
{
	return (struct remap_request){.name = name, .client_ip = "192.0.2.7", .client_hex = "C0000207"};
}

static enum remap_verdict apply(const char *map, const char *name, struct remap_result *result)
{
	struct remap *remap = parse(map);
	struct remap_request request = request_for(text_of(name));
	enum remap_verdict verdict = remap_apply(remap, &request, result, NULL, NULL);
	remap_free(remap);
	return verdict;
}

static void expect_name(const char *map, const char *name, const char *expected)
{
	struct remap_result result;
	ck_assert_int_eq(apply(map, name, &result), REMAP_NAME);
	ck_assert_str_eq(result.name, expected);
	ck_assert_str_eq(result.reason, "");
}

static void expect_refused(const char *map, const char *name, const char *reason)
{
	struct remap_result result;
	ck_assert_int_eq(apply(map, name, &result), REMAP_REFUSED);
	ck_assert_str_eq(result.reason, reason);
}

static void expect_wrong(const char *map, size_t len, unsigned line, const char *what)
{
	struct remap *remap = NULL;
	struct remap_error error;
	ck_assert_int_eq(remap_parse(&remap, map, len, &error), -1);
	ck_assert_ptr_null(remap);
	ck_assert_uint_eq(error.line, line);
	ck_assert_msg(strstr(error.text, what) != NULL, "'%s' is not in '%s'", what, error.text);
}

START_TEST(leaves_names_alone_without_rules)
{
	expect_name("", "a", "a");
	expect_name("", "", "");
	expect_name("\n  \n# r a b\n\t# r a b\r\n", "a", "a");
	struct remap *remap = NULL;
	struct remap_error error;
	ck_assert_int_eq(remap_parse(&remap, NULL, 0, &error), 0);
	remap_free(remap);
	remap_free(NULL);
}
END_TEST

START_TEST(replaces_the_first_match_or_repeats)
{
	expect_name("r a o", "banana", "bonana");
	expect_name("rg a o", "banana", "bonono");
	expect_name("g a o", "banana", "banana");
	expect_name("r ^x y\n", "banana", "banana");
	expect_name("r $ .bin", "", ".bin");
	expect_name("r ^.*$", "gone", "");
}
END_TEST

START_TEST(ignores_case_only_when_told)
{
	expect_name("ri ^BOOT b", "Boot.x", "b.x");
	expect_name("r ^BOOT b", "Boot.x", "Boot.x");
}
END_TEST

START_TEST(ends_and_starts_over_at_the_very_first_rule)
{
	expect_name("re ^a b\nr ^b c", "a", "b");
	expect_name("r ^c d\nrs ^a c\nr ^c wrong", "a", "d");
	expect_name("r ^c d\nrse ^a c\nr ^c wrong", "a", "c");
}
END_TEST

START_TEST(refuses_with_the_text_of_the_rule)
{
	expect_refused("a \\.pvt$", "x.pvt", "Access denied");
	expect_refused("a ^(.*)\\.pvt$ No\\ \\U\\1\\E\\ for\\ \\i,\\ \\x", "x.pvt",
		       "No X for 192.0.2.7, C0000207");
	expect_refused("~a ^pub/ Only\\ pub/,\\ not\\ \\0here", "x", "Only pub/, not here");
	expect_name("~a ^pub/", "pub/x", "pub/x");
}
END_TEST

START_TEST(cuts_a_text_that_is_too_long_for_an_error)
{
	char name[400];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	struct remap_result result;
	ck_assert_int_eq(apply("a .* \\0", name, &result), REMAP_REFUSED);
	ck_assert_uint_eq(strlen(result.reason), sizeof result.reason - 1);
	ck_assert_int_eq(strncmp(result.reason, name, sizeof result.reason - 1), 0);
}
END_TEST

START_TEST(applies_rules_to_their_requests_only)
{
	struct remap *remap = parse("rG ^ G\nrP ^ P\nr4 ^ 4\nr6 ^ 6\nrGP ^ +\nr46 ^ never\n");
	const char *expected[2][2] = {{"4Gx", "6Gx"}, {"+4Px", "+6Px"}};
	for (int is_write = 0; is_write < 2; is_write++) {
		for (int is_v6 = 0; is_v6 < 2; is_v6++) {
			struct remap_request request = request_for(text_of("x"));
			struct remap_result result;
			request.is_write = is_write == 1;
			request.is_v6 = is_v6 == 1;
			ck_assert_int_eq(remap_apply(remap, &request, &result, NULL, NULL), REMAP_NAME);
			ck_assert_str_eq(result.name, expected[is_write][is_v6]);
		}
	}
	remap_free(remap);
}
END_TEST

START_TEST(fills_in_escapes)
{
	expect_name("r (b)(c)?(d) \\3\\2\\1\\0\\9", "abde", "adbbde");
	expect_name("r x \\i-\\x", "x", "192.0.2.7-C0000207");
	expect_name("r ^ \\L\\x\\E\\x/", "X", "c0000207C0000207/X");
	expect_name("r x \\\\\\#\\ \\\t\\q\\.", "x", "\\# \tq.");
	expect_name("r x y\\", "x", "y\\");
	expect_name("r .* \\U\\0\\L\\0\\E\\0", "aZ[`{@09\xe4",
		    "AZ[`{@09\xe4"
		    "az[`{@09\xe4"
		    "aZ[`{@09\xe4");
}
END_TEST

START_TEST(takes_fields_apart_at_blanks_and_comments)
{
	expect_name("\t r\t a \t b c d", "a", "b");
	expect_name("r a b#c", "a", "b");
	expect_name("r a#b", "xax", "xx");
	expect_name("r a \\#b", "a", "#b");
	expect_name("r a b\r\nr b c\r\n", "a", "c");
	expect_name("r \\\\ b", "x\\x", "xbx");
	expect_name("r a\\ b c", "a b", "c");
}
END_TEST

START_TEST(takes_any_byte_but_nul_in_names)
{
	char name[256];
	for (int i = 1; i < 256; i++)
		name[i - 1] = (char)i;
	name[255] = '\0';
	char expected[258] = "<";
	memcpy(expected + 1, name, 255);
	memcpy(expected + 256, ">", 2);
	expect_name("r ^ <\nr $ >", name, expected);
}
END_TEST

START_TEST(bounds_the_length_of_names)
{
	char name[REMAP_NAME_MAX + 1];
	memset(name, 'n', sizeof name - 1);
	name[REMAP_NAME_MAX] = '\0';
	expect_refused("", name, "File name too long");
	name[REMAP_NAME_MAX - 1] = '\0';
	expect_name("r ^n n", name, name);
	expect_refused("r ^ n", name, "Remapped file name too long");
	expect_refused("rg n nn", "n", "Remapped file name too long");
	expect_refused("r ^(.*)$ \\1\\1", name, "Remapped file name too long");
}
END_TEST

START_TEST(ends_loops)
{
	struct remap_result result;
	ck_assert_int_eq(apply("s ^a", "abc", &result), REMAP_LOOP);
	ck_assert_str_eq(result.reason, "Remap table failure");
	ck_assert_str_eq(result.name, "abc");
	ck_assert_uint_eq(result.line, 1);
	ck_assert_int_eq(apply("\nrg a a", "abc", &result), REMAP_LOOP);
	ck_assert_uint_eq(result.line, 2);
	ck_assert_int_eq(apply("~s ^a", "abc", &result), REMAP_NAME);
}
END_TEST

static void repeat(char *room, size_t room_len, const char *line, unsigned count)
{
	size_t len = strlen(line);
	ck_assert_uint_lt(count * len, room_len);
	for (unsigned i = 0; i < count; i++)
		memcpy(room + i * len, line, len);
	room[count * len] = '\0';
}

START_TEST(tries_as_many_rules_as_there_may_be_and_no_more)
{
	static char map[(REMAP_RULES_MAX + 1) * 5 + 1];
	repeat(map, sizeof map, "e  x\n", REMAP_RULES_MAX);
	expect_name(map, "abc", "abc");
	memcpy(map, "rg x", 4); /* replaces once, and so is tried twice */
	struct remap_result result;
	ck_assert_int_eq(apply(map, "axc", &result), REMAP_LOOP);
	repeat(map, sizeof map, "e  x\n", REMAP_RULES_MAX + 1);
	expect_wrong(map, strlen(map), REMAP_RULES_MAX + 1, "more than 4096 rules");
}
END_TEST

START_TEST(takes_lines_up_to_their_limit)
{
	static char map[16384 + 2];
	memset(map, ' ', sizeof map);
	memcpy(map, "r a b", 5);
	map[16383] = '\n';
	map[16384] = '\0';
	expect_name(map, "a", "b");
	map[16383] = ' ';
	map[16384] = '\n';
	expect_wrong(map, 16385, 1, "longer than 16383");
}
END_TEST

struct traced {
	char text[256];
};

static void trace(void *user, unsigned line, const char *rule, const char *name)
{
	struct traced *traced = user;
	size_t len = strlen(traced->text);
	snprintf(traced->text + len, sizeof traced->text - len, "%u|%s|%s;", line, rule, name);
}

static const char *trace_of(const char *map, const char *name, struct traced *traced)
{
	struct remap *remap = parse(map);
	struct remap_request request = request_for(text_of(name));
	struct remap_result result;
	traced->text[0] = '\0';
	remap_apply(remap, &request, &result, trace, traced);
	remap_free(remap);
	return traced->text;
}

START_TEST(traces_the_rules_that_apply)
{
	struct traced traced;
	ck_assert_str_eq(trace_of("# c\n  rg  a\\#? b # c\nr c d\n e b\t# x\nr b c", "aca", &traced),
			 "2|rg  a\\#? b|bcb;3|r c d|bdb;4|e b|bdb;");
	ck_assert_str_eq(trace_of("r x y\na a No", "ba", &traced), "2|a a No|ba;");
	ck_assert_str_eq(trace_of("rP ^ x", "ba", &traced), "");
}
END_TEST

START_TEST(tells_the_last_rule_that_applied)
{
	struct remap_result result;
	apply("r a b\nr b c\nr x y", "a", &result);
	ck_assert_uint_eq(result.line, 2);
	apply("r a b", "x", &result);
	ck_assert_uint_eq(result.line, 0);
	apply("\n\na .", "x", &result);
	ck_assert_uint_eq(result.line, 3);
}
END_TEST

START_TEST(survives_every_allocation_that_fails)
{
	static const char map[] = "r a b\n\nr b c\na (x|y) No";
	long nth = 1;
	for (;; nth++) {
		struct remap *remap = NULL;
		struct remap_error error;
		mem_fail_nth(nth);
		int code = remap_parse(&remap, map, sizeof map - 1, &error);
		mem_fail_nth(0);
		remap_free(remap);
		if (code == 0)
			break;
		ck_assert_ptr_null(remap);
		ck_assert_str_eq(error.text, "out of memory");
		ck_assert_uint_ge(error.line, 1);
	}
	ck_assert_int_eq(nth, 5); /* the map and three rules */
}
END_TEST

START_TEST(tells_what_is_wrong_and_where)
{
	expect_wrong("\n# x\nrq a b", 11, 3, "no operator 'q'");
	expect_wrong("r\x01 a", 4, 1, "no operator '?'");
	expect_wrong("r a b\nr", 7, 2, "no regular expression");
	expect_wrong("r # a", 5, 1, "no regular expression");
	expect_wrong("r~ a", 4, 1, "r and ~");
	expect_wrong("r a b\nr a\x1b( b\n", 14, 2, "regular expression a?(: ");
	expect_wrong("r a\0b c", 7, 1, "NUL");
}
END_TEST

SUITE("remap", leaves_names_alone_without_rules, replaces_the_first_match_or_repeats,
      ignores_case_only_when_told, ends_and_starts_over_at_the_very_first_rule,
      refuses_with_the_text_of_the_rule, cuts_a_text_that_is_too_long_for_an_error,
      applies_rules_to_their_requests_only, fills_in_escapes, takes_fields_apart_at_blanks_and_comments,
      takes_any_byte_but_nul_in_names, bounds_the_length_of_names, ends_loops,
      tries_as_many_rules_as_there_may_be_and_no_more, takes_lines_up_to_their_limit,
      traces_the_rules_that_apply, tells_the_last_rule_that_applied,
      survives_every_allocation_that_fails, tells_what_is_wrong_and_where)

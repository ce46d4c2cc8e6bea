/* A regular expression that cannot be tried, as when memory is short: this program has a regexec of its own. */
#include "unit/suite.h"

/* The C libraries declare its arrays differently: theirs must not meet ours. */
#define regexec regexec_of_the_library
#include <regex.h>
#undef regexec

#include <string.h>

#include "policy/remap.h"

static int good_left; /* matches before the failures */

int regexec(const regex_t *regex, const char *text, size_t count, regmatch_t *groups, int flags);

int regexec(const regex_t *regex, const char *text, size_t count, regmatch_t *groups, int flags)
{
	(void)regex;
	(void)flags;
	if (good_left-- <= 0)
		return REG_ESPACE;
	for (size_t i = 0; i < count; i++)
		groups[i] = (regmatch_t){.rm_so = -1, .rm_eo = -1};
	groups[0] = (regmatch_t){.rm_so = 0, .rm_eo = (regoff_t)strlen(text)};
	return 0;
}

static enum remap_verdict apply(const char *map, int good, struct remap_result *result)
{
	struct remap *remap = NULL;
	struct remap_error error;
	struct remap_request request = {.name = text_of("x"), .client_ip = "", .client_hex = ""};
	ck_assert_int_eq(remap_parse(&remap, map, strlen(map), &error), 0);
	good_left = good;
	enum remap_verdict verdict = remap_apply(remap, &request, result, NULL, NULL);
	remap_free(remap);
	return verdict;
}

START_TEST(refuses_where_a_rule_cannot_be_tried)
{
	static const char *const maps[] = {"a x", "~a x", "r x y", "e x"};
	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
		struct remap_result result;
		ck_assert_int_eq(apply(maps[i], 0, &result), REMAP_REFUSED);
		ck_assert_str_eq(result.reason, "Remap rule failure");
		ck_assert_uint_eq(result.line, 1);
	}
}
END_TEST

START_TEST(refuses_where_a_rule_cannot_be_tried_again)
{
	struct remap_result result;
	ck_assert_int_eq(apply("rg x y", 1, &result), REMAP_REFUSED);
	ck_assert_str_eq(result.reason, "Remap rule failure");
	ck_assert_str_eq(result.name, "y");
	ck_assert_int_eq(apply("r x y", 1, &result), REMAP_NAME);
	ck_assert_str_eq(result.name, "y");
}
END_TEST

SUITE("remap_starved", refuses_where_a_rule_cannot_be_tried, refuses_where_a_rule_cannot_be_tried_again)

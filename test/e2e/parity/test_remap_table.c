/* Our remap against the table that the real in.tftpd is held against too. */
#include "unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "e2e/parity/map_table.h"
#include "policy/remap.h"

#define CASES_MIN 60

static void apply(const struct remap *remap, const struct map_case *one, struct map_answer *got)
{
	struct remap_request request = {.name = {one->name, one->name_len},
					.is_write = one->is_write,
					.is_v6 = one->is_v6,
					.client_ip = one->is_v6 ? MAP_CLIENT_V6 : MAP_CLIENT_V4,
					.client_hex =
					    one->is_v6 ? MAP_CLIENT_V6_HEX : MAP_CLIENT_V4_HEX};
	struct remap_result result;
	enum remap_verdict verdict = remap_apply(remap, &request, &result, NULL, NULL);
	*got = (struct map_answer){.kind = MAP_LOOP};
	if (verdict == REMAP_LOOP)
		return;
	got->kind = verdict == REMAP_NAME ? MAP_NAMED : MAP_REFUSED;
	const char *text = verdict == REMAP_NAME ? result.name : result.reason;
	got->len = strlen(text);
	memcpy(got->text, text, got->len + 1);
}

static void compare(void *user, const struct map_case *one)
{
	unsigned *wrong = user;
	struct remap *remap = NULL;
	struct remap_error error;
	struct map_answer got = {.kind = MAP_WRONG};
	if (remap_parse(&remap, one->rules, one->rules_len, &error) == 0)
		apply(remap, one, &got);
	else
		got.line = error.line;
	remap_free(remap);
	if (map_answer_equal(&got, &one->manual))
		return;
	char expected[MAP_TEXT_MAX + 64];
	char found[MAP_TEXT_MAX + 64];
	fprintf(stderr, MAP_CASES ":%u: expected %s, got %s\n", one->line,
		map_answer_text(&one->manual, expected), map_answer_text(&got, found));
	++*wrong;
}

START_TEST(maps_every_name_of_the_table_as_it_says)
{
	unsigned wrong = 0;
	ck_assert_uint_ge(map_table_read(MAP_CASES, compare, &wrong), CASES_MIN);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

SUITE("remap_table", maps_every_name_of_the_table_as_it_says)

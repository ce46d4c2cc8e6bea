#include "server/leak.h"

#include "unit/suite.h"

#define S UINT64_C(1000000)

START_TEST(what_is_poured_in_runs_out_at_its_rate)
{
	struct leak leak = {0};
	leak_pour(&leak, 1000, 100, 5 * S);
	ck_assert_uint_eq(leak_level(&leak, 100, 5 * S), 1000);
	ck_assert_uint_eq(leak_level(&leak, 100, 6 * S), 900);
	ck_assert_uint_eq(leak_level(&leak, 100, 7 * S + S / 2), 750);
	leak_pour(&leak, 50, 100, 8 * S);
	ck_assert_uint_eq(leak_level(&leak, 100, 8 * S), 750);
	ck_assert_uint_eq(leak_level(&leak, 100, 15 * S + S / 2), 0);
	ck_assert_uint_eq(leak_level(&leak, 100, 1000000 * S), 0);
}
END_TEST

START_TEST(looking_often_changes_nothing)
{
	struct leak watched = {0}, other = {0};
	leak_pour(&watched, 1000, 7, 0);
	leak_pour(&other, 1000, 7, 0);
	for (uint64_t now_us = 0; now_us <= 90 * S; now_us += 997)
		leak_level(&watched, 7, now_us);
	ck_assert_uint_le(leak_level(&watched, 7, 90 * S), leak_level(&other, 7, 90 * S) + 1);
	ck_assert_uint_ge(leak_level(&watched, 7, 90 * S) + 1, leak_level(&other, 7, 90 * S));
}
END_TEST

START_TEST(taking_back_leaves_nothing_below_zero)
{
	struct leak leak = {0};
	leak_pour(&leak, 10, 1, S);
	leak_take_back(&leak, 4);
	ck_assert_uint_eq(leak_level(&leak, 1, S), 6);
	leak_take_back(&leak, 7);
	ck_assert_uint_eq(leak_level(&leak, 1, S), 0);
}
END_TEST

START_TEST(extremes_do_not_wrap)
{
	struct leak leak = {0};
	leak_pour(&leak, UINT64_MAX, UINT32_MAX, S);
	leak_pour(&leak, UINT64_MAX, UINT32_MAX, S);
	ck_assert_uint_eq(leak_level(&leak, UINT32_MAX, S), UINT64_MAX);
	ck_assert_uint_eq(leak_level(&leak, 0, 100 * S), UINT64_MAX);
	/* A clock that stands, or looks back. */
	ck_assert_uint_eq(leak_level(&leak, UINT32_MAX, 0), UINT64_MAX);
	ck_assert_uint_lt(leak_level(&leak, UINT32_MAX, 2 * S), UINT64_MAX);
	ck_assert_uint_eq(leak_level(&leak, UINT32_MAX, UINT64_MAX), 0);
}
END_TEST

SUITE("leak", what_is_poured_in_runs_out_at_its_rate, looking_often_changes_nothing,
      taking_back_leaves_nothing_below_zero, extremes_do_not_wrap)

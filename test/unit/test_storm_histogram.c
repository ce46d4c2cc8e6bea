#include "unit/suite.h"

#include "uvtftp/storm_histogram.h"

static struct storm_histogram one, other;

START_TEST(keeps_every_time_within_a_percent)
{
	for (uint64_t ns = 1; ns < UINT64_C(1) << 42; ns += ns / 7 + 1) {
		one = (struct storm_histogram){.count = 0};
		storm_histogram_add(&one, ns);
		storm_histogram_add(&one, UINT64_C(1) << 42);
		uint64_t found = storm_histogram_at(&one, 0.25);
		uint64_t error = found > ns ? found - ns : ns - found;
		ck_assert_uint_le(error, ns / 100);
	}
}
END_TEST

START_TEST(finds_shares_of_an_even_spread)
{
	for (uint64_t ms = 1; ms <= 1000; ms++)
		storm_histogram_add(&one, ms * 1000000);
	ck_assert_uint_eq(one.count, 1000);
	ck_assert_uint_eq(one.min_ns, 1000000);
	ck_assert_double_eq_tol((double)storm_histogram_at(&one, 0.5), 500e6, 5e6);
	ck_assert_double_eq_tol((double)storm_histogram_at(&one, 0.9), 900e6, 9e6);
	ck_assert_double_eq_tol((double)storm_histogram_at(&one, 0.99), 990e6, 9.9e6);
	ck_assert_uint_eq(storm_histogram_at(&one, 1), 1000000000);
}
END_TEST

START_TEST(never_says_more_than_the_longest_or_less_than_the_shortest)
{
	storm_histogram_add(&one, 1000001);
	storm_histogram_add(&one, 1000001);
	storm_histogram_add(&one, 1000001);
	ck_assert_uint_eq(storm_histogram_at(&one, 0), 1000001);
	ck_assert_uint_eq(storm_histogram_at(&one, 0.5), 1000001);
	ck_assert_uint_eq(storm_histogram_at(&one, 1), 1000001);
}
END_TEST

START_TEST(knows_what_to_say_of_nothing)
{
	ck_assert_uint_eq(storm_histogram_at(&one, 0.5), 0);
	ck_assert_uint_eq(storm_histogram_between(&one, 0, UINT64_MAX), 0);
}
END_TEST

START_TEST(takes_what_is_too_long_for_the_longest)
{
	storm_histogram_add(&one, UINT64_MAX);
	storm_histogram_add(&one, 5);
	ck_assert_uint_eq(one.max_ns, UINT64_MAX);
	ck_assert_uint_eq(storm_histogram_between(&one, 100, UINT64_MAX), 1);
}
END_TEST

START_TEST(merges_into_what_one_would_have_counted)
{
	for (uint64_t ns = 100; ns < 200; ns++)
		storm_histogram_add(&one, ns);
	storm_histogram_add(&other, 7);
	storm_histogram_add(&other, 70000);
	storm_histogram_merge(&one, &other);
	ck_assert_uint_eq(one.count, 102);
	ck_assert_uint_eq(one.min_ns, 7);
	ck_assert_uint_eq(one.max_ns, 70000);
	ck_assert_uint_eq(storm_histogram_between(&one, 0, 100), 1);
	ck_assert_uint_eq(storm_histogram_between(&one, 100, 200), 100);
	storm_histogram_merge(&other, &(struct storm_histogram){.count = 0});
	ck_assert_uint_eq(other.count, 2);
	ck_assert_uint_eq(other.min_ns, 7);
}
END_TEST

START_TEST(merging_into_nothing_takes_the_shortest)
{
	storm_histogram_add(&other, 50);
	storm_histogram_merge(&one, &other);
	ck_assert_uint_eq(one.min_ns, 50);
	ck_assert_uint_eq(storm_histogram_at(&one, 1), 50);
}
END_TEST

SUITE("storm_histogram", keeps_every_time_within_a_percent, finds_shares_of_an_even_spread,
      never_says_more_than_the_longest_or_less_than_the_shortest, knows_what_to_say_of_nothing,
      takes_what_is_too_long_for_the_longest, merges_into_what_one_would_have_counted,
      merging_into_nothing_takes_the_shortest)

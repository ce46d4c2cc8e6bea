#include "unit/suite.h"

#include "proto/rto.h"

static struct rto start_rto(uint32_t floor_us, uint32_t cap_us)
{
	struct rto rto;
	rto_init(&rto, 1000000, floor_us, cap_us);
	return rto;
}

/* 6298-1 */
START_TEST(starts_with_the_initial_value)
{
	struct rto rto = start_rto(10000, 4000000);
	ck_assert_uint_eq(rto.value_us, 1000000);
	ck_assert(!rto.has_sample);
}
END_TEST

/* 6298-2 */
START_TEST(first_sample_sets_srtt_to_it_and_rttvar_to_half)
{
	struct rto rto = start_rto(1, 60000000);
	rto_sample(&rto, 200000);
	ck_assert_uint_eq(rto.srtt_us, 200000);
	ck_assert_uint_eq(rto.rttvar_us, 100000);
	ck_assert_uint_eq(rto.value_us, 200000 + 4 * 100000);
}
END_TEST

/* 6298-3: RTTVAR with the old SRTT, then SRTT. */
START_TEST(later_samples_move_rttvar_by_a_quarter_and_srtt_by_an_eighth)
{
	struct rto rto = start_rto(1, 60000000);
	rto_sample(&rto, 200000);
	rto_sample(&rto, 360000);
	ck_assert_uint_eq(rto.rttvar_us, 75000 + 160000 / 4);
	ck_assert_uint_eq(rto.srtt_us, 175000 + 45000);
	ck_assert_uint_eq(rto.value_us, 220000 + 4 * 115000);
	rto_sample(&rto, 60000);
	ck_assert_uint_eq(rto.rttvar_us, 115000 - 28750 + 160000 / 4);
	ck_assert_uint_eq(rto.srtt_us, 220000 - 27500 + 7500);
}
END_TEST

/* 6298-2: max(G, 4 * RTTVAR). */
START_TEST(margin_is_never_below_the_clock_granularity)
{
	struct rto rto = start_rto(1, 60000000);
	rto_sample(&rto, 100);
	ck_assert_uint_eq(rto.value_us, 100 + 1000);
	rto_sample(&rto, 0);
	ck_assert_uint_ge(rto.value_us, 1000);
}
END_TEST

/* 6298-4, 6298-5 */
START_TEST(stays_between_floor_and_cap)
{
	struct rto rto = start_rto(10000, 4000000);
	rto_sample(&rto, 50);
	ck_assert_uint_eq(rto.value_us, 10000);
	rto_sample(&rto, 100000000);
	ck_assert_uint_eq(rto.value_us, 4000000);
}
END_TEST

START_TEST(waits_longer_until_the_next_sample_but_not_beyond_the_cap)
{
	struct rto rto = start_rto(10000, 300000);
	rto_sample(&rto, 1000);
	rto_wait(&rto, 200000);
	ck_assert_uint_eq(rto.value_us, 200000);
	rto_wait(&rto, 100000);
	ck_assert_uint_eq(rto.value_us, 200000);
	rto_wait(&rto, 400000);
	ck_assert_uint_eq(rto.value_us, 300000);
	rto_sample(&rto, 1000);
	ck_assert_uint_eq(rto.value_us, 10000);
}
END_TEST

START_TEST(survives_samples_of_any_size)
{
	struct rto rto = start_rto(10000, RTO_MAX_US);
	rto_sample(&rto, UINT64_MAX);
	ck_assert_uint_eq(rto.srtt_us, RTO_MAX_US);
	ck_assert_uint_eq(rto.value_us, RTO_MAX_US);
	for (int i = 0; i < 200; i++)
		rto_sample(&rto, 0);
	ck_assert_uint_eq(rto.value_us, 10000);
	for (int i = 0; i < 200; i++)
		rto_sample(&rto, UINT64_MAX);
	ck_assert_uint_eq(rto.value_us, RTO_MAX_US);
}
END_TEST

/* 6298-6, 1123-4 */
START_TEST(backs_off_by_doubling_up_to_the_cap)
{
	struct rto rto = start_rto(10000, 4500000);
	static const uint32_t values[] = {2000000, 4000000, 4500000, 4500000};
	for (int i = 0; i < 4; i++) {
		rto_back_off(&rto);
		ck_assert_uint_eq(rto.value_us, values[i]);
	}
	rto_init(&rto, RTO_MAX_US, 10000, RTO_MAX_US);
	rto_back_off(&rto);
	ck_assert_uint_eq(rto.value_us, RTO_MAX_US);
}
END_TEST

START_TEST(sample_ends_the_back_off)
{
	struct rto rto = start_rto(10000, 60000000);
	rto_sample(&rto, 20000);
	ck_assert_uint_eq(rto.value_us, 60000);
	rto_back_off(&rto);
	rto_back_off(&rto);
	ck_assert_uint_eq(rto.value_us, 240000);
	rto_sample(&rto, 20000);
	ck_assert_uint_eq(rto.value_us, 20000 + 4 * 7500);
}
END_TEST

/* Up at once, down slowly, and never so much that a loss costs long. */
START_TEST(slow_answer_makes_patient_for_a_while)
{
	struct rto rto = start_rto(10000, 4000000);
	rto_sample(&rto, 200);
	rto_was_early(&rto, 3000000);
	ck_assert_uint_ge(rto.value_us, 3000000);
	ck_assert_uint_eq(rto.patience_us, RTO_PATIENCE_MAX_US - RTO_PATIENCE_MAX_US / 64);
	rto_was_early(&rto, 100000);
	ck_assert_uint_gt(rto.patience_us, 100000);
	for (int i = 0; i < 50; i++)
		rto_sample(&rto, 200);
	ck_assert_uint_gt(rto.value_us, 80000);
	ck_assert_uint_lt(rto.value_us, RTO_PATIENCE_MAX_US);
	for (int i = 0; i < 200; i++)
		rto_sample(&rto, 200);
	ck_assert_uint_eq(rto.value_us, 10000);
}
END_TEST

/* Where much is lost hardly anything is answered at the first time, and Karn's rule alone would let it grow. */
START_TEST(expected_answer_ends_the_back_off_and_is_no_sample)
{
	struct rto rto = start_rto(10000, 4000000);
	rto_confirm(&rto, 200, false);
	ck_assert_uint_eq(rto.value_us, 1000000);
	rto_sample(&rto, 200);
	uint32_t srtt_us = rto.srtt_us;
	for (int i = 0; i < 5; i++)
		rto_back_off(&rto);
	rto_confirm(&rto, 200 + 1001, true);
	ck_assert_uint_eq(rto.value_us, 320000);
	rto_confirm(&rto, 300, true);
	ck_assert_uint_eq(rto.value_us, 10000);
	ck_assert_uint_eq(rto.srtt_us, srtt_us);
}
END_TEST

/* GRUB with its queue full answers each block when it comes again; to go on at the shortest interval would send
 * all twice. */
START_TEST(answers_to_nothing_but_repetitions_leave_the_back_off_after_a_while)
{
	struct rto rto = start_rto(10000, 4000000);
	rto_sample(&rto, 200);
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < RTO_CONFIRMED_MAX; i++) {
			rto_back_off(&rto);
			rto_confirm(&rto, 200, true);
			ck_assert_uint_eq(rto.value_us, 10000);
		}
		rto_back_off(&rto);
		rto_confirm(&rto, 200, true);
		ck_assert_uint_eq(rto.value_us, 20000);
		rto_back_off(&rto);
		rto_confirm(&rto, 200, true);
		ck_assert_uint_eq(rto.value_us, 40000);
		if (round == 0)
			rto_confirm(&rto, 200, false);
		else
			rto_sample(&rto, 200);
		ck_assert_uint_eq(rto.value_us, 10000);
	}
	rto_back_off(&rto);
	rto_confirm(&rto, 200, true);
	ck_assert_uint_eq(rto.value_us, 10000);
}
END_TEST

SUITE("rto", starts_with_the_initial_value, first_sample_sets_srtt_to_it_and_rttvar_to_half,
      later_samples_move_rttvar_by_a_quarter_and_srtt_by_an_eighth,
      margin_is_never_below_the_clock_granularity, stays_between_floor_and_cap,
      waits_longer_until_the_next_sample_but_not_beyond_the_cap, survives_samples_of_any_size,
      backs_off_by_doubling_up_to_the_cap, sample_ends_the_back_off,
      slow_answer_makes_patient_for_a_while, expected_answer_ends_the_back_off_and_is_no_sample,
      answers_to_nothing_but_repetitions_leave_the_back_off_after_a_while)

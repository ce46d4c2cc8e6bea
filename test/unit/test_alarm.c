#include "unit/suite.h"

#include "base/list.h"
#include "net/alarm.h"

static uv_loop_t loop;
static struct alarm clock_alarm;
static unsigned rings;
static uint64_t rang_us;

static uint64_t now_us(void)
{
	return uv_hrtime() / 1000;
}

static void ring(struct alarm *alarm)
{
	ck_assert_ptr_eq(alarm, &clock_alarm);
	rings++;
	rang_us = now_us();
}

static void set_up(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(alarm_open(&clock_alarm, &loop, ring), 0);
	/* By itself it does not keep the loop running. */
	ck_assert(!uv_loop_alive(&loop));
	uv_ref((uv_handle_t *)&clock_alarm);
}

static void run_until_it_rings(void)
{
	for (unsigned before = rings; rings == before;)
		uv_run(&loop, UV_RUN_NOWAIT);
}

static void tear_down(void)
{
	alarm_close(&clock_alarm);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

START_TEST(rings_once_and_not_before_its_time)
{
	set_up();
	/* Starts and ends spread over the millisecond that libuv counts in. */
	for (unsigned i = 0; i < 50; i++) {
		uint64_t at_us = now_us() + 130 + 17 * i;
		alarm_set(&clock_alarm, at_us);
		run_until_it_rings();
		ck_assert_uint_ge(rang_us, at_us);
	}
	/* It has rung: another one is needed to ring again. */
	uint64_t later_us = now_us() + 2000;
	while (now_us() < later_us)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(rings, 50);
	tear_down();
}
END_TEST

START_TEST(rings_at_the_time_set_last)
{
	set_up();
	alarm_set(&clock_alarm, now_us() + 60000000);
	alarm_set(&clock_alarm, now_us() + 100);
	run_until_it_rings();
	alarm_set(&clock_alarm, 0);
	run_until_it_rings();
	ck_assert_uint_eq(rings, 2);
	tear_down();
}
END_TEST

START_TEST(does_not_ring_when_it_was_called_off)
{
	set_up();
	uint64_t at_us = now_us() + 1000;
	alarm_set(&clock_alarm, at_us);
	alarm_set(&clock_alarm, ALARM_NEVER);
	while (now_us() < at_us + 2000)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(rings, 0);
	tear_down();
}
END_TEST

SUITE("alarm", rings_once_and_not_before_its_time, rings_at_the_time_set_last,
      does_not_ring_when_it_was_called_off)

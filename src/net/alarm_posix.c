/* libuv's timers: whole milliseconds. */
#include "net/alarm.h"

static void take_expiry(uv_timer_t *timer)
{
	struct alarm *alarm = timer->data;
	alarm->ring(alarm);
}

int alarm_open(struct alarm *alarm, uv_loop_t *loop, void (*ring)(struct alarm *alarm))
{
	alarm->ring = ring;
	alarm->fd = 0; /* open */
	uv_timer_init(loop, &alarm->timer);
	alarm->timer.data = alarm;
	uv_unref((uv_handle_t *)&alarm->timer);
	return 0;
}

/*
 * libuv counts whole milliseconds, cut off: from such a count to the millisecond that
 * ends after the time, or it would ring up to one too soon.
 */
void alarm_set(struct alarm *alarm, uint64_t at_us)
{
	if (at_us == ALARM_NEVER) {
		uv_timer_stop(&alarm->timer);
		return;
	}
	uint64_t at_ms = at_us / 1000 + (at_us % 1000 != 0);
	uv_update_time(alarm->timer.loop);
	uint64_t now_ms = uv_now(alarm->timer.loop);
	uv_timer_start(&alarm->timer, take_expiry, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

void alarm_close(struct alarm *alarm)
{
	if (alarm->fd < 0)
		return;
	alarm->fd = -1;
	uv_close((uv_handle_t *)&alarm->timer, NULL);
}

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "net/alarm.h"

static void take_expiry(uv_poll_t *poll, int status, int events)
{
	struct alarm *alarm = poll->data;
	uint64_t count;
	(void)status;
	(void)events;
	if (read(alarm->fd, &count, sizeof count) == sizeof count)
		alarm->ring(alarm);
}

int alarm_open(struct alarm *alarm, uv_loop_t *loop, void (*ring)(struct alarm *alarm))
{
	alarm->ring = ring;
	alarm->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (alarm->fd < 0)
		return -errno;
	int rc = uv_poll_init(loop, &alarm->poll, alarm->fd);
	if (rc != 0) {
		close(alarm->fd);
		alarm->fd = -1;
		return rc;
	}
	alarm->poll.data = alarm;
	uv_poll_start(&alarm->poll, UV_READABLE, take_expiry);
	uv_unref((uv_handle_t *)&alarm->poll);
	return 0;
}

void alarm_set(struct alarm *alarm, uint64_t at_us)
{
	struct itimerspec when = {.it_value = {.tv_sec = 0}};
	if (at_us != ALARM_NEVER) {
		/* Zero would turn it off. */
		uint64_t at = at_us == 0 ? 1 : at_us;
		when.it_value.tv_sec = (time_t)(at / 1000000);
		when.it_value.tv_nsec = (long)(at % 1000000 * 1000);
	}
	timerfd_settime(alarm->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void finish(uv_handle_t *handle)
{
	struct alarm *alarm = handle->data;
	close(alarm->fd);
	alarm->fd = -1;
}

void alarm_close(struct alarm *alarm)
{
	if (alarm->fd >= 0)
		uv_close((uv_handle_t *)&alarm->poll, finish);
}

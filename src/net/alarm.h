/* One point in time on a loop, in microseconds where the system can: libuv's timers count milliseconds, and a
 * pause between two bursts on a fast network is shorter. */
#ifndef UVTFTP_NET_ALARM_H
#define UVTFTP_NET_ALARM_H

#include <uv.h>

struct alarm {
	union {
		uv_poll_t poll;
		uv_timer_t timer;
	};
	void (*ring)(struct alarm *alarm);
	int fd; /* own; -1: none */
};

#define ALARM_NEVER UINT64_MAX

/* `ring` runs on the loop, once for each alarm_set, not before its time. 0 or a negative errno. The handle does
 * not keep the loop running. */
int alarm_open(struct alarm *alarm, uv_loop_t *loop, void (*ring)(struct alarm *alarm));
/* Rings at this time of uv_hrtime (in microseconds) and at no other. */
void alarm_set(struct alarm *alarm, uint64_t at_us);
void alarm_close(struct alarm *alarm); /* ends on the loop */

#endif

/* When a session acts by itself.
 *
 * Its libuv timer is first armed early and re-armed only when it fires: moving a deadline later costs nothing.
 * A pause between two bursts of a window is too short for it; whoever pauses waits in the worker's heap for the
 * alarm, which rings to the microsecond where the system can. */
#include "server/seats.h"
#include "server/session_inside.h"
#include "server/worker.h"

/* Longer pauses can as well end a millisecond late. */
#define SHARP_US 5000u

/* Takes what waits on the session's port. False: it brought the session to its end. */
static bool hear_first(struct session *session)
{
	struct worker *worker = session->worker;
	struct endpoint *endpoint = session->endpoint;
	struct addr peer = session->peer;
	uint64_t started_us = session->started_us;
	if (endpoint->catch_all != NULL)
		return true;
	endpoint_receive_now(endpoint);
	return worker_find(worker, endpoint, &peer) == session && session->started_us == started_us;
}

static void expire(struct session *session)
{
	session->timer_at_us = TRANSFER_NEVER;
	uint64_t now_us = worker_now(session->worker);
	if (guard_deadline(session) > now_us) {
		session_arm(session);
		return;
	}
	/* Timers run before sockets are read: on a busy loop the answer may be here already. */
	if (!transfer_is_paused(&session->transfer) && !hear_first(session))
		return;
	if (!guard_expire(session))
		transfer_expire(&session->transfer, worker_now(session->worker));
	session_pump(session);
}

static void take_timer(uv_timer_t *timer)
{
	expire(LIST_OWNER(timer, struct session, timer));
}

/* Sets the alarm for the first in the heap. */
static void wind(struct worker *worker)
{
	const struct heap_link *first = heap_first(&worker->pausing);
	uint64_t at_us = first == NULL ? ALARM_NEVER : first->at;
	/* An alarm that rings too early does no harm. */
	if (at_us >= worker->alarm_at_us)
		return;
	worker->alarm_at_us = at_us;
	alarm_set(&worker->alarm, at_us);
}

void session_ring(struct alarm *alarm)
{
	struct worker *worker = LIST_OWNER(alarm, struct worker, alarm);
	uint64_t now_us = worker_now(worker);
	worker->alarm_at_us = ALARM_NEVER;
	/* Not more than were there: whoever pauses again waits for the next one. */
	for (uint32_t left = worker->pausing.count; left > 0; left--) {
		struct heap_link *first = heap_first(&worker->pausing);
		if (first == NULL || first->at > now_us)
			break;
		heap_remove(&worker->pausing, first);
		expire(HEAP_ENTRY(first, struct session, pause));
	}
	wind(worker);
}

static bool arm_sharply(struct session *session, uint64_t deadline_us, uint64_t wait_us)
{
	struct worker *worker = session->worker;
	if (wait_us > SHARP_US || worker->alarm.fd < 0 || !transfer_is_paused(&session->transfer) ||
	    !heap_put(&worker->pausing, &session->pause, deadline_us))
		return false;
	wind(worker);
	return true;
}

void session_arm(struct session *session)
{
	uint64_t deadline_us = guard_deadline(session);
	if (deadline_us >= session->timer_at_us)
		return;
	uint64_t now_us = worker_now(session->worker);
	uint64_t wait_us = deadline_us > now_us ? deadline_us - now_us : 0;
	session->timer_at_us = deadline_us;
	if (!arm_sharply(session, deadline_us, wait_us))
		uv_timer_start(&session->timer, take_timer, (wait_us + 999) / 1000, 0);
}

void session_disarm(struct session *session)
{
	uv_timer_stop(&session->timer);
	heap_remove(&session->worker->pausing, &session->pause);
}

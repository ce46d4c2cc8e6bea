#include "server/seats.h"

#include <stdio.h>

#include "server/admission.h"
#include "server/worker.h"

/* One line about requests that wait in so long. */
#define LOG_US 10000000u

static bool is_full(const struct worker *worker)
{
	return worker->session_count >= worker->sessions_max;
}

static bool has_its_share(const struct worker *worker, const struct ledger_client *client)
{
	unsigned max = worker->server->sessions_per_client_max;
	return max != 0 && client->running >= max;
}

bool seats_are_free(const struct worker *worker, const struct ledger_client *client)
{
	return waiting_is_empty(&worker->waiting) && !is_full(worker) && !has_its_share(worker, client);
}

static void log_full(struct worker *worker, const struct ledger_client *client)
{
	const struct waiting *waiting = &worker->waiting;
	uint64_t now_us = worker_now(worker);
	char why[80] = "memory or ports are short";
	if (worker->full_logged_us != 0 && now_us - worker->full_logged_us < LOG_US)
		return;
	worker->full_logged_us = now_us;
	if (is_full(worker))
		snprintf(why, sizeof why, "all %zu transfers of this worker are in use (--max-sessions)",
			 worker->sessions_max);
	else if (has_its_share(worker, client))
		snprintf(why, sizeof why, "a client has its share (--max-sessions-per-client)");
	log_line(
	    &worker->server->log, LOG_LEVEL_WARNING,
	    "requests wait: %s; until now %llu waited, %llu of them were served, %llu not asked for any "
	    "more, %llu found no room to wait",
	    why, (unsigned long long)count_get(&waiting->kept),
	    (unsigned long long)count_get(&waiting->started),
	    (unsigned long long)count_get(&waiting->expired),
	    (unsigned long long)count_get(&waiting->dropped));
}

void seats_wait(struct worker *worker, const struct session_request *request, const uint8_t *data,
		size_t len)
{
	waiting_keep(&worker->waiting, request->asked, &request->asked->local, request->peer, data, len,
		     worker_now(worker));
	log_full(worker, request->client);
	if (is_full(worker))
		guard_make_room(worker);
}

static void serve_all(struct worker *worker);

static void serve(uv_timer_t *timer)
{
	serve_all(LIST_OWNER(timer, struct worker, serve_timer));
}

void seats_left(struct worker *worker, const struct addr *peer)
{
	waiting_let_on(&worker->waiting, peer);
	seats_serve_soon(worker);
}

void seats_serve_soon(struct worker *worker)
{
	if (waiting_is_empty(&worker->waiting) || worker->is_draining)
		return;
	uint64_t now_us = worker_now(worker);
	uint64_t at_us = is_full(worker) ? guard_room_at(worker) : now_us;
	if (at_us != TRANSFER_NEVER)
		uv_timer_start(&worker->serve_timer, serve,
			       at_us > now_us ? (at_us - now_us + 999) / 1000 : 0, 0);
}

static void serve_all(struct worker *worker)
{
	struct waiting *waiting = &worker->waiting;
	while (!worker->is_draining && !waiting_is_empty(waiting)) {
		if (is_full(worker) && !guard_make_room(worker)) {
			seats_serve_soon(worker);
			return;
		}
		struct waiting_request *request = waiting_next(waiting, worker_now(worker));
		if (request == NULL)
			return;
		struct ledger_client *client = ledger_hold(&worker->ledger, &request->peer);
		bool must_wait = client != NULL && has_its_share(worker, client);
		ledger_drop(&worker->ledger, client);
		if (must_wait) {
			waiting_hold_back(waiting, request);
			continue;
		}
		/* A copy: what follows may read datagrams, and they may push it out. */
		struct waiting_request own = *request;
		waiting_done(waiting, request);
		if (!admission_begin(worker, own.asked, &own.peer, own.bytes, own.len))
			return;
		count_add(&waiting->started, 1);
	}
}

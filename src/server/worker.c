#include "server/worker.h"

#include <string.h>

#include "base/mem.h"
#include "server/admission.h"
#include "server/listeners.h"
#include "server/seats.h"

/* Messages waiting for the network, per worker: what a full window of many sessions needs before the kernel
 * pushes back. About 6 KiB each, touched when used. */
#define MESSAGES_MAX 2048

/* Sessions and places to expect at first; tables grow. */
#define TABLE_EXPECTED 1024

uint64_t worker_now(const struct worker *worker)
{
	(void)worker;
	return uv_hrtime() / 1000;
}

/* A counter under a secret key: ports must not be guessable. */
uint64_t worker_random(struct worker *worker)
{
	worker->random_state++;
	return table_hash(&worker->by_peer, &worker->random_state, sizeof worker->random_state);
}

uint64_t worker_peer_hash(const struct worker *worker, const struct endpoint *endpoint,
			  const struct addr *peer)
{
	struct {
		uint64_t endpoint;
		struct addr_key peer;
	} key;
	key.endpoint = (uintptr_t)endpoint;
	addr_key(peer, &key.peer);
	return table_hash(&worker->by_peer, &key, sizeof key);
}

struct session *worker_find(struct worker *worker, const struct endpoint *endpoint,
			    const struct addr *peer)
{
	struct table_link *link =
	    table_first(&worker->by_peer, worker_peer_hash(worker, endpoint, peer));
	for (; link != NULL; link = table_next(link)) {
		struct session *session = TABLE_ENTRY(link, struct session, by_peer);
		if (session->endpoint == endpoint && addr_equal(&session->peer, peer))
			return session;
	}
	return NULL;
}

static size_t first_slot(uint64_t peer_hash)
{
	return peer_hash % (QUARANTINE_SLOTS / QUARANTINE_WAYS) * QUARANTINE_WAYS;
}

void worker_quarantine(struct worker *worker, uint64_t peer_hash)
{
	struct quarantine_slot *slots = &worker->quarantine[first_slot(peer_hash)], *chosen = slots;
	for (unsigned i = 0; i < QUARANTINE_WAYS && chosen->hash != peer_hash; i++)
		if (slots[i].hash == peer_hash || slots[i].until_us < chosen->until_us)
			chosen = &slots[i];
	*chosen = (struct quarantine_slot){peer_hash, worker_now(worker) + QUARANTINE_US};
}

uint64_t worker_quarantined_until(const struct worker *worker, uint64_t peer_hash)
{
	const struct quarantine_slot *slots = &worker->quarantine[first_slot(peer_hash)];
	for (unsigned i = 0; i < QUARANTINE_WAYS; i++)
		if (slots[i].hash == peer_hash && worker_now(worker) < slots[i].until_us)
			return slots[i].until_us;
	return 0;
}

void worker_send_error(struct worker *worker, struct endpoint *endpoint, const struct addr *peer,
		       uint16_t code, const char *text)
{
	uint8_t packet[MESSAGE_INLINE_BYTES];
	struct bytes_out out;
	struct message *message = batch_message(&worker->batch, endpoint, peer);
	if (message == NULL)
		return;
	bytes_out_init(&out, packet, sizeof packet);
	packet_write_error(&out, code, text);
	message_add_packet(message, packet, bytes_out_len(&out));
	batch_queue(&worker->batch, message);
}

void worker_asked(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data, size_t len)
{
	struct worker *worker = endpoint->user;
	struct session *session = worker_find(worker, endpoint, peer);
	/* On a single port the next request comes where the last transfer runs. */
	bool is_request = len >= 2 && data[0] == 0 && (data[1] == PACKET_RRQ || data[1] == PACKET_WRQ);
	if (session != NULL && !is_request)
		session_input(session, data, len);
	else
		admission_request(worker, endpoint, peer, data, len);
}

void worker_heard(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data, size_t len)
{
	struct worker *worker = endpoint->user;
	struct session *session = worker_find(worker, endpoint, peer);
	if (session != NULL)
		session_input(session, data, len);
	else
		admission_stray(worker, endpoint, peer, data, len);
}

/* Those that find the network full again come back to the list. */
void worker_resume(struct worker *worker)
{
	struct list ready;
	list_init(&ready);
	list_splice(&ready, &worker->stalled);
	for (struct list *link; (link = list_take_first(&ready)) != NULL;)
		session_pump(LIST_OWNER(link, struct session, stalled));
}

void worker_check_drained(struct worker *worker)
{
	struct server *server = worker->server;
	if (!worker->is_draining || worker->session_count > 0 || worker->is_drained)
		return;
	worker->is_drained = true;
	if (atomic_fetch_sub(&server->workers_busy, 1) == 1 && server->on_drained != NULL)
		server->on_drained(server->user);
}

static void drain(struct letter *letter)
{
	struct worker *worker = LIST_OWNER(letter, struct worker, drain_letter);
	worker->is_draining = true;
	/* An upload that is stored lingers only to repeat its last ACK. */
	for (struct list *link = worker->sessions.next, *next; link != &worker->sessions; link = next) {
		next = link->next;
		struct session *session = LIST_OWNER(link, struct session, link);
		if (session->transfer.phase == TRANSFER_DALLYING)
			session_close(session);
	}
	worker_check_drained(worker);
}

static void reload(struct letter *letter)
{
	struct worker *worker = LIST_OWNER(letter, struct worker, reload_letter);
	setup_drop(worker->setup);
	worker->setup = atomic_exchange(&worker->next_setup, NULL);
}

static void end_sessions(struct worker *worker)
{
	for (struct list *link; (link = worker->sessions.next) != &worker->sessions;) {
		struct session *session = LIST_OWNER(link, struct session, link);
		if (session->transfer.phase != TRANSFER_OVER) {
			transfer_fail(&session->transfer, PACKET_ERROR_OTHER,
				      "the server is shutting down");
			worker_send_error(worker, session->endpoint, &session->peer, PACKET_ERROR_OTHER,
					  "the server is shutting down");
		}
		session_close(session);
	}
	batch_flush(&worker->batch);
}

static void close_timer(uv_handle_t *handle, void *user)
{
	(void)user;
	if (handle->type == UV_TIMER && !uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Everything that keeps the loop running; it returns when the close callbacks are through. */
static void close_handles(struct worker *worker)
{
	listeners_close(worker);
	for (struct list *link = worker->places.next; link != &worker->places; link = link->next)
		place_close(LIST_OWNER(link, struct place, link));
	alarm_close(&worker->alarm);
	batch_close(&worker->batch);
	mailbox_close(&worker->mailbox, NULL);
	uv_walk(&worker->loop, close_timer, NULL);
}

static void stop(struct letter *letter)
{
	struct worker *worker = LIST_OWNER(letter, struct worker, stop_letter);
	worker->is_draining = true;
	end_sessions(worker);
	listeners_report(worker);
	close_handles(worker);
}

static int open_parts(struct worker *worker)
{
	struct server *server = worker->server;
	uint64_t key[2];
	int rc = uv_random(NULL, NULL, key, sizeof key, 0, NULL);
	if (rc != 0)
		return rc;
	size_t sessions_max = server->sessions_max + (worker->index < server->sessions_rest);
	worker->sessions_max = sessions_max;
	if (pool_init(&worker->pool, sizeof(struct session), sessions_max) != 0 ||
	    waiting_init(&worker->waiting, SEATS_WAITING_MAX, key) != 0 ||
	    ledger_init(&worker->ledger, sessions_max, server->request_rate, key) != 0 ||
	    table_init(&worker->by_peer, TABLE_EXPECTED, key) != 0 ||
	    table_init(&worker->by_request, TABLE_EXPECTED, key) != 0 ||
	    table_init(&worker->places_by_host, 1, key) != 0)
		return UV_ENOMEM;
	rc = uv_loop_init(&worker->loop);
	if (rc != 0)
		return rc;
	worker->has_loop = true;
	uv_timer_init(&worker->loop, &worker->serve_timer);
	/* Without it the sessions' own timers do, if less sharply. */
	(void)alarm_open(&worker->alarm, &worker->loop, session_ring);
	rc = mailbox_open(&worker->mailbox, &worker->loop);
	if (rc != 0)
		return rc;
	worker->has_mailbox = true;
	rc = batch_open(&worker->batch, &worker->loop, MESSAGES_MAX);
	worker->has_batch = rc == 0;
	return rc;
}

int worker_open(struct worker *worker, struct server *server, unsigned index, struct uvtftp_error *error)
{
	worker->server = server;
	worker->index = index;
	worker->alarm.fd = -1;
	worker->alarm_at_us = ALARM_NEVER;
	worker->drain_letter.deliver = drain;
	worker->stop_letter.deliver = stop;
	worker->reload_letter.deliver = reload;
	list_init(&worker->reload_letter.link);
	worker->setup = server->setup;
	setup_hold(worker->setup);
	list_init(&worker->drain_letter.link);
	list_init(&worker->stop_letter.link);
	list_init(&worker->listeners);
	list_init(&worker->places);
	list_init(&worker->sessions);
	list_init(&worker->idle);
	list_init(&worker->stalled);
	list_init(&worker->unheard);
	list_init(&worker->lingering);
	int rc = open_parts(worker);
	if (rc != 0)
		return err_set(error, rc == UV_ENOMEM ? UVTFTP_ERR_NOMEM : UVTFTP_ERR_SYSTEM,
			       "cannot start worker %u: %s", index, uv_strerror(rc));
	return listeners_open(worker, error);
}

static void run(void *user)
{
	struct worker *worker = user;
	uv_run(&worker->loop, UV_RUN_DEFAULT);
}

int worker_start(struct worker *worker)
{
	int rc = uv_thread_create(&worker->thread, run, worker);
	worker->is_running = rc == 0;
	return rc;
}

void worker_drain(struct worker *worker)
{
	mailbox_post(&worker->mailbox, &worker->drain_letter);
}

void worker_reload(struct worker *worker, struct setup *setup)
{
	setup_hold(setup);
	struct setup *overtaken = atomic_exchange(&worker->next_setup, setup);
	if (overtaken == NULL)
		mailbox_post(&worker->mailbox, &worker->reload_letter);
	setup_drop(overtaken);
}

void worker_stop(struct worker *worker)
{
	if (worker->is_running)
		mailbox_post(&worker->mailbox, &worker->stop_letter);
}

void worker_close(struct worker *worker)
{
	if (worker->is_running) {
		uv_thread_join(&worker->thread);
	} else if (worker->has_loop) {
		listeners_close(worker);
		alarm_close(&worker->alarm);
		if (worker->has_batch)
			batch_close(&worker->batch);
		if (worker->has_mailbox)
			mailbox_close(&worker->mailbox, NULL);
		uv_walk(&worker->loop, close_timer, NULL);
		uv_run(&worker->loop, UV_RUN_DEFAULT);
	}
	for (struct list *link; (link = list_take_first(&worker->places)) != NULL;)
		place_free(LIST_OWNER(link, struct place, link));
	if (worker->has_batch)
		batch_fini(&worker->batch);
	if (worker->has_loop)
		ASSERT(uv_loop_close(&worker->loop) == 0);
	setup_drop(worker->setup);
	heap_fini(&worker->pausing);
	pool_fini(&worker->pool);
	waiting_fini(&worker->waiting);
	ledger_fini(&worker->ledger);
	table_fini(&worker->by_peer);
	table_fini(&worker->by_request);
	table_fini(&worker->places_by_host);
}

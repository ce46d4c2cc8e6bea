/* The life of a read: session_open starts the open in the store; opened hands size and content to the core;
 * session_pump sends what the core wants to send, blocks straight from cached chunks; ACKs come in through
 * session_input; the timer through expire; session_close ends it.
 *
 * What can go wrong: the open fails - the core sends the ERROR; a chunk is not in memory - the session waits
 * for it and pumps again; the file changes - ERROR; the network is full - the session is stalled and the
 * worker resumes it; the client falls silent - the core gives up. */
#include <string.h>

#include "base/mem.h"
#include "server/report.h"
#include "server/seats.h"
#include "server/session_inside.h"
#include "server/worker.h"

/* A session with an initialised timer, all else zero. */
static struct session *take(struct worker *worker)
{
	struct list *idle = list_take_first(&worker->idle);
	if (idle != NULL) {
		struct session *session = LIST_OWNER(idle, struct session, link);
		list_init(&session->link);
		session->content = NULL;
		session->near[0].chunk = session->near[1].chunk = NULL;
		session->portion = (struct portion){0};
		session->is_reported = false;
		return session;
	}
	struct session *session = pool_take(&worker->pool);
	if (session == NULL)
		return NULL;
	uv_timer_init(&worker->loop, &session->timer);
	session->worker = worker;
	list_init(&session->link);
	list_init(&session->stalled);
	return session;
}

/* The request table's key: who asked which of our addresses; the port that was asked is compared. */
static uint64_t hash_request(const struct worker *worker, const struct addr *local,
			     const struct addr *peer)
{
	struct addr host = *local;
	struct addr_key keys[2];
	addr_set_port(&host, 0);
	addr_key(&host, &keys[0]);
	addr_key(peer, &keys[1]);
	return table_hash(&worker->by_request, keys, sizeof keys);
}

static void enter(struct session *session)
{
	struct worker *worker = session->worker;
	table_insert(&worker->by_peer, &session->by_peer,
		     worker_peer_hash(worker, session->endpoint, &session->peer));
	table_insert(&worker->by_request, &session->by_request,
		     hash_request(worker, &session->endpoint->local, &session->peer));
	list_append(&worker->sessions, &session->link);
	worker->session_count++;
}

struct session *session_find_request(struct worker *worker, const struct addr *local,
				     const struct addr *peer)
{
	struct table_link *link = table_first(&worker->by_request, hash_request(worker, local, peer));
	for (; link != NULL; link = table_next(link)) {
		struct session *session = TABLE_ENTRY(link, struct session, by_request);
		if (addr_equal(&session->peer, peer) &&
		    addr_same_host(&session->endpoint->local, local) &&
		    session->asked_port == addr_port(local))
			return session;
	}
	return NULL;
}

static struct endpoint *choose_endpoint(struct worker *worker, const struct session_request *request)
{
	if (worker->server->is_single_port)
		return request->asked;
	struct place *place = place_find(worker, &request->asked->local);
	return place == NULL ? NULL : place_pick(place, worker, request);
}

static char *put_text(char *at, const char *text)
{
	size_t len = strlen(text) + 1;
	memcpy(at, text, len);
	return at + len;
}

/* The name for logs, the rule, and the paths to try, one behind the other and an empty one at the end, in one
 * piece. */
static bool copy_texts(struct session *session, struct text file, const struct policy_decision *decision)
{
	char name[REPORT_NAME_MAX];
	text_printable(file, name, sizeof name);
	size_t len = strlen(name) + 1 + strlen(decision->rule) + 1 + 1;
	for (unsigned i = 0; i < decision->try_count; i++)
		len += strlen(decision->tries[i]) + 1;
	session->name = mem_alloc(len);
	if (session->name == NULL)
		return false;
	session->rule = put_text(session->name, name);
	char *at = session->tries = put_text(session->rule, decision->rule);
	for (unsigned i = 0; i < decision->try_count; i++)
		at = put_text(at, decision->tries[i]);
	*at = '\0';
	return true;
}

static void lower(uint32_t *limit, uint32_t value)
{
	if (value != 0 && value < *limit)
		*limit = value;
}

/* An upload's window has its place in memory before it is invited. When memory is short the windows granted are small,
 * and then the blocks, too. */
static void limit_upload(const struct sink_memory *memory, struct option_limits *options)
{
	size_t share = sink_memory_share(memory);
	if (share > SESSION_WINDOW_BYTES_MAX)
		share = SESSION_WINDOW_BYTES_MAX;
	if (share < SESSION_UPLOAD_BLKSIZE_MIN)
		share = SESSION_UPLOAD_BLKSIZE_MIN;
	options->window_bytes_max = (uint32_t)share;
	lower(&options->blksize_max, (uint32_t)share);
}

/* The limits for this client: the server's, lowered by the rules. */
static struct transfer_limits choose_limits(const struct setup *setup,
					    const struct policy_decision *decision)
{
	struct transfer_limits limits = setup->limits;
	lower(&limits.options.blksize_max, decision->blksize_max);
	lower(&limits.options.windowsize_max, decision->windowsize_max);
	limits.options.refused = decision->refused_options;
	limits.options.rollover = decision->rollover == 1 ? 1 : 0;
	return limits;
}

static void begin(struct session *session, struct endpoint *endpoint,
		  const struct session_request *request)
{
	struct worker *worker = session->worker;
	struct transfer_limits limits = choose_limits(worker->setup, request->decision);
	if (request->packet->op == PACKET_WRQ)
		limit_upload(&worker->server->upload_memory, &limits.options);
	guard_limit(worker, request, &limits);
	session->endpoint = endpoint;
	session->peer = *request->peer;
	session->asked_port = addr_port(&request->asked->local);
	session->request_hash = request->hash;
	session->started_us = worker_now(worker);
	session->timer_at_us = TRANSFER_NEVER;
	session->setup = worker->setup;
	session->root = request->decision->root;
	setup_hold(session->setup);
	transfer_serve(&session->transfer, request->packet, &limits, session->started_us);
}

static void give_back(struct session *session)
{
	setup_drop(session->setup);
	mem_free(session->name);
	list_append(&session->worker->idle, &session->link);
}

bool session_open(struct worker *worker, const struct session_request *request)
{
	struct endpoint *endpoint = choose_endpoint(worker, request);
	if (endpoint == NULL)
		return false;
	struct session *session = take(worker);
	if (session == NULL)
		return false;
	session->setup = NULL;
	if (!copy_texts(session, request->packet->file, request->decision)) {
		give_back(session);
		return false;
	}
	begin(session, endpoint, request);
	guard_begin(session, request->client);
	bool is_write = request->packet->op == PACKET_WRQ;
	if (!(is_write ? session_write_begin(session) : session_read_open(session))) {
		guard_end(session);
		give_back(session);
		return false;
	}
	enter(session);
	if (session->waits == SESSION_WAITS_NOT)
		session_pump(session);
	return true;
}

static void stop_waiting(struct session *session)
{
	if (session->waits == SESSION_WAITS_FOR_OPEN)
		session->opening.source->ops->cancel(session->opening.source, &session->opening);
	else if (session->waits == SESSION_WAITS_FOR_CHUNK)
		cache_cancel(&session->chunk_wait);
	session->waits = SESSION_WAITS_NOT;
	if (session->transfer.direction == TRANSFER_RECEIVE)
		session_write_end(session);
}

/* Once, as soon as the outcome is known: an upload lingers a while to repeat its last ACK. */
static void report(struct session *session)
{
	if (session->is_reported)
		return;
	session->is_reported = true;
	report_session(session, worker_now(session->worker));
	if (session->transfer.phase != TRANSFER_DALLYING)
		return;
	guard_linger(session);
	seats_left(session->worker, &session->peer);
}

void session_close(struct session *session)
{
	struct worker *worker = session->worker;
	stop_waiting(session);
	report(session);
	guard_end(session);
	worker_quarantine(worker, session->by_peer.hash);
	table_remove(&worker->by_peer, &session->by_peer);
	table_remove(&worker->by_request, &session->by_request);
	list_remove(&session->stalled);
	list_remove(&session->link);
	session_disarm(session);
	content_drop(session->content);
	give_back(session);
	worker->session_count--;
	seats_left(worker, &session->peer);
	worker_check_drained(worker);
}

void session_input(struct session *session, const uint8_t *bytes, size_t len)
{
	struct text payload = {NULL, 0};
	if (guard_input(session, bytes, len)) {
		uint64_t acked_before = session->transfer.sender.acked;
		transfer_input(&session->transfer, bytes, len, worker_now(session->worker), &payload);
		guard_heard(session, acked_before);
	}
	if (session->transfer.direction == TRANSFER_RECEIVE)
		session_write_take(session, payload);
	session_pump(session);
}

static bool fill_packet(struct session *session, struct message *message)
{
	uint8_t packet[MESSAGE_INLINE_BYTES];
	size_t len = transfer_format(&session->transfer, packet, sizeof packet);
	return len > 0 && message_add_packet(message, packet, len);
}

/* One message. False: nothing more can be sent now. */
static bool send_next(struct session *session, const struct transfer_out *out)
{
	struct batch *batch = &session->worker->batch;
	struct message *message = endpoint_is_blocked(session->endpoint)
				      ? NULL
				      : batch_message(batch, session->endpoint, &session->peer);
	if (message == NULL) {
		list_remove(&session->stalled);
		list_append(&session->worker->stalled, &session->stalled);
		return false;
	}
	uint32_t count = out->kind == TRANSFER_OUT_DATA ? session_fill_data(session, message, out)
							: (uint32_t)fill_packet(session, message);
	if (count == 0) {
		batch_discard(batch, message);
		return session->transfer.owed != 0; /* it failed just now: its ERROR is next */
	}
	batch_queue(batch, message);
	transfer_sent(&session->transfer, out, count, worker_now(session->worker));
	if (out->kind == TRANSFER_OUT_DATA)
		guard_sent(session, (uint64_t)count * out->blksize);
	return true;
}

void session_pump(struct session *session)
{
	struct transfer_out out;
	bool has_more;
	while ((has_more = transfer_next(&session->transfer, &out)) && guard_lets_send(session) &&
	       session_write_has_room(session) && send_next(session, &out))
		continue;
	if (session->transfer.outcome != TRANSFER_RUNNING)
		report(session);
	bool is_lingering = session->transfer.phase == TRANSFER_DALLYING && session->worker->is_draining;
	if ((session->transfer.phase == TRANSFER_OVER || is_lingering) && !has_more)
		session_close(session);
	else
		session_arm(session);
}

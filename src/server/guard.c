#include "server/guard.h"

#include "proto/block.h"
#include "server/route.h"
#include "server/session.h"
#include "server/worker.h"

/* Unheard sessions looked at for one that gives way: the oldest may still be opening a file. */
#define LOOKED_AT_MAX 8

/* One line about the same thing in so long. */
#define LOG_US 10000000u

static struct session *of_link(struct list *link)
{
	struct guard *guard = LIST_OWNER(link, struct guard, link);
	return LIST_OWNER(guard, struct session, guard);
}

static bool is_read(const struct session *session)
{
	return session->transfer.direction == TRANSFER_SEND;
}

static void note_limited(struct worker *worker, uint64_t now_us)
{
	count_add(&worker->requests_limited, 1);
	if (worker->limited_logged_us != 0 && now_us - worker->limited_logged_us < LOG_US)
		return;
	worker->limited_logged_us = now_us;
	log_line(&worker->server->log, LOG_LEVEL_WARNING,
		 "%llu requests dropped: too many of one network that nobody acknowledges "
		 "(--request-rate); their addresses may be forged",
		 (unsigned long long)count_get(&worker->requests_limited));
}

bool guard_admits(struct worker *worker, struct ledger_client *client)
{
	uint64_t now_us = worker_now(worker);
	if (ledger_answer(&worker->ledger, client, now_us) != LEDGER_TOO_MANY)
		return true;
	note_limited(worker, now_us);
	return false;
}

static void lower(uint32_t *limit, uint32_t value)
{
	if (value != 0 && (*limit == 0 || value < *limit))
		*limit = value;
}

/* Whether an ACK from this client would say nothing about what it sees. */
static bool may_be_blind(struct worker *worker, struct ledger_client *client, uint64_t now_us)
{
	return (worker->server->is_single_port || ledger_is_suspect(client, now_us)) &&
	       !ledger_is_trusted(client, now_us);
}

/* What is cheap to ask of that. */
static bool may_be_doubted(const struct session *session)
{
	return session->worker->server->is_single_port || session->guard.client->strays.level != 0;
}

void guard_limit(struct worker *worker, const struct session_request *request,
		 struct transfer_limits *limits)
{
	uint64_t now_us = worker_now(worker);
	struct ledger_client *client = request->client;
	struct option_limits *options = &limits->options;
	ledger_ease(client, now_us);
	lower(&options->windowsize_max, client->window_max);
	lower(&options->blksize_max, client->blksize_max);
	lower(&options->blksize_max, route_blksize_max(worker, request, now_us));
	if (request->packet->op == PACKET_RRQ && may_be_blind(worker, client, now_us))
		lower(&options->window_bytes_max, ledger_is_crowded(client, now_us)
						      ? GUARD_WINDOW_BYTES_CROWDED
						      : GUARD_WINDOW_BYTES);
}

void guard_begin(struct session *session, struct ledger_client *client)
{
	struct worker *worker = session->worker;
	session->guard = (struct guard){.client = client, .answers = 1};
	client->item.holds++;
	client->running++;
	list_init(&session->guard.link);
	list_append(&worker->unheard, &session->guard.link);
}

/* Its client has said something, which takes its request off the network's account if it means anything. */
static void acquit(struct session *session)
{
	struct guard *guard = &session->guard;
	struct worker *worker = session->worker;
	if (may_be_doubted(session) && may_be_blind(worker, guard->client, worker_now(worker)))
		ledger_doubt(guard->client, guard->answers);
	else
		ledger_acknowledged(guard->client, guard->answers);
	guard->answers = 0;
}

static void note_losses(struct session *session)
{
	const struct transfer *transfer = &session->transfer;
	const struct sender *sender = &transfer->sender;
	if (!is_read(session) || transfer->blksize == 0 || sender->blocks_sent == 0)
		return;
	bool is_silent = transfer->outcome == TRANSFER_TIMEOUT || transfer->outcome == TRANSFER_RUNNING;
	struct ledger_losses losses = {
	    .blocks_sent = sender->blocks_sent,
	    .blocks_resent = sender->blocks_resent,
	    .window = sender->window,
	    .blksize = transfer->blksize,
	    .is_black_hole = is_silent && transfer->has_heard && sender->acked == 0 &&
			     sender->blocks_resent >= 2 * (uint64_t)sender->window,
	};
	/* What was sent in vain to a machine that was switched off says nothing about the way there. */
	if (!is_silent || losses.is_black_hole)
		ledger_note(session->guard.client, &losses, worker_now(session->worker));
}

static void speak(struct session *session)
{
	if (session->guard.quiet == GUARD_TESTS)
		session->guard.client->tested--;
	session->guard.quiet = GUARD_SPEAKS;
}

void guard_end(struct session *session)
{
	struct guard *guard = &session->guard;
	speak(session);
	note_losses(session);
	/* Ended by an ERROR: ours is no larger than the request. */
	if (session->transfer.outcome == TRANSFER_REFUSED)
		ledger_acknowledged(guard->client, guard->answers);
	else if (session->transfer.outcome == TRANSFER_PROBE ||
		 session->transfer.outcome == TRANSFER_ABORTED)
		acquit(session);
	list_remove(&guard->link);
	if (guard->state != GUARD_LINGERS)
		guard->client->running--;
	ledger_drop(&session->worker->ledger, guard->client);
	guard->client = NULL;
}

static void be_quiet(struct session *session, enum guard_quiet why, uint64_t us)
{
	session->guard.quiet = why;
	session->guard.quiet_until_us = worker_now(session->worker) + us;
}

bool guard_answers_again(struct session *session)
{
	struct guard *guard = &session->guard;
	if (guard->state != GUARD_UNHEARD)
		return true;
	if (!guard_admits(session->worker, guard->client))
		return false;
	guard->answers++;
	guard->quiet = GUARD_SPEAKS;
	return true;
}

static void end_blind(struct session *session)
{
	struct worker *worker = session->worker;
	uint64_t now_us = worker_now(worker);
	transfer_abandon(&session->transfer, TRANSFER_FORGED);
	session->transfer.error_text =
	    "it acknowledged what was not sent yet: its address may be forged";
	count_add(&worker->blind_ended, 1);
	if (worker->blind_logged_us != 0 && now_us - worker->blind_logged_us < LOG_US)
		return;
	worker->blind_logged_us = now_us;
	log_line(
	    &worker->server->log, LOG_LEVEL_WARNING,
	    "%llu transfers ended whose clients acknowledged what was not sent yet: their addresses "
	    "may be forged",
	    (unsigned long long)count_get(&worker->blind_ended));
}

bool guard_input(struct session *session, const uint8_t *bytes, size_t len)
{
	const struct transfer *transfer = &session->transfer;
	const struct sender *sender = &transfer->sender;
	bool is_listening = session->guard.quiet == GUARD_TESTS || session->guard.quiet == GUARD_SLOWS;
	struct packet packet;
	if (!is_listening || transfer->phase != TRANSFER_MOVING)
		return true;
	if (packet_parse(&packet, bytes, len) != PACKET_FINE || packet.op != PACKET_ACK)
		return true;
	uint32_t ahead = block_ahead(packet.number, sender->acked, sender->rollover);
	if (ahead <= sender->sent_max - sender->acked || ahead > UINT16_MAX / 2)
		return true;
	end_blind(session);
	return false;
}

static void begin_test(struct session *session)
{
	struct worker *worker = session->worker;
	const struct rto *rto = &session->transfer.rto;
	uint64_t rtt_us = rto->has_sample ? rto->srtt_us : rto->value_us;
	uint64_t rtts = GUARD_TRIAL_RTTS_MIN * 256u +
			worker_random(worker) % ((GUARD_TRIAL_RTTS_MAX - GUARD_TRIAL_RTTS_MIN) * 256u);
	uint64_t us = rtt_us * rtts / 256;
	if (us < GUARD_TRIAL_US_MIN)
		us = GUARD_TRIAL_US_MIN + worker_random(worker) % GUARD_TRIAL_US_MIN;
	if (us > GUARD_TRIAL_US_MAX)
		us = GUARD_TRIAL_US_MAX;
	session->guard.client->tested++;
	be_quiet(session, GUARD_TESTS, us);
}

static void slow_down(struct session *session)
{
	uint32_t slowed = session->guard.slowed++;
	uint64_t us = GUARD_REPEAT_US;
	for (; slowed >= GUARD_SLOWED_MAX && us < GUARD_SLOW_US_MAX; slowed--)
		us *= 2;
	be_quiet(session, GUARD_SLOWS, us);
}

/* The first word of the client. */
static void hear_first(struct session *session)
{
	struct guard *guard = &session->guard;
	list_remove(&guard->link);
	acquit(session);
	guard->quiet = GUARD_SPEAKS;
	guard->state = GUARD_BELIEVED;
}

static void put_on_trial(struct session *session, uint64_t now_us)
{
	struct guard *guard = &session->guard;
	struct rto *rto = &session->transfer.rto;
	uint64_t range = GUARD_TRIAL_BYTES_MAX - GUARD_TRIAL_BYTES_MIN;
	struct ledger *ledger = &session->worker->ledger;
	guard->state = GUARD_ON_TRIAL;
	if (!ledger_is_crowded(guard->client, now_us) && !ledger_is_over(ledger, guard->client, now_us))
		guard->trial_bytes = GUARD_TRIAL_BYTES_MIN + worker_random(session->worker) % range;
	rto->floor_us = GUARD_REPEAT_US;
	if (rto->value_us < GUARD_REPEAT_US)
		rto->value_us = GUARD_REPEAT_US;
}

static void believe(struct session *session)
{
	session->guard.state = GUARD_BELIEVED;
	session->transfer.rto.floor_us = session->setup->limits.rto_floor_us;
}

static void try_client(struct session *session, uint64_t acked_before)
{
	struct guard *guard = &session->guard;
	const struct sender *sender = &session->transfer.sender;
	uint64_t bytes = guard->client->bytes;
	if (guard->quiet != GUARD_SPEAKS || bytes < guard->trial_bytes ||
	    (guard->client->tested > 0 && bytes < GUARD_TRIAL_BYTES_OTHERS))
		return;
	if (sender->acked == sender->sent_max)
		begin_test(session);
	else if (sender->acked > acked_before)
		slow_down(session);
}

void guard_heard(struct session *session, uint64_t acked_before)
{
	struct guard *guard = &session->guard;
	const struct transfer *transfer = &session->transfer;
	/* Its first word may be its last, too: of the only block. */
	bool is_well = transfer->outcome == TRANSFER_RUNNING || transfer->outcome == TRANSFER_DONE;
	if (transfer->has_heard && is_well && guard->state == GUARD_UNHEARD)
		hear_first(session);
	if (!transfer->has_heard || transfer->phase != TRANSFER_MOVING || !is_read(session))
		return;
	if (transfer->sender.acked > acked_before)
		guard->repeats = 0;
	if (guard->quiet == GUARD_SILENCED && guard->repeats == 0)
		guard->quiet = GUARD_SPEAKS;
	if (!may_be_doubted(session))
		return;
	uint64_t now_us = worker_now(session->worker);
	if (guard->state == GUARD_BELIEVED && may_be_blind(session->worker, guard->client, now_us))
		put_on_trial(session, now_us);
	/* Another transfer of the client may have passed the test meanwhile. */
	if (guard->state == GUARD_ON_TRIAL && ledger_is_trusted(guard->client, now_us) &&
	    guard->quiet == GUARD_SPEAKS)
		believe(session);
	if (guard->state == GUARD_ON_TRIAL)
		try_client(session, acked_before);
}

bool guard_lets_send(const struct session *session)
{
	return session->guard.quiet == GUARD_SPEAKS || session->transfer.phase == TRANSFER_OVER;
}

void guard_sent(struct session *session, uint64_t bytes)
{
	struct guard *guard = &session->guard;
	if (!may_be_doubted(session))
		return;
	uint64_t now_us = worker_now(session->worker);
	if (ledger_is_trusted(guard->client, now_us))
		return;
	ledger_sent(guard->client, bytes, now_us);
}

uint64_t guard_deadline(const struct session *session)
{
	return guard_lets_send(session) ? transfer_deadline(&session->transfer)
					: session->guard.quiet_until_us;
}

/* What it was quiet for is over. */
static void end_quiet(struct session *session, uint64_t now_us)
{
	struct guard *guard = &session->guard;
	struct transfer *transfer = &session->transfer;
	enum guard_quiet why = guard->quiet;
	speak(session);
	if (why == GUARD_SILENCED)
		transfer_abandon(transfer, TRANSFER_TIMEOUT);
	if (why != GUARD_TESTS)
		return;
	believe(session);
	ledger_trust(guard->client, now_us);
}

bool guard_expire(struct session *session)
{
	struct guard *guard = &session->guard;
	const struct transfer *transfer = &session->transfer;
	uint64_t now_us = worker_now(session->worker);
	bool may_repeat = true;
	if (guard->quiet != GUARD_SPEAKS) {
		/* What was heard meanwhile may have begun another one. */
		if (guard->quiet_until_us <= now_us)
			end_quiet(session, now_us);
		return true;
	}
	if (transfer->phase != TRANSFER_MOVING || transfer_deadline(transfer) > now_us)
		return false;
	if (guard->state == GUARD_UNHEARD)
		may_repeat = !ledger_is_over(&session->worker->ledger, guard->client, now_us);
	else if (guard->state == GUARD_ON_TRIAL)
		may_repeat = guard->repeats++ < GUARD_REPEATS_MAX;
	if (!may_repeat)
		be_quiet(session, GUARD_SILENCED, transfer->give_up_us);
	return !may_repeat;
}

void guard_linger(struct session *session)
{
	struct guard *guard = &session->guard;
	if (guard->state == GUARD_LINGERS)
		return;
	guard->state = GUARD_LINGERS;
	guard->client->running--;
	list_remove(&guard->link);
	list_append(&session->worker->lingering, &guard->link);
}

static struct session *find_unheard(struct worker *worker, uint64_t now_us)
{
	struct list *link = worker->unheard.next;
	for (unsigned i = 0; i < LOOKED_AT_MAX && link != &worker->unheard; i++, link = link->next) {
		struct session *session = of_link(link);
		if (session->transfer.phase == TRANSFER_MOVING &&
		    now_us - session->transfer.silent_since_us >= GUARD_PLACE_US)
			return session;
	}
	return NULL;
}

uint64_t guard_room_at(const struct worker *worker)
{
	if (list_is_empty(&worker->lingering))
		return TRANSFER_NEVER;
	return of_link(worker->lingering.next)->transfer.waiting_since_us + GUARD_LINGER_US;
}

bool guard_make_room(struct worker *worker)
{
	uint64_t now_us = worker_now(worker);
	struct session *session = find_unheard(worker, now_us);
	if (session == NULL && guard_room_at(worker) <= now_us)
		session = of_link(worker->lingering.next);
	if (session == NULL)
		return false;
	transfer_abandon(&session->transfer, TRANSFER_TIMEOUT);
	session_close(session);
	return true;
}

#include "sim/client.h"
#include "sim/host.h"
#include "sim/oracle.h"

void oracle_check_host(struct oracle *oracle, const struct host *host)
{
	const struct end *other = host->end.other;
	uint64_t confirmed =
	    host->transfer.direction == TRANSFER_SEND ? transfer_bytes(&host->transfer) : 0;
	if (confirmed > other->check.wire_bytes)
		oracle_fail(oracle, ORACLE_BYTES, "%llu bytes count as confirmed, %llu have arrived",
			    (unsigned long long)confirmed, (unsigned long long)other->check.wire_bytes);
	if (host->transfer.direction == TRANSFER_SEND && host->transfer.outcome == TRANSFER_DONE &&
	    !other->is_stored)
		oracle_fail(oracle, ORACLE_BYTES, "the sender is done, the file is not stored");
	uint64_t silence_us = oracle->world->now_us - host->news_at_us;
	if (host->expiries > oracle_count_expiries(oracle, silence_us) + 1)
		oracle_fail(oracle, ORACLE_PACKETS, "a timer fired %llu times in a silence of %llu us",
			    (unsigned long long)host->expiries, (unsigned long long)silence_us);
}

static uint64_t shortest_floor(const struct oracle *oracle)
{
	return min_of(oracle->scenario->server.limits.rto_floor_us,
		      oracle->scenario->client.limits.rto_floor_us);
}

/* The one that stores is silent meanwhile, and a time-out may be but a millisecond above a round trip. */
static uint64_t count_while_storing(const struct oracle *oracle)
{
	const struct scenario *scenario = oracle->scenario;
	uint64_t store_us =
	    scenario->op == PACKET_WRQ ? scenario->server.store_us : scenario->client.store_us;
	return store_us == 0 ? 0 : 1 + oracle_count_expiries(oracle, store_us);
}

/* How many packets must have been lost for so long a silence. */
static uint64_t find_losses_min(const struct oracle *oracle, const struct host *host)
{
	const struct end *other = host->end.other;
	uint64_t losses = 1;
	/* Each of the longest time-outs in the silence came to nothing because something was lost. */
	if (other->is_closed)
		losses = host->expiries_heard;
	else if (other->is_started)
		losses = max_of(2, host->end.silent_us / (oracle->rto_cap_us + oracle->rtt_us)) - 1;
	/* What is repeated to some clients they do not answer, until their own timer makes them. */
	if (oracle->client != NULL && !oracle->client->model->answers_old)
		losses = 1;
	losses = max_of(1, losses - min_of(losses, count_while_storing(oracle)));
	return min_of(losses, host->expiries);
}

/* What so bad a network costs may be too much for one end, which says so to the other. */
static bool is_hopeless(const struct oracle *oracle, const struct end *end)
{
	bool is_ours = end->outcome == TRANSFER_WASTEFUL;
	bool is_theirs = end->outcome == TRANSFER_ABORTED && end->other->outcome == TRANSFER_WASTEFUL;
	return (is_ours || is_theirs) && oracle->lost > oracle->blocks;
}

static void check_timeout(struct oracle *oracle, const struct host *host)
{
	const struct end *other = host->end.other;
	uint64_t silence_us = host->end.silent_us;
	uint64_t give_up_us = host->plan->limits.give_up_us;
	if (silence_us < give_up_us)
		oracle_fail(oracle, ORACLE_BYTES, "the peer was given up after %llu us",
			    (unsigned long long)silence_us);
	/* The last time-out may begin just before the end, and there are three of them at least. Each begins when
	 * the last burst of a window has gone. */
	uint64_t late_us =
	    max_of(give_up_us + oracle->rto_cap_us, 3 * oracle->rto_cap_us) +
	    (host->expiries + 1) * (ORACLE_TICK_MAX_US + host->plan->wait_us + oracle->pace_us);
	if (host->end.closed_at_us - host->heard_at_us > late_us)
		oracle_fail(oracle, ORACLE_TIME, "the peer was given up only after %llu us",
			    (unsigned long long)silence_us);
	/* One that gave up leaves the other one alone, and so does a model that is done, if its last ACK is lost. */
	if (is_hopeless(oracle, other))
		return;
	if (other->is_closed && (other->outcome == TRANSFER_TIMEOUT ||
				 (oracle->client != NULL && other->is_stored && oracle->lost > 0)))
		return;
	uint64_t lost = oracle->lost - host->end.news_lost;
	uint64_t lost_min = find_losses_min(oracle, host);
	if (lost < lost_min)
		oracle_fail(oracle, ORACLE_BYTES, "the peer was given up with only %llu of %llu lost",
			    (unsigned long long)lost, (unsigned long long)lost_min);
}

void oracle_check_closed(struct oracle *oracle, const struct host *host)
{
	enum transfer_outcome outcome = host->transfer.outcome;
	if (outcome == TRANSFER_TIMEOUT)
		check_timeout(oracle, host);
	else if (is_hopeless(oracle, &host->end))
		return;
	else if (outcome != TRANSFER_DONE)
		oracle_fail(oracle, ORACLE_BYTES, "ended with outcome %d: %s", (int)outcome,
			    transfer_reason(&host->transfer));
	else if (host->end.is_stored &&
		 host->end.closed_at_us < host->ack_at_us + host->plan->limits.dally_us)
		oracle_fail(oracle, ORACLE_BYTES, "did not dally for the last ACK");
}

/* A client gives up by its own rules. The server must not be the reason: all it sent meanwhile, at most its
 * longest time-out apart, was lost, or what the client sent. That it gave up itself is judged by itself. */
void oracle_check_client(struct oracle *oracle, const struct client *client)
{
	const struct client_model *model = client->model;
	const struct end *server = client->end.other;
	if (client->end.outcome == TRANSFER_DONE || is_hopeless(oracle, &client->end) ||
	    (server->is_closed && server->outcome == TRANSFER_TIMEOUT))
		return;
	if (client->end.outcome != TRANSFER_TIMEOUT) {
		oracle_fail(oracle, ORACLE_BYTES, "%s got an ERROR", model->name);
		return;
	}
	/* Nor can it be blamed for keeping still when none of the first packets got an answer, be they OACK or, of a
	 * plain server, DATA. */
	bool is_heard = ((const struct host *)server)->has_heard;
	if (!is_heard && oracle->oacks + oracle->data > TRANSFER_UNPROVEN_REPEATS_MAX)
		return;
	uint64_t lost = oracle->lost - client->end.news_lost;
	uint64_t apart_us = oracle->rto_cap_us + oracle->rtt_us + ORACLE_TICK_MAX_US;
	uint64_t lost_min = min_of(model->tries, client->end.silent_us / apart_us);
	if (model->counts_all_tries) {
		lost = oracle->lost;
		lost_min = model->tries;
	}
	if (lost < max_of(2, lost_min) - 1)
		oracle_fail(oracle, ORACLE_BYTES, "%s gave up with only %llu of %llu lost", model->name,
			    (unsigned long long)lost, (unsigned long long)lost_min);
}

/* Nothing happened to this transfer that excuses a single superfluous packet. Jitter below the shortest
 * time-out is no excuse. */
static bool is_undisturbed(const struct oracle *oracle)
{
	const struct scenario *scenario = oracle->scenario;
	bool is_steady = scenario->up.jitter_us + scenario->down.jitter_us + scenario->up.rate_mbps +
				 scenario->down.rate_mbps ==
			     0 ||
			 oracle->rtt_us + ORACLE_TICK_MAX_US < shortest_floor(oracle);
	/* Opening at the server and storing are the two waits there always are. */
	return oracle->lost == 0 && is_steady && oracle->waits <= 2;
}

static void check_acks(struct oracle *oracle, uint64_t repeats, uint64_t disturbed)
{
	uint64_t requests = oracle->requests - 1 + oracle->request_copies;
	oracle->acks_max += oracle->acked_copies + requests + repeats + 4 * disturbed;
	if (oracle->scenario->window > 1)
		oracle->acks_max += 2 * oracle->requests_again;
	if (oracle->acks > oracle->acks_max)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu ACK, at most %llu were due",
			    (unsigned long long)oracle->acks, (unsigned long long)oracle->acks_max);
	uint64_t answer_us = oracle->scenario->server.open_us + oracle->rtt_us;
	uint64_t requests_max = 1 + oracle->scenario->early_requests +
				oracle_count_doubling(oracle, TRANSFER_RTO_INITIAL_US, answer_us);
	if (oracle->lost == 0 && oracle->requests > requests_max)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu requests, %llu were due",
			    (unsigned long long)oracle->requests, (unsigned long long)requests_max);
}

static void check_packets(struct oracle *oracle)
{
	uint64_t window = min_of(oracle->scenario->window, oracle->blocks);
	uint64_t repeats = count_while_storing(oracle);
	uint64_t disturbed = 0;
	/* Time-outs that jitter and pauses deceive. */
	if (!oracle->is_orderly && !is_undisturbed(oracle))
		disturbed = 4 * oracle->waits + oracle->windows / 8 + 2;
	uint64_t deceived =
	    oracle->busy_repeats + window * (repeats + oracle->requests_again + disturbed);
	uint64_t data_max = oracle->blocks + oracle->resends_max + deceived;
	if (oracle->data > data_max)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu DATA for %llu blocks, at most %llu were due",
			    (unsigned long long)oracle->data, (unsigned long long)oracle->blocks,
			    (unsigned long long)data_max);
	/* A gap that the client spoke of is filled with what it has not. */
	if (oracle->client != NULL && oracle->client->had > oracle->had_max + deceived)
		oracle_fail(oracle, ORACLE_PACKETS,
			    "%llu DATA that the client had, at most %llu were due",
			    (unsigned long long)oracle->client->had,
			    (unsigned long long)(oracle->had_max + deceived));
	if (oracle->errors > 0)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu ERROR", (unsigned long long)oracle->errors);
	/* What a model sends is its own affair. */
	if (oracle->client == NULL)
		check_acks(oracle, repeats, disturbed);
}

void oracle_check_end(struct oracle *oracle, const struct end *client, const struct end *server)
{
	const struct end *sender = oracle->scenario->op == PACKET_RRQ ? server : client;
	/* A model is gone with its last ACK. If that is lost, the server cannot know and gives up. */
	const struct end *judged = oracle->client != NULL ? client : sender;
	if (!client->is_closed || (server->is_started && !server->is_closed)) {
		oracle_fail(oracle, ORACLE_BYTES, "nothing happens any more and it is not over");
		return;
	}
	if (oracle->refusals > oracle->forged)
		oracle_fail(oracle, ORACLE_FORGER, "%llu strangers were answered %llu times",
			    (unsigned long long)oracle->forged, (unsigned long long)oracle->refusals);
	if (client->outcome != TRANSFER_DONE ||
	    (oracle->client == NULL && server->outcome != TRANSFER_DONE))
		return;
	oracle_land_flight(oracle);
	if (server->outcome == TRANSFER_DONE)
		check_packets(oracle);
	/* What is lost, or seems to be, makes its window and those behind it paced. */
	if (oracle->resends_max > 0 || !is_undisturbed(oracle))
		oracle->time_max_us += (oracle->windows + 2 * oracle->lost) * oracle->pace_us;
	if (judged->closed_at_us > oracle->time_max_us)
		oracle_fail(oracle, ORACLE_TIME, "it took %llu us, %llu at most were due (%llu lost)",
			    (unsigned long long)judged->closed_at_us,
			    (unsigned long long)oracle->time_max_us, (unsigned long long)oracle->lost);
}

#include "sim/oracle.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/block.h"
#include "sim/host.h"
#include "sim/trace.h"

/* Clean windows after which a time-out must have halved: each brings a sample, and RFC 6298 forgets an
 * eighth of the mean and a quarter of the variance with each. */
#define WINDOWS_TO_HALVE 6u
/* Windows without a loss after which both ends have a sample. */
#define WINDOWS_TO_WARM 2u
#define TICK_MAX_US     1000u
#define LEVEL_MAX       20u

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

const char *oracle_kind_name(enum oracle_kind kind)
{
	static const char *const names[] = {"fine", "bytes", "time", "packets", "forger"};
	return names[kind];
}

void oracle_fail(struct oracle *oracle, enum oracle_kind kind, const char *format, ...)
{
	if (oracle->kind != ORACLE_FINE)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(oracle->text, sizeof oracle->text, format, args);
	va_end(args);
	oracle->kind = kind;
}

/* RFC 6298: SRTT + 4 RTTVAR. RTTVAR starts as half of the first sample and never exceeds the larger of that
 * and the spread of the samples. */
static uint64_t find_rto(const struct oracle *oracle, uint64_t spread_us)
{
	uint64_t rto_us = oracle->rtt_us + max_of(2 * oracle->rtt_us, 4 * spread_us);
	rto_us = min_of(max_of(rto_us, oracle->rto_floor_us), oracle->rto_cap_us);
	return rto_us + 2 * TICK_MAX_US;
}

/* Whether packets keep their order, arrive once, and are sent without pauses. */
static bool is_orderly(const struct scenario *scenario)
{
	const struct link_plan *up = &scenario->up, *down = &scenario->down;
	const struct host_plan *server = &scenario->server, *client = &scenario->client;
	return (up->late_ppm | up->replay_ppm | up->copy_ppm) == 0 &&
	       (down->late_ppm | down->replay_ppm | down->copy_ppm) == 0 &&
	       up->jitter_us + down->jitter_us == 0 &&
	       (server->wait_ppm | server->part_ppm | client->wait_ppm | client->part_ppm) == 0;
}

void oracle_init(struct oracle *oracle, const struct scenario *scenario, const struct world *world,
		 const struct content *content)
{
	const struct link_plan *up = &scenario->up, *down = &scenario->down;
	const struct transfer_limits *a = &scenario->server.limits, *b = &scenario->client.limits;
	*oracle = (struct oracle){.scenario = scenario, .world = world, .trouble_at_us = WORLD_FAR};
	oracle->blocks = block_last(content->wire_size_bytes, scenario->blksize);
	oracle->windows = (oracle->blocks + scenario->window - 1) / scenario->window;
	uint64_t late_us =
	    max_of(up->late_ppm != 0 ? up->late_us : 0, down->late_ppm != 0 ? down->late_us : 0);
	uint64_t slow_us = scenario->server.wait_us + scenario->client.wait_us;
	uint64_t spread_us = up->jitter_us + down->jitter_us + late_us + slow_us;
	oracle->rtt_us = up->delay_us + down->delay_us + spread_us;
	oracle->rto_cap_us = max_of(scenario->timeout_us, max_of(a->rto_cap_us, b->rto_cap_us));
	oracle->rto_floor_us = max_of(a->rto_floor_us, b->rto_floor_us);
	oracle->rto_us = find_rto(oracle, spread_us);
	oracle->is_orderly = is_orderly(scenario);
	/* The request and the answer, then the windows. */
	oracle->time_max_us = (oracle->windows + 2) * oracle->rtt_us;
	oracle->acks_max = oracle->windows + (scenario->has_options || scenario->op == PACKET_WRQ);
}

void oracle_local_delay(struct oracle *oracle, uint64_t delay_us)
{
	/* And a round: the receiver's timer may end the window where the bytes ran out. */
	oracle->time_max_us += delay_us + oracle->rtt_us;
	oracle->waits++;
	/* The other end hears nothing meanwhile and backs off. */
	while (oracle->level < LEVEL_MAX && oracle->rto_us << oracle->level < delay_us)
		oracle->level++;
	oracle->clean_from = oracle->position_max;
}

/* The longest a time-out can be now. */
static uint64_t find_time_out(const struct oracle *oracle)
{
	uint64_t first_us = max_of(oracle->scenario->timeout_us, TRANSFER_RTO_INITIAL_US);
	uint64_t rto_us = oracle->is_warm ? oracle->rto_us : max_of(oracle->rto_us, first_us);
	return min_of(rto_us << min_of(oracle->level, LEVEL_MAX), oracle->rto_cap_us) + TICK_MAX_US;
}

/* How often a timer that doubles from `first_us` may fire in so long a silence. */
static uint64_t count_doubling(const struct oracle *oracle, uint64_t first_us, uint64_t silence_us)
{
	const struct scenario *scenario = oracle->scenario;
	uint64_t cap_us = min_of(scenario->server.limits.rto_cap_us, scenario->client.limits.rto_cap_us);
	if (scenario->timeout_us != 0)
		cap_us = min_of(cap_us, scenario->timeout_us);
	uint64_t count = 0, at_us = 0;
	for (uint64_t rto_us = first_us; at_us + rto_us <= silence_us; count++) {
		at_us += rto_us;
		rto_us = min_of(2 * rto_us, cap_us);
	}
	return count;
}

static uint64_t shortest_floor(const struct oracle *oracle)
{
	return min_of(oracle->scenario->server.limits.rto_floor_us,
		      oracle->scenario->client.limits.rto_floor_us);
}

static uint64_t count_expiries(const struct oracle *oracle, uint64_t silence_us)
{
	return count_doubling(oracle, shortest_floor(oracle), silence_us);
}

/* A loss costs a time-out and a round; those of one instant count as one. */
static void charge_trouble(struct oracle *oracle, uint64_t at_us)
{
	if (oracle->trouble_at_us == at_us)
		return;
	oracle->trouble_at_us = at_us;
	oracle->resends_max += 2 * min_of(oracle->scenario->window, oracle->blocks);
	if (oracle->level < LEVEL_MAX)
		oracle->level++;
	uint64_t time_out_us = find_time_out(oracle);
	oracle->time_max_us += time_out_us + 2 * oracle->rtt_us;
	oracle->acks_max += 3 + count_expiries(oracle, time_out_us);
}

/* The DATA sent at one instant are a flight. If the first of it arrives, and one behind those that were lost,
 * the receiver says so at once and no timer is needed: it costs a round. */
static void land_flight(struct oracle *oracle)
{
	struct oracle_flight *flight = &oracle->flight;
	if (flight->has_loss && oracle->is_orderly && flight->has_first && flight->has_gap) {
		oracle->resends_max += flight->count - flight->lost_at;
		oracle->time_max_us += 2 * oracle->rtt_us;
		oracle->acks_max += 3;
	} else if (flight->has_loss) {
		charge_trouble(oracle, flight->at_us);
	}
	*flight = (struct oracle_flight){.at_us = oracle->world->now_us};
}

static void note_flight(struct oracle *oracle, bool is_lost)
{
	struct oracle_flight *flight = &oracle->flight;
	if (flight->at_us != oracle->world->now_us)
		land_flight(oracle);
	if (is_lost && !flight->has_loss)
		flight->lost_at = flight->count;
	flight->has_first |= flight->count++ == 0 && !is_lost;
	flight->has_gap |= flight->has_loss && !is_lost;
	flight->has_loss |= is_lost;
}

/* A slow first answer makes a long first time-out. */
static void warm_up(struct oracle *oracle)
{
	uint64_t slow_us = 3 * (max_of(oracle->scenario->server.open_us, 0) + oracle->rtt_us);
	uint64_t now_us = oracle->level > 0 ? max_of(find_time_out(oracle), slow_us) : slow_us;
	oracle->is_warm = true;
	oracle->level = 0;
	while (oracle->level < LEVEL_MAX && oracle->rto_us << oracle->level < now_us)
		oracle->level++;
}

static void note_position(struct oracle *oracle, uint64_t position)
{
	if (position <= oracle->position_max)
		return;
	oracle->position_max = position;
	uint64_t clean = (position - oracle->clean_from) / oracle->scenario->window;
	if (!oracle->is_warm && clean > WINDOWS_TO_WARM) {
		warm_up(oracle);
		oracle->clean_from = position;
	} else if (oracle->is_warm && oracle->level > 0 && clean > WINDOWS_TO_HALVE) {
		oracle->level--;
		oracle->clean_from = position;
	}
}

static void count_sent(struct oracle *oracle, const struct datagram *datagram)
{
	switch (datagram->bytes[1]) {
	case PACKET_DATA:
		oracle->data++;
		note_position(oracle, datagram->position);
		break;
	case PACKET_ACK:
		oracle->acks++;
		break;
	case PACKET_OACK:
		oracle->oacks++;
		break;
	case PACKET_ERROR:
		oracle->errors++;
		break;
	default:
		oracle->requests++;
		break;
	}
}

void oracle_watch(void *context, enum world_fate fate, const struct datagram *datagram)
{
	struct oracle *oracle = context;
	if (oracle->has_trace)
		trace_print(oracle->world->now_us, fate, datagram);
	if (datagram->is_forged || fate == WORLD_ARRIVES)
		return;
	if (fate == WORLD_COPIED) {
		oracle->acked_copies +=
		    datagram->bytes[1] == PACKET_DATA || datagram->bytes[1] == PACKET_OACK;
		oracle->request_copies += datagram->bytes[1] <= PACKET_WRQ;
		return;
	}
	/* Lost on arrival: what strayed too long was reported when it was sent. */
	if (fate == WORLD_LOST && datagram->has_strayed)
		return;
	count_sent(oracle, datagram);
	bool is_data = datagram->bytes[1] == PACKET_DATA;
	if (is_data)
		note_flight(oracle, fate != WORLD_SENT);
	if (fate == WORLD_SENT)
		return;
	oracle->lost++;
	oracle->clean_from = oracle->position_max;
	if (!is_data)
		charge_trouble(oracle, oracle->world->now_us);
}

static const struct host *find_sender(const struct host *host)
{
	return host->transfer.direction == TRANSFER_SEND ? host : host->other;
}

void oracle_check_host(struct oracle *oracle, const struct host *host)
{
	const struct host *sender = find_sender(host);
	const struct host *receiver = sender->other;
	if (sender->is_started && transfer_bytes(&sender->transfer) > receiver->check.wire_bytes)
		oracle_fail(oracle, ORACLE_BYTES, "%llu bytes count as confirmed, %llu have arrived",
			    (unsigned long long)transfer_bytes(&sender->transfer),
			    (unsigned long long)receiver->check.wire_bytes);
	if (sender->transfer.outcome == TRANSFER_DONE && !receiver->is_stored)
		oracle_fail(oracle, ORACLE_BYTES, "the sender is done, the file is not stored");
	uint64_t silence_us = oracle->world->now_us - host->news_at_us;
	if (host->expiries > count_expiries(oracle, silence_us) + 1)
		oracle_fail(oracle, ORACLE_PACKETS, "a timer fired %llu times in a silence of %llu us",
			    (unsigned long long)host->expiries, (unsigned long long)silence_us);
}

/* The one that stores is silent meanwhile, and a time-out may be but a millisecond above a round trip. */
static uint64_t count_while_storing(const struct oracle *oracle)
{
	const struct scenario *scenario = oracle->scenario;
	uint64_t store_us =
	    scenario->op == PACKET_WRQ ? scenario->server.store_us : scenario->client.store_us;
	return store_us == 0 ? 0 : 1 + count_expiries(oracle, store_us);
}

static void check_timeout(struct oracle *oracle, const struct host *host)
{
	const struct host *other = host->other;
	uint64_t silence_us = host->closed_at_us - host->news_at_us;
	uint64_t give_up_us = host->plan->limits.give_up_us;
	if (silence_us < give_up_us)
		oracle_fail(oracle, ORACLE_BYTES, "the peer was given up after %llu us",
			    (unsigned long long)silence_us);
	/* The last time-out may begin just before the end, and there are three of them at least. */
	uint64_t late_us = max_of(give_up_us + oracle->rto_cap_us, 3 * oracle->rto_cap_us) +
			   (host->expiries + 1) * (TICK_MAX_US + host->plan->wait_us);
	if (host->closed_at_us - host->heard_at_us > late_us)
		oracle_fail(oracle, ORACLE_TIME, "the peer was given up only after %llu us",
			    (unsigned long long)silence_us);
	/* One that gave up leaves the other one alone. */
	if (other->is_closed && other->transfer.outcome == TRANSFER_TIMEOUT)
		return;
	uint64_t lost = oracle->lost - host->news_lost;
	uint64_t lost_min = 1;
	/* Each of the longest time-outs in the silence came to nothing because something was lost. */
	if (other->is_closed)
		lost_min = host->expiries_heard;
	else if (other->is_started)
		lost_min = max_of(2, silence_us / (oracle->rto_cap_us + oracle->rtt_us)) - 1;
	lost_min = max_of(1, lost_min - min_of(lost_min, count_while_storing(oracle)));
	if (lost < min_of(lost_min, host->expiries))
		oracle_fail(oracle, ORACLE_BYTES, "the peer was given up with only %llu of %llu lost",
			    (unsigned long long)lost, (unsigned long long)lost_min);
}

void oracle_check_closed(struct oracle *oracle, const struct host *host)
{
	enum transfer_outcome outcome = host->transfer.outcome;
	if (outcome == TRANSFER_TIMEOUT)
		check_timeout(oracle, host);
	else if (outcome != TRANSFER_DONE)
		oracle_fail(oracle, ORACLE_BYTES, "ended with outcome %d: %s", (int)outcome,
			    transfer_reason(&host->transfer));
	else if (host->is_stored && host->closed_at_us < host->ack_at_us + host->plan->limits.dally_us)
		oracle_fail(oracle, ORACLE_BYTES, "did not dally for the last ACK");
}

/* Nothing happened to this transfer that excuses a single superfluous packet. Jitter below the shortest
 * time-out is no excuse. */
static bool is_undisturbed(const struct oracle *oracle)
{
	const struct scenario *scenario = oracle->scenario;
	bool is_steady = scenario->up.jitter_us + scenario->down.jitter_us == 0 ||
			 oracle->rtt_us + TICK_MAX_US < shortest_floor(oracle);
	/* Opening at the server and storing are the two waits there always are. */
	return oracle->lost == 0 && is_steady && oracle->waits <= 2;
}

static void check_packets(struct oracle *oracle)
{
	const struct scenario *scenario = oracle->scenario;
	uint64_t window = min_of(scenario->window, oracle->blocks);
	uint64_t repeats = count_while_storing(oracle);
	uint64_t requests = oracle->requests - 1 + oracle->request_copies;
	uint64_t disturbed = 0;
	/* Time-outs that jitter and pauses deceive. */
	if (!oracle->is_orderly && !is_undisturbed(oracle))
		disturbed = 4 * oracle->waits + oracle->windows / 8 + 2;
	oracle->acks_max += 4 * disturbed;
	uint64_t data_max = oracle->blocks + oracle->resends_max +
			    window * (repeats + oracle->requests_again + disturbed);
	oracle->acks_max += oracle->acked_copies + requests + repeats;
	if (oracle->data > data_max)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu DATA for %llu blocks, at most %llu were due",
			    (unsigned long long)oracle->data, (unsigned long long)oracle->blocks,
			    (unsigned long long)data_max);
	if (oracle->acks > oracle->acks_max)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu ACK, at most %llu were due",
			    (unsigned long long)oracle->acks, (unsigned long long)oracle->acks_max);
	if (oracle->errors > 0)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu ERROR", (unsigned long long)oracle->errors);
	uint64_t answer_us = scenario->server.open_us + oracle->rtt_us;
	uint64_t requests_max =
	    1 + scenario->early_requests + count_doubling(oracle, TRANSFER_RTO_INITIAL_US, answer_us);
	if (oracle->lost == 0 && oracle->requests > requests_max)
		oracle_fail(oracle, ORACLE_PACKETS, "%llu requests, %llu were due",
			    (unsigned long long)oracle->requests, (unsigned long long)requests_max);
}

void oracle_check_end(struct oracle *oracle, const struct host *client, const struct host *server)
{
	const struct host *sender = find_sender(client);
	if (!client->is_closed || (server->is_started && !server->is_closed)) {
		oracle_fail(oracle, ORACLE_BYTES, "nothing happens any more and it is not over");
		return;
	}
	if (oracle->refusals > oracle->forged)
		oracle_fail(oracle, ORACLE_FORGER, "%llu strangers were answered %llu times",
			    (unsigned long long)oracle->forged, (unsigned long long)oracle->refusals);
	if (client->transfer.outcome != TRANSFER_DONE || server->transfer.outcome != TRANSFER_DONE)
		return;
	land_flight(oracle);
	check_packets(oracle);
	if (sender->closed_at_us > oracle->time_max_us)
		oracle_fail(oracle, ORACLE_TIME, "it took %llu us, %llu at most were due (%llu lost)",
			    (unsigned long long)sender->closed_at_us,
			    (unsigned long long)oracle->time_max_us, (unsigned long long)oracle->lost);
}

#include "sim/oracle.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/block.h"
#include "sim/client.h"
#include "sim/trace.h"

/* Clean windows after which a time-out must have halved: each brings a sample, and RFC 6298 forgets an
 * eighth of the mean and a quarter of the variance with each. */
#define WINDOWS_TO_HALVE 6u
/* Windows without a loss after which both ends have a sample. */
#define WINDOWS_TO_WARM 2u
#define PACE_US         20000u
#define PACE_BURST_MIN  4u
#define LEVEL_MAX       20u

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
	return rto_us + 2 * ORACLE_TICK_MAX_US;
}

/* Whether packets keep their order, arrive once, and are sent without pauses. */
static bool is_orderly(const struct scenario *scenario)
{
	const struct link_plan *up = &scenario->up, *down = &scenario->down;
	const struct host_plan *server = &scenario->server, *client = &scenario->client;
	return (up->late_ppm | up->replay_ppm | up->copy_ppm) == 0 &&
	       (down->late_ppm | down->replay_ppm | down->copy_ppm) == 0 &&
	       up->jitter_us + down->jitter_us + up->rate_mbps + down->rate_mbps == 0 &&
	       (server->wait_ppm | server->part_ppm | client->wait_ppm | client->part_ppm) == 0;
}

/* What waits for a bottleneck: a window that goes out at once, on the other way an ACK and its like. */
static uint64_t find_queue_us(const struct scenario *scenario)
{
	const struct link_plan *links[2] = {&scenario->up, &scenario->down};
	uint64_t queue_us = 0;
	for (size_t i = 0; i < 2; i++) {
		bool is_for_data = (i == 1) == (scenario->op == PACKET_RRQ);
		uint64_t packets = is_for_data ? min_of(scenario->window, links[i]->queue_max) + 1 : 2;
		uint64_t bits = 8 * (is_for_data ? scenario->blksize + 100 : 100);
		if (links[i]->rate_mbps != 0)
			queue_us += packets * (bits / links[i]->rate_mbps + 1);
	}
	return queue_us;
}

/* A paced window is spread over a round trip, but where that is short over less than PACE_US, and each of its
 * bursts may begin a tick late. */
static uint64_t find_pace_us(const struct oracle *oracle)
{
	uint64_t window = min_of(oracle->scenario->window, oracle->blocks);
	if (window <= PACE_BURST_MIN)
		return 0;
	uint64_t ticks = (window + PACE_BURST_MIN - 1) / PACE_BURST_MIN;
	return max_of(oracle->rtt_us + oracle->rtt_us / 4, PACE_US) + ticks * ORACLE_TICK_MAX_US;
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
	uint64_t queue_us = find_queue_us(scenario);
	uint64_t spread_us = up->jitter_us + down->jitter_us + late_us + slow_us + queue_us;
	oracle->rtt_us = up->delay_us + down->delay_us + spread_us;
	oracle->rto_cap_us = max_of(scenario->timeout_us, max_of(a->rto_cap_us, b->rto_cap_us));
	oracle->rto_floor_us = max_of(a->rto_floor_us, b->rto_floor_us);
	oracle->rto_us = find_rto(oracle, spread_us);
	oracle->is_orderly = is_orderly(scenario);
	oracle->pace_us = find_pace_us(oracle);
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

void oracle_client_busy(struct oracle *oracle, uint64_t busy_us)
{
	oracle_local_delay(oracle, busy_us);
	/* A block may be lost to what the time-out has grown to meanwhile. */
	oracle->time_max_us += busy_us;
	/* Each of them GRUB answers, and so it gets the next block. Patience bounds how often. */
	oracle->busy_repeats +=
	    1 + 3 * oracle_count_expiries(oracle, busy_us) + busy_us / RTO_PATIENCE_MAX_US;
}

/* The longest a time-out can be now. */
static uint64_t find_time_out(const struct oracle *oracle)
{
	uint64_t first_us = max_of(oracle->scenario->timeout_us, TRANSFER_RTO_INITIAL_US);
	uint64_t rto_us = oracle->is_warm ? oracle->rto_us : max_of(oracle->rto_us, first_us);
	return min_of(rto_us << min_of(oracle->level, LEVEL_MAX), oracle->rto_cap_us) +
	       ORACLE_TICK_MAX_US;
}

/* How often a timer that doubles from `first_us` may fire in so long a silence. */
uint64_t oracle_count_doubling(const struct oracle *oracle, uint64_t first_us, uint64_t silence_us)
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

uint64_t oracle_count_expiries(const struct oracle *oracle, uint64_t silence_us)
{
	return oracle_count_doubling(oracle, shortest_floor(oracle), silence_us);
}

/* A loss costs a time-out and a round; those of one instant count as one. */
static void charge_trouble(struct oracle *oracle, uint64_t at_us)
{
	if (oracle->trouble_at_us == at_us)
		return;
	oracle->trouble_at_us = at_us;
	oracle->resends_max += 2 * min_of(oracle->scenario->window, oracle->blocks);
	oracle->had_max += min_of(oracle->scenario->window, oracle->blocks);
	if (oracle->level < LEVEL_MAX)
		oracle->level++;
	uint64_t time_out_us = find_time_out(oracle);
	oracle->time_max_us += time_out_us + 2 * oracle->rtt_us;
	oracle->acks_max += 3 + oracle_count_expiries(oracle, time_out_us);
}

/* Where the client's own timer is what mends it. */
static void charge_client(struct oracle *oracle, const struct datagram *datagram)
{
	bool is_request = datagram->bytes[1] == PACKET_RRQ;
	bool is_ack = datagram->bytes[1] == PACKET_ACK;
	/* A client that has never answered gets three packets, and then it must ask. */
	bool is_first = datagram->bytes[1] == PACKET_OACK || (is_ack && datagram->position == 0);
	/* In the middle of its window an old block says nothing to it, and where the end is not known there is no
	 * block beyond the window to make it speak. */
	bool is_made_to_answer = oracle->client->model->answers_old &&
				 (oracle->scenario->window == 1 || oracle->scenario->is_size_known);
	if (!is_request && !is_first && (!is_ack || is_made_to_answer))
		return;
	uint64_t patience_us = client_patience_us(oracle->client);
	oracle->time_max_us += patience_us;
	if (is_request)
		return;
	/* The window the server repeats may end within the client's; and till then it is in vain. */
	oracle->time_max_us += find_time_out(oracle) + oracle->rtt_us;
	uint64_t vain = oracle->scenario->window * oracle_count_expiries(oracle, patience_us);
	oracle->resends_max += vain;
	oracle->had_max += vain;
}

/* Between two copies nobody can tell the ACK of a gap from the echo of a copy: behind the first block of what was
 * sent again, and behind its last. The sender waits for the timer then (the laws in proto/sender.h). */
static bool looks_like_echo(const struct oracle *oracle, uint64_t lost_block)
{
	return lost_block <= oracle->again_to + 1 &&
	       (lost_block == oracle->again_from + 1 || lost_block == oracle->again_to + 1);
}

/* The DATA sent at one instant are a flight. If the first of it arrives, and one behind those that were lost,
 * the receiver says so at once and no timer is needed: it costs a round. */
void oracle_land_flight(struct oracle *oracle)
{
	struct oracle_flight *flight = &oracle->flight;
	/* Behind another one it may be taken for that one's echo; then the timer mends it. */
	bool is_told = flight->has_first && flight->has_gap && !oracle->had_gap &&
		       !looks_like_echo(oracle, flight->lost_block);
	if (flight->has_loss && oracle->is_orderly && is_told) {
		/* If it is but a burst of a paced window, the rest may be under way by then. */
		uint64_t window = min_of(oracle->scenario->window, oracle->blocks);
		uint64_t count = oracle->pace_us > 0 ? max_of(window, flight->count) : flight->count;
		oracle->resends_max += count - flight->lost_at;
		oracle->time_max_us += 2 * oracle->rtt_us;
		oracle->acks_max += 3;
	} else if (flight->has_loss) {
		charge_trouble(oracle, flight->at_us);
		/* The receiver's timer speaks first, and what it says starts the sender's anew. */
		if (looks_like_echo(oracle, flight->lost_block))
			oracle->time_max_us += find_time_out(oracle);
	}
	oracle->had_gap = flight->has_gap;
	*flight = (struct oracle_flight){.at_us = oracle->world->now_us};
}

static void note_flight(struct oracle *oracle, uint64_t block, bool is_lost)
{
	struct oracle_flight *flight = &oracle->flight;
	if (flight->at_us != oracle->world->now_us)
		oracle_land_flight(oracle);
	if (block <= oracle->sent_block) {
		oracle->again_from = block;
		oracle->again_to = oracle->sent_max;
	}
	oracle->sent_block = block;
	oracle->sent_max = max_of(oracle->sent_max, block);
	if (is_lost && !flight->has_loss) {
		flight->lost_at = flight->count;
		flight->lost_block = block;
	}
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

uint64_t oracle_count_lost_before(const struct oracle *oracle)
{
	bool is_missed =
	    oracle->lost > 0 && oracle->world->now_us - oracle->lost_at_us <= oracle->rtt_us;
	return oracle->lost - is_missed;
}

/* With a window, an ACK that comes again says that what follows it was lost, once; and a copy of DATA makes
 * most receivers say one. It costs a window and a round. */
static void charge_copy(struct oracle *oracle, const struct datagram *datagram)
{
	uint64_t window = min_of(oracle->scenario->window, oracle->blocks);
	const struct client *client = oracle->client;
	bool is_data = datagram->bytes[1] == PACKET_DATA;
	bool is_answered =
	    is_data && (client == NULL || client->model->answers_any || client->model->answers_old);
	oracle->had_max += is_data;
	if (window == 1 || (datagram->bytes[1] != PACKET_ACK && !is_answered))
		return;
	oracle->resends_max += window;
	oracle->had_max += window;
	oracle->acks_max += 2;
	if (oracle->copied_at_us != oracle->world->now_us)
		oracle->time_max_us += 2 * oracle->rtt_us + oracle->pace_us;
	oracle->copied_at_us = oracle->world->now_us;
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
		charge_copy(oracle, datagram);
		return;
	}
	/* Lost on arrival: what strayed too long was reported when it was sent. */
	if (fate == WORLD_LOST && datagram->has_strayed)
		return;
	count_sent(oracle, datagram);
	bool is_data = datagram->bytes[1] == PACKET_DATA;
	if (is_data)
		note_flight(oracle, datagram->position, fate != WORLD_SENT);
	if (fate == WORLD_SENT)
		return;
	oracle->lost++;
	oracle->lost_at_us = oracle->world->now_us;
	oracle->clean_from = oracle->position_max;
	if (!is_data)
		charge_trouble(oracle, oracle->world->now_us);
	if (!is_data && oracle->client != NULL)
		charge_client(oracle, datagram);
}

#include "sim/host.h"

#include <string.h>

#define EARLY_REQUEST_US  100000u
#define NEAR_US           2000u
#define CONTROL_BYTES_MAX END_REQUEST_BYTES_MAX

static void pump(struct host *host);
static void receive(void *context, const struct datagram *datagram);

void host_init(struct host *host, const struct end_setup *setup, bool is_server)
{
	*host = (struct host){
	    .plan = is_server ? &setup->scenario->server : &setup->scenario->client,
	    .timer_at_us = WORLD_FAR,
	};
	end_init(&host->end, setup, receive, is_server);
	dice_init(&host->dice, setup->scenario->seed, is_server ? 11 : 12);
}

static void note_news(struct host *host)
{
	host->news_at_us = host->heard_at_us = host->end.world->now_us;
	host->end.news_lost = oracle_count_lost_before(host->end.oracle);
	host->expiries = host->expiries_heard = 0;
}

static void send_control(struct host *host, const struct transfer_out *out)
{
	uint8_t room[CONTROL_BYTES_MAX];
	const struct transfer *transfer = &host->transfer;
	size_t len = transfer_format(transfer, room, sizeof room);
	uint64_t position = WORLD_NO_POSITION;
	if (len == 0)
		oracle_fail(host->end.oracle, ORACLE_PACKETS, "a control packet of no bytes");
	if (room[1] == PACKET_ACK) {
		position = transfer->receiver.got;
		host->ack_at_us = host->end.world->now_us;
	}
	if (room[1] == PACKET_RRQ || room[1] == PACKET_WRQ) {
		memcpy(host->end.request, room, len);
		host->end.request_len = len;
	}
	transfer_sent(&host->transfer, out, 0, host->end.world->now_us);
	end_send(&host->end, room, len, position);
}

static void stop_waiting(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct host *host = context;
	host->is_waiting = false;
	host->has_waited = true;
	pump(host);
}

static void wait_a_while(struct host *host)
{
	uint64_t delay_us = dice_roll(&host->dice, host->plan->wait_us) + 1;
	host->is_waiting = true;
	oracle_local_delay(host->end.oracle, delay_us);
	world_at(host->end.world, host->end.world->now_us + delay_us, stop_waiting, host, NULL);
}

/* The bytes of one block, or false: the file was found to end before it is full. */
static bool send_block(struct host *host, const struct transfer_out *out, uint32_t index)
{
	static uint8_t room[PACKET_HEADER_BYTES + OPTION_BLKSIZE_MAX];
	uint64_t block = out->first_block + index;
	uint64_t offset = out->offset + (uint64_t)index * out->blksize;
	uint64_t size = host->end.content->wire_size_bytes;
	uint32_t len = transfer_block_bytes(&host->transfer, block);
	if (len == UINT32_MAX) {
		len = out->blksize;
		if (offset + len > size) {
			transfer_ends_at(&host->transfer, size);
			host->has_read_end = true;
			return false;
		}
	}
	if (len > out->blksize || offset > size || len > size - offset ||
	    (len < out->blksize && offset + len != size)) {
		oracle_fail(host->end.oracle, ORACLE_BYTES, "block %llu is to have %u bytes at %llu",
			    (unsigned long long)block, len, (unsigned long long)offset);
		return false;
	}
	transfer_data_header(&host->transfer, block, room);
	content_read(host->end.content, offset, room + PACKET_HEADER_BYTES, len);
	end_send(&host->end, room, PACKET_HEADER_BYTES + len, block);
	return true;
}

/* Bytes to send that are not there yet, or a socket that takes nothing now. */
static bool is_held_up(struct host *host)
{
	if (host->is_waiting)
		return true;
	if (!host->has_waited && dice_hits(&host->dice, host->plan->wait_ppm)) {
		wait_a_while(host);
		return true;
	}
	host->has_waited = false;
	return false;
}

/* False: the rest has to wait. */
static bool send_data(struct host *host, const struct transfer_out *out)
{
	uint32_t count = out->block_count, sent = 0;
	if (dice_hits(&host->dice, host->plan->part_ppm))
		count = 1 + (uint32_t)dice_roll(&host->dice, count);
	while (sent < count && host->end.oracle->kind == ORACLE_FINE && send_block(host, out, sent))
		sent++;
	if (sent > 0)
		transfer_sent(&host->transfer, out, sent, host->end.world->now_us);
	if (sent < out->block_count && sent == count && dice_hits(&host->dice, DICE_CERTAIN / 2)) {
		wait_a_while(host);
		return false;
	}
	return host->end.oracle->kind == ORACLE_FINE;
}

static void finish_storing(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct host *host = context;
	if (host->end.is_closed)
		return;
	host->end.is_stored = true;
	transfer_stored(&host->transfer, host->end.world->now_us);
	pump(host);
}

static void begin_storing(struct host *host)
{
	host->is_storing = true;
	if (!content_check_end(&host->end.check))
		oracle_fail(host->end.oracle, ORACLE_BYTES,
			    "a file of %llu bytes was committed with %llu",
			    (unsigned long long)host->end.content->wire_size_bytes,
			    (unsigned long long)host->end.check.wire_bytes);
	uint64_t delay_us = host->plan->store_us;
	oracle_local_delay(host->end.oracle, delay_us);
	world_at(host->end.world, host->end.world->now_us + delay_us, finish_storing, host, NULL);
}

static void expire(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct host *host = context;
	uint64_t now_us = host->end.world->now_us;
	/* A timer that was replaced by an earlier one. */
	if (now_us != host->timer_at_us)
		return;
	host->timer_at_us = WORLD_FAR;
	if (host->end.is_closed)
		return;
	if (transfer_deadline(&host->transfer) <= now_us && !host->end.is_stored &&
	    !transfer_is_paused(&host->transfer)) {
		host->expiries++;
		/* What is sent now lands well before the other end closes, which dallies for a second. */
		host->expiries_heard =
		    host->end.other->is_closed ? host->expiries_heard : host->expiries - 1;
	}
	transfer_expire(&host->transfer, now_us);
	pump(host);
}

/* A deadline that moves to later does not touch the timer: it is set again when it fires. */
static void set_timer(struct host *host)
{
	uint64_t at_us = transfer_deadline(&host->transfer);
	if (at_us == TRANSFER_NEVER)
		return;
	uint64_t now_us = host->end.world->now_us;
	/* Judged by the length of the interval and not by the time that is left of it, or noise, at which the timer
	 * is looked after too, would make a difference. */
	bool is_near = at_us < host->transfer.waiting_since_us + NEAR_US;
	uint64_t tick_us = is_near ? host->plan->near_tick_us : host->plan->tick_us;
	at_us = (at_us + tick_us - 1) / tick_us * tick_us;
	if (at_us < now_us)
		at_us = now_us;
	if (at_us >= host->timer_at_us)
		return;
	host->timer_at_us = at_us;
	world_at(host->end.world, at_us, expire, host, NULL);
}

/* Drains what the transfer wants after whatever happened to it. */
static void pump(struct host *host)
{
	struct transfer_out out;
	if (host->end.is_closed || !host->end.is_started)
		return;
	while (host->end.oracle->kind == ORACLE_FINE && transfer_next(&host->transfer, &out) &&
	       !is_held_up(host)) {
		if (out.kind == TRANSFER_OUT_PACKET)
			send_control(host, &out);
		else if (!send_data(host, &out))
			break;
	}
	if (host->transfer.phase == TRANSFER_COMMITTING && !host->is_storing)
		begin_storing(host);
	host->end.outcome = host->transfer.outcome;
	oracle_check_host(host->end.oracle, host);
	if (host->transfer.phase == TRANSFER_OVER && !host->is_waiting) {
		host->end.is_closed = true;
		host->end.closed_at_us = host->end.world->now_us;
		host->end.silent_us = host->end.closed_at_us - host->news_at_us;
		oracle_check_closed(host->end.oracle, host);
		return;
	}
	set_timer(host);
}

static void finish_opening(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct host *host = context;
	uint64_t size = host->end.scenario->is_size_known ? host->end.content->wire_size_bytes
							  : TRANSFER_SIZE_UNKNOWN;
	transfer_opened(&host->transfer, size, host->end.world->now_us);
	note_news(host);
	pump(host);
}

/* What a server's listener does: one transfer a client, and the same request again is no second one. */
static void take_request(struct host *host, const struct datagram *datagram)
{
	struct packet request;
	if (datagram->from != WORLD_CLIENT ||
	    packet_parse(&request, datagram->bytes, datagram->len) != PACKET_FINE ||
	    (request.op != PACKET_RRQ && request.op != PACKET_WRQ))
		return;
	if (host->end.is_started) {
		if (host->end.is_closed || datagram->len != host->end.request_len ||
		    memcmp(datagram->bytes, host->end.request, host->end.request_len) != 0)
			return;
		host->heard_at_us = host->end.world->now_us;
		host->end.oracle->requests_again += !host->has_heard;
		transfer_request_again(&host->transfer);
		pump(host);
		return;
	}
	if (datagram->len > sizeof host->end.request) {
		oracle_fail(host->end.oracle, ORACLE_BYTES, "a request of %zu bytes", datagram->len);
		return;
	}
	memcpy(host->end.request, datagram->bytes, datagram->len);
	host->end.request_len = datagram->len;
	host->end.peer = datagram->from;
	host->end.is_started = true;
	if (host->end.scenario->serves_plain)
		request.pair_count = 0;
	transfer_serve(&host->transfer, &request, &host->plan->limits, host->end.world->now_us);
	note_news(host);
	oracle_local_delay(host->end.oracle, host->plan->open_us);
	world_at(host->end.world, host->end.world->now_us + host->plan->open_us, finish_opening, host,
		 NULL);
}

static void repeat_early(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct host *host = context;
	if (host->early_left == 0 || host->end.is_closed || host->transfer.phase != TRANSFER_OPENING)
		return;
	host->early_left--;
	end_send(&host->end, host->end.request, host->end.request_len, WORLD_NO_POSITION);
	world_at(host->end.world, host->end.world->now_us + EARLY_REQUEST_US, repeat_early, host, NULL);
}

void host_start(struct host *host)
{
	const struct scenario *scenario = host->end.scenario;
	host->end.is_started = true;
	transfer_ask(&host->transfer, scenario->op, text_of("boot/image"), scenario->mode,
		     &scenario->asked, &host->plan->limits, host->end.world->now_us);
	if (scenario->op == PACKET_WRQ && scenario->is_size_known)
		transfer_ends_at(&host->transfer, host->end.content->wire_size_bytes);
	note_news(host);
	host->early_left = scenario->early_requests;
	if (host->early_left > 0)
		world_at(host->end.world, EARLY_REQUEST_US, repeat_early, host, NULL);
	pump(host);
}

static bool is_new(const struct host *host, const struct transfer *before)
{
	return before->phase != host->transfer.phase || before->has_heard != host->transfer.has_heard ||
	       before->is_oack_open != host->transfer.is_oack_open ||
	       transfer_bytes(before) != transfer_bytes(&host->transfer);
}

static void receive(void *context, const struct datagram *datagram)
{
	struct host *host = context;
	if (datagram->to == WORLD_SERVER_LISTENS) {
		take_request(host, datagram);
		return;
	}
	if (host->end.is_closed || !host->end.is_started || datagram->to != host->end.address ||
	    !end_is_from_peer(&host->end, datagram))
		return;
	if (!datagram->is_forged) {
		host->heard_at_us = host->end.world->now_us;
		host->has_heard = true;
	}
	struct transfer before = host->transfer;
	struct text payload;
	transfer_input(&host->transfer, datagram->bytes, datagram->len, host->end.world->now_us,
		       &payload);
	if (payload.len > 0 && !content_check_take(&host->end.check, payload.at, payload.len))
		oracle_fail(host->end.oracle, ORACLE_BYTES, "wrong bytes were taken at %llu",
			    (unsigned long long)host->end.check.wire_bytes - payload.len);
	if (host->end.peer == 0 && host->transfer.phase != TRANSFER_OPENING)
		host->end.peer = datagram->from;
	if (is_new(host, &before))
		note_news(host);
	pump(host);
}

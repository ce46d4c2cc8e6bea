/* The happy path of a read: the request, the answer that fixes the server's port, DATA compared as it comes and
 * acknowledged, the end. Of a write: the request, the answer, windows of DATA, the last acknowledgement.
 *
 * What goes wrong: silence - what was last sent goes out again, until there were too many tries; an ERROR, or
 * bytes that are others than expected - the transfer has failed; packets from elsewhere or of earlier transfers
 * are nothing. */
#include <errno.h>

#include "proto/block.h"
#include "uvtftp/storm_client_inside.h"

#define ERROR_BYTES_MAX 64u

static void arm(struct storm_client *client)
{
	client->deadline_ns = client->worker->now_ns + client_options_of(client)->retry_ms * 1000000u;
}

static void end(struct storm_client *client)
{
	client->phase = STORM_IDLE;
	client->deadline_ns = 0;
	storm_worker_ended(client->worker, client);
}

static void fail(struct storm_client *client, enum storm_failure failure)
{
	struct storm_tally *tally = &client->worker->tally;
	count_add(&tally->failed, 1);
	tally->failures[failure]++;
	client->has_last_wire = false;
	end(client);
}

void storm_client_break(struct storm_client *client, int error)
{
	if (client->worker->tally.local_error == 0)
		client->worker->tally.local_error = error;
	client->is_broken = true;
	if (client->phase != STORM_IDLE)
		fail(client, STORM_LOCAL);
}

static void complete(struct storm_client *client)
{
	struct storm_tally *tally = &client->worker->tally;
	storm_histogram_add(&tally->whole, uv_hrtime() - client->begun_ns);
	count_add(&tally->completed, 1);
	end(client);
}

static void note_first(struct storm_client *client)
{
	if (client->has_first)
		return;
	client->has_first = true;
	storm_histogram_add(&client->worker->tally.first_data, uv_hrtime() - client->begun_ns);
}

static void send_error(struct storm_client *client, uint16_t code, const char *why)
{
	uint8_t room[ERROR_BYTES_MAX];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	packet_write_error(&out, code, why);
	storm_client_send(client, &client->peer, room, bytes_out_len(&out));
}

/* Tells the server that its transfer is over, and why; and then it is. */
static void refuse(struct storm_client *client, enum storm_failure failure, uint16_t code,
		   const char *why)
{
	send_error(client, code, why);
	if (client->phase != STORM_IDLE)
		fail(client, failure);
}

void storm_client_abandon(struct storm_client *client)
{
	if (client->phase == STORM_MOVING || client->phase == STORM_STALLED)
		send_error(client, PACKET_ERROR_OTHER, "the storm is over");
}

/* The options are settled. */
static void start_moving(struct storm_client *client, const struct option_set *granted)
{
	uint32_t window = (uint32_t)option_value(granted, OPTION_WINDOWSIZE);
	client->blksize = (uint32_t)option_value(granted, OPTION_BLKSIZE);
	client->phase = STORM_MOVING;
	if (client_options_of(client)->is_upload) {
		sender_init(&client->sender, window, 0);
		client->sender.last = block_last(client->target->bytes->len, client->blksize);
	} else {
		receiver_init(&client->receiver, client->blksize, window, 0);
	}
}

static void keep_block(struct storm_client *client, struct text payload)
{
	const struct receiver *receiver = &client->receiver;
	const struct storm_bytes *bytes = client->target->bytes;
	count_add(&client->worker->tally.bytes, payload.len);
	client->sends = 1;
	arm(client);
	note_first(client);
	if (!storm_bytes_match(bytes, receiver->bytes - payload.len, payload.at, payload.len) ||
	    (receiver->is_complete && !storm_bytes_end_at(bytes, receiver->bytes)))
		refuse(client, STORM_MISMATCH, PACKET_ERROR_OTHER, "not the bytes that were expected");
}

static void take_data(struct storm_client *client, const struct packet *packet)
{
	struct receiver *receiver = &client->receiver;
	enum receiver_event event = receiver_data(receiver, packet->number, packet->body.len);
	if (event == RECEIVER_TOO_LONG) {
		refuse(client, STORM_MISMATCH, PACKET_ERROR_ILLEGAL, "a block is too long");
		return;
	}
	if (event == RECEIVER_TAKEN || event == RECEIVER_TAKEN_ACK)
		keep_block(client, packet->body);
	if (client->phase == STORM_IDLE || event == RECEIVER_TAKEN || event == RECEIVER_IGNORED)
		return;
	storm_client_acknowledge(client, block_to_wire(receiver->got, 0));
	if (client->phase == STORM_IDLE || !receiver->is_complete)
		return;
	client->last_wire = block_to_wire(receiver->got, 0);
	client->has_last_wire = true;
	complete(client);
}

static void take_ack(struct storm_client *client, uint16_t wire)
{
	struct sender *sender = &client->sender;
	uint64_t before = sender->acked;
	struct sender_answer answer;
	enum sender_event event = sender_ack(sender, wire, client->worker->now_ns / 1000, &answer);
	if (event == SENDER_STALE || event == SENDER_REPEATED || event == SENDER_FORGED)
		return;
	uint64_t blocks = sender->acked - before;
	uint64_t len = blocks * client->blksize;
	if (event == SENDER_FINISHED)
		len = client->target->bytes->len - before * client->blksize;
	count_add(&client->worker->tally.bytes, len);
	client->sends = 1;
	arm(client);
	if (event == SENDER_FINISHED)
		complete(client);
	else
		storm_client_send_window(client);
}

static void take_error(struct storm_client *client, const struct packet *packet)
{
	storm_tally_error(&client->worker->tally, packet->number, packet->body);
	fail(client, STORM_ERROR);
}

static void take_oack(struct storm_client *client, const struct packet *packet)
{
	struct option_set granted;
	const char *why = option_accept(&granted, &client->worker->plan->asked, packet);
	if (why != NULL) {
		storm_tally_error(&client->worker->tally, PACKET_ERROR_OPTION, text_of(why));
		refuse(client, STORM_ERROR, PACKET_ERROR_OPTION, why);
		return;
	}
	start_moving(client, &granted);
	if (client_options_of(client)->is_upload) {
		note_first(client);
		storm_client_send_window(client);
	} else {
		storm_client_acknowledge(client, 0);
	}
}

/* It has what it wanted: an answer. Its socket is left to fill up. */
static void stall(struct storm_client *client)
{
	struct storm_worker *worker = client->worker;
	note_first(client);
	client->phase = STORM_STALLED;
	client->deadline_ns = 0;
	storm_client_unwatch(client);
	storm_histogram_add(&worker->tally.whole, uv_hrtime() - client->begun_ns);
	count_add(&worker->tally.completed, 1);
	if (atomic_fetch_add(&worker->shared->stalled, 1) + 1 == client_options_of(client)->clients)
		uv_async_send(&worker->shared->news);
}

/* Whether a transfer of ours can begin with it; what else comes is left of an earlier one. */
static bool is_opening(const struct storm_client *client, const struct packet *packet)
{
	switch (packet->op) {
	case PACKET_OACK:
		return true;
	case PACKET_ERROR:
		/* Never of a request: of an ACK before it, perhaps another process's that had this port. */
		return packet->number != PACKET_ERROR_UNKNOWN_TID;
	case PACKET_DATA:
		return !client_options_of(client)->is_upload && packet->number == 1;
	case PACKET_ACK:
		return client_options_of(client)->is_upload && packet->number == 0;
	default:
		return false;
	}
}

/* The server has not got the ACK that ended the last transfer. */
static void acknowledge_again(struct storm_client *client, const struct packet *packet)
{
	if (packet->op != PACKET_DATA || !client->has_last_wire || packet->number != client->last_wire)
		return;
	client->worker->heard_ns = client->worker->now_ns;
	storm_client_acknowledge(client, packet->number);
}

static void take_answer(struct storm_client *client, const struct addr *from,
			const struct packet *packet, bool is_last_peer)
{
	const struct option_set none = {.count = 0};
	if (!is_opening(client, packet)) {
		if (is_last_peer)
			acknowledge_again(client, packet);
		return;
	}
	if (!addr_same_host(from, &client->target->server))
		return;
	client->peer = *from;
	client->has_peer = true;
	client->has_last_wire = false;
	client->sends = 1;
	arm(client);
	if (packet->op == PACKET_ERROR) {
		take_error(client, packet);
	} else if (client_options_of(client)->is_stall) {
		stall(client);
	} else if (packet->op == PACKET_OACK) {
		take_oack(client, packet);
	} else {
		start_moving(client, &none);
		if (packet->op == PACKET_DATA) {
			take_data(client, packet);
		} else {
			note_first(client);
			storm_client_send_window(client);
		}
	}
}

static void take_next(struct storm_client *client, const struct packet *packet)
{
	bool is_upload = client_options_of(client)->is_upload;
	if (packet->op == PACKET_ERROR)
		take_error(client, packet);
	else if (packet->op == PACKET_DATA && !is_upload)
		take_data(client, packet);
	else if (packet->op == PACKET_ACK && is_upload)
		take_ack(client, packet->number);
	else if (packet->op == PACKET_OACK && !is_upload && client->receiver.got == 0)
		storm_client_acknowledge(client, 0);
}

static void take(struct storm_client *client, const struct addr *from, const uint8_t *data, size_t len)
{
	struct packet packet;
	client->worker->tally.packets_received++;
	if (storm_client_is_lost(client) || packet_parse(&packet, data, len) != PACKET_FINE)
		return;
	bool is_peer = client->has_peer && addr_equal(from, &client->peer);
	if (client->phase == STORM_ASKING)
		take_answer(client, from, &packet, is_peer);
	else if (is_peer && client->phase == STORM_MOVING)
		take_next(client, &packet);
	else if (is_peer && client->phase == STORM_IDLE)
		acknowledge_again(client, &packet);
}

void storm_client_begin(struct storm_client *client)
{
	struct storm_worker *worker = client->worker;
	const struct storm_plan *plan = worker->plan;
	uint64_t at = (uint64_t)client->number + client->begun;
	client->target = &plan->targets[at % plan->target_count];
	/* What came before it asked is for another process that had this port a moment ago. */
	while (client->begun == 0 && storm_inbox_receive(worker->inbox, client->fd, worker->parcels) > 0)
		;
	client->phase = STORM_ASKING;
	client->sends = 1;
	client->has_first = false;
	count_add(&worker->tally.begun, 1);
	client->begun_ns = worker->now_ns = uv_hrtime();
	arm(client);
	if (plan->options->has_fresh_ports && client->begun > 0) {
		storm_client_close(client);
		int error = storm_client_open(client);
		if (error != 0) {
			storm_client_break(client, -error);
			return;
		}
		client->has_peer = false;
	}
	client->begun++;
	storm_client_send_request(client);
}

void storm_client_ready(struct storm_client *client)
{
	struct storm_worker *worker = client->worker;
	unsigned count = storm_inbox_receive(worker->inbox, client->fd, worker->parcels);
	for (unsigned i = 0; i < count; i++) {
		const struct storm_parcel *parcel = &worker->parcels[i];
		size_t at = 0;
		do {
			size_t left = parcel->len - at;
			size_t len = left < parcel->segment_bytes ? left : parcel->segment_bytes;
			take(client, parcel->from, parcel->data + at, len);
			at += len;
		} while (at < parcel->len);
	}
}

void storm_client_expire(struct storm_client *client)
{
	if (client->sends >= client_options_of(client)->tries) {
		fail(client, STORM_TIMEOUT);
		return;
	}
	client->sends++;
	client->worker->tally.retransmissions++;
	arm(client);
	if (client->phase == STORM_ASKING) {
		storm_client_send_request(client);
	} else if (client_options_of(client)->is_upload) {
		sender_rewind(&client->sender, false, client->worker->now_ns / 1000);
		storm_client_send_window(client);
	} else {
		receiver_restart(&client->receiver);
		storm_client_acknowledge(client, block_to_wire(client->receiver.got, 0));
	}
}

/* The packets of one attempt. The core (struct transfer) decides everything about the protocol; here are
 * addresses, the clock and the way of the bytes to the owner.
 *
 * The happy path: the request goes to the server's well-known port, the first packet that means anything
 * fixes its TID, DATA is handed out as it comes, the owner keeps the file, the last ACK is sent, and for a
 * little while it is repeated if its DATA comes again. Sending (exchange_send.c), the server's last ACK is the
 * end.
 *
 * What goes wrong: another TID - told so, and nothing else changes; the owner cannot keep or
 * give the bytes - ERROR to the server; no progress for long - over without a word. */
#include "client/client_inside.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "proto/netascii.h"

#define RTO_FLOOR_US    250000u
#define RTO_CAP_US      4000000u
#define DALLY_US        100000u  /* without a measured round trip */
#define DALLY_EXTRA_US  20000u   /* over three round trips: a server's timer and its way here */
#define DALLY_MAX_US    1000000u /* nobody waits longer for a file that is there */
#define POOL_RETRY_US   10000u   /* all messages are in use */
#define DECODED_BYTES   4096u
#define BLKSIZE_UNKNOWN 1428u /* route unknown: Ethernet with room for tunnels and IPv6 */
#define HEADER_BYTES    4u
#define PEER_ROOM_BYTES 212992 /* the server's socket: what Linux gives one that asks for nothing */

uint64_t exchange_now_us(void)
{
	return uv_hrtime() / 1000;
}

static uint32_t choose_blksize(const struct client *client)
{
	if (client->options.blksize != 0)
		return client->options.blksize;
	unsigned payload = socket_payload_max(NULL, &client->peer);
	if (payload < HEADER_BYTES + CLIENT_BLKSIZE_MIN)
		return BLKSIZE_UNKNOWN;
	uint32_t blksize = payload - HEADER_BYTES;
	return blksize < CLIENT_BLKSIZE_MAX ? blksize : CLIENT_BLKSIZE_MAX;
}

/* A window must fit into the buffer of the socket it comes to, or it loses its own end each time. Kernels
 * charge a datagram with about twice its size. */
static uint32_t choose_windowsize(struct client *client, uint32_t blksize)
{
	uint32_t asked = client->options.windowsize;
	uint32_t kept_max = CLIENT_SEND_BYTES_MAX / blksize;
	if (asked != 0)
		return client->is_upload && asked > kept_max ? kept_max : asked;
	int room_bytes = 0;
	if (client->is_upload)
		room_bytes = PEER_ROOM_BYTES;
	else if (uv_recv_buffer_size((uv_handle_t *)&client->endpoint.udp, &room_bytes) != 0 ||
		 room_bytes <= 0)
		return CLIENT_WINDOWSIZE;
	uint32_t fits = (uint32_t)room_bytes / (2 * blksize + 1024);
	if (fits < 1)
		return 1;
	return fits < CLIENT_WINDOWSIZE ? fits : CLIENT_WINDOWSIZE;
}

static uint64_t choose_give_up(const struct client *client)
{
	uint64_t whole_us = client->options.give_up_ms * UINT64_C(1000);
	uint64_t third_us = whole_us / 3;
	uint64_t spent_us = third_us * client->server_at;
	bool is_last = client->server_at + 1 == client->options.server_count;
	if (!is_last || spent_us + third_us > whole_us)
		return third_us;
	return whole_us - spent_us;
}

void exchange_start(struct client *client)
{
	uint64_t now_us = exchange_now_us();
	struct option_set options = {.count = 0};
	if (!client->is_plain) {
		uint32_t blksize = choose_blksize(client);
		uint32_t windowsize = choose_windowsize(client, blksize);
		/* In netascii the whole file would have to be translated to know the size. */
		if (!client->is_upload && !client->options.is_netascii)
			option_put(&options, OPTION_TSIZE, 0);
		if (client->is_upload && client->size_bytes != CLIENT_SIZE_UNKNOWN)
			option_put(&options, OPTION_TSIZE, client->size_bytes);
		option_put(&options, OPTION_BLKSIZE, blksize);
		if (windowsize > 1)
			option_put(&options, OPTION_WINDOWSIZE, windowsize);
	}
	client->give_up_us = choose_give_up(client);
	const struct transfer_limits limits = {
	    .rto_floor_us = RTO_FLOOR_US,
	    .rto_cap_us = RTO_CAP_US,
	    .give_up_us = client->options.give_up_ms * 1000u,
	    .dally_us = DALLY_US,
	};
	transfer_ask(&client->transfer, client->is_upload ? PACKET_WRQ : PACKET_RRQ,
		     text_of(client->file), client->options.is_netascii ? PACKET_NETASCII : PACKET_OCTET,
		     &options, &limits, now_us);
	if (client->is_upload && client->size_bytes != CLIENT_SIZE_UNKNOWN)
		transfer_ends_at(&client->transfer, client->size_bytes);
	client->news_us = now_us;
	client->netascii = 0;
	exchange_pump(client);
}

static uint64_t find_deadline(const struct client *client)
{
	const struct transfer *transfer = &client->transfer;
	struct transfer_out out;
	if (transfer->phase == TRANSFER_OVER)
		return 0;
	if (exchange_is_starved(client))
		return TRANSFER_NEVER;
	uint64_t give_up_us = client->news_us + client->give_up_us;
	if (transfer_next(transfer, &out))
		return endpoint_is_blocked(&client->endpoint) ? give_up_us
							      : exchange_now_us() + POOL_RETRY_US;
	uint64_t deadline_us = transfer_deadline(transfer);
	if (transfer->phase == TRANSFER_DALLYING || deadline_us < give_up_us)
		return deadline_us;
	return give_up_us;
}

/* A deadline that moves later leaves the timer alone: when it fires it is set again. */
static void arm(struct client *client)
{
	uint64_t deadline_us = find_deadline(client);
	uint64_t now_us = exchange_now_us();
	if (client->armed_us <= deadline_us)
		return;
	uint64_t delay_us = deadline_us > now_us ? deadline_us - now_us : 0;
	client->armed_us = deadline_us;
	ASSERT(uv_timer_start(&client->timer, client_on_timer, (delay_us + 999) / 1000, 0) == 0);
}

/* False: there is no message to put it into. */
static bool send_packet(struct client *client, const struct transfer_out *out)
{
	uint8_t room[PACKET_REQUEST_BYTES_MAX];
	struct message *message = batch_message(client->batch, &client->endpoint, &client->peer);
	if (message == NULL)
		return false;
	size_t len = transfer_format(&client->transfer, room, sizeof room);
	bool fits = message_add_packet(message, room, len);
	ASSERT(len > 0 && fits);
	batch_queue(client->batch, message);
	transfer_sent(&client->transfer, out, 1, exchange_now_us());
	return true;
}

static void send_due(struct client *client)
{
	struct transfer_out out;
	bool is_sent = true;
	while (is_sent && transfer_next(&client->transfer, &out))
		is_sent = out.kind == TRANSFER_OUT_DATA ? exchange_send_data(client, &out)
							: send_packet(client, &out);
}

/* What is at hand goes first, and the next is read while the server takes it. */
void exchange_pump(struct client *client)
{
	do {
		send_due(client);
	} while (exchange_refill(client));
	if (client->ended_us == 0 && client->transfer.outcome != TRANSFER_RUNNING)
		client->ended_us = exchange_now_us();
	arm(client);
}

static const char *name_failure(const struct client *client, int error, bool is_full)
{
	if (client->is_upload)
		return error == UV_EOF ? "the file became shorter while it was sent"
				       : "the file cannot be read";
	return is_full ? "no space for the file" : "the file cannot be stored";
}

void exchange_fail(struct client *client, int error)
{
	bool is_full = !client->is_upload && (error == -ENOSPC || error == -EFBIG || error == -EDQUOT);
	client->local_error = error;
	client->local_reason = name_failure(client, error, is_full);
	transfer_fail(&client->transfer, is_full ? PACKET_ERROR_FULL : PACKET_ERROR_OTHER,
		      client->local_reason);
}

static int store_text(struct client *client, const uint8_t *data, size_t len)
{
	uint8_t decoded[DECODED_BYTES];
	size_t used, made;
	do {
		netascii_decode(&client->netascii, data, len, &used, decoded, sizeof decoded, &made);
		int error = made > 0 ? client->events->on_data(client->user, decoded, made) : 0;
		if (error != 0)
			return error;
		data += used;
		len -= used;
	} while (len > 0 || made == sizeof decoded);
	return 0;
}

static int store(struct client *client, struct text payload)
{
	const uint8_t *data = (const uint8_t *)payload.at;
	if (payload.len == 0)
		return 0;
	if (client->options.is_netascii)
		return store_text(client, data, payload.len);
	return client->events->on_data(client->user, data, payload.len);
}

static int complete(struct client *client)
{
	uint8_t last;
	int error = 0;
	if (client->options.is_netascii && netascii_decode_end(&client->netascii, &last) > 0)
		error = client->events->on_data(client->user, &last, 1);
	if (error == 0 && client->events->on_complete != NULL)
		error = client->events->on_complete(client->user);
	return error;
}

static uint32_t choose_dally(const struct rto *rto)
{
	if (!rto->has_sample)
		return DALLY_US;
	uint64_t dally_us = UINT64_C(3) * rto->srtt_us + DALLY_EXTRA_US;
	return dally_us < DALLY_MAX_US ? (uint32_t)dally_us : DALLY_MAX_US;
}

static int start_supply(struct client *client)
{
	const struct transfer *transfer = &client->transfer;
	bool has_memory = transfer->phase != TRANSFER_MOVING ||
			  supply_start(&client->supply, transfer->blksize, transfer->sender.window,
				       client->size_bytes, client->options.is_netascii);
	return has_memory ? 0 : -ENOMEM;
}

/* The first answer: who it is that answers, and how much will come. */
static int settle(struct client *client, const struct addr *peer)
{
	struct transfer *transfer = &client->transfer;
	client->peer = *peer;
	client->has_tid = true;
	client->give_up_us = client->options.give_up_ms * UINT64_C(1000);
	if (client->is_upload)
		return start_supply(client);
	if (transfer->phase == TRANSFER_OVER || transfer->size_bytes == TRANSFER_SIZE_UNKNOWN ||
	    client->events->on_size == NULL)
		return 0;
	return client->events->on_size(client->user, transfer->size_bytes);
}

/* RFC 1350 section 4: a packet from a wrong TID is answered and changes nothing. An ERROR never is. */
static void refuse(struct client *client, const struct addr *peer, const uint8_t *data, size_t len)
{
	struct packet packet;
	uint8_t room[64];
	struct bytes_out out;
	if (packet_parse(&packet, data, len) != PACKET_FINE || packet.op == PACKET_ERROR)
		return;
	struct message *message = batch_message(client->batch, &client->endpoint, peer);
	if (message == NULL)
		return;
	bytes_out_init(&out, room, sizeof room);
	packet_write_error(&out, PACKET_ERROR_UNKNOWN_TID, "this port is in another transfer");
	bool fits = message_begin_segment(message);
	uint8_t *at = fits ? message_add_inline(message, bytes_out_len(&out)) : NULL;
	ASSERT(at != NULL);
	memcpy(at, room, bytes_out_len(&out));
	batch_queue(client->batch, message);
}

static void take(struct client *client, const struct addr *peer, const uint8_t *data, size_t len)
{
	struct transfer *transfer = &client->transfer;
	enum transfer_phase before = transfer->phase;
	uint64_t bytes_before = transfer_bytes(transfer);
	uint64_t now_us = exchange_now_us();
	struct text payload;
	transfer_input(transfer, data, len, now_us, &payload);
	int error = 0;
	if (before == TRANSFER_OPENING && transfer->phase != TRANSFER_OPENING)
		error = settle(client, peer);
	if (error == 0)
		error = store(client, payload);
	if (error == 0 && transfer->phase == TRANSFER_COMMITTING)
		error = complete(client);
	if (error != 0) {
		exchange_fail(client, error);
	} else if (transfer->phase == TRANSFER_COMMITTING) {
		transfer->dally_us = choose_dally(&transfer->rto);
		transfer_stored(transfer, exchange_now_us());
	}
	if (transfer->phase != before || transfer_bytes(transfer) != bytes_before)
		client->news_us = now_us;
}

void exchange_datagram(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data,
		       size_t len)
{
	struct client *client = endpoint->user;
	if (client->is_closing || client->transfer.phase == TRANSFER_OVER)
		return;
	bool is_server =
	    client->has_tid ? addr_equal(peer, &client->peer) : addr_same_host(peer, &client->peer);
	if (is_server)
		take(client, peer, data, len);
	else
		refuse(client, peer, data, len);
	exchange_pump(client);
}

void exchange_expire(struct client *client)
{
	struct transfer *transfer = &client->transfer;
	/* Timers run before sockets are read: if this process was held up, the answer may be here already. */
	endpoint_receive_now(&client->endpoint);
	if (transfer->phase == TRANSFER_OVER)
		return;
	uint64_t now_us = exchange_now_us();
	bool is_waiting = transfer->phase != TRANSFER_DALLYING;
	if (is_waiting && !exchange_is_starved(client) && now_us >= client->news_us + client->give_up_us)
		transfer_abandon(transfer, TRANSFER_TIMEOUT);
	else
		transfer_expire(transfer, now_us);
	exchange_pump(client);
}

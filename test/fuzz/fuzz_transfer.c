/* One transfer, either role, either direction, against a hostile peer, a slow disk and any clock.
 *
 * Input: role and size known or not (1 byte), the file's size (a shift and two bytes), the limits (blksize,
 * windowsize, two bytes each), the request (length in two bytes, then the packet), and steps: one byte says
 * which, see `steps`. Behind each step the outputs are drained and the promises checked; in the end only
 * time passes, and the transfer must end by itself. */
#include "fuzz/fuzz.h"
#include "proto/block.h"
#include "proto/transfer.h"

#define REQUEST_BYTES_MAX 1024u
#define CONTROL_BYTES_MAX 2048u
#define STEPS_MAX         4096u
#define QUIET_US          100000u  /* the least that the sender calls long */
#define ECHO_MAX_US       1000000u /* the longest that it waits for echoes */
#define PAUSE_MAX_US      1000000u /* the longest between two bursts */

struct player {
	struct transfer transfer;
	struct feed feed;
	uint64_t now_us;
	uint64_t size_bytes;    /* of what is sent, told to the transfer or not */
	uint64_t stored_bytes;  /* of what was received */
	uint64_t confirmed;     /* transfer_bytes at the last look */
	uint32_t budget_blocks; /* what the network takes in one drain */
	uint64_t data_blocks;   /* sent in this drain */
	uint32_t packets;       /* control packets sent in this drain */
	uint64_t restarted_at;  /* an ACK of this block, the last one again, made DATA be sent, */
	uint64_t restarted_us;  /* and when */
	uint64_t sent_us;       /* DATA of the window, the last time */
	bool is_size_known;
};

static bool is_sending(const struct player *player)
{
	return player->transfer.phase == TRANSFER_MOVING && player->transfer.direction == TRANSFER_SEND;
}

static bool is_receiving(const struct player *player)
{
	return player->transfer.phase == TRANSFER_MOVING &&
	       player->transfer.direction == TRANSFER_RECEIVE;
}

static void check_state(struct player *player)
{
	const struct transfer *transfer = &player->transfer;
	bool has_ended = transfer->phase == TRANSFER_OVER || transfer->phase == TRANSFER_DALLYING;
	ASSERT(has_ended == (transfer->outcome != TRANSFER_RUNNING));
	ASSERT(transfer_reason(transfer) != NULL);
	ASSERT(transfer_bytes(transfer) >= player->confirmed);
	player->confirmed = transfer_bytes(transfer);
	if (transfer->direction == TRANSFER_RECEIVE)
		ASSERT(transfer_bytes(transfer) == player->stored_bytes);
	if (is_sending(player)) {
		const struct sender *sender = &transfer->sender;
		ASSERT(sender->acked < sender->next &&
		       sender->next <= sender->acked + sender->window + 1);
		ASSERT(sender->sent_max + 1 >= sender->next && sender->acked <= sender->sent_max);
		ASSERT(sender->next <= sender->last || sender->next == sender->last + 1);
		ASSERT(transfer_bytes(transfer) <= player->size_bytes);
		/* Repetitions have a bound, and the tightest one for who was never heard. */
		ASSERT(sender->blocks_resent <=
		       TRANSFER_WASTE_MAX * sender->acked +
			   UINT64_C(4) * TRANSFER_REPEATS_MAX * (sender->window + 1));
		if (transfer->role == TRANSFER_SERVE && !transfer_is_proven(transfer))
			ASSERT(sender->blocks_sent <= 1 + TRANSFER_REPEATS_MAX);
	} else if (is_receiving(player)) {
		const struct receiver *receiver = &transfer->receiver;
		ASSERT(receiver->confirmed <= receiver->got && !receiver->is_complete);
		ASSERT(receiver->got - receiver->confirmed < receiver->window);
	}
}

static void send_control(struct player *player, const struct transfer_out *out)
{
	uint8_t *room = fuzz_alloc(CONTROL_BYTES_MAX);
	struct packet packet;
	ASSERT(transfer_format(&player->transfer, room, 3) == 0);
	size_t len = transfer_format(&player->transfer, room, CONTROL_BYTES_MAX);
	ASSERT(len >= PACKET_HEADER_BYTES && len <= CONTROL_BYTES_MAX);
	ASSERT(packet_parse(&packet, room, len) == PACKET_FINE && packet.op != PACKET_DATA);
	if (packet.op == PACKET_RRQ || packet.op == PACKET_WRQ)
		ASSERT(player->transfer.role == TRANSFER_ASK && !player->transfer.has_heard);
	if (packet.op == PACKET_OACK)
		ASSERT(player->transfer.role == TRANSFER_SERVE && packet.pair_count > 0);
	if (packet.op == PACKET_ACK)
		ASSERT(player->transfer.direction == TRANSFER_RECEIVE);
	free(room);
	transfer_sent(&player->transfer, out, 0, player->now_us);
	player->packets++;
}

/* The bytes run out inside this run: what a stream without a known size finds out when it reads. */
static bool find_end(struct player *player, const struct transfer_out *out)
{
	uint64_t end = out->offset + (uint64_t)out->block_count * out->blksize;
	if (player->transfer.size_bytes != TRANSFER_SIZE_UNKNOWN || end <= player->size_bytes)
		return false;
	transfer_ends_at(&player->transfer, player->size_bytes);
	return true;
}

static void send_data(struct player *player, const struct transfer_out *out, uint32_t count)
{
	const struct transfer *transfer = &player->transfer;
	uint64_t last_block = out->first_block + count - 1;
	uint8_t header[PACKET_HEADER_BYTES];
	ASSERT(out->blksize >= OPTION_BLKSIZE_MIN && out->blksize <= OPTION_BLKSIZE_MAX);
	ASSERT(out->offset == (out->first_block - 1) * out->blksize);
	ASSERT(last_block <= transfer->sender.last);
	transfer_data_header(transfer, last_block, header);
	ASSERT(header[0] == 0 && header[1] == PACKET_DATA);
	uint32_t bytes = transfer_block_bytes(transfer, last_block);
	if (transfer->size_bytes == TRANSFER_SIZE_UNKNOWN) {
		ASSERT(bytes == UINT32_MAX);
	} else {
		ASSERT((last_block - 1) * out->blksize + bytes <= player->size_bytes);
		ASSERT((bytes < out->blksize) == (last_block == transfer->sender.last));
	}
	transfer_sent(&player->transfer, out, count, player->now_us);
	player->data_blocks += count;
	/* One beyond the window is only to make a silent receiver speak. */
	if (last_block <= transfer->sender.acked + transfer->sender.window)
		player->sent_us = player->now_us;
}

/* True if everything there was went out. */
static bool drain(struct player *player)
{
	struct transfer_out out;
	player->data_blocks = 0;
	player->packets = 0;
	while (transfer_next(&player->transfer, &out)) {
		if (out.kind == TRANSFER_OUT_PACKET) {
			send_control(player, &out);
			ASSERT(player->packets <= 2);
			continue;
		}
		ASSERT(out.block_count > 0);
		if (find_end(player, &out))
			continue;
		uint32_t left = player->budget_blocks - (uint32_t)player->data_blocks;
		uint32_t count = out.block_count < left ? out.block_count : left;
		if (count == 0)
			return false;
		send_data(player, &out, count);
		/* And one to make a silent receiver speak. */
		ASSERT(player->data_blocks <= UINT64_C(1) + player->transfer.sender.window);
	}
	return true;
}

/* It is the peer's turn, so silence must have an end; and it is not over yet. */
static void check_deadline(const struct player *player)
{
	const struct transfer *transfer = &player->transfer;
	uint64_t deadline = transfer_deadline(transfer);
	bool is_ours = (transfer->phase == TRANSFER_OPENING && transfer->role == TRANSFER_SERVE) ||
		       transfer->phase == TRANSFER_COMMITTING || transfer->phase == TRANSFER_OVER;
	ASSERT(is_ours == (deadline == TRANSFER_NEVER));
	ASSERT(deadline > player->now_us);
	ASSERT(deadline == TRANSFER_NEVER || deadline - player->now_us <= RTO_MAX_US);
	ASSERT(!transfer_is_paused(transfer) || deadline - player->now_us <= PAUSE_MAX_US);
}

static void let_time_pass(struct player *player, uint64_t to_us)
{
	struct transfer before;
	player->now_us = to_us;
	bool is_due = transfer_deadline(&player->transfer) <= to_us;
	memcpy(&before, &player->transfer, sizeof before);
	transfer_expire(&player->transfer, to_us);
	if (!is_due)
		ASSERT(memcmp(&before, &player->transfer, sizeof before) == 0);
}

/* The transfer takes a packet; `packet` is freed. */
static void input(struct player *player, uint8_t *packet, size_t len)
{
	struct transfer *transfer = &player->transfer;
	struct transfer_out out;
	struct text payload;
	bool was_sending = is_sending(player) && !transfer->is_oack_open;
	bool was_drained = !transfer_next(transfer, &out);
	uint64_t acked = was_sending ? transfer->sender.acked : 0;
	bool was_over = transfer->phase == TRANSFER_OVER;

	transfer_input(transfer, packet, len, player->now_us, &payload);
	if (payload.len > 0) {
		const uint8_t *at = (const uint8_t *)payload.at;
		ASSERT(transfer->direction == TRANSFER_RECEIVE && payload.len <= transfer->blksize);
		ASSERT(at >= packet + PACKET_HEADER_BYTES && at + payload.len == packet + len);
	}
	player->stored_bytes += payload.len;
	free(packet);
	/* RFC 1123 4.2.3.1: in lock-step an ACK that confirms nothing new never causes DATA. With a window the last
	 * one again does so once, in one that is paced at most once in two round trips or a second, and in any when
	 * nothing was sent for long, which not even ACK 0 is the echo of; nothing else does. */
	if (was_sending && was_drained && is_sending(player) && transfer->sender.acked == acked &&
	    transfer_next(transfer, &out)) {
		const struct sender *sender = &transfer->sender;
		bool may_be_paced = sender->window > SENDER_BURST_MIN;
		uint64_t echo_us = UINT64_C(2) * sender->shortest_us;
		if (echo_us > ECHO_MAX_US)
			echo_us = ECHO_MAX_US;
		bool is_quiet = player->now_us - player->sent_us >= QUIET_US;
		ASSERT(sender->window > 1 && (acked > 0 || may_be_paced || is_quiet));
		ASSERT(player->restarted_at != acked || is_quiet ||
		       (may_be_paced && player->now_us - player->restarted_us >= echo_us));
		player->restarted_at = acked;
		player->restarted_us = player->now_us;
	}
	if (was_over && was_drained)
		ASSERT(!transfer_next(transfer, &out));
}

static void step_packet(struct player *player)
{
	size_t len = feed_u16(&player->feed);
	uint8_t *packet = feed_copy(&player->feed, len, &len);
	input(player, packet, len);
}

static void step_time(struct player *player)
{
	let_time_pass(player, player->now_us + feed_u16(&player->feed) * (uint64_t)1000);
}

static void step_deadline(struct player *player)
{
	uint64_t deadline = transfer_deadline(&player->transfer);
	if (deadline != TRANSFER_NEVER && deadline > player->now_us)
		let_time_pass(player, deadline);
}

static void step_local(struct player *player)
{
	struct transfer *transfer = &player->transfer;
	if (transfer->phase == TRANSFER_OPENING && transfer->role == TRANSFER_SERVE)
		transfer_opened(transfer,
				player->is_size_known ? player->size_bytes : TRANSFER_SIZE_UNKNOWN,
				player->now_us);
	else
		transfer_stored(transfer, player->now_us);
}

static void step_fail(struct player *player)
{
	transfer_fail(&player->transfer, (enum packet_error)(feed_u8(&player->feed) % 9), "out of luck");
}

static void step_again(struct player *player)
{
	transfer_request_again(&player->transfer);
}

/* An ACK near where the sender is, which random bytes would seldom hit. */
static void step_ack(struct player *player)
{
	int8_t delta = (int8_t)feed_u8(&player->feed);
	if (!is_sending(player))
		return;
	struct bytes_out out;
	uint8_t *packet = fuzz_alloc(PACKET_HEADER_BYTES);
	bytes_out_init(&out, packet, PACKET_HEADER_BYTES);
	packet_write_ack(&out, (uint16_t)(block_to_wire(player->transfer.sender.acked,
							player->transfer.sender.rollover) +
					  delta));
	input(player, packet, PACKET_HEADER_BYTES);
}

/* DATA near what the receiver waits for: a full block, or a shorter one. */
static void step_data(struct player *player)
{
	int8_t delta = (int8_t)feed_u8(&player->feed);
	unsigned missing = feed_u8(&player->feed);
	if (!is_receiving(player))
		return;
	const struct receiver *receiver = &player->transfer.receiver;
	size_t len = missing < receiver->blksize ? receiver->blksize - missing : 0;
	uint8_t *packet = fuzz_alloc(PACKET_HEADER_BYTES + len);
	uint16_t wire = block_to_wire(receiver->got + 1, receiver->rollover);
	packet_write_data_header(packet, (uint16_t)(wire + delta));
	memset(packet + PACKET_HEADER_BYTES, 'x', len);
	input(player, packet, PACKET_HEADER_BYTES + len);
}

static void step_budget(struct player *player)
{
	unsigned blocks = feed_u8(&player->feed);
	player->budget_blocks = blocks == 255 ? UINT32_MAX : blocks;
}

static void step_abandon(struct player *player)
{
	transfer_abandon(&player->transfer, TRANSFER_ABORTED);
}

static void (*const steps[])(struct player *player) = {
    step_packet, step_time, step_deadline, step_local,  step_fail,
    step_again,  step_ack,  step_data,     step_budget, step_abandon,
};

static bool begin(struct player *player, const struct packet *request, unsigned flags,
		  const struct transfer_limits *limits)
{
	struct option_set asked;
	if (request->op != PACKET_RRQ && request->op != PACKET_WRQ)
		return false;
	player->is_size_known = (flags & 2) == 0;
	if ((flags & 1) == 0) {
		transfer_serve(&player->transfer, request, limits, player->now_us);
		return true;
	}
	option_read(&asked, request);
	transfer_ask(&player->transfer, request->op, request->file, request->mode, &asked, limits,
		     player->now_us);
	if (request->op == PACKET_WRQ && player->is_size_known)
		transfer_ends_at(&player->transfer, player->size_bytes);
	return true;
}

/* Nobody speaks any more: the local side finishes what it has to do, and time does the rest. */
static void finish(struct player *player)
{
	uint64_t started_us = player->now_us;
	unsigned rounds = 0;
	player->budget_blocks = UINT32_MAX;
	while (player->transfer.phase != TRANSFER_OVER) {
		ASSERT(rounds++ < 10000);
		step_local(player);
		drain(player);
		check_state(player);
		check_deadline(player);
		step_deadline(player);
	}
	/* A paced window takes some round trips, and a round trip may be as long as a time-out. */
	uint64_t longest_us = TRANSFER_GIVE_UP_US + 64 * (uint64_t)RTO_MAX_US;
	ASSERT(player->now_us - started_us <= longest_us);
	drain(player);
	ASSERT(player->data_blocks == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct player player = {.feed = {data, size}, .now_us = 1000000, .budget_blocks = UINT32_MAX};
	unsigned flags = feed_u8(&player.feed);
	unsigned shift = feed_u8(&player.feed) % 40;
	player.size_bytes = (uint64_t)feed_u16(&player.feed) << shift;
	struct transfer_limits limits = {
	    .rto_floor_us = TRANSFER_RTO_FLOOR_US,
	    .rto_cap_us = TRANSFER_RTO_CAP_US,
	    .give_up_us = TRANSFER_GIVE_UP_US,
	    .dally_us = 3000000,
	};
	limits.options.blksize_max = feed_u16(&player.feed) % (OPTION_BLKSIZE_MAX - 7) + 8;
	limits.options.windowsize_max = feed_u16(&player.feed) % OPTION_WINDOWSIZE_MAX + 1;

	struct packet request;
	size_t len = feed_u16(&player.feed) % REQUEST_BYTES_MAX;
	uint8_t *bytes = feed_copy(&player.feed, len, &len);
	if (packet_parse(&request, bytes, len) == PACKET_FINE &&
	    begin(&player, &request, flags, &limits)) {
		for (unsigned i = 0; i < STEPS_MAX && player.feed.left > 0; i++) {
			if (drain(&player))
				check_deadline(&player);
			check_state(&player);
			steps[feed_u8(&player.feed) % (sizeof steps / sizeof steps[0])](&player);
		}
		finish(&player);
	}
	free(bytes);
	return 0;
}

/* The happy path of a read: serve, opened (an OACK is owed if an option was granted), ACK 0, windows of DATA
 * each answered by an ACK, over. Of a write: serve, opened (OACK or ACK 0), DATA taken, an ACK a window,
 * committing, stored (the last ACK), dallying, over.
 *
 * What goes wrong: a packet is lost - the timer (transfer_out.c) repeats the last control packet or rewinds
 * the sender; the peer falls silent - the timer gives up; an ERROR comes - over at once, unanswered; our
 * side fails - one ERROR is owed and the transfer is over. */
#include "proto/transfer.h"

#include "proto/block.h"

static void start(struct transfer *transfer, const struct transfer_limits *limits, uint64_t now_us)
{
	transfer->give_up_us = limits->give_up_us;
	transfer->dally_us = limits->dally_us;
	transfer->repeats_max = limits->repeats_max == 0 ? TRANSFER_REPEATS_MAX : limits->repeats_max;
	transfer->rollover = (uint8_t)limits->options.rollover;
	transfer->has_news = true;
	transfer->size_bytes = TRANSFER_SIZE_UNKNOWN;
	transfer->waiting_since_us = transfer->silent_since_us = now_us;
	transfer->error_code = -1;
	rto_init(&transfer->rto, TRANSFER_RTO_INITIAL_US, limits->rto_floor_us, limits->rto_cap_us);
}

void transfer_serve(struct transfer *transfer, const struct packet *request,
		    const struct transfer_limits *limits, uint64_t now_us)
{
	*transfer = (struct transfer){
	    .role = TRANSFER_SERVE,
	    .direction = request->op == PACKET_RRQ ? TRANSFER_SEND : TRANSFER_RECEIVE,
	    .mode = request->mode,
	};
	start(transfer, limits, now_us);
	option_read(&transfer->options, request);
	option_limit(&transfer->options, &limits->options);
}

void transfer_ask(struct transfer *transfer, enum packet_op op, struct text file, enum packet_mode mode,
		  const struct option_set *options, const struct transfer_limits *limits,
		  uint64_t now_us)
{
	*transfer = (struct transfer){
	    .role = TRANSFER_ASK,
	    .direction = op == PACKET_RRQ ? TRANSFER_RECEIVE : TRANSFER_SEND,
	    .mode = mode,
	    .file = file,
	    .options = *options,
	    .owed = TRANSFER_OWES_REQUEST,
	};
	start(transfer, limits, now_us);
}

/* The options are settled: prepare the half that moves the blocks. */
static void begin_moving(struct transfer *transfer)
{
	const struct option_set *options = &transfer->options;
	uint32_t window = (uint32_t)option_value(options, OPTION_WINDOWSIZE);
	transfer->blksize = (uint32_t)option_value(options, OPTION_BLKSIZE);
	uint8_t rollover = (uint8_t)option_rollover(options, transfer->rollover);
	uint32_t timeout_us = (uint32_t)option_value(options, OPTION_TIMEOUT) * 1000000u;

	/* RFC 2349 fixes the interval, RFC 1123 wants it adaptive: the client's value is the first one and
	 * the ceiling, and what is measured may lower it. */
	if (timeout_us != 0)
		rto_init(&transfer->rto, timeout_us, transfer->rto.floor_us, timeout_us);
	if (transfer->direction == TRANSFER_SEND) {
		sender_init(&transfer->sender, window, rollover);
		if (transfer->size_bytes != TRANSFER_SIZE_UNKNOWN)
			transfer->sender.last = block_last(transfer->size_bytes, transfer->blksize);
	} else {
		receiver_init(&transfer->receiver, transfer->blksize, window, rollover);
	}
	transfer->phase = TRANSFER_MOVING;
	transfer->owed = TRANSFER_OWES_NOTHING;
}

void transfer_opened(struct transfer *transfer, uint64_t size_bytes, uint64_t now_us)
{
	if (transfer->phase != TRANSFER_OPENING)
		return;
	if (transfer->direction == TRANSFER_SEND) {
		transfer->size_bytes = size_bytes;
		/* RFC 2349 wants the size. For an empty file curl takes "tsize 0" for a failure, and leaving
		 * an option out is always allowed. */
		if (option_has(&transfer->options, OPTION_TSIZE)) {
			if (size_bytes == TRANSFER_SIZE_UNKNOWN || size_bytes == 0)
				option_remove(&transfer->options, OPTION_TSIZE);
			else
				option_put(&transfer->options, OPTION_TSIZE, size_bytes);
		}
	}
	begin_moving(transfer);
	transfer->has_news = true;
	transfer->silent_since_us = now_us;
	if (transfer->options.count > 0) {
		transfer->owed = TRANSFER_OWES_OACK;
		transfer->is_oack_open = true;
	} else if (transfer->direction == TRANSFER_RECEIVE) {
		transfer->owed = TRANSFER_OWES_ACK;
	}
}

void transfer_ends_at(struct transfer *transfer, uint64_t size_bytes)
{
	transfer->size_bytes = size_bytes;
	if (transfer->direction == TRANSFER_SEND && transfer->phase == TRANSFER_MOVING)
		transfer->sender.last = block_last(size_bytes, transfer->blksize);
}

void transfer_stored(struct transfer *transfer, uint64_t now_us)
{
	if (transfer->phase != TRANSFER_COMMITTING)
		return;
	transfer->phase = TRANSFER_DALLYING;
	transfer->outcome = TRANSFER_DONE;
	transfer->waiting_since_us = now_us;
	transfer->owed = TRANSFER_OWES_ACK;
	transfer->has_news = true;
}

void transfer_abandon(struct transfer *transfer, enum transfer_outcome outcome)
{
	if (transfer->outcome == TRANSFER_RUNNING)
		transfer->outcome = outcome;
	transfer->phase = TRANSFER_OVER;
	transfer->owed = TRANSFER_OWES_NOTHING;
}

void transfer_fail(struct transfer *transfer, enum packet_error code, const char *text)
{
	if (transfer->outcome != TRANSFER_RUNNING) {
		/* Dallying, what was promised stays true: an ACK still owed goes, an ERROR would lie. */
		transfer->phase = TRANSFER_OVER;
		return;
	}
	bool is_refusal = transfer->role == TRANSFER_SERVE && transfer->phase == TRANSFER_OPENING;
	transfer_abandon(transfer, is_refusal ? TRANSFER_REFUSED : TRANSFER_FAILED);
	transfer->error_code = code;
	transfer->error_text = text;
	transfer->owed = TRANSFER_OWES_ERROR;
}

/* The peer brought something new: its patience and ours start afresh. */
static void note_news(struct transfer *transfer, uint64_t now_us)
{
	if (transfer->timed_at_us != 0) {
		rto_sample(&transfer->rto, now_us - transfer->timed_at_us);
		if (transfer->direction == TRANSFER_SEND && transfer->sender.window > SENDER_BURST_MIN)
			rto_wait(&transfer->rto, TRANSFER_RTO_WINDOW_US);
		/* A server opens a file before it answers. */
		if (transfer->direction == TRANSFER_SEND && transfer->role == TRANSFER_SERVE)
			sender_guess_trip(&transfer->sender, now_us - transfer->timed_at_us);
	}
	transfer->timed_at_us = 0;
	transfer->is_ambiguous = false;
	transfer->has_heard = transfer->has_news = true;
	transfer->repeats = 0;
	transfer->doubted_at_us = 0;
	transfer->silent_since_us = transfer->waiting_since_us = now_us;
}

/* The peer repeats itself: so do we, within limits. An answer cannot be told from that to the first. */
static bool may_repeat(struct transfer *transfer)
{
	if (transfer->repeats >= transfer->repeats_max)
		return false;
	transfer->repeats++;
	transfer->is_ambiguous = true;
	return true;
}

static void check_waste(struct transfer *transfer)
{
	const struct sender *sender = &transfer->sender;
	const struct receiver *receiver = &transfer->receiver;
	bool is_sending = transfer->direction == TRANSFER_SEND;
	uint64_t done = is_sending ? sender->acked : receiver->got;
	uint64_t wasted = is_sending ? sender->blocks_resent : receiver->blocks_repeated;
	uint64_t window = is_sending ? sender->window : receiver->window;
	/* What one silence may cost, with what was under way before. */
	uint64_t slack = 2 * window * transfer->repeats_max;
	if (wasted <= TRANSFER_WASTE_MAX * done + slack)
		return;
	transfer_fail(transfer, PACKET_ERROR_OTHER, "too much had to be sent again");
	transfer->outcome = TRANSFER_WASTEFUL;
}

static void take_error(struct transfer *transfer, const struct packet *packet)
{
	bool may_probe = transfer->role == TRANSFER_SERVE && transfer->direction == TRANSFER_SEND &&
			 transfer->sender.acked == 0;
	bool is_polite = packet->number == PACKET_ERROR_OTHER || packet->number == PACKET_ERROR_OPTION;
	enum transfer_outcome outcome = TRANSFER_ABORTED;
	if (transfer->role == TRANSFER_ASK && transfer->phase == TRANSFER_OPENING)
		outcome = TRANSFER_REFUSED;
	else if (may_probe && is_polite)
		outcome = TRANSFER_PROBE;
	transfer_abandon(transfer, outcome);
	if (transfer->outcome == TRANSFER_DONE)
		return;
	transfer->error_code = packet->number;
	text_printable(packet->body, transfer->peer_text, sizeof transfer->peer_text);
}

/* The client answered each copy of a block: none was lost, it was only slow (GRUB with its queue full). */
static void take_repeated_ack(struct transfer *transfer)
{
	transfer->counts.acks_repeated++;
	if (transfer->suspect_us == 0 || transfer->sender.window > 1)
		return;
	uint32_t value_us = transfer->rto.value_us;
	transfer->counts.timeouts_early++;
	rto_was_early(&transfer->rto, transfer->suspect_us);
	/* It brings nothing new, so a back-off since then goes on. */
	if (transfer->rto.value_us < value_us)
		transfer->rto.value_us = value_us;
	transfer->suspect_us = 0;
}

/* Blocks were confirmed. */
static void take_progress(struct transfer *transfer, const struct sender_answer *answer, uint64_t now_us)
{
	uint64_t doubted_us = transfer->doubted_at_us != 0 ? now_us - transfer->doubted_at_us : 0;
	note_news(transfer, now_us);
	transfer->suspect_us = doubted_us < RTO_MAX_US ? (uint32_t)doubted_us : RTO_MAX_US;
	/* A bound is better than no sample at all: a second for each loss. */
	if (answer->rtt_us != 0)
		rto_sample(&transfer->rto, answer->rtt_us);
	else if (answer->is_bound && !transfer->rto.has_sample)
		rto_sample(&transfer->rto, answer->age_us);
	else if (answer->age_us != 0)
		rto_confirm(&transfer->rto, answer->age_us, doubted_us != 0);
	if (answer->was_early && doubted_us != 0) {
		transfer->counts.timeouts_early++;
		rto_was_early(&transfer->rto, doubted_us);
		transfer->suspect_us = 0;
	}
}

static void take_block_ack(struct transfer *transfer, uint16_t wire, uint64_t now_us)
{
	struct sender_answer answer;
	switch (sender_ack(&transfer->sender, wire, now_us, &answer)) {
	case SENDER_STALE:
		transfer->counts.acks_repeated++;
		return;
	case SENDER_REPEATED:
		take_repeated_ack(transfer);
		return;
	case SENDER_RESTARTED:
		transfer->counts.rewinds++;
		transfer->repeats++;
		return;
	case SENDER_FORGED:
		/* Before the first answer it may be left from an earlier transfer of the same ports. */
		if (transfer->has_heard && transfer->role == TRANSFER_SERVE)
			transfer_abandon(transfer, TRANSFER_FORGED);
		return;
	case SENDER_FINISHED:
		take_progress(transfer, &answer, now_us);
		transfer_abandon(transfer, TRANSFER_DONE);
		return;
	case SENDER_REWOUND:
		transfer->counts.rewinds++;
		break;
	default:
		break;
	}
	take_progress(transfer, &answer, now_us);
}

static void take_ack(struct transfer *transfer, uint16_t wire, uint64_t now_us)
{
	if (transfer->phase == TRANSFER_OPENING) {
		/* ACK 0 instead of an OACK: the server takes none of the options. */
		if (transfer->role != TRANSFER_ASK || wire != 0)
			return;
		transfer->options.count = 0;
		begin_moving(transfer);
		note_news(transfer, now_us);
		return;
	}
	if (transfer->is_oack_open) {
		if (wire != 0)
			return;
		transfer->is_oack_open = false;
		transfer->owed = TRANSFER_OWES_NOTHING;
		if (transfer->silent_since_us + TRANSFER_OACK_AGAIN_US <= transfer->waiting_since_us)
			sender_guess_trip(&transfer->sender, now_us - transfer->waiting_since_us);
		note_news(transfer, now_us);
		return;
	}
	take_block_ack(transfer, wire, now_us);
}

static void take_oack(struct transfer *transfer, const struct packet *packet, uint64_t now_us)
{
	if (transfer->phase != TRANSFER_OPENING) {
		/* It came again: our ACK 0 was lost. */
		if (transfer->phase == TRANSFER_MOVING && transfer->direction == TRANSFER_RECEIVE &&
		    transfer->receiver.got == 0 && may_repeat(transfer))
			transfer->owed = TRANSFER_OWES_ACK;
		return;
	}
	struct option_set granted;
	const char *why = option_accept(&granted, &transfer->options, packet);
	if (why != NULL) {
		transfer_fail(transfer, PACKET_ERROR_OPTION, why);
		return;
	}
	transfer->options = granted;
	begin_moving(transfer);
	note_news(transfer, now_us);
	if (transfer->direction == TRANSFER_RECEIVE) {
		transfer->owed = TRANSFER_OWES_ACK;
		if (option_has(&granted, OPTION_TSIZE))
			transfer->size_bytes = granted.value[OPTION_TSIZE];
	}
}

static void take_data(struct transfer *transfer, const struct packet *packet, uint64_t now_us,
		      struct text *payload)
{
	if (transfer->phase == TRANSFER_COMMITTING)
		return;
	if (transfer->phase == TRANSFER_OPENING) {
		/* DATA 1 instead of an OACK: the server takes none of the options. */
		if (transfer->role != TRANSFER_ASK || packet->number != 1)
			return;
		transfer->options.count = 0;
		begin_moving(transfer);
	}
	enum receiver_event event = receiver_data(&transfer->receiver, packet->number, packet->body.len);
	if (event == RECEIVER_TOO_LONG)
		transfer_fail(transfer, PACKET_ERROR_ILLEGAL,
			      "DATA longer than the negotiated block size");
	if (event == RECEIVER_TOO_LONG || event == RECEIVER_IGNORED)
		return;
	/* The OACK has come, even if the first block behind it was lost. */
	if (transfer->is_oack_open)
		note_news(transfer, now_us);
	transfer->is_oack_open = false;
	if (event == RECEIVER_ACK) {
		if (may_repeat(transfer))
			transfer->owed = TRANSFER_OWES_ACK;
		return;
	}
	*payload = packet->body;
	note_news(transfer, now_us);
	transfer->is_ambiguous = event != RECEIVER_TAKEN_ACK;
	/* An ACK not sent yet will be for this block, so the window starts behind it. */
	if (event == RECEIVER_TAKEN_ACK || transfer->owed != TRANSFER_OWES_NOTHING) {
		transfer->owed = TRANSFER_OWES_ACK;
		receiver_restart(&transfer->receiver);
	}
	if (transfer->receiver.is_complete) {
		transfer->phase = TRANSFER_COMMITTING;
		transfer->owed = TRANSFER_OWES_NOTHING;
	}
}

void transfer_input(struct transfer *transfer, const void *bytes, size_t len, uint64_t now_us,
		    struct text *payload)
{
	struct packet packet;
	*payload = (struct text){NULL, 0};
	if (transfer->phase == TRANSFER_OVER || packet_parse(&packet, bytes, len) != PACKET_FINE)
		return;
	bool is_for_us = packet.op == PACKET_ERROR ||
			 (packet.op == PACKET_ACK && transfer->direction == TRANSFER_SEND) ||
			 (packet.op == PACKET_DATA && transfer->direction == TRANSFER_RECEIVE) ||
			 (packet.op == PACKET_OACK && transfer->role == TRANSFER_ASK);
	if (!is_for_us)
		return;
	if (packet.op == PACKET_ERROR)
		take_error(transfer, &packet);
	else if (packet.op == PACKET_ACK)
		take_ack(transfer, packet.number, now_us);
	else if (packet.op == PACKET_DATA)
		take_data(transfer, &packet, now_us, payload);
	else
		take_oack(transfer, &packet, now_us);
	if (transfer->phase == TRANSFER_MOVING)
		check_waste(transfer);
}

void transfer_request_again(struct transfer *transfer)
{
	if (transfer->phase != TRANSFER_MOVING || transfer->has_heard || !may_repeat(transfer))
		return;
	if (transfer->is_oack_open)
		transfer->owed = TRANSFER_OWES_OACK;
	else if (transfer->direction == TRANSFER_SEND)
		/* Nothing was waited for. */
		sender_rewind(&transfer->sender, false, transfer->waiting_since_us);
	else
		transfer->owed = TRANSFER_OWES_ACK;
}

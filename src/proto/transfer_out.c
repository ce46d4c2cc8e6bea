/* What a transfer sends, and its clock. Everything is computed from state: asking twice changes nothing. */
#include "proto/block.h"
#include "proto/transfer.h"

/* At least so many repetitions before a peer is given up, however long one interval is. */
#define REPEATS_MIN 2u

static bool is_moving_blocks(const struct transfer *transfer)
{
	return transfer->phase == TRANSFER_MOVING && transfer->direction == TRANSFER_SEND &&
	       !transfer->is_oack_open;
}

bool transfer_next(const struct transfer *transfer, struct transfer_out *out)
{
	out->kind = TRANSFER_OUT_PACKET;
	if (transfer->owed != TRANSFER_OWES_NOTHING)
		return true;
	if (!is_moving_blocks(transfer))
		return false;
	out->block_count = sender_allowed(&transfer->sender);
	out->blksize = transfer->blksize;
	out->first_block = sender_first(&transfer->sender);
	out->offset = (out->first_block - 1) * out->blksize;
	out->kind = TRANSFER_OUT_DATA;
	return out->block_count > 0;
}

void transfer_sent(struct transfer *transfer, const struct transfer_out *out, uint32_t block_count,
		   uint64_t now_us)
{
	transfer->waiting_since_us = now_us;
	/* The time it took us to open or read is not the peer's silence. But a peer that only repeats itself is
	 * silent. */
	if (transfer->has_news)
		transfer->silent_since_us = now_us;
	if (out->kind == TRANSFER_OUT_DATA) {
		sender_sent(&transfer->sender, block_count, now_us);
		transfer->has_news = transfer->has_news && sender_allowed(&transfer->sender) > 0;
		return;
	}
	transfer->has_news = false;
	transfer->owed = TRANSFER_OWES_NOTHING;
	transfer->timed_at_us = transfer->is_ambiguous ? 0 : now_us;
	if (transfer->repeats > 0)
		transfer->packets_repeated++;
}

size_t transfer_format(const struct transfer *transfer, void *room, size_t room_len)
{
	struct bytes_out out;
	bytes_out_init(&out, room, room_len);
	switch (transfer->owed) {
	case TRANSFER_OWES_ERROR:
		packet_write_error(&out, (uint16_t)transfer->error_code, transfer->error_text);
		break;
	case TRANSFER_OWES_REQUEST:
		packet_write_request(&out,
				     transfer->direction == TRANSFER_RECEIVE ? PACKET_RRQ : PACKET_WRQ,
				     transfer->file, transfer->mode);
		option_write(&out, &transfer->options);
		break;
	case TRANSFER_OWES_OACK:
		option_write_oack(&out, &transfer->options);
		break;
	default:
		packet_write_ack(&out,
				 block_to_wire(transfer->receiver.got, transfer->receiver.rollover));
		break;
	}
	return bytes_out_len(&out);
}

void transfer_data_header(const struct transfer *transfer, uint64_t block,
			  uint8_t header[PACKET_HEADER_BYTES])
{
	packet_write_data_header(header, block_to_wire(block, transfer->sender.rollover));
}

uint32_t transfer_block_bytes(const struct transfer *transfer, uint64_t block)
{
	if (transfer->size_bytes == TRANSFER_SIZE_UNKNOWN)
		return UINT32_MAX;
	uint64_t left = transfer->size_bytes - (block - 1) * transfer->blksize;
	return left < transfer->blksize ? (uint32_t)left : transfer->blksize;
}

bool transfer_is_proven(const struct transfer *transfer)
{
	return transfer->has_heard;
}

bool transfer_is_paused(const struct transfer *transfer)
{
	return is_moving_blocks(transfer) && sender_is_paused(&transfer->sender);
}

/* The peer is only waited for. */
static bool is_spent(const struct transfer *transfer)
{
	uint32_t max = transfer->repeats_max;
	if (transfer->role == TRANSFER_SERVE && !transfer->has_heard)
		max = TRANSFER_UNPROVEN_REPEATS_MAX;
	return transfer->repeats >= max;
}

uint64_t transfer_deadline(const struct transfer *transfer)
{
	struct transfer_out out;
	if (transfer->phase == TRANSFER_DALLYING)
		return transfer->waiting_since_us + transfer->dally_us;
	if (transfer_is_paused(transfer))
		return transfer->waiting_since_us +
		       sender_pause_us(&transfer->sender, transfer->rto.srtt_us);
	/* While it is our turn - to open, to store, to send the rest of a window - the peer owes nothing. */
	if (transfer->phase == TRANSFER_OVER || transfer->phase == TRANSFER_COMMITTING ||
	    (transfer->phase == TRANSFER_OPENING && transfer->role == TRANSFER_SERVE) ||
	    transfer_next(transfer, &out))
		return TRANSFER_NEVER;
	uint64_t repeat_us = transfer->waiting_since_us + transfer->rto.value_us;
	uint64_t end_us = transfer->silent_since_us + transfer->give_up_us;
	/* A peer that repeats itself faster than our timer does not put off the end. */
	if (transfer->repeats > REPEATS_MIN && end_us < repeat_us)
		return end_us > transfer->waiting_since_us ? end_us : transfer->waiting_since_us + 1;
	return is_spent(transfer) && repeat_us < end_us ? end_us : repeat_us;
}

static void repeat(struct transfer *transfer, uint64_t now_us)
{
	if (transfer->doubted_at_us == 0)
		transfer->doubted_at_us = transfer->waiting_since_us;
	transfer->repeats++;
	transfer->has_news = false;
	transfer->is_ambiguous = true;
	transfer->counts.timeouts++;
	rto_back_off(&transfer->rto);
	if (transfer->phase == TRANSFER_OPENING) {
		transfer->owed = TRANSFER_OWES_REQUEST;
	} else if (transfer->is_oack_open) {
		transfer->owed = TRANSFER_OWES_OACK;
	} else if (transfer->direction == TRANSFER_SEND) {
		/* Asking, our side keeps no more than a window. */
		bool may_nudge = transfer->role == TRANSFER_SERVE &&
				 now_us - transfer->silent_since_us >= TRANSFER_NUDGE_US;
		sender_rewind(&transfer->sender, may_nudge, now_us);
	} else {
		receiver_restart(&transfer->receiver);
		transfer->owed = TRANSFER_OWES_ACK;
	}
}

void transfer_expire(struct transfer *transfer, uint64_t now_us)
{
	if (now_us < transfer_deadline(transfer))
		return;
	bool is_silent = transfer->repeats >= REPEATS_MIN &&
			 now_us - transfer->silent_since_us >= transfer->give_up_us;
	if (transfer->phase == TRANSFER_DALLYING || is_silent)
		transfer_abandon(transfer, TRANSFER_TIMEOUT);
	else if (transfer_is_paused(transfer))
		sender_resume(&transfer->sender);
	else
		repeat(transfer, now_us);
}

const char *transfer_reason(const struct transfer *transfer)
{
	if (transfer->outcome == TRANSFER_TIMEOUT)
		return transfer->role == TRANSFER_SERVE ? "the client fell silent"
							: "the server does not answer";
	if (transfer->outcome == TRANSFER_FORGED)
		return "it acknowledged what was never sent";
	if (transfer->error_text != NULL)
		return transfer->error_text;
	return transfer->error_code != -1 ? transfer->peer_text : "";
}

uint64_t transfer_bytes(const struct transfer *transfer)
{
	if (transfer->phase == TRANSFER_OPENING)
		return 0;
	if (transfer->direction == TRANSFER_RECEIVE)
		return transfer->receiver.bytes;
	uint64_t bytes = transfer->sender.acked * transfer->blksize;
	return bytes < transfer->size_bytes ? bytes : transfer->size_bytes;
}

/* What a transfer sends, and its clock. Everything is computed from state: asking twice changes nothing. */
#include "proto/block.h"
#include "proto/transfer.h"

/* At least so many repetitions before a peer is given up, however long one interval is. */
#define RETRIES_MIN 2u

bool transfer_next(const struct transfer *transfer, struct transfer_out *out)
{
	out->kind = TRANSFER_OUT_PACKET;
	if (transfer->owed != TRANSFER_OWES_NOTHING)
		return true;
	if (transfer->phase != TRANSFER_MOVING || transfer->direction != TRANSFER_SEND ||
	    transfer->is_oack_open)
		return false;
	out->block_count = sender_allowed(&transfer->sender);
	out->blksize = transfer->blksize;
	out->first_block = transfer->sender.next;
	out->offset = (out->first_block - 1) * out->blksize;
	out->kind = TRANSFER_OUT_DATA;
	return out->block_count > 0;
}

void transfer_sent(struct transfer *transfer, const struct transfer_out *out, uint32_t block_count,
		   uint64_t now_us)
{
	transfer->waiting_since_us = now_us;
	if (transfer->retries == 0)
		transfer->silent_since_us = now_us;
	if (out->kind == TRANSFER_OUT_DATA) {
		sender_sent(&transfer->sender, block_count, now_us);
		return;
	}
	transfer->owed = TRANSFER_OWES_NOTHING;
	transfer->timed_at_us = transfer->is_ambiguous ? 0 : now_us;
	if (transfer->retries > 0)
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

uint64_t transfer_deadline(const struct transfer *transfer)
{
	struct transfer_out out;
	if (transfer->phase == TRANSFER_DALLYING)
		return transfer->waiting_since_us + transfer->limits.dally_us;
	/* While it is our turn - to open, to store, to send the rest of a window - the peer owes nothing. */
	if (transfer->phase == TRANSFER_OVER || transfer->phase == TRANSFER_COMMITTING ||
	    (transfer->phase == TRANSFER_OPENING && transfer->role == TRANSFER_SERVE) ||
	    transfer_next(transfer, &out))
		return TRANSFER_NEVER;
	return transfer->waiting_since_us + transfer->rto.value_us;
}

void transfer_expire(struct transfer *transfer, uint64_t now_us)
{
	if (now_us < transfer_deadline(transfer))
		return;
	if (transfer->phase == TRANSFER_DALLYING ||
	    (transfer->retries >= RETRIES_MIN &&
	     now_us - transfer->silent_since_us >= transfer->limits.give_up_us)) {
		transfer_abandon(transfer, TRANSFER_TIMEOUT);
		return;
	}
	transfer->retries++;
	transfer->is_ambiguous = true;
	rto_back_off(&transfer->rto);
	if (transfer->phase == TRANSFER_OPENING) {
		transfer->owed = TRANSFER_OWES_REQUEST;
	} else if (transfer->is_oack_open) {
		transfer->owed = TRANSFER_OWES_OACK;
	} else if (transfer->direction == TRANSFER_SEND) {
		sender_rewind(&transfer->sender);
	} else {
		receiver_restart(&transfer->receiver);
		transfer->owed = TRANSFER_OWES_ACK;
	}
}

const char *transfer_reason(const struct transfer *transfer)
{
	if (transfer->outcome == TRANSFER_TIMEOUT)
		return transfer->role == TRANSFER_SERVE ? "the client fell silent"
							: "the server does not answer";
	return transfer->error_text != NULL ? transfer->error_text : transfer->peer_text;
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

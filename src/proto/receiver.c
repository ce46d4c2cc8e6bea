#include "proto/receiver.h"

#include "proto/block.h"

void receiver_init(struct receiver *receiver, uint32_t blksize, uint32_t window, uint8_t rollover)
{
	*receiver = (struct receiver){.blksize = blksize, .window = window, .rollover = rollover};
}

static enum receiver_event take(struct receiver *receiver, size_t len)
{
	receiver->got++;
	receiver->bytes += len;
	receiver->has_gap = false;
	receiver->is_complete = len < receiver->blksize;
	if (!receiver->is_complete && receiver->got - receiver->confirmed < receiver->window)
		return RECEIVER_TAKEN;
	receiver->confirmed = receiver->got;
	return RECEIVER_TAKEN_ACK;
}

enum receiver_event receiver_data(struct receiver *receiver, uint16_t wire, size_t len)
{
	if (len > receiver->blksize)
		return RECEIVER_TOO_LONG;
	uint32_t ahead = block_ahead(wire, receiver->got, receiver->rollover);
	if (ahead == 1 && !receiver->is_complete)
		return take(receiver, len);
	if (ahead == 0) {
		receiver->blocks_repeated++;
		/* In the middle of a window it was never acknowledged, and what follows is on its way. At the
		 * start it is a block 0, which nobody sends. */
		bool was_acknowledged = receiver->got == receiver->confirmed && receiver->got != 0;
		return was_acknowledged ? RECEIVER_ACK : RECEIVER_IGNORED;
	}
	if (ahead > receiver->window || receiver->is_complete) {
		receiver->blocks_repeated++;
		return RECEIVER_IGNORED;
	}
	if (receiver->has_gap)
		return RECEIVER_IGNORED;
	receiver->has_gap = true;
	receiver->confirmed = receiver->got;
	return RECEIVER_ACK;
}

void receiver_restart(struct receiver *receiver)
{
	receiver->has_gap = false;
	receiver->confirmed = receiver->got;
}

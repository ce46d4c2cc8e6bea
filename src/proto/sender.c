#include "proto/sender.h"

#include "proto/block.h"

void sender_init(struct sender *sender, uint32_t window, uint8_t rollover)
{
	*sender = (struct sender){
	    .next = 1, .last = SENDER_LAST_UNKNOWN, .window = window, .rollover = rollover};
}

static uint64_t find_window_end(const struct sender *sender)
{
	uint64_t end = sender->acked + sender->window;
	return end < sender->last ? end : sender->last;
}

uint32_t sender_allowed(const struct sender *sender)
{
	return (uint32_t)(find_window_end(sender) + 1 - sender->next);
}

void sender_sent(struct sender *sender, uint32_t count, uint64_t now_us)
{
	uint64_t end = sender->next + count - 1;
	sender->blocks_sent += count;
	if (sender->next <= sender->sent_max) {
		uint64_t resent_end = end < sender->sent_max ? end : sender->sent_max;
		sender->blocks_resent += resent_end + 1 - sender->next;
	}
	/* Karn: only a block that was sent once is timed, and only the one that will be acknowledged. */
	if (end > sender->sent_max) {
		sender->sent_max = end;
		if (end == find_window_end(sender)) {
			sender->timed_block = end;
			sender->timed_at_us = now_us;
		}
	}
	sender->next = end + 1;
}

enum sender_event sender_ack(struct sender *sender, uint16_t wire, uint64_t now_us, uint64_t *rtt_us)
{
	*rtt_us = 0;
	uint32_t ahead = block_ahead(wire, sender->acked, sender->rollover);
	if (ahead == 0 || ahead > sender->sent_max - sender->acked)
		return SENDER_STALE;
	sender->acked += ahead;
	if (sender->acked == sender->timed_block)
		*rtt_us = now_us > sender->timed_at_us ? now_us - sender->timed_at_us : 1;
	sender->timed_block = 0;
	if (sender->acked == sender->last)
		return SENDER_FINISHED;
	if (sender->acked + 1 >= sender->next) {
		sender->next = sender->acked + 1;
		return SENDER_ADVANCED;
	}
	sender_rewind(sender);
	return SENDER_REWOUND;
}

void sender_rewind(struct sender *sender)
{
	sender->next = sender->acked + 1;
	sender->timed_block = 0;
}

bool sender_is_waiting(const struct sender *sender)
{
	return sender->next > sender->acked + 1;
}

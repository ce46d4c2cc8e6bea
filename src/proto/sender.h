/* The sending half of a transfer: which blocks may be sent now, and what an ACK means.
 *
 * Law: acked < next <= acked + window + 1, and nothing is sent because of an ACK value that was already
 * acted on. So a duplicate ACK never causes DATA (RFC 1123 4.2.3.1), and an ACK inside the window that is
 * not its end restarts the window behind it exactly once (RFC 7440 section 4). */
#ifndef UVTFTP_PROTO_SENDER_H
#define UVTFTP_PROTO_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#define SENDER_LAST_UNKNOWN UINT64_MAX

struct sender {
	uint64_t acked;       /* every block up to it is confirmed */
	uint64_t next;        /* the next block to send */
	uint64_t sent_max;    /* the highest block ever sent */
	uint64_t last;        /* the final block, or SENDER_LAST_UNKNOWN */
	uint64_t timed_block; /* its ACK gives a round-trip sample; 0: none is being timed */
	uint64_t timed_at_us;
	uint64_t blocks_sent;
	uint64_t blocks_resent;
	uint32_t window;
	uint8_t rollover;
};

enum sender_event {
	SENDER_STALE,    /* old, repeated, or for a block never sent: nothing happens */
	SENDER_ADVANCED, /* new blocks are confirmed, and they end what was sent */
	SENDER_REWOUND,  /* new blocks are confirmed, but not the rest: it will be sent again */
	SENDER_FINISHED  /* the last block is confirmed */
};

void sender_init(struct sender *sender, uint32_t window, uint8_t rollover);
/* Blocks that may be sent now, from sender->next on; 0 while the window is full. */
uint32_t sender_allowed(const struct sender *sender);
/* `count` blocks from sender->next on have been handed to the network. */
void sender_sent(struct sender *sender, uint32_t count, uint64_t now_us);
/* An ACK arrived. *rtt_us: a round-trip sample, or 0 for none. */
enum sender_event sender_ack(struct sender *sender, uint16_t wire, uint64_t now_us, uint64_t *rtt_us);
/* The timer expired: the next window starts behind the last ACK (RFC 7440 section 4). */
void sender_rewind(struct sender *sender);
bool sender_is_waiting(const struct sender *sender); /* something sent is not confirmed */

#endif

/* The receiving half of a transfer: which DATA is taken, and when an ACK is due.
 *
 * Law: blocks are taken in order only. One ACK at the end of each window and behind the last block, one for
 * each gap (RFC 7440 section 4), and one for each repetition of a block that was already acknowledged: its
 * ACK was lost (RFC 1350 section 2). */
#ifndef UVTFTP_PROTO_RECEIVER_H
#define UVTFTP_PROTO_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct receiver {
	uint64_t got; /* every block up to it was taken */
	uint64_t
	    confirmed; /* the last block an ACK was due for: a window ends `window` blocks behind it */
	uint64_t bytes;
	uint64_t blocks_repeated;
	uint32_t blksize;
	uint32_t window;
	uint8_t rollover;
	bool has_gap;     /* the ACK for the present gap was due already */
	bool is_complete; /* the last block was taken */
};

enum receiver_event {
	RECEIVER_TAKEN,     /* the payload is the next piece of the file */
	RECEIVER_TAKEN_ACK, /* the same, and an ACK for receiver->got is due */
	RECEIVER_ACK,       /* not taken; an ACK for receiver->got is due */
	RECEIVER_IGNORED,
	RECEIVER_TOO_LONG /* more than blksize: no delay or duplication explains it */
};

void receiver_init(struct receiver *receiver, uint32_t blksize, uint32_t window, uint8_t rollover);
enum receiver_event receiver_data(struct receiver *receiver, uint16_t wire, size_t len);
/* The timer expired and the ACK for receiver->got is repeated: a new window starts behind it. */
void receiver_restart(struct receiver *receiver);

#endif

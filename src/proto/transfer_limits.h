/* What bounds a transfer, how it can end, and what is counted on the way. */
#ifndef UVTFTP_PROTO_TRANSFER_LIMITS_H
#define UVTFTP_PROTO_TRANSFER_LIMITS_H

#include "proto/option.h"

enum transfer_outcome {
	TRANSFER_RUNNING,
	TRANSFER_DONE,
	TRANSFER_PROBE, /* the peer ended it with ERROR 0 or 8 before the first block: it wanted the size */
	TRANSFER_ABORTED, /* the peer ended it with another ERROR */
	TRANSFER_REFUSED, /* ended by an ERROR in answer to the request, ours or the server's */
	TRANSFER_TIMEOUT,
	TRANSFER_FAILED,   /* ended by our ERROR after the answer */
	TRANSFER_WASTEFUL, /* the same, because too much had to be sent again */
	TRANSFER_FORGED    /* ended in silence: the peer acknowledged what was never sent */
};

struct transfer_limits {
	struct option_limits options;
	uint32_t rto_floor_us;
	uint32_t rto_cap_us; /* unless the client asked for a `timeout` */
	uint32_t give_up_us; /* silence after which the peer is given up */
	uint32_t dally_us;
	uint32_t repeats_max; /* of one packet or window, see TRANSFER_REPEATS_MAX; 0: that */
};

#define TRANSFER_RTO_INITIAL_US 1000000u /* RFC 6298: before the first sample */
#define TRANSFER_RTO_FLOOR_US   10000u
#define TRANSFER_RTO_CAP_US     4000000u
/* The least for the first window of more than SENDER_BURST_MIN blocks: only the answer to the options was timed, and
 * over a slow link a window takes much longer. 64 blocks of 1468 take 80 ms at 10 Mbit/s. */
#define TRANSFER_RTO_WINDOW_US 200000u
/* Of two OACKs that far apart the second one was answered, for a round trip is shorter; so its answer tells it. */
#define TRANSFER_OACK_AGAIN_US 900000u
#define TRANSFER_NUDGE_US                                                                               \
	400000u /* of silence, before a block beyond the window may go: see sender_first */
#define TRANSFER_GIVE_UP_US 30000000u /* GRUB and slow firmware are silent that long and come back */
/* Repetitions without anything new from the peer; then it is only waited for. Doubling up to 1 s, the least a
 * client can ask for, makes 37 in 30 s. */
#define TRANSFER_REPEATS_MAX 64u
/* The same while a client has never answered: the address in its request may be another's (RFC 8085 section 6).
 * Each repetition of the request is answered all the same: who asks again pays for it. */
#define TRANSFER_UNPROVEN_REPEATS_MAX 2u
/* More than so many times the blocks confirmed, and a silence full of repeated windows, is not loss: the peer
 * and we feed each other. Clients are known with which other servers sent a file 10,000 times. */
#define TRANSFER_WASTE_MAX 8u

/* For whoever looks why a transfer was slow. */
struct transfer_counts {
	uint32_t acks_repeated;  /* that changed nothing (RFC 1123 4.2.3.1) */
	uint32_t rewinds;        /* ACKs that made us send again */
	uint32_t timeouts;       /* that made us send again */
	uint32_t timeouts_early; /* of those, wrong: nothing had been lost */
};

#endif

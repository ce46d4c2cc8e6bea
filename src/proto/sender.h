/* The sending half of a transfer: which blocks may be sent now, and what an ACK means.
 *
 * Laws: acked < next <= acked + window + 1. An ACK value makes DATA be sent again at most once (where a window
 * is paced, or nothing was sent for long, again after ever longer times), with a window of one block never (RFC 1123
 * 4.2.3.1, RFC 7440 section 4), and never a block that was sent less than a round trip ago: such an ACK was written
 * before it arrived. Nor for the echo of a copy that the receiver had no need of, when what follows is under way:
 * taken for a gap it would make more copies and more echoes, without end. An ACK of what was sent again is such an
 * echo if it is for the first block (it was only late), for the last (nothing was missing), or the second in a
 * row, unless in a paced window all that was sent before is over. If it is not, because there was another loss, the
 * timer mends it, or the receiver's, whichever is first: an ACK that comes long after anything was sent is no echo.
 * How long is measured: echoes come for two and a half round trips, as long as answers take, and behind a slow link
 * for as long as the queue in front of it is (sender_time.c).
 *
 * After a loss a window goes out in bursts with pauses between (RFC 8085 3.1.6): the receiver throws away what
 * follows a gap, so what is sent before we hear of the gap is wasted. Each loss halves the burst, each
 * stretch without one lets it grow, and a burst of a whole window is what a path without loss always has. No burst
 * follows before the slowest link has passed the one before, as far as answers told how long it takes: what is
 * sent faster fills the queue in front of it, and where that is shorter than a window, loses its end. */
#ifndef UVTFTP_PROTO_SENDER_H
#define UVTFTP_PROTO_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#define SENDER_LAST_UNKNOWN UINT64_MAX
#define SENDER_RUNS         4u
/* After a time-out it begins with so much, or so large a part of the window; smaller windows are never paced. */
#define SENDER_BURST_MIN  4u
#define SENDER_BURSTS_MAX 16u
/* Blocks confirmed without loss for a burst to grow by one: at 1 % loss it stays at about 5, and what losses
 * waste is 3 % of what is sent. */
#define SENDER_BURST_GROWTH 64u
/* An ACK up to so far ahead of everything sent answers nothing: who wrote it guesses. Farther ahead it may be an
 * old one, for numbers repeat after 65,536 blocks. An old one comes into this range only if it was under way
 * while all the other numbers passed, and then it could as well be taken for a valid one. With a window of more
 * than a quarter of the numbers even that is normal, and no ACK is judged. */
#define SENDER_AHEAD_MAX        64u
#define SENDER_AHEAD_WINDOW_MAX 16384u

/* Blocks from `first` on were sent at that time; the low 32 bits of both. */
struct sender_run {
	uint32_t first;
	uint32_t at_us;
};

struct sender {
	uint64_t acked;    /* every block up to it is confirmed */
	uint64_t next;     /* the next block to send */
	uint64_t sent_max; /* the highest block ever sent */
	uint64_t last;     /* the final block, or SENDER_LAST_UNKNOWN */
	uint64_t repeated; /* blocks up to it may have been sent twice */
	uint64_t doubtful; /* ... because of a time-out: their ACK gives no sample (Karn) */
	uint64_t blocks_sent;
	uint64_t blocks_resent;
	struct sender_run runs[SENDER_RUNS]; /* the latest first; since `next` last went back */
	uint16_t window;
	uint16_t burst;        /* blocks between two pauses; `window`: there are none */
	uint16_t burst_left;   /* of the present one */
	uint16_t burst_before; /* `burst`, before a time-out that may turn out to be wrong */
	uint32_t restart;      /* `acked` when `next` last went back; the low 32 bits */
	uint32_t shortest_us;  /* round trip of DATA and its ACK; 0: none is known */
	uint32_t drained_us;   /* when what was sent before `next` went back is over; the low 32 bits */
	uint32_t block_us;     /* a block takes so long on the slowest link; 0: nobody knows */
	uint32_t begun_us;     /* when the block behind `acked` was sent; the low 32 bits */
	uint32_t queue_us;     /* the queue in front of that, before the earliest of `runs` was sent */
	uint32_t echo_us;      /* echoes may take so long, by what was seen of late */
	uint8_t clean_blocks;  /* confirmed since the burst grew or shrank */
	uint8_t run_count;
	uint8_t rollover;
	bool is_second : 1;       /* what was sent again has a gap of its own, and was sent again */
	bool is_rate_guessed : 1; /* `block_us` is */
	bool is_trip_halved : 1;  /* `shortest_us` is half of what a window took */
	bool owes_nudge : 1;      /* see sender_first */
};

enum sender_event {
	SENDER_STALE,    /* old: nothing happens */
	SENDER_REPEATED, /* the last one again: nothing happens */
	SENDER_RESTARTED, /* the last one again, because what follows it was lost: it will be sent again */
	SENDER_ADVANCED, /* new blocks are confirmed */
	SENDER_REWOUND,  /* new blocks are confirmed, but not the rest: it will be sent again */
	SENDER_FINISHED, /* the last block is confirmed */
	SENDER_FORGED    /* for a block never sent: who wrote it guesses */
};

/* What else an ACK says: how long ago the last copy of its block was sent. */
struct sender_answer {
	uint32_t rtt_us; /* that is a round-trip sample; 0: it is not */
	uint32_t age_us; /* it is none, because what it answers is in doubt; 0: it is, or is too fast */
	bool is_bound;   /* that block was sent once: a round trip takes no longer than this */
	bool was_early;  /* the time-out before was wrong: this answers what was sent before it */
};

void sender_init(struct sender *sender, uint32_t window, uint8_t rollover);
/* The answer to the options took so long. */
void sender_guess_trip(struct sender *sender, uint64_t trip_us);
/* Blocks that may be sent now, from sender_first on; 0 while the window is full or in a pause. */
uint32_t sender_allowed(const struct sender *sender);
/* sender->next, but behind a window that timed out again and again one block beyond it, with a gap before it. An ACK from
 * inside the window may have got lost, and the receiver counts its own window from there: it has all of ours
 * and is silent, and only a gap makes it speak. */
uint64_t sender_first(const struct sender *sender);
/* `count` blocks from sender_first on have been handed to the network. */
void sender_sent(struct sender *sender, uint32_t count, uint64_t now_us);
/* An ACK arrived. */
enum sender_event sender_ack(struct sender *sender, uint16_t wire, uint64_t now_us,
			     struct sender_answer *answer);
/* The timer expired: the next window starts behind the last ACK (RFC 7440 section 4).
 * `may_nudge`: a block beyond the window can be had, see sender_first. */
void sender_rewind(struct sender *sender, bool may_nudge, uint64_t now_us);
bool sender_is_waiting(const struct sender *sender); /* something sent is not confirmed */
bool sender_is_paused(const struct sender *sender);  /* between two bursts of a window */
/* How long the pause is, from when the last block was sent. */
uint32_t sender_pause_us(const struct sender *sender, uint32_t srtt_us);
void sender_resume(struct sender *sender); /* it is over */

#endif

/* Retransmission time-out after RFC 6298, in microseconds.
 *
 * Departure: the floor is milliseconds, not a second. A rack boots over a LAN whose round trip is below a
 * millisecond; a second for each lost packet is what makes today's servers stall. What protects slow clients
 * is the variance term, the doubling, that nothing is sampled from ambiguous exchanges (Karn), and patience:
 * a client that turned out to be slow, not deaf, is given time for a while. */
#ifndef UVTFTP_PROTO_RTO_H
#define UVTFTP_PROTO_RTO_H

#include <stdbool.h>
#include <stdint.h>

struct rto {
	uint32_t srtt_us;
	uint32_t rttvar_us;
	uint32_t patience_us; /* a floor that wears off */
	uint32_t value_us;    /* in force, doubling included */
	uint32_t floor_us;
	uint32_t cap_us;
	bool has_sample;
	uint8_t confirmed; /* repetitions in a row, by rto_confirm */
};

#define RTO_MAX_US 300000000u /* above the largest `timeout` a client can ask for */
/* A client that pauses for seconds - GRUB with 50 packets queued, firmware while it flashes - gets a handful
 * of repetitions in a pause instead of ten; and a packet lost to it costs no more than this. */
#define RTO_PATIENCE_MAX_US 200000u
/* GRUB, while its queue is full, answers each block only when it comes again. Where every other packet is lost it
 * is the same now and then, but rarely so often in a row. */
#define RTO_CONFIRMED_MAX 4u

/* cap >= initial and floor; all at most RTO_MAX_US. */
void rto_init(struct rto *rto, uint32_t initial_us, uint32_t floor_us, uint32_t cap_us);
/* A round trip of something sent once. Ends a back-off. */
void rto_sample(struct rto *rto, uint64_t rtt_us);
void rto_back_off(struct rto *rto);
/* Until the next sample it is no less. */
void rto_wait(struct rto *rto, uint32_t least_us);
/* An answer that is no sample came so long after what it answers, or if that is a repetition after the last copy.
 * If it is what the samples let expect, they still hold, and the back-off ends: where much is lost it would else
 * grow, because hardly anything is answered at the first time. But where for a while nothing is, it stays. */
void rto_confirm(struct rto *rto, uint32_t age_us, bool is_repetition);
/* The time-out was wrong: nothing was lost, the answer took this long. */
void rto_was_early(struct rto *rto, uint64_t rtt_us);

#endif

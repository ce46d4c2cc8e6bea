/* Retransmission time-out after RFC 6298, in microseconds.
 *
 * Departure: the floor is milliseconds, not a second. A rack boots over a LAN whose round trip is below a
 * millisecond; a second for each lost packet is what makes today's servers stall. What protects slow clients
 * is the variance term, the doubling, and that nothing is sampled from ambiguous exchanges (Karn). */
#ifndef UVTFTP_PROTO_RTO_H
#define UVTFTP_PROTO_RTO_H

#include <stdbool.h>
#include <stdint.h>

struct rto {
	uint32_t srtt_us;
	uint32_t rttvar_us;
	uint32_t value_us; /* in force, doubling included */
	uint32_t floor_us;
	uint32_t cap_us;
	bool has_sample;
};

#define RTO_MAX_US 300000000u /* above the largest `timeout` a client can ask for */

/* cap >= initial and floor; all at most RTO_MAX_US. */
void rto_init(struct rto *rto, uint32_t initial_us, uint32_t floor_us, uint32_t cap_us);
/* A round trip of something sent once. Ends a back-off. */
void rto_sample(struct rto *rto, uint64_t rtt_us);
void rto_back_off(struct rto *rto);

#endif

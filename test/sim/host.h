/* One end of a transfer: drives a struct transfer the way a real driver does, without sockets. It checks
 * addresses, reads and stores the file, keeps the one timer, and sends what it is told to. */
#ifndef UVTFTP_SIM_HOST_H
#define UVTFTP_SIM_HOST_H

#include "sim/end.h"
#include "sim/oracle.h"

struct host {
	struct end end;
	const struct host_plan *plan;
	struct dice dice;
	struct transfer transfer;
	bool is_storing;
	bool is_waiting;   /* for bytes to send, or for the socket */
	bool has_waited;   /* and what is due now may go */
	bool has_read_end; /* the size was found out by reading */
	uint32_t early_left;
	uint64_t timer_at_us; /* the timer that is set; WORLD_FAR: none */
	/* For the oracle. */
	uint64_t news_at_us;     /* the transfer last came forward */
	uint64_t heard_at_us;    /* the peer last gave a sign of life */
	uint64_t expiries;       /* since then */
	uint64_t expiries_heard; /* of them, those before the last one while the other end was there */
	bool has_heard;          /* the client has answered */
	uint64_t ack_at_us;      /* the last ACK was sent */
};

void host_init(struct host *host, const struct end_setup *setup, bool is_server);
/* The client sends its request. */
void host_start(struct host *host);

#endif

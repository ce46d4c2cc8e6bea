/* One end of a transfer: drives a struct transfer the way a real driver does, without sockets. It checks
 * addresses, reads and stores the file, keeps the one timer, and sends what it is told to. */
#ifndef UVTFTP_SIM_HOST_H
#define UVTFTP_SIM_HOST_H

#include "sim/content.h"
#include "sim/oracle.h"
#include "sim/scenario.h"

#define HOST_REQUEST_BYTES_MAX 600

struct host {
	struct world *world;
	struct oracle *oracle;
	const struct scenario *scenario;
	const struct host_plan *plan;
	const struct content *content;
	const struct host *other;
	struct link *out;
	struct dice dice;
	struct transfer transfer;
	struct content_check check;
	uint32_t address;
	uint32_t peer; /* 0: the server has not answered yet */
	bool is_started;
	bool is_closed;
	bool is_storing;
	bool is_stored;    /* committed: the file is there for good */
	bool is_waiting;   /* for bytes to send, or for the socket */
	bool has_waited;   /* and what is due now may go */
	bool has_read_end; /* the size was found out by reading */
	uint32_t early_left;
	uint64_t timer_at_us; /* the timer that is set; WORLD_FAR: none */
	/* For the oracle. */
	uint64_t news_at_us;     /* the transfer last came forward */
	uint64_t news_lost;      /* what the network had lost by then */
	uint64_t heard_at_us;    /* the peer last gave a sign of life */
	uint64_t expiries;       /* since then */
	uint64_t expiries_heard; /* of them, those before the last one while the other end was there */
	bool has_heard;          /* the client has answered */
	uint64_t ack_at_us;      /* the last ACK was sent */
	uint64_t closed_at_us;
	size_t request_len;
	uint8_t request[HOST_REQUEST_BYTES_MAX];
};

/* Everything is borrowed. */
struct host_setup {
	struct world *world;
	struct oracle *oracle;
	const struct scenario *scenario;
	const struct content *content;
	const struct host *other;
	struct link *out;
};

void host_init(struct host *host, const struct host_setup *setup, bool is_server);
/* The client sends its request. */
void host_start(struct host *host);
/* A world_fire; the context is the host. */
void host_receive(void *context, const struct datagram *datagram);

#endif

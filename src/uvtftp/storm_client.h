/* One client of a storm: what a datagram or silence makes it do. */
#ifndef UVTFTP_UVTFTP_STORM_CLIENT_H
#define UVTFTP_UVTFTP_STORM_CLIENT_H

#include "net/addr.h"
#include "proto/receiver.h"
#include "proto/sender.h"

struct storm_worker;
struct storm_target;

enum storm_phase {
	STORM_IDLE, /* between transfers; the last ACK is repeated if its DATA comes again */
	STORM_ASKING,
	STORM_MOVING,
	STORM_STALLED /* has its answer and says nothing more */
};

/* Tens of thousands of them: kept small. */
struct storm_client {
	struct storm_worker *worker; /* borrowed */
	const struct storm_target *target;
	struct storm_client *next_idle; /* in worker->idle */
	void *watch;                    /* the poller's */
	union {
		struct receiver receiver;
		struct sender sender;
	};
	uint64_t begun_ns;
	uint64_t deadline_ns; /* 0: none */
	uint64_t dice;        /* of --loss */
	uint32_t blksize;     /* in force */
	uint32_t number;      /* among all */
	uint32_t begun;       /* transfers */
	int fd;
	struct addr peer;   /* the server's side of this transfer; while asking, of the last one */
	uint16_t last_wire; /* of the last transfer's last block */
	uint8_t phase;      /* enum storm_phase */
	uint8_t sends;      /* in vain */
	bool has_peer;
	bool has_last_wire;
	bool has_first; /* the first block has come */
	bool is_broken; /* no further transfers */
};

/* Opens its socket. 0 or a negative errno. */
int storm_client_open(struct storm_client *client);
void storm_client_close(struct storm_client *client); /* may be closed already */
void storm_client_begin(struct storm_client *client);
/* Its socket can be read. */
void storm_client_ready(struct storm_client *client);
/* Its deadline is over. */
void storm_client_expire(struct storm_client *client);

#endif

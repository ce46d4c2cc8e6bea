/* A client whose every packet is sent by hand.
 *
 * The daemon repeats what is not acknowledged after as little as 10 ms, and a loaded machine is slower than
 * that, so whoever expects DATA n lets repeated packets from before it pass. How often something was
 * repeated is asked by tally(), against what the timer alone may do. */
#ifndef UVTFTP_TEST_E2E_TALK_H
#define UVTFTP_TEST_E2E_TALK_H

#include "e2e/daemon.h"
#include "e2e/udp.h"

enum talk_op { RRQ = 1, WRQ = 2, DATA = 3, ACK = 4, ERROR = 5, OACK = 6 };

struct talk {
	int fd;
	union udp_addr asked; /* where requests go */
	union udp_addr tid;   /* where the answers to the last request come from */
	bool has_tid;
	struct udp_packet in; /* the last one received */
};

/* What came and waited to be read. */
struct talk_tally {
	unsigned data;
	unsigned of_block; /* DATA with the number asked for */
	unsigned oack;
	unsigned error;
	unsigned other;
};

/* A client on 127.0.0.1, asking there. */
void talk_open(struct talk *talk, const struct daemon *daemon);
/* False: this machine has no such address. */
bool talk_open_at(struct talk *talk, const char *from, const char *to, uint16_t port);
void talk_close(struct talk *talk);

/* A request: name, mode, then options and values. Forgets the TID. */
void talk_ask(struct talk *talk, enum talk_op op, const char *const *strings);
/* Bytes as they are, to where requests go. Forgets the TID. */
void talk_ask_raw(struct talk *talk, const void *bytes, size_t len);
/* To the TID. */
void talk_ack(struct talk *talk, unsigned number);
void talk_error(struct talk *talk, unsigned code, const char *text);
void talk_send(struct talk *talk, const void *bytes, size_t len);

/* The next packet, from the TID or, if there is none yet, from whoever will be it. False: it did not come. */
bool talk_next(struct talk *talk, unsigned wait_ms);
unsigned talk_op(const struct talk *talk);      /* of the last one */
unsigned talk_number(const struct talk *talk);  /* its block number or error code */
const char *talk_text(const struct talk *talk); /* an ERROR's */

void talk_expect_data(struct talk *talk, unsigned number, size_t len);
/* These options and values and nothing else. */
void talk_expect_oack(struct talk *talk, const char *const *strings);
/* It must be readable, and end with a NUL. */
void talk_expect_error(struct talk *talk, unsigned code);
/* Nothing, now that the daemon (of one worker) has dealt with all that was sent to it. */
void talk_expect_silence(struct talk *talk);
struct talk_tally talk_tally(struct talk *talk, unsigned number);

/* Reads a whole file as the strings ask, and compares. Returns the DATA packets that were not needed.
 * Nothing of it is left to be received. */
unsigned talk_fetch(struct talk *talk, const char *const *strings, const void *expected, size_t len);

/* Returns when the daemon, if it has one worker, has dealt with all that was sent to it until now: two round trips. */
void talk_barrier(const union udp_addr *asked);
/* How often a timer that began at `rto_us` or more and doubles can have expired in this time. */
unsigned talk_expiries_max(uint64_t elapsed_us, uint64_t rto_us);

/* The daemon's floor for it, once it has measured a round trip, and its value before. */
#define TALK_RTO_FLOOR_US   10000u
#define TALK_RTO_INITIAL_US 1000000u

#endif

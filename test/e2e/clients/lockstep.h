/* A blocking client, one block at a time, that the test can hold still wherever it likes. */
#ifndef UVTFTP_TEST_E2E_LOCKSTEP_H
#define UVTFTP_TEST_E2E_LOCKSTEP_H

#include "wire.h"

#define LOCKSTEP_TRIES 5 /* of one second each */

enum lockstep_event {
	LOCKSTEP_OACK,
	LOCKSTEP_DATA,
	LOCKSTEP_LAST,  /* DATA shorter than a block; already acknowledged */
	LOCKSTEP_ERROR, /* data is the text */
	LOCKSTEP_SILENCE,
	LOCKSTEP_NONSENSE /* data is a text of ours */
};

struct lockstep {
	int fd;
	struct wire_addr server;
	struct wire_addr peer;          /* len 0: nothing heard yet */
	uint8_t sent[WIRE_REQUEST_MAX]; /* what to repeat */
	size_t sent_len;
	struct wire_oack oack;
	unsigned blksize;
	uint64_t blocks; /* taken */
	unsigned resent;
	unsigned error_code;
	const uint8_t *data; /* of the last event, borrowed until the next */
	size_t len;
	uint8_t room[WIRE_PACKET_MAX + 1];
};

/* Opens the socket and sends the request. Ends the program if the system refuses. */
void lockstep_ask(struct lockstep *lockstep, const struct wire_addr *server, const struct wire_ask *ask);
/* The answer to the request. */
enum lockstep_event lockstep_first(struct lockstep *lockstep);
/* Acknowledges what came last and takes what follows. */
enum lockstep_event lockstep_next(struct lockstep *lockstep);
/* Says ERROR 0, as firmware does that has had enough. */
void lockstep_abort(struct lockstep *lockstep);
void lockstep_close(struct lockstep *lockstep);

#endif

/* The ports a worker takes requests on, and what the kernel lost there.
 *
 * A rack that powers on asks all at once, and what does not fit into the receive buffer is lost before anybody
 * could answer. Where the system caps a buffer, several sockets share an address: the kernel spreads the
 * requests over them. */
#ifndef UVTFTP_SERVER_LISTENERS_H
#define UVTFTP_SERVER_LISTENERS_H

#include <stdint.h>

#include "base/err.h"

struct worker;

/* Sockets of one worker on one address: with the 208 KiB that Linux allows by default they hold 30,000 requests. */
#define LISTENERS_MAX 64u

/* How often the kernel is asked for what it lost. */
#define LISTENERS_WATCH_US 1000000u
/* One line about it in so long. */
#define LISTENERS_LOG_US 10000000u

struct listener_watch {
	uint64_t asked_us;  /* when the kernel was last asked */
	uint64_t logged_us; /* 0: never */
	uint64_t dropped;   /* requests and more, as far as known */
	uint64_t reported;  /* of them, in the log */
};

/* 0 or an error code; listeners_close in either case. */
int listeners_open(struct worker *worker, struct uvtftp_error *error);
void listeners_close(struct worker *worker); /* they end on the loop */
/* To be called with each request; asks the kernel now and then, and says what was lost. */
void listeners_watch(struct worker *worker, uint64_t now_us);
/* At the end: what was not said yet. */
void listeners_report(struct worker *worker);

#endif

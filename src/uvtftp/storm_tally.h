/* What happened to the clients of one worker, or of all. */
#ifndef UVTFTP_UVTFTP_STORM_TALLY_H
#define UVTFTP_UVTFTP_STORM_TALLY_H

#include "base/bytes.h"
#include "base/count.h"
#include "uvtftp/storm_histogram.h"

#define STORM_ERRORS_MAX     8u /* different ERRORs that are remembered */
#define STORM_ERROR_TEXT_MAX 80u

enum storm_failure {
	STORM_TIMEOUT,  /* no answer, or no more */
	STORM_ERROR,    /* the server sent an ERROR, or broke the protocol */
	STORM_MISMATCH, /* other bytes than expected, or another number of them */
	STORM_LOCAL,    /* the network of this machine */
	STORM_FAILURES
};

struct storm_error {
	uint64_t count;
	unsigned code;
	char text[STORM_ERROR_TEXT_MAX]; /* printable */
};

/* The first ones are read by another thread meanwhile. */
struct storm_tally {
	struct count begun;
	struct count completed;
	struct count failed;
	struct count bytes; /* of files, confirmed or compared */
	uint64_t failures[STORM_FAILURES];
	uint64_t retransmissions; /* packets sent again because nothing came */
	uint64_t packets_sent;    /* to the kernel and from it, before any --loss of ours */
	uint64_t packets_received;
	struct storm_histogram
	    first_data;               /* from the request to the first block, or sending to the answer */
	struct storm_histogram whole; /* from the request to the last block or its acknowledgement */
	struct storm_error errors[STORM_ERRORS_MAX];
	unsigned error_count;
	uint64_t errors_other; /* that did not fit */
	int local_error;       /* the first one; errno */
};

void storm_tally_error(struct storm_tally *tally, unsigned code, struct text text);
void storm_tally_merge(struct storm_tally *into, const struct storm_tally *from);

#endif

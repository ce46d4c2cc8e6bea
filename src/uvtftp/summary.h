/* One finished transfer as one line of JSON, for scripts. */
#ifndef UVTFTP_UVTFTP_SUMMARY_H
#define UVTFTP_UVTFTP_SUMMARY_H

#include <stdint.h>
#include <stdio.h>

struct summary {
	const char *url;     /* as given */
	const char *file;    /* local; "-" is standard input or output */
	const char *server;  /* "192.0.2.1:1234", or NULL: none was asked */
	const char *outcome; /* "done", "not-found", "refused", "timeout", ... */
	const char *error;   /* NULL: none */
	int error_code;      /* of TFTP; -1: none */
	uint64_t bytes;
	uint64_t duration_us;
	uint64_t retransmissions;
	uint32_t blksize;
	uint32_t windowsize;
};

void summary_print(const struct summary *summary, FILE *out);

#endif

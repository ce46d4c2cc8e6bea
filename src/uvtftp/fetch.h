/* `uvtftp get` at work: the loop, the client, the local file, the progress line and the signals. */
#ifndef UVTFTP_UVTFTP_FETCH_H
#define UVTFTP_UVTFTP_FETCH_H

#include "client/client.h"
#include "uvtftp/sink.h"

struct fetch_options {
	const char *url;    /* as given, for messages */
	const char *output; /* local path, or "-" */
	struct client_options client;
	unsigned timeout_s;
	bool is_quiet;
	bool wants_json;
};

/* Returns enum command_status, or STATUS_SIGNAL and a signal's number. */
int fetch_run(const struct fetch_options *options);
/* A failure before anything could be fetched, in the way the options want it told. Returns `status`. */
int fetch_fail(const struct fetch_options *options, int status, const char *outcome, const char *what,
	       const char *why, const char *remedy);

#endif

/* `uvtftp put` at work: what goes comes from a local file. */
#ifndef UVTFTP_UVTFTP_SEND_H
#define UVTFTP_UVTFTP_SEND_H

#include "uvtftp/job.h"
#include "uvtftp/source.h"

/* Sends an open source, which stays the caller's. Returns enum command_status, or STATUS_SIGNAL and a
 * signal's number. */
int send_run(const struct job_options *options, struct source *source);

#endif

/* `uvtftp get` at work: what comes goes into a local file. */
#ifndef UVTFTP_UVTFTP_FETCH_H
#define UVTFTP_UVTFTP_FETCH_H

#include "uvtftp/job.h"

/* Returns enum command_status, or STATUS_SIGNAL and a signal's number. */
int fetch_run(const struct job_options *options);

#endif

/* The daemon while it serves: a server, a loop for signals, and the end. */
#ifndef UVTFTP_UVTFTPD_SERVICE_H
#define UVTFTP_UVTFTPD_SERVICE_H

#include "uvtftpd/options.h"
#include "uvtftpd/settings.h"

/* Serves until a signal ends it. Takes over `settings`, from mem_alloc. Returns the exit code of the program. */
int service_run(const struct options *options, struct settings *settings);

#endif

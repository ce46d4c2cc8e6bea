/* What can be said of settings without serving: --check-config, --print-config, --explain. */
#ifndef UVTFTP_UVTFTPD_EXPLAIN_H
#define UVTFTP_UVTFTPD_EXPLAIN_H

#include "uvtftpd/options.h"
#include "uvtftpd/settings.h"

/* All return the exit code of the program. */
int explain_check(const struct settings *settings);
int explain_settings(const struct settings *settings);
int explain_request(const struct settings *settings, const struct options *options);

#endif

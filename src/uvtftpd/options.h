/* The command line of uvtftpd: one table is the only place an option lives. */
#ifndef UVTFTP_UVTFTPD_OPTIONS_H
#define UVTFTP_UVTFTPD_OPTIONS_H

#include "uvtftp.h"

#define OPTIONS_LISTEN_MAX   16

#define OPTIONS_ROOT_DEFAULT "/srv/tftp"

struct options {
	struct uvtftp_server_options server;
	const char *listen[OPTIONS_LISTEN_MAX];
	unsigned drain_s;
};

enum options_verdict {
	OPTIONS_RUN,
	OPTIONS_EXIT, /* --help or --version was printed */
	OPTIONS_BAD   /* one line on stderr said why */
};

/* Texts in `options` borrow from argv. */
enum options_verdict options_parse(struct options *options, int argc, char **argv);

#endif

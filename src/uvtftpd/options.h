/* The command line of uvtftpd: flags of the one table, and what else it asks for. */
#ifndef UVTFTP_UVTFTPD_OPTIONS_H
#define UVTFTP_UVTFTPD_OPTIONS_H

#include "uvtftpd/config.h"

enum options_verdict {
	OPTIONS_RUN,
	OPTIONS_CHECK,   /* --check-config */
	OPTIONS_EXPLAIN, /* --explain */
	OPTIONS_PRINT,   /* --print-config */
	OPTIONS_EXIT,    /* --help and the like were printed */
	OPTIONS_BAD      /* one line on stderr said why */
};

struct options {
	const char *file;   /* the configuration file; NULL: none */
	const char *client; /* --explain */
	const char *name;
	bool is_write;
	struct config config; /* what the flags set, at the top level */
};

/* Texts in `options` borrow from argv. options_fini is due whatever the verdict. */
enum options_verdict options_parse(struct options *options, int argc, char **argv);
void options_fini(struct options *options);

#endif

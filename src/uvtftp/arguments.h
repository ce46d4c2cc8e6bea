/* The command line of get and put: what they have in common. */
#ifndef UVTFTP_UVTFTP_ARGUMENTS_H
#define UVTFTP_UVTFTP_ARGUMENTS_H

#include "uvtftp/job.h"

struct arguments {
	const char *command; /* argv[0] */
	struct job_options job;
	bool wants_help;
};

/* Lines of a help text. */
extern const char arguments_help[];

/* Reads the options, of which only a download has --output; the operands are from argv[optind] on. False: it
 * has complained. */
bool arguments_parse(struct arguments *arguments, bool is_upload, int argc, char **argv);
/* Wrong usage, with a hint at the help. Returns false. */
bool arguments_complain(const struct arguments *arguments, const char *what, const char *why);

#endif

/* What the end of a transfer means to the caller: an exit status, a word for scripts, a sentence. */
#ifndef UVTFTP_UVTFTP_VERDICT_H
#define UVTFTP_UVTFTP_VERDICT_H

#include "client/client.h"
#include "uvtftp/command.h"
#include "uvtftp/fault.h"

struct verdict {
	enum command_status status;
	const char *outcome; /* for scripts; static */
	bool is_about_file;  /* the local file is at fault, not the URL */
	char why[256];       /* "" when it is done */
	const char *remedy;  /* static, or NULL */
	bool is_quiet;       /* nobody is there to be told */
};

void verdict_find(struct verdict *verdict, const struct client_report *report, const struct fault *fault,
		  unsigned timeout_s, bool is_upload);

#endif

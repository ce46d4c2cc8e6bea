/* What went wrong with a local file, for a person. */
#ifndef UVTFTP_UVTFTP_FAULT_H
#define UVTFTP_UVTFTP_FAULT_H

#include <stdbool.h>

struct fault {
	const char *doing;  /* "cannot create the file" ...; static; NULL: nothing */
	const char *remedy; /* what to do about it; static */
	bool is_quiet;      /* the reader went away (EPIPE): nobody wants to hear of it */
};

#endif

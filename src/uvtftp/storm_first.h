/* The first copy of a file, against which the others are compared. */
#ifndef UVTFTP_UVTFTP_STORM_FIRST_H
#define UVTFTP_UVTFTP_STORM_FIRST_H

#include "client/client.h"
#include "uvtftp/storm_target.h"

/* Fetches it by one ordinary client. 0: `bytes` has it, or as much of it as `copy_max` (not 0) and the memory
 * allow, which then was told. Else UV_ECANCELED, and what happened was told. */
int storm_first_fetch(const struct storm_target *target, uint32_t give_up_ms, uint64_t copy_max,
		      struct storm_bytes *bytes);

#endif

/* What the replacement of a rule becomes: its escapes filled in. */
#ifndef UVTFTP_POLICY_REMAP_ESCAPE_H
#define UVTFTP_POLICY_REMAP_ESCAPE_H

#include "policy/remap.h"

#define REMAP_GROUPS 10 /* \0 to \9 */

/* Appends byte by byte, so what did not fit is missing at the end. A group that took no part in the match is
 * empty. No NUL is added. */
void remap_expand(struct text replacement, const struct text groups[REMAP_GROUPS],
		  const struct remap_request *request, struct bytes_out *out);

#endif

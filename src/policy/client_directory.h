/* The directory that belongs to one client: its template filled in. */
#ifndef UVTFTP_POLICY_CLIENT_DIRECTORY_H
#define UVTFTP_POLICY_CLIENT_DIRECTORY_H

#include "policy/policy.h"

enum directory_verdict {
	DIRECTORY_MADE,
	DIRECTORY_NONE, /* something the template needs is not known of this client, or it grows too long */
	DIRECTORY_NEEDS_MAC /* request->is_mac_settled is false and the template names the hardware address */
};

/* Writes the path of the file in the client's own directory, normalised. `pattern` has passed the checks of
 * policy_new. *rest is set whatever the verdict: `path` without the serial number before it, if the pattern names
 * that and it is there. */
enum directory_verdict client_directory_fill(const char *pattern, const struct policy_request *request,
					     const char *path, char made[PATH_BYTES_MAX],
					     const char **rest);

#endif

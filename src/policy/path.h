/* From the name in a request to a path beneath the root, or to a refusal. Pure: looks at no file. */
#ifndef UVTFTP_POLICY_PATH_H
#define UVTFTP_POLICY_PATH_H

#include "base/bytes.h"

#define PATH_BYTES_MAX     512 /* of the normalised path, with its NUL */
#define PATH_COMPONENT_MAX 255 /* bytes of one name on every common file system */

enum path_verdict {
	PATH_OK,
	PATH_EMPTY,    /* nothing left: "", "/", "." */
	PATH_CONTROL,  /* a control character */
	PATH_PARENT,   /* a ".." component */
	PATH_TOO_LONG, /* the whole, or one component */
	PATH_DIRECTORY /* ends with a slash, or with a slash and a dot */
};

/* Writes the normalised path: relative, '/' between components, no empty or "." component, NUL-terminated.
 * Backslashes count as slashes (Windows boot managers); leading ones are dropped: absolute names are
 * taken as beneath the root. A name with several faults gets the first that applies of control, parent,
 * too long, directory. A refused name leaves the path empty. */
enum path_verdict path_normalise(struct text name, char path[PATH_BYTES_MAX]);

/* What a person at the client should read; never NULL. */
const char *path_verdict_text(enum path_verdict verdict);

#endif

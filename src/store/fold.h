/* Looking for a path in another letter case (Windows boot managers ask for \BOOT\BCD). */
#ifndef UVTFTP_STORE_FOLD_H
#define UVTFTP_STORE_FOLD_H

#include <stddef.h>

/* Writes the path that is there and equals `path` but for the case of ASCII letters, component by component: an
 * exact match first, else the first in byte order. Both are relative and normalised. Blocks. 0, or a negative
 * errno: -ENOENT, -ENAMETOOLONG, ... */
int fold_path(int root_fd, const char *root_path, const char *path, char *found, size_t found_len);

#endif

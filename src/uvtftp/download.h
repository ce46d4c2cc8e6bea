/* Where a download goes: a new file that appears under its name only when it is whole; or, written as it
 * comes, standard output or something that is no regular file (a device, a FIFO).
 *
 * Functions return 0 or a negative errno; on failure `fault` says what could not be done, for a person. */
#ifndef UVTFTP_UVTFTP_DOWNLOAD_H
#define UVTFTP_UVTFTP_DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uvtftp/fault.h"

struct download {
	int fd;
	char *target;    /* own; NULL: written directly */
	char *temporary; /* own; NULL: none exists */
	uint64_t bytes;  /* written */
	struct fault fault;
	bool is_regular; /* writing never waits for a reader */
};

/* `path` "-" is standard output. Opens what is written directly, which for a FIFO waits for its reader: so
 * before signals are caught. Creates nothing. */
int download_open(struct download *download, const char *path);
/* Creates the temporary file, if there is to be one. */
int download_create(struct download *download);
/* -ENOSPC if the file system of the target has less room than that. */
int download_reserve(struct download *download, uint64_t size_bytes);
/* All of it. -EINTR if a signal came while a reader let us wait. */
int download_write(struct download *download, const uint8_t *data, size_t len);
/* The file is whole: closes it and gives it its name. */
int download_commit(struct download *download);
/* Closes, and removes what is not whole. After download_commit only memory is left to free. */
void download_close(struct download *download);

#endif

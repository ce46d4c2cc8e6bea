/* Where a download goes: a new file that appears under its name only when it is whole; or, written as it
 * comes, standard output or something that is no regular file (a device, a FIFO).
 *
 * Functions return 0 or a negative errno; on failure `error` says what could not be done, for a person. */
#ifndef UVTFTP_UVTFTP_SINK_H
#define UVTFTP_UVTFTP_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink {
	int fd;
	char *target;       /* own; NULL: written directly */
	char *temporary;    /* own; NULL: none exists */
	uint64_t bytes;     /* written */
	const char *doing;  /* what failed, "cannot create the file" ...; static; NULL: nothing */
	const char *remedy; /* what to do about it; static */
	bool is_regular;    /* writing never waits for a reader */
	bool is_quiet;      /* the reader went away (EPIPE): nobody wants to hear of it */
};

/* `path` "-" is standard output. Opens what is written directly, which for a FIFO waits for its reader: so
 * before signals are caught. Creates nothing. */
int sink_open(struct sink *sink, const char *path);
/* Creates the temporary file, if there is to be one. */
int sink_create(struct sink *sink);
/* -ENOSPC if the file system of the target has less room than that. */
int sink_reserve(struct sink *sink, uint64_t size_bytes);
/* All of it. -EINTR if a signal came while a reader let us wait. */
int sink_write(struct sink *sink, const uint8_t *data, size_t len);
/* The file is whole: closes it and gives it its name. */
int sink_commit(struct sink *sink);
/* Closes, and removes what is not whole. After sink_commit only memory is left to free. */
void sink_close(struct sink *sink);

#endif

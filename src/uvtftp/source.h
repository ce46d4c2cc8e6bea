/* Where an upload comes from: a regular file, of which as much is given as there was when it was opened; or
 * standard input or something that is no regular file (a FIFO, a device), given until it ends.
 *
 * On failure `fault` says what could not be done, for a person. */
#ifndef UVTFTP_UVTFTP_SOURCE_H
#define UVTFTP_UVTFTP_SOURCE_H

#include <stdint.h>
#include <uv.h>

#include "uvtftp/fault.h"

#define SOURCE_SIZE_UNKNOWN UINT64_MAX

struct source {
	int fd;
	uint64_t size_bytes; /* at the opening; SOURCE_SIZE_UNKNOWN: a stream */
	uint64_t at;         /* bytes given */
	struct fault fault;
	/* Of a stream that may let us wait. */
	uv_poll_t poll;
	void (*on_ready)(void *user);
	void *user;
	int flags; /* of the descriptor, to be put back: others have it, too */
	bool is_watched;
};

/* `path` "-" is standard input. A FIFO is waited for: so before signals are caught. 0 or a negative errno. */
int source_open(struct source *source, const char *path);
/* The next bytes: how many, 0 at the end, UV_EOF if the file has become shorter, or a negative errno. Of a
 * watched stream also UV_EAGAIN: on_ready will run, once, on the loop. */
ssize_t source_read(struct source *source, uint8_t *room, size_t len);
/* Waits for bytes on this loop, where there can be something to wait for; else reads do. */
void source_watch(struct source *source, uv_loop_t *loop, void (*on_ready)(void *user), void *user);
/* Takes it off the loop, which must run once more. */
void source_unwatch(struct source *source);
void source_close(struct source *source);

#endif

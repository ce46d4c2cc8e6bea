/* Lines on their way to a descriptor, written by a thread of their own: who logs never waits for a slow disk or
 * a pipe that nobody reads, and many lines leave in one call. */
#ifndef UVTFTP_UVTFTPD_WRITER_H
#define UVTFTP_UVTFTPD_WRITER_H

#include <stdbool.h>
#include <stddef.h>

/* Lines that wait, bytes; what does not fit is lost, counted and said. */
#define WRITER_ROOM_BYTES (128u << 10)
/* Lines that are not urgent are gathered so long. */
#define WRITER_GATHER_MS 5u
/* How long the end may take, with a reader that does not read. */
#define WRITER_PATIENCE_MS 2000u

/* From now on, until writer_stop, lines for `fd` go through the thread. 0 or a negative libuv error: then they
 * are written at once, as before. Both while no other thread writes. */
int writer_start(int fd);
/* One or more whole lines. From any thread. */
void writer_put(int fd, const char *lines, size_t len, bool is_urgent);
/* What waits is written; later lines go out at once. */
void writer_stop(void);

#endif

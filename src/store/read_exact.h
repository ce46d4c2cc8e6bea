/* Reading a file at an offset. */
#ifndef UVTFTP_STORE_READ_EXACT_H
#define UVTFTP_STORE_READ_EXACT_H

#include <stddef.h>
#include <stdint.h>

/* Fills `room` with exactly `len` bytes. Blocks. 0, a negative errno, or -ESTALE where the file ends
 * before: whoever asks has seen it longer. */
int read_exact(int fd, uint64_t offset, void *room, size_t len);
/* The same if all of it is in memory. 0, or -EAGAIN: it is not, that cannot be known, or something failed. One
 * implementation a platform. */
int read_now(int fd, uint64_t offset, void *room, size_t len);

#endif

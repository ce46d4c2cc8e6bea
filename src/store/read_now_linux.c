#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "store/read_exact.h"

#define NOWAIT 0x8 /* RWF_NOWAIT: not in every libc */

int read_now(int fd, uint64_t offset, void *room, size_t len)
{
	struct iovec iov = {.iov_base = room, .iov_len = len};
	/* The offset is two words on every machine: low and high; a 64-bit kernel shifts the second one out. */
	unsigned long low = (unsigned long)offset, high = (unsigned long)(offset >> 32);
	long got = syscall(SYS_preadv2, fd, &iov, 1, low, high, NOWAIT);
	return got == (long)len ? 0 : -EAGAIN;
}

#include <errno.h>
#include <unistd.h>

#include "store/read_exact.h"

int read_exact(int fd, uint64_t offset, void *room, size_t len)
{
	uint8_t *at = room;
	while (len > 0) {
		ssize_t got = pread(fd, at, len, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -ESTALE;
		at += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}

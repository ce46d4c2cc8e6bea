#include <errno.h>

#include "store/read_exact.h"

int read_now(int fd, uint64_t offset, void *room, size_t len)
{
	(void)fd;
	(void)offset;
	(void)room;
	(void)len;
	return -EAGAIN;
}

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/sink_inside.h"

int sink_open_nameless(int dir_fd)
{
	(void)dir_fd;
	return -EOPNOTSUPP;
}

int sink_link_nameless(int fd, int dir_fd, const char *name)
{
	(void)fd;
	(void)dir_fd;
	(void)name;
	return -EOPNOTSUPP;
}

/* Nothing that POSIX has renames without replacing. */
int sink_rename_new(int dir_fd, const char *from, int target_fd, const char *name)
{
	(void)dir_fd;
	(void)from;
	(void)target_fd;
	(void)name;
	return -EOPNOTSUPP;
}

int sink_sync(int fd)
{
#if defined(F_FULLFSYNC)
	/* Darwin's fsync stops at the disk's own cache. Not every file system has more. */
	if (fcntl(fd, F_FULLFSYNC) == 0)
		return 0;
#endif
	while (fsync(fd) != 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* A temporary file without a name: after a crash there is nothing to sweep. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/sink_inside.h"

#define RENAME_NEW_ONLY 1u /* RENAME_NOREPLACE, which not every libc has */

struct self_path {
	char text[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
};

static struct self_path name_by_fd(int fd)
{
	struct self_path path;
	snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
	return path;
}

/* Without /proc only a privileged process could give it a name later. */
int sink_open_nameless(int dir_fd)
{
	struct stat stat_by_name;
	int fd = openat(dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (stat(name_by_fd(fd).text, &stat_by_name) == 0)
		return fd;
	close(fd);
	return -EOPNOTSUPP;
}

int sink_link_nameless(int fd, int dir_fd, const char *name)
{
	if (linkat(AT_FDCWD, name_by_fd(fd).text, dir_fd, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	return -errno;
}

int sink_rename_new(int dir_fd, const char *from, int target_fd, const char *name)
{
	if (syscall(SYS_renameat2, dir_fd, from, target_fd, name, RENAME_NEW_ONLY) == 0)
		return 0;
	return -errno;
}

int sink_sync(int fd)
{
	while (fsync(fd) != 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* The kernel resolves the whole path in one call and refuses to leave the root. What it cannot or may not
 * do is left to the walk: absolute links to inside, kernels before 5.6, filters that forbid the call. */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/file_source.h"

/* The kernel's own structure and bits (linux/openat2.h, not installed everywhere). */
struct how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};
#define HOW_NO_MAGICLINKS 0x02u
#define HOW_BENEATH       0x08u

/* It answers EAGAIN when a directory above was renamed while it looked at a "..". */
#define TRIES_MAX 4

int beneath_open(int root_fd, const char *root_path, const char *path)
{
	/* 32-bit systems: without O_LARGEFILE no file above 2 GiB, and no libc here to add it. */
	struct how how = {.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_LARGEFILE,
			  .resolve = HOW_BENEATH | HOW_NO_MAGICLINKS};

	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof how);
		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	switch (errno) {
	case ENOSYS:
	case EPERM:
	case EXDEV:
	case EAGAIN:
	case EINTR:
		return beneath_walk(root_fd, root_path, path);
	default:
		return -errno;
	}
}

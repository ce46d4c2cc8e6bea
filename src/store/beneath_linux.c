/* The kernel resolves the whole path in one call and refuses to leave the root. What it cannot or may not
 * do is left to the walk: absolute links to inside, kernels before 5.6, filters that forbid the call. */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "store/file_source.h"

/* The kernel's own structure and bits (linux/openat2.h, not installed everywhere). */
struct how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};
#define HOW_NO_XDEV       0x01u
#define HOW_NO_MAGICLINKS 0x02u
#define HOW_BENEATH       0x08u
#define HOW_CACHED        0x20u

#define OPEN_FLAGS        (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* It answers EAGAIN when a directory above was renamed while it looked at a "..". */
#define TRIES_MAX 4

int beneath_open(int root_fd, const char *root_path, const char *path)
{
	/* 32-bit systems: without O_LARGEFILE no file above 2 GiB, and no libc here to add it. */
	struct how how = {.flags = OPEN_FLAGS | O_LARGEFILE, .resolve = HOW_BENEATH | HOW_NO_MAGICLINKS};

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

int beneath_open_now(int root_fd, const char *path)
{
	struct how how = {.flags = OPEN_FLAGS | O_LARGEFILE,
			  .resolve = HOW_BENEATH | HOW_NO_MAGICLINKS | HOW_NO_XDEV | HOW_CACHED};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof how);
	if (fd >= 0)
		return (int)fd;
	return errno == ENOENT ? -ENOENT : -EAGAIN;
}

bool beneath_opens_now(int root_fd)
{
	/* Others may ask a server (NFS) or a program (FUSE) even for what they have cached. linux/magic.h is not
	 * installed everywhere and lacks some. */
	static const uint32_t local[] = {
	    0x0000ef53, /* ext2, ext3, ext4 */
	    0x58465342, /* XFS */
	    0x9123683e, /* Btrfs */
	    0xf2f52010, /* F2FS */
	    0x01021994, /* tmpfs */
	    0x858458f6, /* ramfs */
	    0x73717368, /* SquashFS */
	    0xe0f5e1e2, /* EROFS */
	    0x24051905, /* UBIFS */
	};
	struct statfs stat;
	if (fstatfs(root_fd, &stat) != 0)
		return false;
	for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
		if ((uint32_t)stat.f_type == local[i])
			return true;
	}
	return false;
}

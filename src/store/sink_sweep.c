/* A temporary file in use is locked by whoever writes it, in this process or another: what can be locked is
 * left over. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/sink_inside.h"

struct sweep {
	uint64_t used_bytes;
	uint32_t entries;
	bool is_partial; /* a limit was met */
};

static void remove_leftover(int dir_fd, const char *name)
{
	const int flags = O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir_fd, name, O_WRONLY | flags); /* NFS locks only what is open for writing */
	if (fd < 0)
		fd = openat(dir_fd, name, O_RDONLY | flags);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(dir_fd, name, 0);
	close(fd);
}

static void sweep_directory(struct sweep *sweep, int fd, unsigned depth);

static void sweep_entry(struct sweep *sweep, int dir_fd, const char *name, unsigned depth)
{
	struct stat stat;
	if (fstatat(dir_fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (S_ISREG(stat.st_mode)) {
		if (strncmp(name, SINK_HIDDEN_PREFIX, sizeof SINK_HIDDEN_PREFIX - 1) == 0)
			remove_leftover(dir_fd, name);
		else
			sweep->used_bytes += (uint64_t)stat.st_size;
	} else if (S_ISDIR(stat.st_mode)) {
		int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			sweep_directory(sweep, fd, depth + 1);
	}
}

/* Closes fd. */
static void sweep_directory(struct sweep *sweep, int fd, unsigned depth)
{
	DIR *directory = depth < SINK_DEPTH_MAX ? fdopendir(fd) : NULL;
	if (directory == NULL) {
		sweep->is_partial = true;
		close(fd);
		return;
	}
	const struct dirent *entry;
	while (sweep->entries <= SINK_ENTRIES_MAX && (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (++sweep->entries > SINK_ENTRIES_MAX)
			sweep->is_partial = true;
		else
			sweep_entry(sweep, dirfd(directory), entry->d_name, depth);
	}
	closedir(directory);
}

int sink_sweep(int root_fd, uint64_t *used_bytes)
{
	struct sweep sweep = {0};
	int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	sweep_directory(&sweep, fd, 0);
	*used_bytes = sweep.used_bytes;
	return sweep.is_partial ? -E2BIG : 0;
}

/* The directory is found as for reading: links that stay beneath the root are followed. The name itself is
 * never followed, and neither is anything that appears where a directory was missing. A directory must be
 * readable, too, because only then it can be synced. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/file_source.h"
#include "store/sink_inside.h"

#define OK ((struct outcome){0, NULL})

static bool is_name(const char *at, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(at, name, len) == 0;
}

static struct outcome check_path(const char *path)
{
	const char *at = path;
	size_t len = strcspn(at, "/");
	if (path[0] == '\0')
		return (struct outcome){-ENOENT, "a file needs a name"};
	if (path[0] == '/')
		return sink_refuse(-EXDEV);
	for (;; at += len + 1, len = strcspn(at, "/")) {
		if (is_name(at, len, ".."))
			return sink_refuse(-EXDEV);
		if (len > SINK_NAME_MAX)
			return sink_refuse(-ENAMETOOLONG);
		if (at[len] == '\0')
			break;
	}
	if (len == 0 || is_name(at, len, "."))
		return sink_refuse(-EISDIR);
	if (strncmp(at, SINK_HIDDEN_PREFIX, sizeof SINK_HIDDEN_PREFIX - 1) == 0)
		return (struct outcome){-EACCES, "this name is the server's own"};
	return OK;
}

/* Length of the path up to its last name, with the slash. */
static size_t parent_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len;
}

/* The directory, or the deepest one on the way that is there. */
static int open_deepest(struct upload *upload)
{
	const struct sink *sink = upload->sink;
	char text[SINK_PATH_MAX + 1];
	size_t len = strlen(upload->path);
	if (len >= SINK_PATH_MAX)
		return -ENAMETOOLONG;
	len = parent_len(upload->path, len);
	for (;;) {
		/* With the dot only a directory will do, and "" is the root itself. */
		memcpy(text, upload->path, len);
		memcpy(text + len, ".", 2);
		upload->rest = upload->path + len;
		upload->dir_fd = beneath_open(sink->root_fd, sink->root_path, text);
		if (upload->dir_fd >= 0)
			return 0;
		if (upload->dir_fd != -ENOENT || len == 0 || !sink->options.makes_directories)
			return upload->dir_fd;
		len = parent_len(upload->path, len - 1);
	}
}

/* Copies the first name of *rest and moves *rest behind it and its slash; false if it is the last. */
static bool take_directory(const char **rest, char name[SINK_NAME_MAX + 1])
{
	size_t len = strcspn(*rest, "/");
	if ((*rest)[len] == '\0')
		return false;
	memcpy(name, *rest, len);
	name[len] = '\0';
	*rest += len + 1;
	return true;
}

/* What could not be entered may still be there: a link to nowhere. */
static struct outcome judge_missing(const struct upload *upload)
{
	char name[SINK_NAME_MAX + 1];
	const char *rest = upload->rest;
	struct stat stat;
	if (upload->sink->options.mode == SINK_EXISTING)
		return sink_refuse(-ENOENT);
	do {
		if (!take_directory(&rest, name))
			return OK;
	} while (name[0] == '\0' || strcmp(name, ".") == 0);
	if (fstatat(upload->dir_fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
		return sink_refuse(-ENOENT);
	return errno == ENOENT ? OK : sink_refuse(-errno);
}

struct outcome sink_place_judge(const struct sink *sink, int dir_fd, const char *name, struct stat *old)
{
	memset(old, 0, sizeof *old);
	if (fstatat(dir_fd, name, old, AT_SYMLINK_NOFOLLOW) != 0) {
		int error = -errno;
		memset(old, 0, sizeof *old);
		if (error != -ENOENT)
			return sink_refuse(error);
		if (sink->options.mode == SINK_EXISTING)
			return (struct outcome){-ENOENT, "only files that exist may be written"};
		return OK;
	}
	if (S_ISDIR(old->st_mode))
		return sink_refuse(-EISDIR);
	if (!S_ISREG(old->st_mode))
		return (struct outcome){-EACCES, "is not a regular file"};
	if (sink->options.mode == SINK_CREATE)
		return sink_refuse(-EEXIST);
	if (sink->options.mode == SINK_EXISTING && (old->st_mode & S_IWOTH) == 0)
		return (struct outcome){-EACCES, "is not writable by everyone"};
	return OK;
}

/* A disk that says nothing about itself is tried. */
static struct outcome judge_space(const struct upload *upload)
{
	struct statvfs disk;
	if (upload->size_bytes == SINK_SIZE_UNKNOWN || upload->size_bytes == 0 ||
	    fstatvfs(upload->dir_fd, &disk) != 0)
		return OK;
	uint64_t unit_bytes = disk.f_frsize > 0 ? disk.f_frsize : disk.f_bsize;
	if (unit_bytes > 0 && disk.f_blocks > 0 &&
	    (upload->size_bytes - 1) / unit_bytes >= disk.f_bavail)
		return (struct outcome){-ENOSPC, "larger than what is free on the disk"};
	return OK;
}

struct outcome sink_place_open(struct upload *upload)
{
	struct outcome outcome = check_path(upload->path);
	struct stat old;
	if (outcome.error != 0)
		return outcome;
	int rc = open_deepest(upload);
	if (rc != 0)
		return sink_refuse(rc);
	if (strchr(upload->rest, '/') != NULL)
		outcome = judge_missing(upload);
	else
		outcome = sink_place_judge(upload->sink, upload->dir_fd, upload->rest, &old);
	return outcome.error != 0 ? outcome : judge_space(upload);
}

static int dress_directory(const struct sink_options *options, int parent_fd, int fd)
{
	bool has_owner = options->uid >= 0 || options->gid >= 0;
	if (fchmod(fd, 0755) != 0)
		return -errno;
	if (has_owner && fchown(fd, (uid_t)options->uid, (gid_t)options->gid) != 0)
		return -errno;
	return sink_sync(parent_fd);
}

/* The directory of that name in parent_fd, made if it is missing. */
static int enter(const struct sink_options *options, int parent_fd, const char *name)
{
	bool is_new = mkdirat(parent_fd, name, 0755) == 0;
	if (!is_new && errno != EEXIST)
		return -errno;
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = is_new ? dress_directory(options, parent_fd, fd) : 0;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

struct outcome sink_place_make(struct upload *upload, int *target_fd, const char **name)
{
	char directory[SINK_NAME_MAX + 1];
	const char *rest = upload->rest;
	int at_fd = upload->dir_fd;
	while (take_directory(&rest, directory)) {
		if (directory[0] == '\0' || strcmp(directory, ".") == 0)
			continue;
		int fd = enter(&upload->sink->options, at_fd, directory);
		if (at_fd != upload->dir_fd)
			close(at_fd);
		if (fd < 0)
			return sink_refuse(fd);
		at_fd = fd;
	}
	*target_fd = at_fd;
	*name = rest;
	return OK;
}

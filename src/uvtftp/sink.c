#include "uvtftp/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/mem.h"

#define MODE_NEW 0666

static int fail(struct sink *sink, int error, const char *doing, const char *remedy)
{
	sink->doing = doing;
	sink->remedy = remedy;
	return error;
}

static int fail_memory(struct sink *sink)
{
	return fail(sink, -ENOMEM, "cannot prepare the file", "Free some memory");
}

/* A name that is a link stands for what it leads to: the link stays. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);
	char *copy = real != NULL ? mem_copy(real, strlen(real)) : mem_copy(path, strlen(path));
	free(real);
	return copy;
}

int sink_open(struct sink *sink, const char *path)
{
	struct stat status;
	*sink = (struct sink){.fd = -1};
	if (strcmp(path, "-") == 0) {
		sink->fd = STDOUT_FILENO;
		sink->is_regular = fstat(sink->fd, &status) == 0 && S_ISREG(status.st_mode);
		return 0;
	}
	bool exists = stat(path, &status) == 0;
	if (!exists && errno != ENOENT)
		return fail(sink, -errno, "cannot look at the file to write", "Check its directory");
	if (exists && S_ISDIR(status.st_mode))
		return fail(sink, -EISDIR, "cannot write to it", "Name a file with -o FILE");
	if (exists && !S_ISREG(status.st_mode)) {
		do {
			sink->fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		} while (sink->fd < 0 && errno == EINTR);
		if (sink->fd < 0)
			return fail(sink, -errno, "cannot open it for writing", "Check its permissions");
		return 0;
	}
	sink->target = resolve(path);
	return sink->target != NULL ? 0 : fail_memory(sink);
}

/* ".NAME.XXXXXX" in the target's directory; a long name is cut so that this one is legal, too. */
static char *make_template(const char *target)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash != NULL ? slash + 1 : target;
	size_t directory_len = (size_t)(name - target);
	size_t name_len = strlen(name);
	const size_t name_max = NAME_MAX - strlen("..XXXXXX");
	if (name_len > name_max)
		name_len = name_max;
	size_t room_len = directory_len + name_len + sizeof "..XXXXXX";
	char *room = mem_alloc(room_len);
	if (room != NULL)
		snprintf(room, room_len, "%.*s.%.*s.XXXXXX", (int)directory_len, target, (int)name_len,
			 name);
	return room;
}

static mode_t find_umask(void)
{
	mode_t mask = umask(0);
	umask(mask);
	return mask;
}

int sink_create(struct sink *sink)
{
	if (sink->target == NULL)
		return 0;
	char *path = make_template(sink->target);
	if (path == NULL)
		return fail_memory(sink);
	sink->fd = mkstemp(path);
	if (sink->fd < 0) {
		int error = -errno;
		mem_free(path);
		return fail(sink, error, "cannot create a file beside it",
			    "Choose another place with -o FILE");
	}
	sink->temporary = path;
	sink->is_regular = true;
	/* mkstemp makes it private; a download has the mode of any new file. */
	if (fcntl(sink->fd, F_SETFD, FD_CLOEXEC) != 0 || fchmod(sink->fd, MODE_NEW & ~find_umask()) != 0)
		return fail(sink, -errno, "cannot prepare the file",
			    "Choose another place with -o FILE");
	return 0;
}

int sink_reserve(struct sink *sink, uint64_t size_bytes)
{
	uv_fs_t request;
	if (sink->temporary == NULL)
		return 0;
	/* A file system that does not say how large it is may still have room. */
	if (uv_fs_statfs(NULL, &request, sink->temporary, NULL) != 0) {
		uv_fs_req_cleanup(&request);
		return 0;
	}
	const uv_statfs_t *system = request.ptr;
	uint64_t block_bytes = system->f_bsize;
	bool is_known = system->f_blocks > 0 && block_bytes > 0;
	uint64_t free_blocks = system->f_bavail;
	uv_fs_req_cleanup(&request);
	if (!is_known || size_bytes / block_bytes < free_blocks)
		return 0;
	if (size_bytes / block_bytes == free_blocks && size_bytes % block_bytes == 0)
		return 0;
	return fail(sink, -ENOSPC, "the file is larger than the free space",
		    "Free some space, or choose another place with -o FILE");
}

/* A pipe that is full lets nobody wait in write(2), where no signal could end it (libuv restarts calls). */
static ssize_t write_some(int fd, const uint8_t *data, size_t len)
{
	struct pollfd slot = {.fd = fd, .events = POLLOUT};
	if (poll(&slot, 1, -1) < 0)
		return -1;
	return write(fd, data, len < PIPE_BUF ? len : PIPE_BUF);
}

int sink_write(struct sink *sink, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t done =
		    sink->is_regular ? write(sink->fd, data, len) : write_some(sink->fd, data, len);
		if (done < 0 && (errno == EAGAIN || (errno == EINTR && sink->is_regular)))
			continue;
		if (done < 0) {
			sink->is_quiet = errno == EPIPE;
			return fail(sink, -errno, "cannot write",
				    errno == ENOSPC
					? "Free some space, or choose another place with -o FILE"
					: "Choose another place with -o FILE");
		}
		data += done;
		len -= (size_t)done;
		sink->bytes += (uint64_t)done;
	}
	return 0;
}

/* Errors of late writes are told at the end. */
static int close_fd(struct sink *sink)
{
	int fd = sink->fd;
	sink->fd = -1;
	return fd >= 0 && close(fd) != 0 && errno != EINTR ? -errno : 0;
}

int sink_commit(struct sink *sink)
{
	int error = close_fd(sink);
	if (error != 0)
		return fail(sink, error, "cannot write", "Choose another place with -o FILE");
	if (sink->temporary == NULL)
		return 0;
	if (rename(sink->temporary, sink->target) != 0)
		return fail(sink, -errno, "cannot give the file its name",
			    "Choose another place with -o FILE");
	mem_free(sink->temporary);
	sink->temporary = NULL;
	return 0;
}

void sink_close(struct sink *sink)
{
	close_fd(sink);
	if (sink->temporary != NULL)
		unlink(sink->temporary);
	mem_free(sink->temporary);
	mem_free(sink->target);
	*sink = (struct sink){.fd = -1};
}

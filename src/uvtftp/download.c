#include "uvtftp/download.h"

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

static int fail(struct download *download, int error, const char *doing, const char *remedy)
{
	download->fault.doing = doing;
	download->fault.remedy = remedy;
	return error;
}

static int fail_memory(struct download *download)
{
	return fail(download, -ENOMEM, "cannot prepare the file", "Free some memory");
}

/* A name that is a link stands for what it leads to: the link stays. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);
	char *copy = real != NULL ? mem_copy(real, strlen(real)) : mem_copy(path, strlen(path));
	free(real);
	return copy;
}

int download_open(struct download *download, const char *path)
{
	struct stat status;
	*download = (struct download){.fd = -1};
	if (strcmp(path, "-") == 0) {
		download->fd = STDOUT_FILENO;
		download->is_regular = fstat(download->fd, &status) == 0 && S_ISREG(status.st_mode);
		return 0;
	}
	bool exists = stat(path, &status) == 0;
	if (!exists && errno != ENOENT)
		return fail(download, -errno, "cannot look at the file to write", "Check its directory");
	if (exists && S_ISDIR(status.st_mode))
		return fail(download, -EISDIR, "cannot write to it", "Name a file with -o FILE");
	if (exists && !S_ISREG(status.st_mode)) {
		do {
			download->fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		} while (download->fd < 0 && errno == EINTR);
		if (download->fd < 0)
			return fail(download, -errno, "cannot open it for writing",
				    "Check its permissions");
		return 0;
	}
	download->target = resolve(path);
	return download->target != NULL ? 0 : fail_memory(download);
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

int download_create(struct download *download)
{
	if (download->target == NULL)
		return 0;
	char *path = make_template(download->target);
	if (path == NULL)
		return fail_memory(download);
	download->fd = mkstemp(path);
	if (download->fd < 0) {
		int error = -errno;
		mem_free(path);
		return fail(download, error, "cannot create a file beside it",
			    "Choose another place with -o FILE");
	}
	download->temporary = path;
	download->is_regular = true;
	/* mkstemp makes it private; a download has the mode of any new file. */
	if (fcntl(download->fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fchmod(download->fd, MODE_NEW & ~find_umask()) != 0)
		return fail(download, -errno, "cannot prepare the file",
			    "Choose another place with -o FILE");
	return 0;
}

int download_reserve(struct download *download, uint64_t size_bytes)
{
	uv_fs_t request;
	if (download->temporary == NULL)
		return 0;
	/* A file system that does not say how large it is may still have room. */
	if (uv_fs_statfs(NULL, &request, download->temporary, NULL) != 0) {
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
	return fail(download, -ENOSPC, "the file is larger than the free space",
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

int download_write(struct download *download, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t done = download->is_regular ? write(download->fd, data, len)
						    : write_some(download->fd, data, len);
		if (done < 0 && (errno == EAGAIN || (errno == EINTR && download->is_regular)))
			continue;
		if (done < 0) {
			download->fault.is_quiet = errno == EPIPE;
			return fail(download, -errno, "cannot write",
				    errno == ENOSPC
					? "Free some space, or choose another place with -o FILE"
					: "Choose another place with -o FILE");
		}
		data += done;
		len -= (size_t)done;
		download->bytes += (uint64_t)done;
	}
	return 0;
}

/* Errors of late writes are told at the end. */
static int close_fd(struct download *download)
{
	int fd = download->fd;
	download->fd = -1;
	return fd >= 0 && close(fd) != 0 && errno != EINTR ? -errno : 0;
}

int download_commit(struct download *download)
{
	int error = close_fd(download);
	if (error != 0)
		return fail(download, error, "cannot write", "Choose another place with -o FILE");
	if (download->temporary == NULL)
		return 0;
	if (rename(download->temporary, download->target) != 0)
		return fail(download, -errno, "cannot give the file its name",
			    "Choose another place with -o FILE");
	mem_free(download->temporary);
	download->temporary = NULL;
	return 0;
}

void download_close(struct download *download)
{
	close_fd(download);
	if (download->temporary != NULL)
		unlink(download->temporary);
	mem_free(download->temporary);
	mem_free(download->target);
	*download = (struct download){.fd = -1};
}

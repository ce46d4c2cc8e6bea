#include "uvtftp/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(struct source *source, int error, const char *doing, const char *remedy)
{
	source->fault.doing = doing;
	source->fault.remedy = remedy;
	return error;
}

int source_open(struct source *source, const char *path)
{
	struct stat status;
	*source = (struct source){.fd = STDIN_FILENO, .size_bytes = SOURCE_SIZE_UNKNOWN};
	if (strcmp(path, "-") == 0)
		return 0;
	do {
		source->fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	} while (source->fd < 0 && errno == EINTR);
	if (source->fd < 0)
		return fail(source, -errno, "cannot open it for reading",
			    "Check its name and permissions");
	if (fstat(source->fd, &status) != 0)
		return fail(source, -errno, "cannot look at it", "Check its file system");
	if (S_ISDIR(status.st_mode))
		return fail(source, -EISDIR, "cannot read it", "Name a file");
	if (S_ISREG(status.st_mode))
		source->size_bytes = (uint64_t)status.st_size;
	return 0;
}

static ssize_t read_file(struct source *source, uint8_t *room, size_t len)
{
	uint64_t left = source->size_bytes - source->at;
	ssize_t done;
	if (left == 0)
		return 0;
	do {
		done = pread(source->fd, room, len < left ? len : (size_t)left, (off_t)source->at);
	} while (done < 0 && errno == EINTR);
	if (done < 0)
		return fail(source, -errno, "cannot read it", "Check its file system");
	if (done == 0)
		return fail(source, UV_EOF, "the file became shorter while it was sent",
			    "Send it again when nobody changes it");
	source->at += (uint64_t)done;
	return done;
}

static void wake(uv_poll_t *poll, int status, int events)
{
	struct source *source = poll->data;
	(void)status;
	(void)events;
	uv_poll_stop(poll);
	source->on_ready(source->user);
}

/* Without the watch it is poll(2) that waits: a signal ends it, while read(2) would go on (libuv has calls
 * restarted). */
static ssize_t read_waiting(const struct source *source, uint8_t *room, size_t len)
{
	struct pollfd slot = {.fd = source->fd, .events = POLLIN};
	ssize_t done;
	do {
		done = poll(&slot, 1, -1);
		if (done >= 0)
			done = read(source->fd, room, len);
	} while (done < 0 && errno == EAGAIN);
	return done;
}

static ssize_t read_watched(const struct source *source, uint8_t *room, size_t len)
{
	ssize_t done;
	do {
		done = read(source->fd, room, len);
	} while (done < 0 && errno == EINTR);
	return done;
}

static ssize_t read_stream(struct source *source, uint8_t *room, size_t len)
{
	ssize_t done =
	    source->is_watched ? read_watched(source, room, len) : read_waiting(source, room, len);
	if (done < 0 && errno == EAGAIN) {
		int error = uv_poll_start(&source->poll, UV_READABLE, wake);
		return error == 0 ? UV_EAGAIN
				  : fail(source, error, "cannot wait for it", "Send it from a file");
	}
	if (done < 0)
		return fail(source, -errno, "cannot read it", "Send it from a file");
	source->at += (uint64_t)done;
	return done;
}

ssize_t source_read(struct source *source, uint8_t *room, size_t len)
{
	return source->size_bytes != SOURCE_SIZE_UNKNOWN ? read_file(source, room, len)
							 : read_stream(source, room, len);
}

void source_watch(struct source *source, uv_loop_t *loop, void (*on_ready)(void *user), void *user)
{
	struct stat status;
	bool is_file = fstat(source->fd, &status) == 0 && S_ISREG(status.st_mode);
	source->flags = fcntl(source->fd, F_GETFL);
	if (is_file || source->flags < 0 || uv_poll_init(loop, &source->poll, source->fd) != 0)
		return;
	source->poll.data = source;
	source->on_ready = on_ready;
	source->user = user;
	source->is_watched = true;
}

void source_unwatch(struct source *source)
{
	if (!source->is_watched)
		return;
	source->is_watched = false;
	uv_close((uv_handle_t *)&source->poll, NULL);
	fcntl(source->fd, F_SETFL, source->flags);
}

void source_close(struct source *source)
{
	if (source->fd > STDIN_FILENO)
		close(source->fd);
	source->fd = -1;
}

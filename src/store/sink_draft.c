#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/err.h"
#include "store/sink_inside.h"

#define OK        ((struct outcome){0, NULL})
#define TRIES_MAX 16u /* of names nobody has yet: more than one is taken only if a sweeper holds it */

static int draw_name(char hidden[SINK_HIDDEN_BYTES])
{
	uint64_t random;
	int rc = uv_random(NULL, NULL, &random, sizeof random, 0, NULL);
	if (rc == 0)
		snprintf(hidden, SINK_HIDDEN_BYTES, SINK_HIDDEN_PREFIX "%016llx",
			 (unsigned long long)random);
	return rc;
}

/* Keeps sweepers away. False: one of them had it first, so the file is gone or about to be. A file system
 * that cannot lock cannot be swept. */
static bool lock(int fd)
{
	struct stat stat;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return false;
	return fstat(fd, &stat) == 0 && stat.st_nlink > 0;
}

static int open_hidden(struct upload *upload)
{
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		char hidden[SINK_HIDDEN_BYTES];
		int rc = draw_name(hidden);
		if (rc != 0)
			return rc;
		int fd = openat(upload->dir_fd, hidden,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
		if (fd >= 0 && lock(fd)) {
			memcpy(upload->hidden, hidden, sizeof hidden);
			upload->fd = fd;
			return 0;
		}
		if (fd >= 0)
			close(fd);
	}
	return -EAGAIN;
}

struct outcome sink_draft_open(struct upload *upload)
{
	struct outcome outcome = sink_place_open(upload);
	if (outcome.error != 0)
		return outcome;
	upload->fd = upload->sink->wants_names ? -1 : sink_open_nameless(upload->dir_fd);
	if (upload->fd >= 0)
		return OK;
	/* Why not is told by the next attempt, if it is not just that the file system has none. */
	upload->fd = -1;
	int rc = open_hidden(upload);
	return rc == 0 ? OK : sink_refuse(rc);
}

struct outcome sink_draft_append(struct upload *upload, const struct half *half)
{
	const uint8_t *at = half->bytes;
	size_t len = half->len;
	while (len > 0) {
		ssize_t written = pwrite(upload->fd, at, len, (off_t)upload->written_bytes);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return sink_refuse(written < 0 ? -errno : -EIO);
		at += written;
		len -= (size_t)written;
		upload->written_bytes += (uint64_t)written;
	}
	return OK;
}

struct outcome sink_draft_write(struct upload *upload)
{
	return sink_draft_append(upload, &upload->halves[1 - upload->filling]);
}

struct outcome sink_draft_name(struct upload *upload)
{
	if (upload->hidden[0] != '\0')
		return OK;
	(void)lock(upload->fd); /* a file without a name is nobody else's yet */
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		char hidden[SINK_HIDDEN_BYTES];
		int rc = draw_name(hidden);
		if (rc == 0)
			rc = sink_link_nameless(upload->fd, upload->dir_fd, hidden);
		if (rc == 0)
			memcpy(upload->hidden, hidden, sizeof hidden);
		if (rc != -EEXIST)
			return rc == 0 ? OK : sink_refuse(rc);
	}
	return sink_refuse(-EAGAIN);
}

/* The name goes before the lock does. */
void sink_draft_discard(struct upload *upload)
{
	if (upload->hidden[0] != '\0')
		unlinkat(upload->dir_fd, upload->hidden, 0);
	upload->hidden[0] = '\0';
	if (upload->fd >= 0)
		close(upload->fd);
	if (upload->dir_fd >= 0)
		close(upload->dir_fd);
	upload->fd = upload->dir_fd = -1;
}

#include "uvtftpd/writer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static struct {
	uv_mutex_t mutex;
	uv_cond_t wake;
	uv_cond_t over;
	uv_thread_t thread;
	int fd;
	/* guarded by the mutex */
	char rooms[2][WRITER_ROOM_BYTES]; /* one is filled while the other is written */
	unsigned filling;
	size_t used;   /* of the one being filled */
	uint64_t lost; /* lines, since it was last said */
	bool is_urgent;
	bool is_stopping;
	bool is_over;
	bool is_started;
} writer;

static void write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EAGAIN) {
			struct pollfd ready = {.fd = fd, .events = POLLOUT};
			poll(&ready, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* nobody to tell */
		bytes += n;
		len -= (size_t)n;
	}
}

static void say_lost(uint64_t lost)
{
	char line[96];
	int len = snprintf(line, sizeof line, "uvtftpd: warning: %llu lines of the log were lost\n",
			   (unsigned long long)lost);
	if (lost > 0)
		write_all(writer.fd, line, (size_t)len);
}

/* With the mutex, which is released meanwhile. */
static void write_out(void)
{
	unsigned full = writer.filling;
	size_t len = writer.used;
	uint64_t lost = writer.lost;
	writer.filling = 1 - full;
	writer.used = 0;
	writer.lost = 0;
	writer.is_urgent = false;
	uv_mutex_unlock(&writer.mutex);
	write_all(writer.fd, writer.rooms[full], len);
	say_lost(lost);
	uv_mutex_lock(&writer.mutex);
}

static void run(void *user)
{
	(void)user;
	uv_mutex_lock(&writer.mutex);
	while (writer.used > 0 || !writer.is_stopping) {
		if (writer.used == 0) {
			uv_cond_wait(&writer.wake, &writer.mutex);
			continue;
		}
		if (!writer.is_urgent && !writer.is_stopping)
			uv_cond_timedwait(&writer.wake, &writer.mutex, WRITER_GATHER_MS * 1000000ull);
		write_out();
	}
	writer.is_over = true;
	uv_cond_signal(&writer.over);
	uv_mutex_unlock(&writer.mutex);
}

int writer_start(int fd)
{
	int rc = uv_mutex_init(&writer.mutex);
	if (rc != 0)
		return rc;
	rc = uv_cond_init(&writer.wake);
	if (rc != 0)
		goto no_wake;
	rc = uv_cond_init(&writer.over);
	if (rc != 0)
		goto no_over;
	writer.fd = fd;
	writer.used = 0;
	writer.lost = 0;
	writer.is_stopping = writer.is_over = false;
	rc = uv_thread_create(&writer.thread, run, NULL);
	if (rc == 0) {
		writer.is_started = true;
		return 0;
	}
	uv_cond_destroy(&writer.over);
no_over:
	uv_cond_destroy(&writer.wake);
no_wake:
	uv_mutex_destroy(&writer.mutex);
	return rc;
}

void writer_put(int fd, const char *lines, size_t len, bool is_urgent)
{
	if (!writer.is_started || fd != writer.fd) {
		write_all(fd, lines, len);
		return;
	}
	uv_mutex_lock(&writer.mutex);
	bool was_empty = writer.used == 0, was_urgent = writer.is_urgent;
	if (len <= WRITER_ROOM_BYTES - writer.used) {
		memcpy(writer.rooms[writer.filling] + writer.used, lines, len);
		writer.used += len;
	} else {
		writer.lost++;
	}
	/* More than half full is urgent too. */
	writer.is_urgent |= is_urgent || writer.used > WRITER_ROOM_BYTES / 2;
	if (was_empty || (writer.is_urgent && !was_urgent))
		uv_cond_signal(&writer.wake);
	uv_mutex_unlock(&writer.mutex);
}

void writer_stop(void)
{
	if (!writer.is_started)
		return;
	uint64_t until_ns = uv_hrtime() + WRITER_PATIENCE_MS * 1000000ull, now_ns;
	uv_mutex_lock(&writer.mutex);
	writer.is_stopping = true;
	uv_cond_signal(&writer.wake);
	while (!writer.is_over && (now_ns = uv_hrtime()) < until_ns)
		uv_cond_timedwait(&writer.over, &writer.mutex, until_ns - now_ns);
	bool is_over = writer.is_over;
	uv_mutex_unlock(&writer.mutex);
	/* Else it hangs in a write and ends with the process. */
	if (!is_over)
		return;
	writer.is_started = false;
	uv_thread_join(&writer.thread);
	uv_cond_destroy(&writer.over);
	uv_cond_destroy(&writer.wake);
	uv_mutex_destroy(&writer.mutex);
}

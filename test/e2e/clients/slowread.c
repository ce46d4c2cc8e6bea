/* Preloaded into the daemon: reads of files with "slow" in their path take half a second, as from a disk that
 * is asleep or a network mount that is busy. */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_MS 500

/* Asked anew each time: a descriptor number says nothing for long, and the answer costs a microsecond. */
static bool is_slow(int fd)
{
	char link[64], path[4096];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof path - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	const char *name = strrchr(path, '/');
	return name != NULL && strstr(name, "slow") != NULL;
}

static void delay(int fd)
{
	if (is_slow(fd))
		nanosleep(&(struct timespec){.tv_nsec = SLEEP_MS * 1000000L}, NULL);
}

/* The libc's own function of this name. */
#define NEXT(type, name)                                                                                \
	type next;                                                                                      \
	*(void **)&next = dlsym(RTLD_NEXT, name)

typedef ssize_t read_function(int, void *, size_t, off_t);
typedef ssize_t vector_function(int, const struct iovec *, int, off_t);

ssize_t pread(int fd, void *room, size_t len, off_t offset)
{
	NEXT(read_function *, "pread");
	delay(fd);
	return next(fd, room, len, offset);
}

ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset)
{
	NEXT(vector_function *, "preadv");
	delay(fd);
	return next(fd, parts, count, offset);
}

/* What such a file has is not in memory: a read that must not wait finds nothing. */
long syscall(long number, ...)
{
	typedef long syscall_function(long, ...);
	NEXT(syscall_function *, "syscall");
	long values[6];
	va_list rest;
	va_start(rest, number);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		values[i] = va_arg(rest, long);
	va_end(rest);
	if (number == SYS_preadv2 && is_slow((int)values[0])) {
		errno = EAGAIN;
		return -1;
	}
	return next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

#ifdef __GLIBC__
typedef ssize_t read64_function(int, void *, size_t, off64_t);
typedef ssize_t vector64_function(int, const struct iovec *, int, off64_t);

ssize_t pread64(int fd, void *room, size_t len, off64_t offset)
{
	NEXT(read64_function *, "pread64");
	delay(fd);
	return next(fd, room, len, offset);
}

ssize_t preadv64(int fd, const struct iovec *parts, int count, off64_t offset)
{
	NEXT(vector64_function *, "preadv64");
	delay(fd);
	return next(fd, parts, count, offset);
}
#endif

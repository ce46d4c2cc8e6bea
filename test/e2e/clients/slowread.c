/* Preloaded into the daemon: reads of files with "slow" in their path take half a second, as from a disk that
 * is asleep or a network mount that is busy. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_MS 500

/* Asked anew each time: a descriptor number says nothing for long, and the answer costs a microsecond. */
static void delay(int fd)
{
	char link[64], path[4096];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof path - 1);
	if (len < 0)
		return;
	path[len] = '\0';
	const char *name = strrchr(path, '/');
	if (name != NULL && strstr(name, "slow") != NULL)
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

/* The sending system calls, failing on command: this program's definitions come before the C library's. */
#ifndef UVTFTP_TEST_SEND_FAULTS_H
#define UVTFTP_TEST_SEND_FAULTS_H

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define FAULTS_MAX 16

/* What the next calls do: 0 as always, an errno to fail with it, -n to take at most n messages. */
static int faults[FAULTS_MAX];
static unsigned fault_count, fault_next;

static inline int take_fault(void)
{
	return fault_next < fault_count ? faults[fault_next++] : 0;
}

#define PLAN_FAULTS(...)                                                                                \
	do {                                                                                            \
		const int plan[] = {__VA_ARGS__};                                                       \
		fault_count = sizeof plan / sizeof plan[0];                                             \
		fault_next = 0;                                                                         \
		memcpy(faults, plan, sizeof plan);                                                      \
	} while (0)

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int);
	void *found = dlsym(RTLD_NEXT, "sendmsg");
	int fault = take_fault();
	if (fault > 0) {
		errno = fault;
		return -1;
	}
	memcpy(&real, &found, sizeof real);
	return real(fd, message, flags);
}

#ifdef __linux__
int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	int (*real)(int, struct mmsghdr *, unsigned, int);
	void *found = dlsym(RTLD_NEXT, "sendmmsg");
	int fault = take_fault();
	if (fault > 0) {
		errno = fault;
		return -1;
	}
	if (fault < 0 && count > (unsigned)-fault)
		count = (unsigned)-fault;
	memcpy(&real, &found, sizeof real);
	return real(fd, messages, count, flags);
}
#endif

#endif

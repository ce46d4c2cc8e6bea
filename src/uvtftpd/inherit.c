#include "uvtftpd/inherit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* sd_listen_fds(3): the first descriptor. */
#define FIRST 3

size_t inherit_sockets(int sockets[INHERIT_MAX])
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	size_t taken = 0;
	/* Of another process they were left over in the environment. */
	if (pid != NULL && count != NULL && strtol(pid, NULL, 10) == (long)getpid()) {
		long wanted = strtol(count, NULL, 10);
		for (; taken < INHERIT_MAX && (long)taken < wanted; taken++) {
			sockets[taken] = FIRST + (int)taken;
			fcntl(sockets[taken], F_SETFD, FD_CLOEXEC);
		}
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return taken;
}

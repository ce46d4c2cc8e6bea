#include <errno.h>
#include <limits.h>

#include "net/endpoint.h"

bool socket_spreads_requests(void)
{
	return false;
}

int socket_prepare(int fd, int family, const struct endpoint_options *options)
{
	int on = 1;
	(void)family;
	if (options->is_shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
		return -errno;
	return 0;
}

unsigned socket_set_receive_buffer(int fd, unsigned bytes)
{
	int wanted = bytes > INT_MAX / 2 ? INT_MAX / 2 : (int)bytes;
	int real = 0;
	socklen_t len = sizeof real;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &real, &len) != 0 || real < 0)
		return 0;
	return (unsigned)real;
}

uint32_t socket_drops(int fd)
{
	(void)fd;
	return 0;
}

unsigned socket_train_segment_max(int fd)
{
	(void)fd;
	return 0;
}

unsigned socket_payload_max(const struct addr *local, const struct addr *peer)
{
	(void)local;
	(void)peer;
	return 0;
}

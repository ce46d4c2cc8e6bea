#include "uvtftp/storm_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/endpoint.h"

/* Besides the sockets: the standard ones, a file, the loops' own. */
#define DESCRIPTORS_SPARE 64u

int storm_socket_allow(uint64_t count, uint64_t *allowed)
{
	struct rlimit limit;
	uint64_t wanted = count + DESCRIPTORS_SPARE;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return -errno;
	if (limit.rlim_cur >= wanted)
		return 0;
	struct rlimit raised = {wanted, limit.rlim_max > wanted ? limit.rlim_max : wanted};
	if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
		return 0;
	*allowed = limit.rlim_max > DESCRIPTORS_SPARE ? limit.rlim_max - DESCRIPTORS_SPARE : 0;
	return -EMFILE;
}

int storm_socket_open(const struct storm_socket_options *options)
{
	int fd = socket(options->local.sa.sa_family, SOCK_DGRAM, 0);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    bind(fd, &options->local.sa, addr_len(&options->local)) == 0) {
		storm_socket_prepare(fd, options);
		if (options->receive_bytes > 0)
			socket_set_receive_buffer(fd, options->receive_bytes);
		return fd;
	}
	int error = -errno;
	close(fd);
	return error;
}

void storm_socket_close(int fd)
{
	close(fd);
}

/* What a network, or a full socket, does to a datagram anyhow; and news of an earlier one. */
bool storm_socket_is_loss(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == EINTR ||
	       error == ECONNREFUSED;
}

bool storm_socket_send(int fd, const struct addr *to, const void *data, size_t len)
{
	return sendto(fd, data, len, 0, &to->sa, addr_len(to)) >= 0 || storm_socket_is_loss(errno);
}

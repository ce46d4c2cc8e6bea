#include <errno.h>
#include <limits.h>
#include <netinet/udp.h>
#include <unistd.h>

#include "net/endpoint.h"

#define IP_UDP_HEADERS   28
#define IPV6_UDP_HEADERS 48

bool socket_spreads_requests(void)
{
	return true;
}

static int switch_on(int fd, int level, int option)
{
	int on = 1;
	return setsockopt(fd, level, option, &on, sizeof on) == 0 ? 0 : -errno;
}

int socket_prepare(int fd, int family, const struct endpoint_options *options)
{
	int err = 0;
	if (options->is_shared)
		err = switch_on(fd, SOL_SOCKET, SO_REUSEPORT);
	if (err == 0 && options->may_be_absent)
		err = family == AF_INET6 ? switch_on(fd, IPPROTO_IPV6, IPV6_FREEBIND)
					 : switch_on(fd, IPPROTO_IP, IP_FREEBIND);
	return err;
}

unsigned socket_set_receive_buffer(int fd, unsigned bytes)
{
	int wanted = bytes > INT_MAX / 2 ? INT_MAX / 2 : (int)bytes;
	int real = 0;
	socklen_t len = sizeof real;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &real, &len) != 0 || real < 0)
		return 0;
	return (unsigned)real / 2; /* the kernel doubles what it is asked for */
}

uint32_t socket_drops(int fd)
{
	/* linux/sock_diag.h: the ninth value. Kernels before 4.12 refuse the question. */
	enum { DROPS = 8, VALUES = 9 };
	uint32_t values[VALUES] = {0};
	socklen_t len = sizeof values;
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &len) != 0 || len < sizeof values)
		return 0;
	return values[DROPS];
}

unsigned socket_train_segment_max(int fd)
{
	/* Kernels before 4.18 would ignore the request and send the train as one datagram. */
	int size = 0;
	socklen_t len = sizeof size;
	return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &len) == 0 ? MESSAGE_BYTES_MAX : 0;
}

unsigned socket_payload_max(const struct addr *local, const struct addr *peer)
{
	bool is_v6 = peer->sa.sa_family == AF_INET6;
	int headers = is_v6 ? IPV6_UDP_HEADERS : IP_UDP_HEADERS;
	int mtu = 0;
	socklen_t len = sizeof mtu;
	int fd = socket(peer->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	/* Routes may depend on where we send from; an address that is not here yet has no better answer. */
	if (local != NULL) {
		struct addr from = *local;
		addr_set_port(&from, 0);
		(void)bind(fd, &from.sa, addr_len(&from));
	}
	if (connect(fd, &peer->sa, addr_len(peer)) != 0 ||
	    getsockopt(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_MTU : IP_MTU, &mtu, &len) !=
		0)
		mtu = 0;
	close(fd);
	if (mtu <= headers)
		return 0;
	unsigned payload = (unsigned)(mtu - headers);
	return payload < MESSAGE_BYTES_MAX ? payload : MESSAGE_BYTES_MAX;
}

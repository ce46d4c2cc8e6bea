#include "e2e/udp.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static socklen_t len_of(const union udp_addr *addr)
{
	return addr->sa.sa_family == AF_INET ? sizeof addr->in4 : sizeof addr->in6;
}

void udp_address(union udp_addr *addr, const char *host, uint16_t port)
{
	memset(addr, 0, sizeof *addr);
	if (strchr(host, ':') == NULL) {
		addr->in4.sin_family = AF_INET;
		addr->in4.sin_port = htons(port);
		ck_assert_int_eq(inet_pton(AF_INET, host, &addr->in4.sin_addr), 1);
	} else {
		addr->in6.sin6_family = AF_INET6;
		addr->in6.sin6_port = htons(port);
		ck_assert_int_eq(inet_pton(AF_INET6, host, &addr->in6.sin6_addr), 1);
	}
}

uint16_t udp_port(const union udp_addr *addr)
{
	return ntohs(addr->sa.sa_family == AF_INET ? addr->in4.sin_port : addr->in6.sin6_port);
}

bool udp_same_host(const union udp_addr *a, const union udp_addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in4.sin_addr.s_addr == b->in4.sin_addr.s_addr;
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
}

bool udp_equal(const union udp_addr *a, const union udp_addr *b)
{
	return udp_same_host(a, b) && udp_port(a) == udp_port(b);
}

const char *udp_text(const union udp_addr *addr, char room[UDP_TEXT_MAX])
{
	char host[INET6_ADDRSTRLEN];
	bool is_v4 = addr->sa.sa_family == AF_INET;
	const void *from = is_v4 ? (const void *)&addr->in4.sin_addr : &addr->in6.sin6_addr;
	ck_assert_ptr_nonnull(inet_ntop(addr->sa.sa_family, from, host, sizeof host));
	snprintf(room, UDP_TEXT_MAX, is_v4 ? "%s:%u" : "[%s]:%u", host, udp_port(addr));
	return room;
}

int udp_open(const char *host)
{
	union udp_addr addr;
	int on = 1;
	udp_address(&addr, host, 0);
	int fd = socket(addr.sa.sa_family, SOCK_DGRAM, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, &addr.sa, len_of(&addr)) != 0) {
		close(fd);
		return -1;
	}
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on), 0);
	return fd;
}

uint16_t udp_local_port(int fd)
{
	union udp_addr addr;
	socklen_t len = sizeof addr;
	ck_assert_int_eq(getsockname(fd, &addr.sa, &len), 0);
	return udp_port(&addr);
}

bool udp_try_send(int fd, const union udp_addr *to, const void *bytes, size_t len)
{
	ssize_t sent;
	do
		sent = sendto(fd, bytes, len, 0, &to->sa, len_of(to));
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)len;
}

void udp_send(int fd, const union udp_addr *to, const void *bytes, size_t len)
{
	char text[UDP_TEXT_MAX];
	if (!udp_try_send(fd, to, bytes, len))
		ck_abort_msg("cannot send %zu bytes to %s: %s", len, udp_text(to, text),
			     strerror(errno));
}

bool udp_receive(int fd, struct udp_packet *packet, unsigned wait_ms)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	uint64_t until_us = udp_now_us() + (uint64_t)wait_ms * 1000;
	for (;;) {
		uint64_t now_us = udp_now_us();
		int left_ms = now_us < until_us ? (int)((until_us - now_us + 999) / 1000) : 0;
		int ready = poll(&poller, 1, left_ms);
		if (ready == 0)
			return false;
		if (ready < 0)
			continue;
		socklen_t len = sizeof packet->from;
		ssize_t got =
		    recvfrom(fd, packet->bytes, sizeof packet->bytes, 0, &packet->from.sa, &len);
		/* An ICMP error about something sent earlier is no packet. */
		if (got < 0)
			continue;
		packet->len = (size_t)got;
		return true;
	}
}

uint64_t udp_now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

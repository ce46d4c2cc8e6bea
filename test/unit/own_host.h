/* Loopback that other programs do not reach by accident. */
#ifndef UVTFTP_TEST_OWN_HOST_H
#define UVTFTP_TEST_OWN_HOST_H

#include <check.h>
#include <stdio.h>
#include <uv.h>

#include "net/addr.h"

/* An address of its own for each test, where the system has all of 127/8. Programs beside this one end while
 * packets for them are under way, an ERROR among them, and their ports go to the next who asks. */
static inline void own_host_bind(uv_udp_t *udp)
{
	char own[32];
	struct addr host;
	unsigned pid = (unsigned)uv_os_getpid();
	snprintf(own, sizeof own, "127.%u.%u.%u", 64 + (pid >> 16) % 64, pid >> 8 & 255, 1 + pid % 254);
	ck_assert_int_eq(addr_parse(&host, own, 0), 0);
	if (uv_udp_bind(udp, &host.sa, 0) == 0)
		return;
	ck_assert_int_eq(addr_parse(&host, "127.0.0.1", 0), 0);
	ck_assert_int_eq(uv_udp_bind(udp, &host.sa, 0), 0);
}

#endif

/* A UDP address: IPv4 or IPv6, with port and, for link-local IPv6, the scope. */
#ifndef UVTFTP_NET_ADDR_H
#define UVTFTP_NET_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	};
};

#define ADDR_TEXT_MAX 80 /* "[v6%scope]:port" and a NUL */

/* The bytes that identify an address, for hashing: padding and flow labels are left out. */
struct addr_key {
	uint8_t bytes[24]; /* family, port, 16 address bytes, scope */
};

/* "1.2.3.4:69", "[::1]:69", "[fe80::1%eth0]:69", "1.2.3.4", "::1" and "[::1]" (default port). Numeric
 * only. 0 or -1. ":69" and an empty address are the caller's. */
int addr_parse(struct addr *addr, const char *text, uint16_t default_port);
void addr_format(const struct addr *addr, char text[ADDR_TEXT_MAX]);      /* with port */
void addr_format_host(const struct addr *addr, char text[ADDR_TEXT_MAX]); /* without */
/* False if it is neither IPv4 nor IPv6. */
bool addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa);
void addr_any(struct addr *addr, int family, uint16_t port);
socklen_t addr_len(const struct addr *addr);
uint16_t addr_port(const struct addr *addr);
void addr_set_port(struct addr *addr, uint16_t port);
bool addr_equal(const struct addr *a, const struct addr *b);     /* with port and scope */
bool addr_same_host(const struct addr *a, const struct addr *b); /* without port */
bool addr_is_any(const struct addr *addr);
bool addr_is_multicast(const struct addr *addr); /* or limited broadcast */
/* False for a forged source nobody could have sent from: port 0, the wildcard address, multicast. */
bool addr_can_be_answered(const struct addr *addr);
/* The host as 16 bytes: an IPv6 address, or ::ffff:a.b.c.d for an IPv4 one. */
void addr_host_bytes(const struct addr *addr, uint8_t bytes[16]);
void addr_key(const struct addr *addr, struct addr_key *key);

#endif

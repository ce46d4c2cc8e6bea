/* Networks and the addresses in them: "192.0.2.0/24", "2001:db8::/32", "192.0.2.7". Pure text and bytes. */
#ifndef UVTFTP_POLICY_ACL_H
#define UVTFTP_POLICY_ACL_H

#include "base/bytes.h"

/* An IPv4 address is held as the IPv6 address ::ffff:a.b.c.d, so that one comparison serves both. */
struct acl_addr {
	uint8_t bytes[16];
};

struct acl_net {
	struct acl_addr addr; /* bits behind the prefix are zero */
	unsigned bits;        /* of the IPv6 form: 0 to 128 */
	bool is_v4;
};

/* Numeric IPv4 or IPv6, no zone. False: not an address. */
bool acl_parse_addr(struct acl_addr *addr, struct text text);
/* An address or ADDRESS/BITS. NULL, or what is wrong with it (static text, to be read behind it). */
const char *acl_parse_net(struct acl_net *net, struct text text);
void acl_from_v4(struct acl_addr *addr, const uint8_t v4[4]);
bool acl_is_v4(const struct acl_addr *addr);
/* 0.0.0.0/0 holds every IPv4 address and no IPv6 one; ::/0 every IPv6 address and no IPv4 one. */
bool acl_contains(const struct acl_net *net, const struct acl_addr *addr);
/* "192.0.2.7", "2001:db8::7" (RFC 5952); 46 bytes are enough. */
void acl_format(const struct acl_addr *addr, char text[46]);

#endif

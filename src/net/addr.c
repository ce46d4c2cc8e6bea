#include "net/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define PORT_MAX 65535

static bool parse_number(const char *text, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool is_link_local(const struct in6_addr *ip)
{
	bool is_unicast = ip->s6_addr[0] == 0xfe && (ip->s6_addr[1] & 0xc0) == 0x80;
	bool is_multicast = ip->s6_addr[0] == 0xff && (ip->s6_addr[1] & 0x0f) == 0x02;
	return is_unicast || is_multicast;
}

static bool parse_scope(struct sockaddr_in6 *in6, const char *scope)
{
	uint32_t number;
	if (!is_link_local(&in6->sin6_addr))
		return false;
	if (!parse_number(scope, UINT32_MAX, &number))
		number = if_nametoindex(scope);
	in6->sin6_scope_id = number;
	return number != 0;
}

/* `host` is an address without brackets and port; room to cut it up is the caller's. */
static int parse_host(struct addr *addr, char *host, uint32_t port)
{
	struct addr found;
	if (strchr(host, ':') == NULL) {
		addr_any(&found, AF_INET, (uint16_t)port);
		if (inet_pton(AF_INET, host, &found.in4.sin_addr) != 1)
			return -1;
	} else {
		char *scope = strchr(host, '%');
		if (scope != NULL)
			*scope++ = '\0';
		addr_any(&found, AF_INET6, (uint16_t)port);
		if (inet_pton(AF_INET6, host, &found.in6.sin6_addr) != 1)
			return -1;
		if (scope != NULL && !parse_scope(&found.in6, scope))
			return -1;
	}
	*addr = found;
	return 0;
}

int addr_parse(struct addr *addr, const char *text, uint16_t default_port)
{
	char room[ADDR_TEXT_MAX];
	size_t len = strlen(text);
	uint32_t port = default_port;
	if (len >= sizeof room)
		return -1;
	memcpy(room, text, len + 1);

	char *host = room;
	char *colon = strchr(room, ':');
	if (room[0] == '[') {
		char *bracket = strchr(room, ']');
		if (bracket == NULL)
			return -1;
		host = room + 1;
		*bracket = '\0';
		if (strchr(host, ':') == NULL) /* brackets are IPv6's */
			return -1;
		colon = bracket + 1;
		if (*colon != ':' && *colon != '\0')
			return -1;
		if (*colon == '\0')
			colon = NULL;
	} else if (colon != NULL && strchr(colon + 1, ':') != NULL) {
		colon = NULL; /* a bare IPv6 address has no port */
	}
	if (colon != NULL) {
		*colon = '\0';
		if (!parse_number(colon + 1, PORT_MAX, &port))
			return -1;
	}
	return parse_host(addr, host, port);
}

/* Digits and a NUL; the end, where the NUL is. By hand: each transfer is reported with two addresses, and what
 * printf takes for them was seen in profiles. */
static char *put_number(char *at, unsigned value)
{
	char digits[10];
	size_t count = 0;
	do
		digits[count++] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	while (count > 0)
		*at++ = digits[--count];
	*at = '\0';
	return at;
}

static void format_v4(const struct in_addr *host, char *at)
{
	const uint8_t *bytes = (const uint8_t *)host;
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = '.';
		at = put_number(at, bytes[i]);
	}
}

void addr_format_host(const struct addr *addr, char text[ADDR_TEXT_MAX])
{
	char scope[IF_NAMESIZE];
	memcpy(text, "?", 2);
	if (addr->sa.sa_family == AF_INET)
		format_v4(&addr->in4.sin_addr, text);
	if (addr->sa.sa_family != AF_INET6)
		return;
	inet_ntop(AF_INET6, &addr->in6.sin6_addr, text, ADDR_TEXT_MAX);
	if (addr->in6.sin6_scope_id == 0)
		return;
	size_t len = strlen(text);
	if (if_indextoname(addr->in6.sin6_scope_id, scope) != NULL)
		snprintf(text + len, ADDR_TEXT_MAX - len, "%%%s", scope);
	else
		snprintf(text + len, ADDR_TEXT_MAX - len, "%%%lu",
			 (unsigned long)addr->in6.sin6_scope_id);
}

void addr_format(const struct addr *addr, char text[ADDR_TEXT_MAX])
{
	/* The widest host, "v6%interface", is 62 characters: all fits. */
	bool is_v6 = addr->sa.sa_family == AF_INET6;
	text[0] = '[';
	addr_format_host(addr, text + is_v6);
	char *end = text + strlen(text);
	if (is_v6)
		*end++ = ']';
	*end++ = ':';
	put_number(end, addr_port(addr));
}

bool addr_from_sockaddr(struct addr *addr, const struct sockaddr *sa)
{
	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return false;
	memset(addr, 0, sizeof *addr);
	if (sa->sa_family == AF_INET) {
		memcpy(&addr->in4, sa, sizeof addr->in4);
		return true;
	}
	memcpy(&addr->in6, sa, sizeof addr->in6);
	addr->in6.sin6_flowinfo = 0;
	return true;
}

void addr_any(struct addr *addr, int family, uint16_t port)
{
	memset(addr, 0, sizeof *addr);
	addr->sa.sa_family = (sa_family_t)family;
	addr_set_port(addr, port);
}

socklen_t addr_len(const struct addr *addr)
{
	return addr->sa.sa_family == AF_INET6 ? sizeof addr->in6 : sizeof addr->in4;
}

uint16_t addr_port(const struct addr *addr)
{
	return ntohs(addr->sa.sa_family == AF_INET6 ? addr->in6.sin6_port : addr->in4.sin_port);
}

void addr_set_port(struct addr *addr, uint16_t port)
{
	if (addr->sa.sa_family == AF_INET6)
		addr->in6.sin6_port = htons(port);
	else
		addr->in4.sin_port = htons(port);
}

bool addr_same_host(const struct addr *a, const struct addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in4.sin_addr.s_addr == b->in4.sin_addr.s_addr;
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0 &&
	       a->in6.sin6_scope_id == b->in6.sin6_scope_id;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_same_host(a, b) && addr_port(a) == addr_port(b);
}

bool addr_is_any(const struct addr *addr)
{
	if (addr->sa.sa_family == AF_INET)
		return addr->in4.sin_addr.s_addr == htonl(INADDR_ANY);
	return memcmp(&addr->in6.sin6_addr, &in6addr_any, sizeof in6addr_any) == 0;
}

bool addr_is_multicast(const struct addr *addr)
{
	if (addr->sa.sa_family == AF_INET6)
		return addr->in6.sin6_addr.s6_addr[0] == 0xff;
	uint32_t host = ntohl(addr->in4.sin_addr.s_addr);
	return host >> 28 == 0xe || host == INADDR_BROADCAST;
}

bool addr_can_be_answered(const struct addr *addr)
{
	return addr_port(addr) != 0 && !addr_is_any(addr) && !addr_is_multicast(addr);
}

void addr_key(const struct addr *addr, struct addr_key *key)
{
	uint16_t family = addr->sa.sa_family;
	uint16_t port = addr_port(addr);
	uint32_t scope = 0;
	memset(key, 0, sizeof *key);
	if (family == AF_INET6) {
		scope = addr->in6.sin6_scope_id;
		memcpy(key->bytes + 4, &addr->in6.sin6_addr, 16);
	} else {
		memcpy(key->bytes + 4, &addr->in4.sin_addr, 4);
	}
	memcpy(key->bytes, &family, 2);
	memcpy(key->bytes + 2, &port, 2);
	memcpy(key->bytes + 20, &scope, 4);
}

void addr_host_bytes(const struct addr *addr, uint8_t bytes[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	if (addr->sa.sa_family == AF_INET6) {
		memcpy(bytes, &addr->in6.sin6_addr, 16);
		return;
	}
	memcpy(bytes, mapped, sizeof mapped);
	memcpy(bytes + sizeof mapped, &addr->in4.sin_addr, 4);
}

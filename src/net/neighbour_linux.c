/* By rtnetlink: one dump of the host's family, read until the host is found. */
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "net/neighbour.h"

#define MAC_BYTES 6
/* A table larger than this many messages is not read to the end. */
#define MESSAGES_MAX 4096

/* States in which the address is or was good. */
#define USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

struct wanted {
	int family;
	uint8_t host[16];
	size_t host_len;
	uint32_t scope; /* 0: any link */
};

static bool ask(int fd, int family)
{
	struct {
		struct nlmsghdr header;
		struct ndmsg body;
	} request;
	memset(&request, 0, sizeof request);
	request.header.nlmsg_len = sizeof request;
	request.header.nlmsg_type = RTM_GETNEIGH;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request.body.ndm_family = (unsigned char)family;
	return send(fd, &request, sizeof request, 0) == sizeof request;
}

/* One attribute at `at`: its length and payload, or false at the end. */
static bool read_attribute(const uint8_t *at, const uint8_t *end, struct rtattr *attribute)
{
	if ((size_t)(end - at) < sizeof *attribute)
		return false;
	memcpy(attribute, at, sizeof *attribute);
	return attribute->rta_len >= sizeof *attribute && attribute->rta_len <= (size_t)(end - at);
}

static bool read_entry(const uint8_t *body, size_t len, const struct wanted *wanted,
		       uint8_t mac[MAC_BYTES])
{
	struct ndmsg entry;
	struct rtattr attribute;
	bool is_host = false, has_mac = false;
	if (len < sizeof entry)
		return false;
	memcpy(&entry, body, sizeof entry);
	if (entry.ndm_family != wanted->family || (entry.ndm_state & USABLE) == 0 ||
	    (wanted->scope != 0 && (uint32_t)entry.ndm_ifindex != wanted->scope))
		return false;
	const uint8_t *at = body + NLMSG_ALIGN(sizeof entry), *end = body + len;
	while (at < end && read_attribute(at, end, &attribute)) {
		const uint8_t *payload = at + RTA_LENGTH(0);
		size_t payload_len = attribute.rta_len - RTA_LENGTH(0);
		if (attribute.rta_type == NDA_DST && payload_len == wanted->host_len)
			is_host = memcmp(payload, wanted->host, payload_len) == 0;
		if (attribute.rta_type == NDA_LLADDR && payload_len == MAC_BYTES) {
			memcpy(mac, payload, MAC_BYTES);
			has_mac = true;
		}
		size_t step = RTA_ALIGN(attribute.rta_len);
		at = step < (size_t)(end - at) ? at + step : end;
	}
	return is_host && has_mac;
}

/* 1: found, 0: not in this datagram, -1: no more will come. */
static int read_datagram(const uint8_t *data, size_t len, const struct wanted *wanted,
			 uint8_t mac[MAC_BYTES])
{
	while (len >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr header;
		memcpy(&header, data, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > len ||
		    header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR)
			return -1;
		if (header.nlmsg_type == RTM_NEWNEIGH &&
		    read_entry(data + NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN, wanted, mac))
			return 1;
		size_t step = NLMSG_ALIGN(header.nlmsg_len);
		if (step >= len)
			break;
		data += step;
		len -= step;
	}
	return 0;
}

bool neighbour_find(const struct addr *host, uint8_t mac[MAC_BYTES])
{
	struct wanted wanted = {.family = host->sa.sa_family};
	uint8_t bytes[16], room[16384];
	addr_host_bytes(host, bytes);
	wanted.host_len = wanted.family == AF_INET ? 4 : 16;
	memcpy(wanted.host, bytes + 16 - wanted.host_len, wanted.host_len);
	wanted.scope = wanted.family == AF_INET6 ? host->in6.sin6_scope_id : 0;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0)
		return false;
	int found = ask(fd, wanted.family) ? 0 : -1;
	for (int i = 0; i < MESSAGES_MAX && found == 0; i++) {
		ssize_t len = recv(fd, room, sizeof room, 0);
		found = len <= 0 ? -1 : read_datagram(room, (size_t)len, &wanted, mac);
	}
	close(fd);
	return found == 1;
}

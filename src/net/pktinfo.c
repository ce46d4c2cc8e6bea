#define __APPLE_USE_RFC_3542 1 /* macOS has the IPv6 names only then */

#include "net/pktinfo.h"

#include <errno.h>
#include <string.h>

_Static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) <= PKTINFO_BYTES_MAX, "no room for in6_pktinfo");
_Static_assert(CMSG_SPACE(sizeof(struct in_pktinfo)) <= PKTINFO_BYTES_MAX, "no room for in_pktinfo");

int pktinfo_enable(int fd, int family)
{
	int on = 1;
	int rc = family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)
				    : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	return rc == 0 ? 0 : -errno;
}

static enum pktinfo_target read_v4(const unsigned char *data, struct addr *local)
{
	struct in_pktinfo info;
	memcpy(&info, data, sizeof info);
	addr_any(local, AF_INET, addr_port(local));
	local->in4.sin_addr = info.ipi_addr;
	if (addr_is_multicast(local) || addr_is_any(local))
		return PKTINFO_GROUP;
	/* Linux: where an answer would come from, thus the same if the address is ours. macOS: zero. */
	if (info.ipi_spec_dst.s_addr == info.ipi_addr.s_addr)
		return PKTINFO_LOCAL;
	return info.ipi_spec_dst.s_addr == 0 ? PKTINFO_UNKNOWN : PKTINFO_GROUP;
}

static enum pktinfo_target read_v6(const unsigned char *data, struct addr *local)
{
	struct in6_pktinfo info;
	memcpy(&info, data, sizeof info);
	addr_any(local, AF_INET6, addr_port(local));
	local->in6.sin6_addr = info.ipi6_addr;
	if (info.ipi6_addr.s6_addr[0] == 0xfe && (info.ipi6_addr.s6_addr[1] & 0xc0) == 0x80)
		local->in6.sin6_scope_id = (uint32_t)info.ipi6_ifindex;
	return addr_is_multicast(local) || addr_is_any(local) ? PKTINFO_GROUP : PKTINFO_LOCAL;
}

enum pktinfo_target pktinfo_read(struct msghdr *header, struct addr *local)
{
	/* Nothing else was asked for, so there is one or none. */
	struct cmsghdr *only = CMSG_FIRSTHDR(header);
	if (only == NULL)
		return PKTINFO_GROUP;
	if (only->cmsg_level == IPPROTO_IP && only->cmsg_type == IP_PKTINFO)
		return read_v4(CMSG_DATA(only), local);
	if (only->cmsg_level == IPPROTO_IPV6 && only->cmsg_type == IPV6_PKTINFO)
		return read_v6(CMSG_DATA(only), local);
	return PKTINFO_GROUP;
}

static socklen_t write_control(union pktinfo *room, int level, int type, const void *info, size_t len)
{
	memset(room, 0, CMSG_SPACE(len));
	room->align.cmsg_level = level;
	room->align.cmsg_type = type;
	room->align.cmsg_len = (socklen_t)CMSG_LEN(len); /* its type differs by system */
	memcpy(CMSG_DATA(&room->align), info, len);
	return (socklen_t)CMSG_SPACE(len);
}

socklen_t pktinfo_write(union pktinfo *room, const struct addr *local)
{
	if (local->sa.sa_family == AF_INET) {
		struct in_pktinfo info = {.ipi_spec_dst = local->in4.sin_addr};
		return write_control(room, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	}
	struct in6_pktinfo info = {.ipi6_addr = local->in6.sin6_addr};
	info.ipi6_ifindex = local->in6.sin6_scope_id;
	return write_control(room, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}

/* The local address of one datagram, as control data of recvmsg and sendmsg. */
#ifndef UVTFTP_NET_PKTINFO_H
#define UVTFTP_NET_PKTINFO_H

#include "net/addr.h"

#define PKTINFO_BYTES_MAX 64 /* the larger of in_pktinfo and in6_pktinfo, with header and padding */

union pktinfo {
	struct cmsghdr align;
	unsigned char bytes[PKTINFO_BYTES_MAX];
};

enum pktinfo_target {
	PKTINFO_LOCAL,   /* an address of this machine */
	PKTINFO_GROUP,   /* broadcast or multicast, or not said */
	PKTINFO_UNKNOWN, /* this system does not tell an address of ours from a broadcast address */
};

/* Asks for the control data with each datagram received. 0 or a negative errno. */
int pktinfo_enable(int fd, int family);
/* Which address a received datagram was sent to. The port of `local` is left alone. */
enum pktinfo_target pktinfo_read(struct msghdr *header, struct addr *local);
/* Control data for sending from `local`; bytes used of the room. */
socklen_t pktinfo_write(union pktinfo *room, const struct addr *local);

#endif

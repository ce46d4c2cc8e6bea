/* The hardware address of a host on one of our links. */
#ifndef UVTFTP_NET_NEIGHBOUR_H
#define UVTFTP_NET_NEIGHBOUR_H

#include "net/addr.h"

/* Asks the system's neighbour table; does not wait for anything. False: not known, behind a router, or the
 * system does not say. One implementation a platform. */
bool neighbour_find(const struct addr *host, uint8_t mac[6]);

#endif

/* From a host's name to its addresses, in the system's order. Waits for the answer. */
#ifndef UVTFTP_UVTFTP_RESOLVE_H
#define UVTFTP_UVTFTP_RESOLVE_H

#include "net/addr.h"

/* family: AF_UNSPEC, AF_INET or AF_INET6. Returns how many of at most addr_max were found (not 0), all with
 * this port; or a negative libuv error (UV_EAI_...). */
int resolve_host(const char *host, int family, uint16_t port, struct addr *addrs, int addr_max);

#endif

/* The largest block that reaches a client in one piece. */
#ifndef UVTFTP_SERVER_ROUTE_H
#define UVTFTP_SERVER_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

struct session_request;
struct worker;

#define ROUTE_HEADERS_V4   28u   /* IP and UDP */
#define ROUTE_HEADERS_V6   48u   /* the same */
#define ROUTE_MTU_MIN      576u  /* RFC 791: what every host takes */
#define ROUTE_MTU_ETHERNET 1500u /* where the system does not say */
#define ROUTE_MTU_MIN_V6   1280u /* RFC 8200: what every link carries */

/* What is left of a UDP payload for a block, with the four bytes of TFTP's header in front of it. */
uint32_t route_block_of_payload(unsigned payload);
unsigned route_payload_of_mtu(unsigned mtu, bool is_v6);
/* From --mtu, or from the route, which is asked once for a network and a while. 0: no limit. */
uint32_t route_blksize_max(struct worker *worker, const struct session_request *request,
			   uint64_t now_us);

#endif

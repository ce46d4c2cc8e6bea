#include "server/route.h"

#include <arpa/inet.h>

#include "server/session.h"
#include "server/worker.h"

unsigned route_payload_of_mtu(unsigned mtu, bool is_v6)
{
	if (is_v6)
		return (mtu < ROUTE_MTU_MIN_V6 ? ROUTE_MTU_MIN_V6 : mtu) - ROUTE_HEADERS_V6;
	return (mtu < ROUTE_MTU_MIN ? ROUTE_MTU_MIN : mtu) - ROUTE_HEADERS_V4;
}

uint32_t route_block_of_payload(unsigned payload)
{
	return payload > PACKET_HEADER_BYTES + OPTION_BLKSIZE_MIN ? payload - PACKET_HEADER_BYTES
								  : OPTION_BLKSIZE_MIN;
}

static bool is_loopback(const struct addr *addr)
{
	if (addr->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&addr->in6.sin6_addr);
	return ntohl(addr->in4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static unsigned ask_route(const struct addr *local, const struct addr *peer)
{
	unsigned payload = socket_payload_max(local, peer);
	if (payload != 0 || is_loopback(peer))
		return payload;
	return route_payload_of_mtu(ROUTE_MTU_ETHERNET, peer->sa.sa_family == AF_INET6);
}

uint32_t route_blksize_max(struct worker *worker, const struct session_request *request, uint64_t now_us)
{
	const struct setup *setup = worker->setup;
	struct ledger_prefix *prefix = request->client->prefix;
	if (setup->allows_fragments)
		return 0;
	if (setup->mtu != 0)
		return route_block_of_payload(
		    route_payload_of_mtu(setup->mtu, request->peer->sa.sa_family == AF_INET6));
	if (now_us >= prefix->route_until_us) {
		prefix->payload_max = ask_route(&request->asked->local, request->peer);
		prefix->route_until_us = now_us + LEDGER_ROUTE_US;
	}
	return prefix->payload_max == 0 ? 0 : route_block_of_payload(prefix->payload_max);
}

#include "uvtftp/resolve.h"

#include <netdb.h>
#include <uv.h>

int resolve_host(const char *host, int family, uint16_t port, struct addr *addrs, int addr_max)
{
	const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM};
	uv_loop_t loop;
	uv_getaddrinfo_t request;
	int found = 0;
	int error = uv_loop_init(&loop);
	if (error != 0)
		return error;
	error = uv_getaddrinfo(&loop, &request, NULL, host, NULL, &hints);
	uv_loop_close(&loop);
	if (error != 0)
		return error;
	for (const struct addrinfo *at = request.addrinfo; at != NULL && found < addr_max;
	     at = at->ai_next)
		if (addr_from_sockaddr(&addrs[found], at->ai_addr))
			addr_set_port(&addrs[found++], port);
	uv_freeaddrinfo(request.addrinfo);
	return found > 0 ? found : UV_EAI_NONAME;
}

#include "net/neighbour.h"

bool neighbour_find(const struct addr *host, uint8_t mac[6])
{
	(void)host;
	(void)mac;
	return false;
}

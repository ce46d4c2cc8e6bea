#include "proto/block.h"

#define PERIOD_0 65536u
#define PERIOD_1 65535u

uint16_t block_to_wire(uint64_t block, unsigned rollover)
{
	if (rollover == 0 || block == 0)
		return (uint16_t)(block % PERIOD_0);
	return (uint16_t)((block - 1) % PERIOD_1 + 1);
}

uint32_t block_ahead(uint16_t wire, uint64_t base, unsigned rollover)
{
	if (rollover == 0)
		return (wire + PERIOD_0 - block_to_wire(base, 0)) % PERIOD_0;
	if (base == 0)
		return wire;
	/* Only the request's own acknowledgement is number 0. */
	if (wire == 0)
		return BLOCK_NOWHERE;
	return (wire + PERIOD_1 - block_to_wire(base, 1)) % PERIOD_1;
}

uint64_t block_last(uint64_t size_bytes, uint32_t blksize)
{
	return size_bytes / blksize + 1;
}

/* Block arithmetic. Inside, a block has a 64-bit number from 1; on the wire it has 16 bits. This is the
 * only place where one becomes the other.
 *
 * With rollover 0 the number after 65535 is 0, with rollover 1 it is 1. RFC 1350 is silent; 0 is what every
 * client measured does. */
#ifndef UVTFTP_PROTO_BLOCK_H
#define UVTFTP_PROTO_BLOCK_H

#include <stdint.h>

#define BLOCK_NOWHERE UINT32_MAX

uint16_t block_to_wire(uint64_t block, unsigned rollover);

/* How many blocks the wire number is ahead of `base`, below one period (65536, or 65535 with rollover 1):
 * 0 is base itself, large values are blocks behind it. BLOCK_NOWHERE: no block near has this number. */
uint32_t block_ahead(uint16_t wire, uint64_t base, unsigned rollover);

/* The number of the last block: a file of a whole number of blocks ends with an empty one (RFC 1350 6). */
uint64_t block_last(uint64_t size_bytes, uint32_t blksize);

#endif

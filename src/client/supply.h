/* The bytes of an upload between their owner and the window: what is not acknowledged yet, and what was read
 * ahead, in whole blocks.
 *
 * Law: room is used again only when its block is acknowledged, so a window can be sent as often as it must
 * be although its owner gives each byte once. */
#ifndef UVTFTP_CLIENT_SUPPLY_H
#define UVTFTP_CLIENT_SUPPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SUPPLY_SIZE_UNKNOWN UINT64_MAX
#define SUPPLY_LOCAL_BYTES  4096

/* client_events.on_read */
typedef ssize_t supply_read(void *user, uint8_t *room, size_t len);

struct supply {
	uint8_t *blocks; /* own; block_count of blksize bytes: block n is at (n - 1) % block_count */
	uint32_t blksize;
	uint32_t block_count;
	uint64_t made;       /* bytes put in, of all */
	uint64_t size_bytes; /* to be read, or SUPPLY_SIZE_UNKNOWN: until the owner says that it ends */
	bool has_ended;      /* all there is was put in */
	bool is_dry;         /* the owner has nothing now and will say when it has */
	/* Translation: text that was read and is not in a block yet. */
	bool is_netascii;
	bool has_local_ended;
	uint32_t netascii;
	size_t local_at, local_len;
	uint8_t local[SUPPLY_LOCAL_BYTES];
};

/* Room for two windows, and not less than what is worth reading at once. False: no memory. */
bool supply_start(struct supply *supply, uint32_t blksize, uint32_t window, uint64_t size_bytes,
		  bool is_netascii);
void supply_fini(struct supply *supply); /* also of one that is all zero */
/* True if it is time to read on: until then a whole window is at hand. */
bool supply_has_room(const struct supply *supply, uint64_t acked);
/* Reads on, until it is half full at least, dry, or at the end. 0, or what the owner's failure was; UV_EOF
 * if less came than was said. */
int supply_fill(struct supply *supply, uint64_t acked, supply_read *read, void *user);
/* Every block below it can be sent; UINT64_MAX: all. */
uint64_t supply_end(const struct supply *supply);
const uint8_t *supply_block(const struct supply *supply, uint64_t block);

#endif

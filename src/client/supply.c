#include "client/supply.h"

#include <uv.h>

#include "base/mem.h"
#include "proto/netascii.h"

#define READ_AHEAD_BYTES (64u << 10)

bool supply_start(struct supply *supply, uint32_t blksize, uint32_t window, uint64_t size_bytes,
		  bool is_netascii)
{
	uint32_t block_count = 2 * window;
	if (block_count < READ_AHEAD_BYTES / blksize)
		block_count = READ_AHEAD_BYTES / blksize;
	*supply = (struct supply){
	    .blocks = mem_zalloc(block_count, blksize),
	    .blksize = blksize,
	    .block_count = block_count,
	    .size_bytes = size_bytes,
	    .has_ended = size_bytes == 0,
	    .is_netascii = is_netascii,
	};
	return supply->blocks != NULL;
}

void supply_fini(struct supply *supply)
{
	mem_free(supply->blocks);
	*supply = (struct supply){.blocks = NULL};
}

static uint64_t find_room(const struct supply *supply, uint64_t acked)
{
	return (acked + supply->block_count) * supply->blksize - supply->made;
}

bool supply_has_room(const struct supply *supply, uint64_t acked)
{
	uint64_t bytes = (uint64_t)supply->block_count * supply->blksize;
	return !supply->has_ended && !supply->is_dry && find_room(supply, acked) >= bytes / 2;
}

/* What the owner has for this room; 0: nothing now, or nothing any more. */
static ssize_t read_some(struct supply *supply, uint8_t *room, size_t len, supply_read *read, void *user,
			 bool *has_ended)
{
	ssize_t done = read(user, room, len);
	supply->is_dry = done == UV_EAGAIN;
	*has_ended = done == 0;
	return supply->is_dry ? 0 : done;
}

static ssize_t read_text(struct supply *supply, uint8_t *room, size_t len, supply_read *read, void *user)
{
	size_t used, made;
	if (supply->local_at == supply->local_len && !supply->has_local_ended) {
		ssize_t done = read_some(supply, supply->local, sizeof supply->local, read, user,
					 &supply->has_local_ended);
		if (done < 0)
			return done;
		supply->local_at = 0;
		supply->local_len = (size_t)done;
	}
	netascii_encode(&supply->netascii, supply->local + supply->local_at,
			supply->local_len - supply->local_at, &used, room, len, &made);
	supply->local_at += used;
	supply->has_ended = made == 0 && supply->has_local_ended;
	return (ssize_t)made;
}

static ssize_t read_bytes(struct supply *supply, uint8_t *room, size_t len, supply_read *read,
			  void *user)
{
	bool has_stopped = false;
	uint64_t left = supply->size_bytes - supply->made;
	ssize_t done =
	    read_some(supply, room, len < left ? len : (size_t)left, read, user, &has_stopped);
	if (has_stopped && supply->size_bytes != SUPPLY_SIZE_UNKNOWN)
		return UV_EOF;
	supply->has_ended = has_stopped || (done > 0 && (uint64_t)done == left);
	return done;
}

int supply_fill(struct supply *supply, uint64_t acked, supply_read *read, void *user)
{
	uint64_t bytes = (uint64_t)supply->block_count * supply->blksize;
	while (supply_has_room(supply, acked)) {
		uint64_t at = supply->made % bytes;
		uint64_t room = find_room(supply, acked);
		size_t len = (size_t)(room < bytes - at ? room : bytes - at);
		ssize_t done = supply->is_netascii
				   ? read_text(supply, supply->blocks + at, len, read, user)
				   : read_bytes(supply, supply->blocks + at, len, read, user);
		if (done < 0)
			return (int)done;
		supply->made += (uint64_t)done;
	}
	return 0;
}

uint64_t supply_end(const struct supply *supply)
{
	return supply->has_ended ? UINT64_MAX : supply->made / supply->blksize + 1;
}

const uint8_t *supply_block(const struct supply *supply, uint64_t block)
{
	return supply->blocks + (block - 1) % supply->block_count * supply->blksize;
}

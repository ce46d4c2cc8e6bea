/* Shared by cache.c (who waits for what) and cache_room.c (what is in memory).
 *
 * Lock order: the cache's mutex, then a mailbox's. Everything here is called under the cache's mutex. */
#ifndef UVTFTP_STORE_CACHE_INSIDE_H
#define UVTFTP_STORE_CACHE_INSIDE_H

#include "base/pool.h"
#include "store/cache.h"

/* In chunk.holds: being given up, or not in use. What hold_again adds meanwhile, it takes off again. */
#define CHUNK_RETIRED 0x80000000u

enum chunk_state { CHUNK_FREE, CHUNK_READING, CHUNK_READY };

struct cache {
	uv_mutex_t mutex;
	/* True before anybody looks for memory in vain, so that a hold dropped meanwhile is not missed. */
	_Atomic bool is_starved;
	uint64_t limit_bytes;
	frame_writer *write_header;
	/* guarded by mutex */
	struct table table;  /* chunks being read or ready, by key, framing and index */
	struct pool headers; /* never given back to: see chunk_hold_again */
	struct list free;    /* headers used before */
	struct list age;     /* ready chunks; the evictor's hand is before the first */
	struct list starved; /* of struct chunk_wait: first come, first served */
	size_t reading;      /* reads granted and not finished */
	size_t reads_max;
	uint64_t random; /* never 0 */
	struct cache_stats stats;
};

/* What a chunk is charged for, beside its bytes. */
static inline uint64_t chunk_cost(uint32_t len)
{
	return len + sizeof(struct chunk);
}

/* The chunk if it is ready or being read. */
struct chunk *cache_find(struct cache *cache, const struct chunk_name *name);
/* A chunk in state READING, charged, in the table, with one hold for its read; data is still NULL. NULL:
 * there is no room for it even after giving up what nobody holds. Reads that occupy the pool are bounded. */
struct chunk *cache_make(struct cache *cache, const struct chunk_name *name);
/* The same for a read that does not wait: the pool is not occupied. */
struct chunk *cache_make_now(struct cache *cache, const struct chunk_name *name);
/* The read succeeded: the chunk is ready and the read's hold ends. */
void cache_ready(struct cache *cache, struct chunk *chunk);
/* The read failed: the chunk leaves, and its memory is free for others. */
void cache_discard(struct cache *cache, struct chunk *chunk);
/* Serves those who starve as far as memory goes. */
void cache_feed(struct cache *cache);

#endif

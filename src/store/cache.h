/* The chunk cache: contents in chunks of 64 KiB, framed to be sent as they lie, shared by all workers, under one
 * memory bound.
 *
 * A chunk is immutable once filled and is kept by key (content key, framing, index), so it outlives the content
 * it was read from. One read is in flight per chunk however many wait for it. Chunks nobody holds are given
 * up, by age, use and chance (cache_room.c), when the bound is reached; when every byte is held, those who want
 * more wait their turn. Chunk headers are never returned to the system: a stale pointer with its generation is
 * safe to try again (chunk_hold_again), which takes no lock. */
#ifndef UVTFTP_STORE_CACHE_H
#define UVTFTP_STORE_CACHE_H

#include "base/table.h"
#include "store/framing.h"
#include "store/store.h"

struct cache;

struct chunk {
	uint8_t *data;               /* frames, len bytes; valid while held */
	uint32_t len;                /* at most CHUNK_BYTES */
	_Atomic uint32_t holds;      /* high bit: being given up */
	_Atomic uint32_t generation; /* changes whenever the header is used for something else */
	_Atomic bool was_used;       /* since the evictor last passed */
	struct cache *cache;
	/* the cache's own, guarded by its mutex */
	struct content_key key;
	struct framing framing;
	uint64_t index;
	struct table_link in_table;
	struct list in_age;
	struct list waiters;
	uint32_t state;
};

/* Which chunk of what. */
struct chunk_name {
	struct content *content;
	struct framing framing;
	uint64_t index; /* below framing_chunks */
};

/* Someone who waits for a chunk. Embedded in the waiter, zeroed before its first use. The content is
 * borrowed until done runs or the wait is cancelled. */
struct chunk_wait {
	struct letter letter;
	struct mailbox *mailbox;
	void (*done)(struct chunk_wait *wait); /* on the mailbox's loop, once */
	struct chunk *chunk;                   /* held for the waiter, or NULL with error set */
	int error; /* 0 or negative errno: of this read only, not remembered */
	/* the cache's own */
	struct cache *cache;
	struct chunk_name name;
	struct list link;
	uint32_t state;
};

struct cache_stats {
	uint64_t hits, misses, reads, evictions, starved;
	uint64_t used_bytes;
};

#define CACHE_BYTES_MIN (8u * CHUNK_BYTES)
struct cache_options {
	uint64_t limit_bytes;       /* raised to CACHE_BYTES_MIN if smaller */
	unsigned reads_max;         /* under way at once, so that the pool has threads left for opens */
	const uint64_t *key;        /* 128 random bits; borrowed for the call */
	frame_writer *write_header; /* of all frames */
};
struct cache *cache_new(const struct cache_options *options); /* NULL: memory is short */
void cache_free(struct cache *cache); /* nothing held, nothing in flight; takes NULL */

/* The chunk, held for the caller, if it is in the cache or can be read without waiting; else NULL. Takes the
 * lock. On the loop given. */
struct chunk *cache_take(struct cache *cache, const struct chunk_name *name, uv_loop_t *loop);

/* Asks for the chunk; mailbox and done are set by the caller. done
 * runs later exactly once, unless cancelled. Who waits must not hold a chunk it can do without: when all
 * memory is held by waiters, nobody gets on. 0, or -ENOMEM: done will not run. On the mailbox's loop. */
int cache_want(struct cache *cache, const struct chunk_name *name, struct chunk_wait *wait);
/* done will not run; a chunk already delivered to the letter is dropped. Harmless when nothing is awaited.
 * On the mailbox's loop. */
void cache_cancel(struct chunk_wait *wait);

/* Starts reading a chunk nobody waits for yet, if it is absent and there is room, and if the content's reads have
 * to be waited for. The index may be past the end: then nothing. On the loop given. */
void cache_read_ahead(struct cache *cache, const struct chunk_name *name, uv_loop_t *loop);

/* Another hold on a chunk already held. */
void chunk_hold(struct chunk *chunk);
/* A hold on a chunk seen earlier, if it is still what it was then: no lock. */
bool chunk_hold_again(struct chunk *chunk, uint32_t generation);
void chunk_drop(struct chunk *chunk); /* takes NULL */

void cache_read_stats(struct cache *cache, struct cache_stats *stats);

#endif

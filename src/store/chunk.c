#include "base/err.h"
#include "store/cache_inside.h"

/* The mutex is taken only while somebody starves. Sequentially consistent on both sides: either who
 * starves sees that the last hold is gone, or whoever dropped it sees that somebody starves. */
static void unhold(struct chunk *chunk)
{
	struct cache *cache = chunk->cache;
	uint32_t before = atomic_fetch_sub(&chunk->holds, 1);
	ASSERT((before & ~CHUNK_RETIRED) > 0);
	if (before != 1 || !atomic_load(&cache->is_starved))
		return;
	uv_mutex_lock(&cache->mutex);
	cache_feed(cache);
	uv_mutex_unlock(&cache->mutex);
}

void chunk_hold(struct chunk *chunk)
{
	uint32_t before = atomic_fetch_add_explicit(&chunk->holds, 1, memory_order_relaxed);
	ASSERT(before > 0 && (before & CHUNK_RETIRED) == 0);
}

bool chunk_hold_again(struct chunk *chunk, uint32_t generation)
{
	/* The hold comes first: from here on the evictor leaves the chunk alone, and if it was faster, its
	 * mark or a new generation tells. */
	uint32_t before = atomic_fetch_add(&chunk->holds, 1);
	if ((before & CHUNK_RETIRED) == 0 && atomic_load(&chunk->generation) == generation) {
		if (!atomic_load_explicit(&chunk->was_used, memory_order_relaxed))
			atomic_store_explicit(&chunk->was_used, true, memory_order_relaxed);
		return true;
	}
	unhold(chunk);
	return false;
}

void chunk_drop(struct chunk *chunk)
{
	if (chunk != NULL)
		unhold(chunk);
}

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/cache_inside.h"

static uint64_t hash_of(struct cache *cache, const struct content_key *key, uint64_t index)
{
	uint64_t words[sizeof key->words / sizeof key->words[0] + 1];
	memcpy(words, key->words, sizeof key->words);
	words[sizeof key->words / sizeof key->words[0]] = index;
	return table_hash(&cache->table, words, sizeof words);
}

struct chunk *cache_find(struct cache *cache, const struct content *content, uint64_t index)
{
	struct table_link *link = table_first(&cache->table, hash_of(cache, &content->key, index));
	for (; link != NULL; link = table_next(link)) {
		struct chunk *chunk = TABLE_ENTRY(link, struct chunk, in_table);
		if (chunk->index == index && memcmp(&chunk->key, &content->key, sizeof chunk->key) == 0)
			return chunk;
	}
	return NULL;
}

/* The header is already marked as retired. */
static void give_back(struct cache *cache, struct chunk *chunk)
{
	atomic_fetch_add(&chunk->generation, 1);
	table_remove(&cache->table, &chunk->in_table);
	list_remove(&chunk->in_age);
	mem_free(chunk->data);
	chunk->data = NULL;
	chunk->state = CHUNK_FREE;
	cache->stats.used_bytes -= chunk_cost(chunk->len);
	list_append(&cache->free, &chunk->in_age);
}

/* Gives up the oldest ready chunk that nobody holds and nobody used since the hand last passed. */
static bool evict(struct cache *cache)
{
	/* Once around to take the marks of use off, once more to find one without. */
	for (size_t left = 2 * cache->table.count; left > 0 && !list_is_empty(&cache->age); left--) {
		struct chunk *chunk = LIST_OWNER(list_take_first(&cache->age), struct chunk, in_age);
		uint32_t unheld = 0;
		if (atomic_load(&chunk->holds) == 0 &&
		    !atomic_exchange_explicit(&chunk->was_used, false, memory_order_relaxed) &&
		    atomic_compare_exchange_strong(&chunk->holds, &unheld, CHUNK_RETIRED)) {
			give_back(cache, chunk);
			cache->stats.evictions++;
			return true;
		}
		list_append(&cache->age, &chunk->in_age);
	}
	return false;
}

static struct chunk *take_header(struct cache *cache)
{
	struct list *first = list_take_first(&cache->free);
	if (first != NULL)
		return LIST_OWNER(first, struct chunk, in_age);
	struct chunk *chunk = pool_take(&cache->headers);
	if (chunk == NULL)
		return NULL;
	chunk->cache = cache;
	list_init(&chunk->in_age);
	list_init(&chunk->waiters);
	atomic_store(&chunk->holds, CHUNK_RETIRED);
	return chunk;
}

static struct chunk *make_room(struct cache *cache, uint64_t cost)
{
	for (;;) {
		bool fits = cost <= cache->limit_bytes - cache->stats.used_bytes;
		struct chunk *chunk = fits ? take_header(cache) : NULL;
		if (chunk != NULL || !evict(cache))
			return chunk;
	}
}

struct chunk *cache_make(struct cache *cache, const struct content *content, uint64_t index)
{
	/* Who finds all reads taken starves like who finds no room: each read that ends feeds the next. */
	return cache->reading < cache->reads_max ? cache_make_now(cache, content, index) : NULL;
}

struct chunk *cache_make_now(struct cache *cache, const struct content *content, uint64_t index)
{
	ASSERT(content->size_bytes > 0 && index <= (content->size_bytes - 1) / CHUNK_BYTES);
	uint64_t left = content->size_bytes - index * CHUNK_BYTES;
	uint32_t len = left < CHUNK_BYTES ? (uint32_t)left : CHUNK_BYTES;

	struct chunk *chunk = make_room(cache, chunk_cost(len));
	if (chunk == NULL)
		return NULL;
	chunk->len = len;
	chunk->key = content->key;
	chunk->index = index;
	chunk->state = CHUNK_READING;
	atomic_store_explicit(&chunk->was_used, false, memory_order_relaxed);
	table_insert(&cache->table, &chunk->in_table, hash_of(cache, &chunk->key, index));
	cache->stats.used_bytes += chunk_cost(len);
	cache->reading++;
	/* Not a store: a late hold_again may be on its way through. */
	atomic_fetch_sub(&chunk->holds, CHUNK_RETIRED - 1);
	return chunk;
}

void cache_ready(struct cache *cache, struct chunk *chunk)
{
	chunk->state = CHUNK_READY;
	list_append(&cache->age, &chunk->in_age);
	cache->reading--;
	atomic_fetch_sub(&chunk->holds, 1);
}

void cache_discard(struct cache *cache, struct chunk *chunk)
{
	cache->reading--;
	atomic_fetch_add(&chunk->holds, CHUNK_RETIRED - 1);
	give_back(cache, chunk);
}

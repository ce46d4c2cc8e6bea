#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/cache_inside.h"

#define HEADERS_MIN   64u
#define HEADERS_MAX   65536u
#define HEADER_SPREAD 1024u /* bytes of cache for each header: smaller files leave some unused */

struct cache *cache_new(const struct cache_options *options)
{
	uint64_t limit_bytes = options->limit_bytes;
	if (limit_bytes < CACHE_BYTES_MIN)
		limit_bytes = CACHE_BYTES_MIN;
	uint64_t headers = limit_bytes / HEADER_SPREAD;
	headers = headers > HEADERS_MAX ? HEADERS_MAX : headers < HEADERS_MIN ? HEADERS_MIN : headers;

	struct cache *cache = mem_zalloc(1, sizeof *cache);
	if (cache == NULL)
		return NULL;
	cache->limit_bytes = limit_bytes;
	cache->reads_max = options->reads_max;
	cache->write_header = options->write_header;
	cache->random = options->key[0] | 1;
	list_init(&cache->free);
	list_init(&cache->age);
	list_init(&cache->starved);
	if (table_init(&cache->table, 256, options->key) != 0)
		goto no_table;
	if (pool_init(&cache->headers, sizeof(struct chunk), (size_t)headers) != 0)
		goto no_headers;
	if (uv_mutex_init(&cache->mutex) != 0)
		goto no_mutex;
	return cache;

no_mutex:
	pool_fini(&cache->headers);
no_headers:
	table_fini(&cache->table);
no_table:
	mem_free(cache);
	return NULL;
}

void cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	uv_mutex_lock(&cache->mutex);
	ASSERT(cache->reading == 0 && list_is_empty(&cache->starved));
	struct list *first;
	while ((first = list_take_first(&cache->age)) != NULL) {
		struct chunk *chunk = LIST_OWNER(first, struct chunk, in_age);
		ASSERT(atomic_load(&chunk->holds) == 0);
		mem_free(chunk->data);
	}
	uv_mutex_unlock(&cache->mutex);
	uv_mutex_destroy(&cache->mutex);
	pool_fini(&cache->headers);
	table_fini(&cache->table);
	mem_free(cache);
}

static uint64_t hash_of(const struct cache *cache, const struct chunk_name *name)
{
	const struct content_key *key = &name->content->key;
	enum { KEY_WORDS = sizeof key->words / sizeof key->words[0] };
	const struct framing *framing = &name->framing;
	uint64_t words[KEY_WORDS + 2];
	memcpy(words, key->words, sizeof key->words);
	words[KEY_WORDS] = (uint64_t)framing->chunk_frames << 48 | (uint64_t)framing->variant << 32 |
			   framing->piece_bytes;
	words[KEY_WORDS + 1] = name->index;
	return table_hash(&cache->table, words, sizeof words);
}

static bool has_name(const struct chunk *chunk, const struct chunk_name *name)
{
	return chunk->index == name->index && chunk->framing.piece_bytes == name->framing.piece_bytes &&
	       chunk->framing.variant == name->framing.variant &&
	       chunk->framing.chunk_frames == name->framing.chunk_frames &&
	       memcmp(&chunk->key, &name->content->key, sizeof chunk->key) == 0;
}

struct chunk *cache_find(struct cache *cache, const struct chunk_name *name)
{
	struct table_link *link = table_first(&cache->table, hash_of(cache, name));
	for (; link != NULL; link = table_next(link)) {
		struct chunk *chunk = TABLE_ENTRY(link, struct chunk, in_table);
		if (has_name(chunk, name))
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

static bool flip_coin(struct cache *cache)
{
	cache->random ^= cache->random << 13;
	cache->random ^= cache->random >> 7;
	cache->random ^= cache->random << 17;
	return cache->random >> 63 != 0;
}

/* Gives up an old ready chunk that nobody holds and nobody used since the hand last passed. A coin spares every
 * other: of what is read in turn, again and again, the oldest is wanted next, and were it always that one, nothing
 * would be found again as soon as the whole does not fit. */
static bool evict(struct cache *cache)
{
	size_t count = cache->table.count;
	/* Once around to take the marks of use off, once more to find one without, and a last time without coin. */
	for (size_t left = 3 * count; left > 0 && !list_is_empty(&cache->age); left--) {
		struct chunk *chunk = LIST_OWNER(list_take_first(&cache->age), struct chunk, in_age);
		uint32_t unheld = 0;
		if (atomic_load(&chunk->holds) == 0 &&
		    !atomic_exchange_explicit(&chunk->was_used, false, memory_order_relaxed) &&
		    (left <= count || flip_coin(cache)) &&
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

struct chunk *cache_make(struct cache *cache, const struct chunk_name *name)
{
	/* Who finds all reads taken starves like who finds no room: each read that ends feeds the next. */
	return cache->reading < cache->reads_max ? cache_make_now(cache, name) : NULL;
}

struct chunk *cache_make_now(struct cache *cache, const struct chunk_name *name)
{
	struct chunk_range range = framing_range(name->framing, name->content->size_bytes, name->index);
	uint32_t len = framing_range_bytes(&range);
	struct chunk *chunk = make_room(cache, chunk_cost(len));
	if (chunk == NULL)
		return NULL;
	chunk->len = len;
	chunk->key = name->content->key;
	chunk->framing = name->framing;
	chunk->index = name->index;
	chunk->state = CHUNK_READING;
	atomic_store_explicit(&chunk->was_used, false, memory_order_relaxed);
	table_insert(&cache->table, &chunk->in_table, hash_of(cache, name));
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

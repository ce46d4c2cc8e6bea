#include "base/pool.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

int pool_init(struct pool *pool, size_t item_bytes, size_t capacity)
{
	const size_t unit = alignof(max_align_t);
	memset(pool, 0, sizeof *pool);
	if (item_bytes > SIZE_MAX - unit)
		return -1;
	if (item_bytes == 0)
		item_bytes = 1;
	item_bytes = (item_bytes + unit - 1) / unit * unit;
	pool->block = mem_zalloc(capacity, item_bytes);
	if (pool->block == NULL)
		return -1;
	pool->item_bytes = item_bytes;
	pool->capacity = capacity;
	return 0;
}

void pool_fini(struct pool *pool)
{
	mem_free(pool->block);
	memset(pool, 0, sizeof *pool);
}

void *pool_take(struct pool *pool)
{
	void *item = pool->returned;
	if (item != NULL) {
		memcpy(&pool->returned, item, sizeof pool->returned);
		memset(item, 0, pool->item_bytes);
	} else if (pool->touched < pool->capacity) {
		item = pool->block + pool->touched * pool->item_bytes;
		pool->touched++;
	} else {
		return NULL;
	}
	pool->used++;
	return item;
}

/* Compared as numbers: a pointer from elsewhere may not be compared with one into the block. */
static bool is_ours(const struct pool *pool, const void *item)
{
	uintptr_t start = (uintptr_t)pool->block;
	uintptr_t at = (uintptr_t)item;
	return at >= start && at - start < pool->touched * pool->item_bytes &&
	       (at - start) % pool->item_bytes == 0;
}

void pool_give(struct pool *pool, void *item)
{
	if (item == NULL)
		return;
	ASSERT(pool->used > 0 && is_ours(pool, item));
	memcpy(item, &pool->returned, sizeof pool->returned);
	pool->returned = item;
	pool->used--;
}

/* A cache, a content made of nothing, and those who ask for its chunks. */
#ifndef UVTFTP_TEST_CACHE_KIT_H
#define UVTFTP_TEST_CACHE_KIT_H

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/cache.h"
#include "unit/cache_fake.h"
#include "unit/store_kit.h"

#define ROOM       7 /* full chunks that fit in CACHE_BYTES_MIN beside their headers */
#define WAITS_MAX  16
#define CHUNK_COST (CHUNK_BYTES + sizeof(struct chunk))

struct asker {
	struct chunk_wait wait;
	bool is_done;
	int turn; /* when it was done, counting all */
};

static struct desk desk;
static struct cache *cache;
static struct fake fake;
static struct asker askers[WAITS_MAX];
static int turns;

static inline struct cache *new_cache(unsigned reads_max)
{
	static const uint64_t key[2] = {1, 2};
	return cache_new(&(struct cache_options){
	    .reads_max = reads_max, .key = key, .write_header = write_fake_header});
}

static inline void set_up(void)
{
	desk_open(&desk);
	cache = new_cache(64);
	ck_assert_ptr_nonnull(cache);
	init_fake(&fake, 100, 64 * (uint64_t)PIECE_BYTES - 1000);
}

static inline void tear_down(void)
{
	desk_close(&desk);
	ck_assert_uint_eq(atomic_load(&fake.content.holds), 1);
	cache_free(cache);
}

static inline struct cache_stats stats(void)
{
	struct cache_stats now;
	cache_read_stats(cache, &now);
	return now;
}

static inline struct chunk_name name_of(struct content *content, uint64_t index)
{
	return (struct chunk_name){content, {PIECE_BYTES, 7, 0}, index};
}

static inline void note_done(struct chunk_wait *wait)
{
	struct asker *asker = LIST_OWNER(wait, struct asker, wait);
	ck_assert(!asker->is_done);
	asker->is_done = true;
	asker->turn = ++turns;
}

static inline int ask_for(struct content *content, struct desk *at, int i, uint64_t index)
{
	struct asker *asker = &askers[i];
	memset(asker, 0, sizeof *asker);
	asker->wait.mailbox = &at->mailbox;
	asker->wait.done = note_done;
	struct chunk_name name = name_of(content, index);
	return cache_want(cache, &name, &asker->wait);
}

static inline int ask_at(struct desk *at, int i, uint64_t index)
{
	return ask_for(&fake.content, at, i, index);
}

static inline void ask(int i, uint64_t index)
{
	ck_assert_int_eq(ask_at(&desk, i, index), 0);
	ck_assert(!askers[i].is_done);
}

static inline void drop(int i)
{
	chunk_drop(askers[i].wait.chunk);
	askers[i].wait.chunk = NULL;
}

static inline struct chunk *get(int i)
{
	desk_run_until(&desk, &askers[i].is_done);
	struct chunk *chunk = askers[i].wait.chunk;
	ck_assert_int_eq(askers[i].wait.error, 0);
	ck_assert_ptr_nonnull(chunk);
	uint64_t index = askers[i].wait.name.index;
	ck_assert_uint_eq(chunk->data[0], 7);
	ck_assert_uint_eq(chunk->data[3], index);
	ck_assert_uint_eq(chunk->data[FRAME_HEADER_BYTES], (uint8_t)(fake.seed + index));
	ck_assert_uint_eq(chunk->data[chunk->len - 1], (uint8_t)(fake.seed + index));
	ck_assert_uint_le(stats().used_bytes, CACHE_BYTES_MIN);
	return chunk;
}

/* Askers 0 to ROOM-1 hold chunks 0 to ROOM-1: nothing more fits. */
static inline void fill(void)
{
	for (int i = 0; i < ROOM; i++) {
		ask(i, (uint64_t)i);
		get(i);
	}
}

static inline void drop_all(void)
{
	for (int i = 0; i < WAITS_MAX; i++)
		drop(i);
}

static inline struct chunk *take(uint64_t index)
{
	struct chunk_name name = name_of(&fake.content, index);
	return cache_take(cache, &name, &desk.loop);
}

static inline void read_ahead(uint64_t index)
{
	struct chunk_name name = name_of(&fake.content, index);
	cache_read_ahead(cache, &name, &desk.loop);
}

static inline bool is_cached(uint64_t index)
{
	struct chunk *chunk = take(index);
	chunk_drop(chunk);
	return chunk != NULL;
}

#endif

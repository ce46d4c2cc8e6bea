/* A cache, a content made of nothing, and those who ask for its chunks. */
#ifndef UVTFTP_TEST_CACHE_KIT_H
#define UVTFTP_TEST_CACHE_KIT_H

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/cache.h"
#include "unit/store_kit.h"

#define ROOM       7 /* full chunks that fit in CACHE_BYTES_MIN beside their headers */
#define WAITS_MAX  16
#define CHUNK_COST (CHUNK_BYTES + sizeof(struct chunk))
/* A content made of nothing: every byte of chunk i is (seed + i). */
struct fake {
	struct content content;
	uint8_t seed;
	_Atomic unsigned reads, closes;
	_Atomic int error; /* what the next reads answer */
};

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

static inline int read_fake(struct content *content, uint64_t offset, void *room, size_t len)
{
	struct fake *of = LIST_OWNER(content, struct fake, content);
	atomic_fetch_add(&of->reads, 1);
	ck_assert_uint_le(offset + len, content->size_bytes);
	memset(room, (int)((of->seed + offset / CHUNK_BYTES) & 0xff), len);
	return atomic_load(&of->error);
}

static inline void close_fake(struct content *content)
{
	atomic_fetch_add(&LIST_OWNER(content, struct fake, content)->closes, 1);
}
static const struct content_ops fake_ops = {.read = read_fake, .close = close_fake};

static inline void init_fake(struct fake *of, uint8_t seed, uint64_t size_bytes)
{
	memset(of, 0, sizeof *of);
	of->content.ops = &fake_ops;
	of->content.size_bytes = size_bytes;
	of->content.key.words[0] = seed;
	atomic_init(&of->content.holds, 1);
	of->seed = seed;
}

static inline void set_up(void)
{
	desk_open(&desk);
	cache = cache_new(0, 64, (const uint64_t[2]){1, 2});
	ck_assert_ptr_nonnull(cache);
	init_fake(&fake, 100, 64 * (uint64_t)CHUNK_BYTES - 1000);
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
	return cache_want(cache, content, index, &asker->wait);
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
	ck_assert_uint_eq(chunk->data[0], (uint8_t)(fake.seed + askers[i].wait.index));
	ck_assert_uint_eq(chunk->data[chunk->len - 1], chunk->data[0]);
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

static inline bool is_cached(uint64_t index)
{
	struct chunk *chunk = cache_take(cache, &fake.content, index, &desk.loop);
	chunk_drop(chunk);
	return chunk != NULL;
}

#endif

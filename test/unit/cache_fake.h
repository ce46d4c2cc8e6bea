/* A content made of nothing, and what is written before its pieces. */
#ifndef UVTFTP_TEST_CACHE_FAKE_H
#define UVTFTP_TEST_CACHE_FAKE_H

#include <check.h>
#include <string.h>

#include "base/list.h"
#include "store/cache.h"

/* Every byte of piece i is (seed + i). A chunk has one piece. */
#define PIECE_BYTES FRAME_PIECE_BYTES_MAX

struct fake {
	struct content content;
	uint8_t seed;
	_Atomic unsigned reads, closes;
	_Atomic int error; /* what the next reads answer */
};

static inline int read_fake(struct content *content, uint64_t offset, void *room, size_t len)
{
	struct fake *of = LIST_OWNER(content, struct fake, content);
	atomic_fetch_add(&of->reads, 1);
	ck_assert_uint_le(offset + len, content->size_bytes);
	memset(room, (int)((of->seed + offset / PIECE_BYTES) & 0xff), len);
	return atomic_load(&of->error);
}

static inline void close_fake(struct content *content)
{
	atomic_fetch_add(&LIST_OWNER(content, struct fake, content)->closes, 1);
}

/* What a frame's header says: its number, and the variant. */
static inline void write_fake_header(uint8_t *header, uint64_t number, uint32_t variant)
{
	header[0] = (uint8_t)variant;
	header[1] = (uint8_t)(number >> 16);
	header[2] = (uint8_t)(number >> 8);
	header[3] = (uint8_t)number;
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

#endif

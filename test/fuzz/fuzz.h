/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput; libFuzzer calls it, or
 * corpus_main.c with every file of its corpus. A broken promise ends the process: ASSERT.
 *
 * Whatever is given to the code under test lies in a heap block of exactly its size, so that the address
 * sanitizer sees the first byte too far. */
#ifndef UVTFTP_FUZZ_FUZZ_H
#define UVTFTP_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, taken from the front. What is missing reads as zero. */
struct feed {
	const uint8_t *at;
	size_t left;
};

static inline unsigned feed_u8(struct feed *feed)
{
	if (feed->left == 0)
		return 0;
	feed->left--;
	return *feed->at++;
}

static inline unsigned feed_u16(struct feed *feed)
{
	unsigned high = feed_u8(feed);
	return high << 8 | feed_u8(feed);
}

static inline void *fuzz_alloc(size_t len)
{
	void *block = malloc(len);
	ASSERT(block != NULL || len == 0);
	return block;
}

/* A copy of the next `wanted` bytes, or of as many as there are. The caller frees it. */
static inline uint8_t *feed_copy(struct feed *feed, size_t wanted, size_t *len)
{
	*len = wanted < feed->left ? wanted : feed->left;
	uint8_t *copy = fuzz_alloc(*len);
	if (*len > 0)
		memcpy(copy, feed->at, *len);
	feed->at += *len;
	feed->left -= *len;
	return copy;
}

#endif

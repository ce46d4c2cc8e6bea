/* Objects of one size from one block reserved at the start. Memory is touched only when an object is
 * first used; what is given back is used again before anything new. */
#ifndef UVTFTP_BASE_POOL_H
#define UVTFTP_BASE_POOL_H

#include <stddef.h>

struct pool {
	unsigned char *block; /* own */
	size_t item_bytes;
	size_t capacity;
	size_t touched; /* items ever handed out */
	size_t used;
	void *returned; /* linked through the first word of each item */
};

/* 0, or -1 if memory is short. item_bytes is rounded up to the strictest alignment. */
int pool_init(struct pool *pool, size_t item_bytes, size_t capacity);
void pool_fini(struct pool *pool);
/* A zeroed item, or NULL when all are in use. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *item); /* takes NULL */

#endif

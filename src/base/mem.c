#include "base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_long countdown; /* 1: the next allocation fails; 0 and below: off */

/* Of threads that race for the last step exactly one sees it. The plain load keeps the shared line
 * unwritten where nothing is tested. */
static bool must_fail(void)
{
	if (atomic_load_explicit(&countdown, memory_order_relaxed) <= 0)
		return false;
	return atomic_fetch_sub_explicit(&countdown, 1, memory_order_relaxed) == 1;
}

/* NULL must mean failure, so nothing is asked for as one byte. */
void *mem_alloc(size_t len)
{
	if (must_fail())
		return NULL;
	return malloc(len > 0 ? len : 1);
}

/* calloc and not memset: fresh pages from the system are zero without being touched. */
void *mem_zalloc(size_t count, size_t len)
{
	if (must_fail())
		return NULL;
	if (count == 0 || len == 0)
		return calloc(1, 1);
	if (count > SIZE_MAX / len)
		return NULL;
	return calloc(count, len);
}

char *mem_copy(const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? mem_alloc(len + 1) : NULL;
	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

void mem_free(void *memory)
{
	free(memory);
}

void mem_fail_nth(long nth)
{
	atomic_store_explicit(&countdown, nth, memory_order_relaxed);
}

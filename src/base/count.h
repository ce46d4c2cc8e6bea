/* Counters: written by one thread, read by any, never a lock. */
#ifndef UVTFTP_BASE_COUNT_H
#define UVTFTP_BASE_COUNT_H

#include <stdatomic.h>
#include <stdint.h>

struct count {
	_Atomic uint64_t value;
};

/* Only the owning thread may add: a plain load and store, no locked instruction. */
static inline void count_add(struct count *count, uint64_t n)
{
	uint64_t old = atomic_load_explicit(&count->value, memory_order_relaxed);
	atomic_store_explicit(&count->value, old + n, memory_order_relaxed);
}

static inline uint64_t count_get(const struct count *count)
{
	return atomic_load_explicit(&count->value, memory_order_relaxed);
}

#endif

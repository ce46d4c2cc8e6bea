/* An upload's buffer. Unless there is plenty it begins as one half, which is filled, then written while its client
 * waits. As far as all uploads together leave memory there are two, one filled while the other is written, and they
 * grow. Only an empty half changes its size, and none becomes smaller than what its client may have been invited to
 * send. */
#include "base/err.h"
#include "base/mem.h"
#include "store/sink_inside.h"

/* Who finds so much more than it will ever need has all of it at once: to grow costs more than to have. */
#define PLENTY 4u

size_t sink_memory_share(const struct sink_memory *memory)
{
	size_t used = atomic_load_explicit(&memory->used_bytes, memory_order_relaxed);
	return used < memory->limit_bytes ? (memory->limit_bytes - used) / SINK_MEMORY_SHARE : 0;
}

/* As much as it had if it did not have what it has. */
static size_t choose_share(const struct upload *upload)
{
	const struct sink_memory *memory = upload->sink->options.memory;
	size_t own = upload->halves[0].size + upload->halves[1].size;
	size_t others = atomic_load_explicit(&memory->used_bytes, memory_order_relaxed) - own;
	return others < memory->limit_bytes ? (memory->limit_bytes - others) / SINK_MEMORY_SHARE : 0;
}

static bool resize(struct upload *upload, struct half *half, size_t size)
{
	struct sink_memory *memory = upload->sink->options.memory;
	uint8_t *bytes = mem_alloc(size);
	if (bytes == NULL)
		return false;
	ASSERT(half->len == 0);
	mem_free(half->bytes);
	half->bytes = bytes;
	atomic_fetch_add_explicit(&memory->used_bytes, size - half->size, memory_order_relaxed);
	half->size = size;
	return true;
}

static size_t at_least(size_t size, size_t min)
{
	return size < min ? min : size;
}

bool sink_memory_take(struct upload *upload)
{
	size_t share = sink_memory_share(upload->sink->options.memory);
	size_t least = upload->burst_bytes;
	if (share >= PLENTY * 2 * SINK_HALF_MAX)
		return resize(upload, &upload->halves[0], at_least(SINK_HALF_MAX, least)) &&
		       resize(upload, &upload->halves[1], at_least(SINK_HALF_MAX, least));
	return resize(upload, &upload->halves[0],
		      at_least(share < SINK_HALF_MIN ? share : SINK_HALF_MIN, least));
}

void sink_memory_adapt(struct upload *upload, struct half *half)
{
	const struct half *other = half == upload->halves ? &upload->halves[1] : &upload->halves[0];
	size_t most = upload->burst_bytes > SINK_HALF_MAX ? upload->burst_bytes : SINK_HALF_MAX;
	size_t share = choose_share(upload);
	size_t larger = half->size == 0 ? other->size : half->size < most / 2 ? 2 * half->size : most;
	/* If memory is short after all, it stays as it is. */
	if (larger > half->size && larger + other->size <= share)
		(void)resize(upload, half, larger);
	else if ((half->size + other->size) / 2 > share && half->size / 2 >= upload->burst_bytes)
		(void)resize(upload, half, half->size / 2);
}

void sink_memory_give_back(struct upload *upload)
{
	size_t size = upload->halves[0].size + upload->halves[1].size;
	mem_free(upload->halves[0].bytes);
	mem_free(upload->halves[1].bytes);
	atomic_fetch_sub_explicit(&upload->sink->options.memory->used_bytes, size, memory_order_relaxed);
}

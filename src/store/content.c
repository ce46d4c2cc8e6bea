#include "base/err.h"
#include "store/store.h"

void content_hold(struct content *content)
{
	uint32_t before = atomic_fetch_add_explicit(&content->holds, 1, memory_order_relaxed);
	ASSERT(before > 0);
}

void content_drop(struct content *content)
{
	if (content == NULL)
		return;
	uint32_t before = atomic_fetch_sub_explicit(&content->holds, 1, memory_order_acq_rel);
	ASSERT(before > 0);
	if (before == 1)
		content->ops->close(content);
}

#include "proto/request.h"

enum request_verdict request_judge(const struct transfer *transfer, bool is_same, uint64_t age_us)
{
	if (is_same && (!transfer->has_heard || age_us < REQUEST_REPEAT_US))
		return REQUEST_AGAIN;
	return REQUEST_ANEW;
}

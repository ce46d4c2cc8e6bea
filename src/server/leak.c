#include "server/leak.h"

#define SECOND_US 1000000u

uint64_t leak_level(struct leak *leak, uint64_t rate_per_s, uint64_t now_us)
{
	uint64_t elapsed_us = now_us > leak->since_us ? now_us - leak->since_us : 0;
	if (rate_per_s == 0)
		return leak->level;
	uint64_t scaled = elapsed_us % SECOND_US * rate_per_s;
	uint64_t seconds = elapsed_us / SECOND_US;
	if (leak->level == 0 || seconds > leak->level / rate_per_s ||
	    leak->level - seconds * rate_per_s <= scaled / SECOND_US) {
		leak->level = 0;
		leak->since_us = now_us;
		return 0;
	}
	leak->level -= seconds * rate_per_s + scaled / SECOND_US;
	/* The part of a unit that has run out already is not forgotten, however often it is looked at. */
	leak->since_us += elapsed_us - scaled % SECOND_US / rate_per_s;
	return leak->level;
}

void leak_pour(struct leak *leak, uint64_t amount, uint64_t rate_per_s, uint64_t now_us)
{
	uint64_t level = leak_level(leak, rate_per_s, now_us);
	leak->level = amount > UINT64_MAX - level ? UINT64_MAX : level + amount;
}

void leak_take_back(struct leak *leak, uint64_t amount)
{
	leak->level -= amount < leak->level ? amount : leak->level;
}

/* A leaky bucket: what is poured in runs out at a steady rate. Nothing but arithmetic. */
#ifndef UVTFTP_SERVER_LEAK_H
#define UVTFTP_SERVER_LEAK_H

#include <stdint.h>

struct leak {
	uint64_t level; /* as of since_us */
	uint64_t since_us;
};

/* At most 2^32 a second may leak. */
void leak_pour(struct leak *leak, uint64_t amount, uint64_t rate_per_s, uint64_t now_us);
uint64_t leak_level(struct leak *leak, uint64_t rate_per_s, uint64_t now_us);
/* Takes out what was poured in by mistake, as far as it is still there. */
void leak_take_back(struct leak *leak, uint64_t amount);

#endif

/* One seed, from the first request until the last packet has landed. */
#ifndef UVTFTP_SIM_RUN_H
#define UVTFTP_SIM_RUN_H

#include "sim/oracle.h"

struct run_result {
	enum oracle_kind kind;
	char text[ORACLE_TEXT_MAX];
	uint64_t digest;
	uint64_t events;
	bool is_done; /* both ends; else at least one gave up, rightly or not */
};

/* Runs it, and where there is noise once more without, to compare. */
void run_seed(struct run_result *result, uint64_t seed, bool has_trace);

#endif

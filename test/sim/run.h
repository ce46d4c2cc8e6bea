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
	bool is_client_done;
	uint64_t client_us; /* until the client had the file, or gave up */
	uint64_t blocks;    /* of the file */
	uint64_t data;      /* DATA sent */
	uint64_t had;       /* of them what a model of a client had already when it came */
	uint64_t timeouts;  /* of the server that made it send again */
	uint64_t early;     /* of those, wrong by its own judgement */
};

/* Runs it, and where there is noise once more without, to compare. */
void run_seed(struct run_result *result, uint64_t seed, bool has_trace);

/* One case as it is. */
void run_play(struct run_result *result, const struct scenario *scenario, bool has_trace);

#endif

/* What all clients of a storm have in common. Never changes while it runs. */
#ifndef UVTFTP_UVTFTP_STORM_PLAN_H
#define UVTFTP_UVTFTP_STORM_PLAN_H

#include "uvtftp/storm_options.h"
#include "uvtftp/storm_target.h"

struct storm_plan {
	const struct storm_options *options;
	struct storm_target *targets;
	uint32_t target_count;
	uint32_t worker_count;
	struct option_set asked;
	struct addr source;           /* of the first client; any address if the system chooses */
	uint32_t clients_per_address; /* 0: all have the same */
	bool has_explicit_ports;      /* the system's range is too small */
	bool has_windows;
	unsigned receive_bytes; /* a window, as the kernel counts; 0: the default buffer holds it */
};

/* Everything but the targets, which are there. NULL, or what is wrong. */
const char *storm_plan_settle(struct storm_plan *plan);
/* Where the client sends from. The port is 0 where the system chooses. */
void storm_plan_local(const struct storm_plan *plan, uint32_t number, struct addr *local);

#endif

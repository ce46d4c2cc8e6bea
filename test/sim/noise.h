/* The forger: plausible packets from wrong addresses, and rubbish from the right ones. None of it may change
 * anything. It draws from dice of its own and uses no link, so the rest of the run is the same without it. */
#ifndef UVTFTP_SIM_NOISE_H
#define UVTFTP_SIM_NOISE_H

#include "sim/end.h"

struct noise {
	struct world *world;
	struct oracle *oracle;
	const struct scenario *scenario;
	struct end *client;
	struct end *server;
	const struct link *data; /* the link on which DATA goes */
	struct dice dice;
	uint32_t left;
	uint64_t pause_us; /* between two of them, on average */
};

/* Everything is borrowed. Nothing happens if the scenario has no noise. */
void noise_start(struct noise *noise, uint64_t pause_us);

#endif

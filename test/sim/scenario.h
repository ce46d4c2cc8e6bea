/* From a seed to a case: what is asked, what the ends grant and how slow they are, and what the network does
 * to them. Everything a run does follows from this and the seed. */
#ifndef UVTFTP_SIM_SCENARIO_H
#define UVTFTP_SIM_SCENARIO_H

#include "proto/transfer.h"
#include "sim/world.h"

struct client_model;

struct host_plan {
	struct transfer_limits limits;
	uint64_t open_us;
	uint64_t store_us;
	uint64_t wait_us;      /* how long bytes, or the socket, may take until something can be sent */
	uint32_t wait_ppm;     /* of what is to be sent waits for them */
	uint32_t part_ppm;     /* of the runs are sent in part, and the rest later */
	uint64_t tick_us;      /* timers fire on multiples of it */
	uint64_t near_tick_us; /* and shorter intervals than two milliseconds end on those of this */
};

struct scenario {
	uint64_t seed;
	enum packet_op op;
	enum packet_mode mode;
	struct option_set asked;
	uint64_t size_bytes; /* of the file on disk */
	bool is_size_known;  /* to the sender, before it has read everything */
	bool serves_plain;   /* the server knows no options */
	bool has_dead_link;
	uint32_t early_requests; /* repeated by the client each 0.1 s, faster than its timer */
	uint32_t noise_count;    /* datagrams from the forger, and rubbish from the right addresses */
	struct host_plan server;
	struct host_plan client;
	struct link_plan up; /* client to server */
	struct link_plan down;
	const struct client_model *model; /* who downloads; NULL: our own core */
	uint32_t busy_ppm;                /* of the blocks make its reader stay away for up to */
	uint64_t busy_us;

	/* What must come out of the negotiation. */
	uint32_t blksize;
	uint32_t window;
	uint32_t rollover;
	uint32_t timeout_us; /* 0: none */
	bool has_options;
};

void scenario_draw(struct scenario *scenario, uint64_t seed);
/* A download by this client over two quiet links, our server as it comes. `window`, `blksize`: 0 as the
 * client has it. */
void scenario_plain(struct scenario *scenario, uint64_t seed, const struct client_model *model,
		    uint32_t window, uint32_t blksize);
void scenario_print(const struct scenario *scenario);

#endif

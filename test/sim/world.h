/* A network in a box: virtual time in microseconds, a heap of events, and two one-way links that lose,
 * delay, repeat and reorder datagrams as their plans say. Nothing here knows what a transfer is. */
#ifndef UVTFTP_SIM_WORLD_H
#define UVTFTP_SIM_WORLD_H

#include <stddef.h>

#include "sim/dice.h"

/* An address is node << 16 | port. */
#define WORLD_NODE(address)   ((address) >> 16)
#define WORLD_CLIENT          0x10400u
#define WORLD_SERVER_LISTENS  0x20045u
#define WORLD_SERVER          0x22000u
#define WORLD_SERVER_STRANGER 0x22001u /* the server's node, another port */
#define WORLD_FORGER          0x31000u
#define WORLD_FAR             UINT64_MAX
#define WORLD_NO_POSITION     UINT64_MAX

struct datagram {
	uint32_t from;
	uint32_t to;
	uint64_t position; /* block, not wrapped, that a DATA or ACK is about; else WORLD_NO_POSITION */
	bool is_copy;      /* the network's repetition of another one */
	bool is_forged;
	bool has_strayed; /* it is a copy, or late */
	size_t len;
	uint8_t bytes[];
};

typedef void world_fire(void *context, const struct datagram *datagram);

struct event {
	uint64_t at_us;
	uint64_t order; /* of equal times the one planned first */
	world_fire *fire;
	void *context;
	struct datagram *datagram; /* owned; NULL: a timer */
};

struct link_plan {
	uint64_t delay_us;
	uint64_t jitter_us;      /* 0 to this much more, without overtaking */
	uint32_t loss_ppm;       /* by chance, or */
	uint32_t lose_m, lose_n; /* exactly m of each n, where n is not 0 */
	uint32_t copy_ppm;       /* delivered twice, the second one right behind */
	uint32_t replay_ppm;     /* delivered again up to replay_us later */
	uint64_t replay_us;
	uint32_t late_ppm; /* overtaken: delayed by up to late_us more */
	uint64_t late_us;
	uint32_t rate_mbps; /* 0: no bottleneck */
	uint32_t queue_max; /* packets that wait for it; the next one is lost */
	bool copies_all_data;
	bool copies_all_acks;
	uint64_t dead_from_us; /* everything is lost from then on; WORLD_FAR: never */
	/* No block number tells a packet from one that is a period older. What is a copy or late and lies
	 * more than this many blocks behind is lost, as a network's packet lifetime would see to. */
	uint64_t age_max_blocks;
};

struct link {
	struct world *world;
	struct link_plan plan;
	struct dice dice;
	world_fire *deliver;
	void *receiver;
	uint64_t last_arrival_us;
	uint64_t free_at_us;   /* the bottleneck has sent all that waits */
	uint64_t position_max; /* the highest block sent here */
	uint32_t left_m, left_n;
	uint64_t lost;
	uint64_t late;
	uint64_t copies;
};

enum world_fate { WORLD_SENT, WORLD_LOST, WORLD_LATE, WORLD_COPIED, WORLD_ARRIVES, WORLD_DROPPED };

struct world {
	uint64_t now_us;
	uint64_t planned;
	uint64_t fired;
	struct event *heap; /* owned */
	size_t count;
	size_t room;
	bool is_out_of_memory;
	uint64_t digest; /* of everything genuine that was sent, and when */
	/* Told of each datagram's fate; never NULL. */
	void (*watch)(void *watcher, enum world_fate fate, const struct datagram *datagram);
	void *watcher;
};

void world_init(struct world *world);
void world_fini(struct world *world);
void link_init(struct link *link, struct world *world, const struct link_plan *plan, uint64_t seed,
	       uint64_t tag, world_fire *deliver, void *receiver);

/* Plans an event. `datagram`: owned from now on, may be NULL. */
void world_at(struct world *world, uint64_t at_us, world_fire *fire, void *context,
	      struct datagram *datagram);
/* Fires the next event. False: there is none. */
bool world_step(struct world *world);

/* NULL: no memory. The bytes are to be filled in. */
struct datagram *world_datagram(struct world *world, uint32_t from, uint32_t to, size_t len);
/* Hands it to the network, which owns it from now on. */
void link_send(struct link *link, struct datagram *datagram);

#endif

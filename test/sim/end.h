/* One end of a transfer as the network and the oracles see it: our own core (host.h) or a model of somebody
 * else's client (client.h). It is the first member of both. */
#ifndef UVTFTP_SIM_END_H
#define UVTFTP_SIM_END_H

#include "sim/content.h"
#include "sim/scenario.h"

#define END_REQUEST_BYTES_MAX 600

struct oracle;

struct end {
	struct world *world;
	struct oracle *oracle;
	const struct scenario *scenario;
	const struct content *content;
	const struct end *other;
	struct link *out;
	world_fire *receive; /* of datagrams; the context is the end */
	struct content_check check;
	enum transfer_outcome outcome;
	uint32_t address;
	uint32_t peer; /* 0: the server has not answered yet */
	bool is_started;
	bool is_closed;
	bool is_stored; /* the file is there for good */
	uint64_t closed_at_us;
	uint64_t silent_us; /* closed for want of answers: how long there were none */
	uint64_t news_lost; /* what the network had lost when the transfer last came forward */
	size_t request_len;
	uint8_t request[END_REQUEST_BYTES_MAX];
};

/* Everything is borrowed. */
struct end_setup {
	struct world *world;
	struct oracle *oracle;
	const struct scenario *scenario;
	const struct content *content;
	const struct end *other;
	struct link *out;
};

void end_init(struct end *end, const struct end_setup *setup, world_fire *receive, bool is_server);
/* To the peer, or to where the server listens. `position`: the block it is about, or WORLD_NO_POSITION. */
void end_send(struct end *end, const void *bytes, size_t len, uint64_t position);
/* Whether it comes from where the transfer's packets come from. RFC 1350 section 4: a stranger is told so,
 * and nothing else happens. */
bool end_is_from_peer(struct end *end, const struct datagram *datagram);

#endif

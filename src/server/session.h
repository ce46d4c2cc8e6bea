/* One transfer being served: the core's state, its file, its timer, its place in the worker's tables.
 *
 * Owned by its worker; ends in session_close and nowhere else. Everything here runs on the worker's loop. */
#ifndef UVTFTP_SERVER_SESSION_H
#define UVTFTP_SERVER_SESSION_H

#include "base/heap.h"
#include "base/table.h"
#include "net/alarm.h"
#include "net/endpoint.h"
#include "server/guard.h"
#include "server/setup.h"
#include "store/cache.h"
#include "store/portion.h"

struct worker;

/* What a session waits for from the store. */
enum session_wait {
	SESSION_WAITS_NOT,
	SESSION_WAITS_FOR_OPEN,
	SESSION_WAITS_FOR_CHUNK,
	SESSION_WAITS_FOR_SINK
};

/* Of an upload's window, so that what may arrive at once has its place in memory. */
#define SESSION_WINDOW_BYTES_MAX (1u << 20)
/* An upload may have blocks of this size though its memory is not to be had: they fit an Ethernet. */
#define SESSION_UPLOAD_BLKSIZE_MIN 1468u

/* A chunk seen before, to be tried again without a lock. */
struct session_chunk {
	struct chunk *chunk;
	uint64_t index;
	uint32_t generation;
};

/* A request that was admitted. Everything is borrowed for the call. */
struct session_request {
	struct endpoint *asked;
	const struct addr *peer;
	const struct packet *packet;
	const struct policy_decision *decision;
	struct ledger_client *client;
	uint64_t hash; /* of the packet's bytes */
};

/* What only an upload needs. */
struct session_upload {
	struct storing storing;
	size_t burst_bytes; /* what may arrive before the next ACK */
	uint32_t netascii_state;
	bool is_committing;
};

/* Small: thousands of clients may be stalled at once. The fields lie in an order that leaves no holes. */
struct session {
	struct transfer transfer;
	uv_timer_t timer; /* first armed early, re-armed only when it fires: moving it costs nothing */
	uint64_t timer_at_us;   /* when it, or the worker's alarm, fires; TRANSFER_NEVER: neither will */
	struct heap_link pause; /* in worker->pausing */
	struct worker *worker;
	struct endpoint *endpoint;
	struct table_link by_peer;    /* endpoint and peer: whose packet is this? */
	struct table_link by_request; /* local host and peer: is this request a repetition? */
	struct list stalled;          /* in worker->stalled while the network takes nothing */
	struct list link;             /* in worker->sessions or worker->idle */
	struct content *content;      /* held */
	struct addr peer;
	enum session_wait waits : 8;
	bool is_reported;
	uint16_t asked_port;
	union {
		struct opening opening;
		struct chunk_wait chunk_wait;
		struct session_upload upload;
	};
	struct session_chunk near[2]; /* by parity of the index; as large as `portion` says */
	struct guard guard;
	struct setup *setup; /* held */
	uint64_t request_hash;
	uint64_t started_us;
	char *name;    /* own; printable; `rule` and `tries` lie behind it */
	char *rule;    /* that decided; "" none */
	char *tries;   /* paths still to be tried, each with its NUL; an empty one ends them */
	unsigned root; /* in the setup */
	struct portion portion;
};

/* With the texts behind `name` and what the allocator needs a stalled client costs no more than 1 KiB. */
#define SESSION_BYTES_MAX 920
_Static_assert(sizeof(struct session) <= SESSION_BYTES_MAX, "a session has grown");

/* False: no memory, no free session or no free endpoint. Else the session is running. */
bool session_open(struct worker *worker, const struct session_request *request);
/* The session of this peer that was asked for at this address, or NULL. */
struct session *session_find_request(struct worker *worker, const struct addr *local,
				     const struct addr *peer);
void session_input(struct session *session, const uint8_t *bytes, size_t len);
/* Sends what the transfer has to send, as far as network and store allow; may close the session. */
void session_pump(struct session *session);
/* The worker's alarm has rung: those whose pause is over go on. */
void session_ring(struct alarm *alarm);
/* The header of a DATA packet: as the cache wants it. */
frame_writer session_write_frame;
/* Takes it out of the tables, reports it and gives it back. */
void session_close(struct session *session);

#endif

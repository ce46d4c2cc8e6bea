/* One transfer being served: the core's state, its file, its timer, its place in the worker's tables.
 *
 * Owned by its worker; ends in session_close and nowhere else. Everything here runs on the worker's loop. */
#ifndef UVTFTP_SERVER_SESSION_H
#define UVTFTP_SERVER_SESSION_H

#include "base/table.h"
#include "net/endpoint.h"
#include "proto/transfer.h"
#include "store/cache.h"

struct worker;

/* What a session waits for from the store. */
enum session_wait { SESSION_WAITS_NOT, SESSION_WAITS_FOR_OPEN, SESSION_WAITS_FOR_CHUNK };

/* A chunk seen before, to be tried again without a lock. */
struct session_chunk {
	struct chunk *chunk;
	uint64_t index;
	uint32_t generation;
};

/* The part of a block that lies in the chunk before the one the session waits for. */
struct session_head {
	uint64_t offset; /* of the block in the file */
	uint32_t len;
	uint8_t bytes[];
};

/* Of all sessions of a worker; a session that gets none asks for both chunks until it has them at once. */
#define SESSION_HEAD_BYTES_MAX (16u << 20)

struct session {
	struct transfer transfer;
	uv_timer_t timer; /* first armed early, re-armed only when it fires: moving it costs nothing */
	uint64_t timer_at_us; /* when it fires; TRANSFER_NEVER: not armed */
	struct worker *worker;
	struct endpoint *endpoint;
	struct addr peer;
	struct table_link by_peer;    /* endpoint and peer: whose packet is this? */
	struct table_link by_request; /* local host and peer: is this request a repetition? */
	struct list stalled;          /* in worker->stalled while the network takes nothing */
	struct list link;             /* in worker->sessions or worker->idle */
	struct content *content;      /* held */
	enum session_wait waits;
	union {
		struct opening opening;
		struct chunk_wait chunk_wait;
	};
	struct session_head *head;    /* own, or NULL */
	struct session_chunk near[2]; /* by parity of the index */
	uint64_t request_hash;
	uint16_t asked_port;
	uint64_t started_us;
	char *name; /* own; printable */
};

/* A request that was admitted. `name` is what the client asked for, `path` what is opened. NULL: no memory,
 * no free session or no free endpoint (counted). On success the session is running. */
struct session *session_open(struct worker *worker, struct endpoint *asked, const struct addr *peer,
			     const struct packet *request, const char *path, uint64_t request_hash);
/* The session of this peer that was asked for at this address, or NULL. */
struct session *session_find_request(struct worker *worker, const struct addr *local,
				     const struct addr *peer);
void session_input(struct session *session, const uint8_t *bytes, size_t len);
/* Sends what the transfer has to send, as far as network and store allow; may close the session. */
void session_pump(struct session *session);
/* Takes it out of the tables, reports it and gives it back. */
void session_close(struct session *session);

#endif

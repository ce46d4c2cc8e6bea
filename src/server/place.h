/* A local address of a worker and the TID ports on it.
 *
 * Ports are shared by many transfers and stay open: a transfer takes a random one that has none with the
 * same peer. They are opened as needed, up to a limit that keeps answers hard to guess and descriptors few. */
#ifndef UVTFTP_SERVER_PLACE_H
#define UVTFTP_SERVER_PLACE_H

#include "base/table.h"
#include "net/endpoint.h"

struct session_request;
struct worker;

struct place {
	struct table_link in_places; /* of the worker, by host */
	struct list link;            /* in the worker's list */
	struct addr local;           /* port 0 */
	struct endpoint **slots;     /* own; NULL where none was opened yet */
	unsigned slot_count;
	unsigned open_count;
};

#define PLACES_MAX 512

/* Each port that a packet comes to costs a system call, and one that leaves another. So when more downloads run
 * than this, those of one network (see ledger.h) share a few ports, enough for what may come to one at once, and
 * others after a while: nobody can tell which of all, unless he is in that network. With fewer nothing would be
 * saved. Uploads, which fill buffers, take any. */
#define PLACE_NEAR_MIN 8u
#define PLACE_SHARE    32u /* sessions to a port, at most, if there are enough ports */
#define PLACE_TURN_US  64000000u

/* The place of this local address, made if it is new. NULL: memory is short or PLACES_MAX are in use. */
struct place *place_find(struct worker *worker, const struct addr *local);
/* An endpoint without a transfer with this peer, or NULL. */
struct endpoint *place_pick(struct place *place, struct worker *worker,
			    const struct session_request *request);
/* Closes its endpoints; they end on the loop. */
void place_close(struct place *place);
void place_free(struct place *place); /* after that */

#endif

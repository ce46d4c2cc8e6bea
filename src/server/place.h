/* A local address of a worker and the TID ports on it.
 *
 * Ports are shared by many transfers and stay open: a transfer takes a random one that has none with the
 * same peer. They are opened as needed, up to a limit that keeps answers hard to guess and descriptors few. */
#ifndef UVTFTP_SERVER_PLACE_H
#define UVTFTP_SERVER_PLACE_H

#include "base/table.h"
#include "net/endpoint.h"

struct worker;

struct place {
	struct table_link in_places; /* of the worker, by host */
	struct list link;            /* in the worker's list */
	struct addr local;           /* port 0 */
	struct endpoint **slots;     /* own; NULL where none was opened yet */
	unsigned slot_count;
	unsigned open_count;
	uint64_t opening_call; /* the receive call that the ports last opened are for */
	unsigned opened;       /* in it */
};

#define PLACES_MAX 512

/* Opening a port takes as long as serving a small file. When a whole rack asks at once so many are opened in any
 * case (six bits of doubt for who guesses), then so many for each receive call: the first minute of a server
 * does not decide how fast it is, and ten bits are there after the first thousand transfers. */
#define PLACE_OPEN_AT_ONCE  64u
#define PLACE_OPEN_PER_CALL 4u

/* The place of this local address, made if it is new. NULL: memory is short or PLACES_MAX are in use. */
struct place *place_find(struct worker *worker, const struct addr *local);
/* An endpoint without a transfer with this peer, or NULL. */
struct endpoint *place_pick(struct place *place, struct worker *worker, const struct addr *peer);
/* Closes its endpoints; they end on the loop. */
void place_close(struct place *place);
void place_free(struct place *place); /* after that */

#endif

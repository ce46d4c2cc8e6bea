/* Requests that wait for a free place, each client address in turn.
 *
 * A client that asks again keeps its one place (address, port and the address it asked make it the same). Who
 * is not heard for WAITING_PATIENCE_US has gone. When the queue is full, a client with many requests loses
 * its newest to one with clearly fewer. A client may be held back (its own limit is reached) without
 * being in the way of others. Every call takes the same time however many wait. Pure: no clock, no sockets;
 * memory only at the start. */
#ifndef UVTFTP_SERVER_WAITING_H
#define UVTFTP_SERVER_WAITING_H

#include "base/count.h"
#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "net/addr.h"

/* RFC 2347: a request with options fits one 512-byte datagram. Longer ones are not kept. */
#define WAITING_BYTES_MAX 512

/* The longest known time between two requests of a client that is still there: curl's 6 s, U-Boot's and
 * tftp-hpa's 5 s. An answer to who waited longer would most likely meet nobody. */
#define WAITING_PATIENCE_US 6500000u

#define WAITING_SIZES       32 /* of clients: by the binary logarithm of what they have waiting */

struct waiting_client {
	struct table_link by_host;
	struct list turn;     /* in waiting->turns, or alone while held back */
	struct list size;     /* in waiting->sizes */
	struct list requests; /* oldest first */
	struct addr host;     /* port 0 */
	uint32_t count;       /* of requests */
	unsigned size_index;
};

struct waiting_request {
	struct table_link by_peer;
	struct list of_client;
	struct list by_age;
	struct waiting_client *client;
	struct addr peer;
	struct addr local; /* that was asked, with port */
	void *asked;       /* the endpoint; borrowed */
	uint64_t heard_us;
	uint16_t len;
	uint8_t bytes[WAITING_BYTES_MAX];
};

struct waiting {
	struct pool requests;
	struct pool clients;
	struct table by_peer;
	struct table by_host;
	struct list turns; /* of clients: who comes next */
	struct list ages;  /* of requests: heard the longest ago first */
	struct list sizes[WAITING_SIZES];
	uint32_t held_back; /* clients */
	struct count kept, started, expired, dropped;
};

/* 0, or -1 if memory is short; waiting_fini undoes it in either case, also on a zeroed struct. */
int waiting_init(struct waiting *waiting, size_t requests_max, const uint64_t key[2]);
void waiting_fini(struct waiting *waiting);
bool waiting_is_empty(const struct waiting *waiting);
/* Keeps a copy. False: it is too long, or the queue is full of clients with as few requests. */
bool waiting_keep(struct waiting *waiting, void *asked, const struct addr *local,
		  const struct addr *peer, const void *bytes, size_t len, uint64_t now_us);
/* The next request, of the client whose turn it is; its client is now last. NULL: none, or all that wait are
 * held back. Give it to waiting_done, or hold its client back. */
struct waiting_request *waiting_next(struct waiting *waiting, uint64_t now_us);
void waiting_done(struct waiting *waiting, struct waiting_request *request);
/* Its requests stay, but their turn does not come until waiting_let_on. */
void waiting_hold_back(struct waiting *waiting, struct waiting_request *request);
void waiting_let_on(struct waiting *waiting, const struct addr *peer);

#endif

/* A UDP socket on a loop, shared by many transfers.
 *
 * Three kinds:
 * - an ordinary one, bound to one local address: a libuv handle;
 * - a catch-all, bound to the wildcard address: it learns from each datagram which address was asked
 *   (IP_PKTINFO) and hands it out under a view;
 * - a view: one local address of a catch-all, sharing its socket. What is sent through it leaves from that
 *   address. Views are made as datagrams for new addresses arrive, at most ENDPOINT_VIEWS_MAX.
 * Broadcast and multicast datagrams are counted and ignored (RFC 1123 section 4.2.3.5). */
#ifndef UVTFTP_NET_ENDPOINT_H
#define UVTFTP_NET_ENDPOINT_H

#include "net/batch.h"

#define ENDPOINT_VIEWS_MAX 256

/* `data` is borrowed for the call. */
typedef void endpoint_datagram(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data,
			       size_t len);

struct endpoint {
	union {
		uv_udp_t udp;
		uv_poll_t poll;
	};
	struct batch *batch;
	struct addr local;
	endpoint_datagram *on_datagram;
	/* The socket was full and all that waited has left: more may be queued. May be NULL. For the
	 * caller to set after endpoint_open; a catch-all's is called with each of its views. */
	void (*on_writable)(struct endpoint *endpoint);
	void *user;                 /* a view has its catch-all's */
	struct endpoint *catch_all; /* of a view; else NULL */
	struct list views;          /* of a catch-all */
	struct list link;           /* in views, or the owner's */
	struct list queue;          /* messages */
	struct list dirty;          /* in batch->dirty */
	uv_udp_send_t blocked_send; /* the datagram libuv waits to send for us */
	int fd;
	uint32_t view_count;
	uint32_t receive_buffer_bytes; /* in force; 0: the system's default */
	uint32_t gso_segment_max; /* largest segment the kernel has not refused; 0: no trains at all */
	uint32_t plain_trains;    /* sent datagram by datagram since the kernel refused one */
	bool is_catch_all;
	bool is_blocked; /* the socket was full; nothing is sent until it is not */
	bool is_paused;
	bool is_closing;
	bool is_drained;   /* the last receive call left room: another would find nothing */
	bool was_few;      /* that call had room for few */
	uint32_t received; /* datagrams of the present or the last receive call */
	void (*on_closed)(struct endpoint *endpoint);
	struct count datagrams_ignored;
};

struct endpoint_options {
	struct addr local; /* port 0: the system chooses */
	bool is_shared;    /* SO_REUSEPORT: other workers bind the same address */
	bool is_catch_all;
	bool may_be_absent;            /* bind although the address is not on this machine (yet) */
	unsigned receive_buffer_bytes; /* 0: the system's default */
	const int *inherited; /* a bound socket to listen on, shared with others; NULL: bind one */
};

/* Binds and starts to receive. 0, or a negative errno (nothing is left open). After it, local holds the
 * real port. The endpoint's memory is the caller's until on_closed has run. */
int endpoint_open(struct endpoint *endpoint, struct batch *batch, const struct endpoint_options *options,
		  endpoint_datagram *on_datagram, void *user);
/* Takes the datagrams that wait on an ordinary endpoint now, before their turn in the loop. */
void endpoint_receive_now(struct endpoint *endpoint);
/* Drops what is queued and closes; `closed` (may be NULL) runs later on the loop. Not from on_datagram:
 * libuv before 1.49 uses the handle after that callback. Views end with their catch-all. */
void endpoint_close(struct endpoint *endpoint, void (*closed)(struct endpoint *endpoint));
void endpoint_pause(struct endpoint *endpoint); /* stops receiving, for good */
/* True while nothing more should be queued: the socket is full. */
bool endpoint_is_blocked(const struct endpoint *endpoint);

/* Is this address free of other sockets? Binds it without sharing and lets go. 0 or a negative errno
 * (-EADDRINUSE, -EACCES, -EADDRNOTAVAIL, -EAFNOSUPPORT). With port 0: a free port is put into `local`. */
int endpoint_probe(struct addr *local, bool may_be_absent);
/* The same, and does not let go: until the descriptor that is returned is closed, nobody else gets the address, but
 * endpoints that are shared do. It receives some of what is sent there, and nobody reads that. */
int endpoint_hold(struct addr *local, bool may_be_absent);
/* Is it an address of this machine that can be bound to, on a port that is free, held or shared? */
bool endpoint_is_here(const struct addr *local);

/* --- one implementation a platform (socket_linux.c, socket_posix.c) ------------------------------- */

/* True if several sockets on one address share its datagrams evenly. */
bool socket_spreads_requests(void);
/* Sets what the platform offers of the options on a fresh socket; 0 or a negative errno. */
int socket_prepare(int fd, int family, const struct endpoint_options *options);
/* Sets the receive buffer, beyond the system's cap where the process may. The size in force, bytes. */
unsigned socket_set_receive_buffer(int fd, unsigned bytes);
/* Datagrams that were lost so far because the receive buffer was full; 0 where the system does not say. */
uint32_t socket_drops(int fd);
/* The largest segment worth trying in a train sent by one call; 0: the kernel knows no trains. */
unsigned socket_train_segment_max(int fd);
/* The largest UDP payload that reaches the peer unfragmented from this local address (NULL: any): by the route's MTU and what
 * the system has learned of the path. 0 if unknown, which it is on most systems. */
unsigned socket_payload_max(const struct addr *local, const struct addr *peer);

#endif

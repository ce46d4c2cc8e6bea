/* The sockets of a storm: one a client, all of a worker's watched together.
 *
 * Two platforms: storm_socket_linux.c (epoll, recvmmsg, trains by GSO and GRO), storm_socket_posix.c (libuv). */
#ifndef UVTFTP_UVTFTP_STORM_SOCKET_H
#define UVTFTP_UVTFTP_STORM_SOCKET_H

#include <stdbool.h>
#include <sys/uio.h>

#include "net/addr.h"

#define STORM_PARCELS_MAX 32u /* taken by one call */
#define STORM_TRAIN_MAX   64u /* datagrams sent by one call; kernels know no longer trains */
#define STORM_TRAIN_BYTES 65000u
#define STORM_ROOM_BYTES  65536u /* for a datagram, or a train of them */

/* One datagram, or a train of datagrams of `segment_bytes` each but the last. Lies in the inbox. */
struct storm_parcel {
	const uint8_t *data;
	size_t len;
	size_t segment_bytes;
	const struct addr *from;
};

struct storm_inbox; /* room for what one call brings */
struct storm_poller;

struct storm_socket_options {
	struct addr local;      /* port 0: the system chooses */
	bool has_windows;       /* several datagrams come at a time */
	unsigned receive_bytes; /* that must fit; 0: the system's default will do */
};

/* Lets the process open this many descriptors more. 0, or a negative errno and how many it may have. */
int storm_socket_allow(uint64_t count, uint64_t *allowed);
/* A bound socket that never blocks, or a negative errno. */
int storm_socket_open(const struct storm_socket_options *options);
void storm_socket_close(int fd);
/* True: what was sent may be lost, as on any network. False: errno says why nothing can be sent. */
bool storm_socket_send(int fd, const struct addr *to, const void *data, size_t len);
bool storm_socket_is_loss(int error); /* of a send: the same distinction */

/* --- one implementation a platform ----------------------------------------------------------------- */

/* Settings of a fresh socket. */
void storm_socket_prepare(int fd, const struct storm_socket_options *options);
/* Datagrams of `segment_bytes` each but the last, as iovecs: `iov_each` of them make one. As
 * storm_socket_send. */
bool storm_socket_send_train(int fd, const struct addr *to, struct iovec *iov, unsigned iov_count,
			     unsigned iov_each, size_t segment_bytes);

struct storm_inbox *storm_inbox_new(bool has_windows); /* NULL: memory is short */
void storm_inbox_free(struct storm_inbox *inbox);
/* Takes what waits on the socket; how many parcels, 0: none. They are good until the next call. */
unsigned storm_inbox_receive(struct storm_inbox *inbox, int fd, struct storm_parcel *parcels);

/* 0 or a negative errno. */
int storm_poller_open(struct storm_poller **poller);
void storm_poller_close(struct storm_poller *poller); /* takes NULL */
/* A token for storm_poller_remove in *watch. 0 or a negative errno. */
int storm_poller_add(struct storm_poller *poller, int fd, void *user, void **watch);
/* Before the socket is closed, or instead. */
void storm_poller_remove(struct storm_poller *poller, int fd, void *watch);
/* Calls `ready` for each socket that can be read, perhaps again while it can. */
void storm_poller_wait(struct storm_poller *poller, int timeout_ms, void (*ready)(void *user));

#endif

#include "net/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "net/catch_all.h"
#include "net/pktinfo.h"

/* A receive call that brought so many makes another worth while: it saves waiting for the socket again. */
#define RECEIVED_MANY 6
/* Room for so many datagrams is offered where few are expected: libuv prepares for as many as fit. */
#define RECEIVE_FEW 2

/* libuv receives until the socket is empty, which takes a call that finds nothing for each that finds something.
 * After a call that brought little we offer no room, and libuv goes on to the next socket: what has arrived since
 * makes this one readable again. After a call that brought much the answers leave first, so that what they bring
 * about may be found too. */
static void offer_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct endpoint *endpoint = handle->data;
	struct batch *batch = endpoint->batch;
	size_t bytes = batch->receive_room_bytes;
	(void)suggested;
	if (endpoint->is_drained) {
		endpoint->is_drained = false;
		*buf = uv_buf_init(NULL, 0);
		return;
	}
	if (endpoint->received >= RECEIVED_MANY)
		batch_flush(batch);
	endpoint->was_few = endpoint->received < RECEIVE_FEW;
	if (endpoint->was_few)
		bytes = RECEIVE_FEW * (size_t)BATCH_DATAGRAM_BYTES;
	*buf = uv_buf_init((char *)batch->receive_room, (unsigned)bytes);
	batch->receive_calls++;
	endpoint->received = 0;
}

static void take_datagram(uv_udp_t *udp, ssize_t len, const uv_buf_t *buf, const struct sockaddr *sa,
			  unsigned flags)
{
	struct endpoint *endpoint = udp->data;
	struct addr peer;
	if ((flags & UV_UDP_MMSG_FREE) != 0)
		endpoint->is_drained =
		    endpoint->received < (endpoint->was_few ? RECEIVE_FEW : RECEIVED_MANY);
	if ((len >= 0 && sa == NULL) || len == UV_ENOBUFS)
		return; /* the socket is drained, or the room may be used again, or none was offered */
	endpoint->received++;
	if (len < 0 || (flags & UV_UDP_PARTIAL) != 0 || !addr_from_sockaddr(&peer, sa) ||
	    !addr_can_be_answered(&peer)) {
		count_add(&endpoint->datagrams_ignored, 1);
		return;
	}
	endpoint->on_datagram(endpoint, &peer, (const uint8_t *)buf->base, (size_t)len);
}

/* Datagrams taken at most: others wait for their turn too. */
#define RECEIVE_NOW_MAX 64

void endpoint_receive_now(struct endpoint *endpoint)
{
	/* The data of the datagram being handled may lie in the room itself. */
	uint8_t *room = endpoint->batch->receive_room + endpoint->batch->receive_room_bytes;
	for (int i = 0; i < RECEIVE_NOW_MAX; i++) {
		struct sockaddr_storage from;
		socklen_t from_len = sizeof from;
		ssize_t len = recvfrom(endpoint->fd, room, BATCH_DATAGRAM_BYTES, 0,
				       (struct sockaddr *)&from, &from_len);
		struct addr peer;
		endpoint->batch->receive_calls++;
		if (len < 0)
			return;
		if (addr_from_sockaddr(&peer, (struct sockaddr *)&from) && addr_can_be_answered(&peer))
			endpoint->on_datagram(endpoint, &peer, room, (size_t)len);
		else
			count_add(&endpoint->datagrams_ignored, 1);
	}
}

/* Of a socket that somebody else bound a descriptor of our own. The datagrams go to whoever reads them first. */
static int share_socket(const struct endpoint_options *options, struct addr *local)
{
	int fd = fcntl(*options->inherited, F_DUPFD_CLOEXEC, 0);
	int err = fd < 0 ? -errno : 0;
	if (err == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		err = -errno;
	if (err == 0)
		err = pktinfo_enable(fd, options->local.sa.sa_family);
	*local = options->local;
	if (err == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

/* A socket bound as the options say, or a negative errno. `local` gets the real port. */
static int bind_socket(const struct endpoint_options *options, struct addr *local)
{
	int family = options->local.sa.sa_family;
	int on = 1;
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	int err;
	int fd = socket(family, SOCK_DGRAM, 0);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		goto failed;
	/* One socket a family: IPv4 peers never appear as mapped IPv6 addresses. */
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
		goto failed;
	err = socket_prepare(fd, family, options);
	if (err == 0 && options->is_catch_all)
		err = pktinfo_enable(fd, family);
	if (err != 0) {
		close(fd);
		return err;
	}
	if (bind(fd, &options->local.sa, addr_len(&options->local)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&bound, &len) != 0)
		goto failed;
	addr_from_sockaddr(local, (struct sockaddr *)&bound);
	return fd;
failed:
	err = -errno;
	close(fd);
	return err;
}

/* uv_udp_open lets any other process that asks for it bind the same address: on Linux by SO_REUSEADDR,
 * on BSD by SO_REUSEPORT. That is taken back. */
static void forbid_sharing(int fd, bool is_shared)
{
	int off = 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
	if (!is_shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &off, sizeof off);
}

/* Nothing of this fails on a fresh socket. */
static void start_udp(struct endpoint *endpoint, uv_loop_t *loop, bool is_shared)
{
	int err = uv_udp_init_ex(loop, &endpoint->udp, AF_UNSPEC | UV_UDP_RECVMMSG);
	ASSERT(err == 0);
	endpoint->udp.data = endpoint;
	err = uv_udp_open(&endpoint->udp, endpoint->fd);
	ASSERT(err == 0);
	forbid_sharing(endpoint->fd, is_shared);
	err = uv_udp_recv_start(&endpoint->udp, offer_room, take_datagram);
	ASSERT(err == 0);
}

int endpoint_open(struct endpoint *endpoint, struct batch *batch, const struct endpoint_options *options,
		  endpoint_datagram *on_datagram, void *user)
{
	*endpoint = (struct endpoint){.batch = batch, .on_datagram = on_datagram, .user = user};
	list_init(&endpoint->views);
	list_init(&endpoint->link);
	list_init(&endpoint->queue);
	list_init(&endpoint->dirty);
	int fd = options->inherited != NULL ? share_socket(options, &endpoint->local)
					    : bind_socket(options, &endpoint->local);
	if (fd < 0)
		return fd;
	endpoint->fd = fd;
	/* Whoever bound it may have been allowed more than we are. */
	if (options->receive_buffer_bytes > 0 && options->inherited == NULL)
		endpoint->receive_buffer_bytes =
		    socket_set_receive_buffer(fd, options->receive_buffer_bytes);
	endpoint->gso_segment_max = socket_train_segment_max(fd);
	if (!options->is_catch_all) {
		start_udp(endpoint, batch->loop, options->is_shared);
		return 0;
	}
	endpoint->is_catch_all = true;
	int err = catch_all_open(endpoint, batch->loop, fd);
	if (err != 0)
		close(fd);
	return err;
}

static void finish_udp(uv_handle_t *handle)
{
	struct endpoint *endpoint = handle->data;
	if (endpoint->on_closed != NULL)
		endpoint->on_closed(endpoint);
}

void endpoint_close(struct endpoint *endpoint, void (*closed)(struct endpoint *endpoint))
{
	ASSERT(!endpoint->is_closing && endpoint->catch_all == NULL);
	endpoint->is_closing = true;
	endpoint->on_closed = closed;
	if (endpoint->is_catch_all)
		catch_all_close(endpoint);
	else
		uv_close((uv_handle_t *)&endpoint->udp, finish_udp);
	/* After the descriptor: a datagram libuv still waits with is not read any more. */
	batch_drop_queue(endpoint->batch, endpoint);
}

void endpoint_pause(struct endpoint *endpoint)
{
	ASSERT(endpoint->catch_all == NULL);
	endpoint->is_paused = true;
	if (endpoint->is_catch_all)
		catch_all_watch(endpoint);
	else
		uv_udp_recv_stop(&endpoint->udp);
}

bool endpoint_is_blocked(const struct endpoint *endpoint)
{
	return endpoint->catch_all != NULL ? endpoint->catch_all->is_blocked : endpoint->is_blocked;
}

/* Tries it and lets go. 0 or a negative errno. */
static int try_bind(const struct endpoint_options *options, struct addr *local)
{
	int fd = bind_socket(options, local);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int endpoint_probe(struct addr *local, bool may_be_absent)
{
	struct endpoint_options options = {.local = *local, .may_be_absent = may_be_absent};
	return try_bind(&options, local);
}

bool endpoint_is_here(const struct addr *local)
{
	struct endpoint_options options = {.local = *local, .is_shared = true};
	struct addr bound;
	return try_bind(&options, &bound) == 0;
}

int endpoint_hold(struct addr *local, bool may_be_absent)
{
	struct endpoint_options options = {.local = *local, .may_be_absent = may_be_absent};
	int on = 1;
	int fd = bind_socket(&options, local);
	/* Only now: it is alone on the address. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0)
		return fd;
	int err = -errno;
	close(fd);
	return err;
}

/* One call a datagram: libuv's, or for views sendmsg, as libuv cannot set a source address. */
#include <errno.h>

#include "net/endpoint.h"
#include "net/pktinfo.h"

static int send_from(const struct endpoint *view, struct message *message)
{
	union pktinfo control;
	struct iovec pieces[MESSAGE_PIECES_MAX];
	struct msghdr header = {.msg_name = &message->peer, .msg_namelen = addr_len(&message->peer)};
	header.msg_iov = pieces;
	header.msg_iovlen = message_cut(message, message->sent_count, pieces);
	header.msg_control = &control;
	header.msg_controllen = pktinfo_write(&control, &view->local);
	if (sendmsg(view->fd, &header, 0) >= 0)
		return 0;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		return UV_EAGAIN;
	return -errno;
}

static int send_by_libuv(struct endpoint *endpoint, const struct message *message)
{
	uv_buf_t bufs[MESSAGE_PIECES_MAX];
	unsigned count = message_bufs(message, message->sent_count, bufs);
	int rc = uv_udp_try_send(&endpoint->udp, bufs, count, &message->peer.sa);
	return rc < 0 ? rc : 0;
}

int batch_send(struct batch *batch, struct endpoint *endpoint)
{
	struct message *message;
	while ((message = batch_first(endpoint)) != NULL) {
		int err = endpoint->catch_all != NULL ? send_from(endpoint, message)
						      : send_by_libuv(endpoint, message);
		count_add(&batch->send_calls, 1);
		if (err == UV_EINTR)
			continue;
		if (err != 0)
			return err;
		count_add(&batch->datagrams_sent, 1);
		batch_advance(batch, endpoint, 1);
	}
	return 0;
}

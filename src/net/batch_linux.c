/* sendmmsg: many messages a call, and a train as one message that the kernel cuts up (UDP_SEGMENT). */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#include "net/endpoint.h"
#include "net/pktinfo.h"

#define CALL_MESSAGES_MAX 64

/* A refused train size is tried again after so many sent plainly: the route that was too narrow for it
 * may have been one peer's of many. */
#define TRAINS_PLAIN_MAX 1000

union segment_size {
	struct cmsghdr align;
	unsigned char bytes[CMSG_SPACE(sizeof(uint16_t))];
};

union control {
	struct cmsghdr align;
	unsigned char bytes[PKTINFO_BYTES_MAX + sizeof(union segment_size)];
};

struct call {
	unsigned count;
	uint8_t segments[CALL_MESSAGES_MAX]; /* datagrams that each message stands for */
	struct mmsghdr messages[CALL_MESSAGES_MAX];
	union control controls[CALL_MESSAGES_MAX];
	struct iovec pieces[CALL_MESSAGES_MAX][MESSAGE_PIECES_MAX]; /* of those that are one datagram */
};

static socklen_t write_segment_size(unsigned char *room, uint16_t size)
{
	union segment_size control;
	memset(&control, 0, sizeof control);
	control.align.cmsg_level = IPPROTO_UDP;
	control.align.cmsg_type = UDP_SEGMENT;
	control.align.cmsg_len = CMSG_LEN(sizeof size);
	memcpy(CMSG_DATA(&control.align), &size, sizeof size);
	memcpy(room, control.bytes, sizeof control.bytes);
	return sizeof control.bytes;
}

/* One segment, or all. */
static void add(struct call *call, const struct endpoint *endpoint, struct message *message,
		unsigned from, unsigned segments)
{
	struct msghdr *header = &call->messages[call->count].msg_hdr;
	union control *control = &call->controls[call->count];
	socklen_t used = 0;
	memset(header, 0, sizeof *header);
	header->msg_name = &message->peer;
	header->msg_namelen = addr_len(&message->peer);
	if (segments == message->segment_count) {
		header->msg_iov = message->iov;
		header->msg_iovlen = message->iov_count;
	} else {
		header->msg_iov = call->pieces[call->count];
		header->msg_iovlen = message_cut(message, from, header->msg_iov);
	}
	if (endpoint->catch_all != NULL) {
		union pktinfo local;
		used = pktinfo_write(&local, &endpoint->local);
		memcpy(control->bytes, local.bytes, used);
	}
	if (segments > 1)
		used += write_segment_size(control->bytes + used, message->segment_bytes);
	if (used > 0) {
		header->msg_control = control;
		header->msg_controllen = used;
	}
	call->segments[call->count++] = (uint8_t)segments;
}

static bool goes_as_train(struct endpoint *endpoint, const struct message *message)
{
	if (message->segment_count < 2 || message->sent_count > 0 || message->segment_bytes == 0)
		return false;
	if (message->segment_bytes <= endpoint->gso_segment_max)
		return true;
	if (endpoint->gso_segment_max == 0 || ++endpoint->plain_trains < TRAINS_PLAIN_MAX)
		return false;
	endpoint->plain_trains = 0;
	endpoint->gso_segment_max = MESSAGE_BYTES_MAX;
	return true;
}

static void gather(struct call *call, struct endpoint *endpoint)
{
	struct list *queue = &endpoint->queue;
	call->count = 0;
	for (struct list *link = queue->next; link != queue; link = link->next) {
		struct message *message = LIST_OWNER(link, struct message, link);
		unsigned at = message->sent_count;
		unsigned step = goes_as_train(endpoint, message) ? message->segment_count : 1;
		for (; at < message->segment_count; at += step) {
			if (call->count == CALL_MESSAGES_MAX)
				return;
			add(call, endpoint, message, at, step);
		}
	}
}

static void count_taken(struct batch *batch, struct endpoint *endpoint, const struct call *call,
			int taken)
{
	for (int i = 0; i < taken; i++) {
		count_add(&batch->datagrams_sent, call->segments[i]);
		batch_advance(batch, endpoint, call->segments[i]);
	}
}

/* True if the error is about trains: the same datagrams then go one by one. */
static bool learn(struct endpoint *endpoint, int error, uint16_t segment_bytes)
{
	switch (error) {
	case EIO: /* the device or a tunnel cannot */
	case ENOPROTOOPT:
	case EOPNOTSUPP:
		endpoint->gso_segment_max = 0;
		return true;
	case EINVAL: /* wider than the route */
	case EMSGSIZE:
		endpoint->gso_segment_max = segment_bytes - 1U;
		endpoint->plain_trains = 0;
		return true;
	default:
		return false;
	}
}

int batch_send(struct batch *batch, struct endpoint *endpoint)
{
	const struct message *first;
	while ((first = batch_first(endpoint)) != NULL) {
		struct call call;
		gather(&call, endpoint);
		int taken = sendmmsg(endpoint->fd, call.messages, call.count, 0);
		int error = errno;
		count_add(&batch->send_calls, 1);
		if (taken > 0) {
			count_taken(batch, endpoint, &call, taken);
			continue;
		}
		if (taken == 0 || error == EINTR)
			continue;
		if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS)
			return UV_EAGAIN;
		if (call.segments[0] > 1 && learn(endpoint, error, first->segment_bytes))
			continue;
		return -error;
	}
	return 0;
}

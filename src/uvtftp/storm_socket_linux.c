#include <errno.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/endpoint.h"
#include "uvtftp/storm_socket.h"

#define EVENTS_MAX 256

/* The size of a segment, or the answer to whether it was a train. */
union control {
	struct cmsghdr align;
	uint8_t room[CMSG_SPACE(sizeof(int))];
};

struct storm_inbox {
	unsigned count; /* 1: a call takes one datagram, no train */
	struct addr from[STORM_PARCELS_MAX];
	union control control[STORM_PARCELS_MAX];
	struct iovec iov[STORM_PARCELS_MAX];
	struct mmsghdr messages[STORM_PARCELS_MAX];
	uint8_t rooms[][STORM_ROOM_BYTES];
};

struct storm_poller {
	int fd;
	struct epoll_event events[EVENTS_MAX];
};

bool storm_socket_has_tables(void)
{
	return true;
}

void storm_socket_own_table(void)
{
	/* Where it is forbidden, the table is shared and may become full: an error of its own. */
	int error = unshare(CLONE_FILES);
	(void)error;
}

/* A server that sends its window as one train has it delivered as one: a tenth of the work. */
void storm_socket_prepare(int fd, const struct storm_socket_options *options)
{
	int on = 1;
	if (options->has_windows)
		setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
}

static bool send_plainly(int fd, struct msghdr *message, unsigned iov_each)
{
	struct iovec *iov = message->msg_iov;
	size_t left = message->msg_iovlen;
	message->msg_control = NULL;
	message->msg_controllen = 0;
	message->msg_iovlen = iov_each;
	for (; left > 0; left -= iov_each, message->msg_iov += iov_each)
		if (sendmsg(fd, message, 0) < 0 && !storm_socket_is_loss(errno))
			return false;
	message->msg_iov = iov;
	return true;
}

bool storm_socket_send_train(int fd, const struct addr *to, struct iovec *iov, unsigned iov_count,
			     unsigned iov_each, size_t segment_bytes)
{
	union control control;
	struct msghdr message = {
	    .msg_name = (void *)(uintptr_t)to,
	    .msg_namelen = addr_len(to),
	    .msg_iov = iov,
	    .msg_iovlen = iov_count,
	    .msg_control = control.room,
	    .msg_controllen = sizeof control.room,
	};
	/* A kernel that knows no trains would send it as one datagram. */
	if (iov_count == iov_each || socket_train_segment_max(fd) == 0)
		return send_plainly(fd, &message, iov_each);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	uint16_t size = (uint16_t)segment_bytes;
	header->cmsg_level = IPPROTO_UDP;
	header->cmsg_type = UDP_SEGMENT;
	header->cmsg_len = CMSG_LEN(sizeof size);
	memcpy(CMSG_DATA(header), &size, sizeof size);
	message.msg_controllen = CMSG_SPACE(sizeof size);
	if (sendmsg(fd, &message, 0) >= 0 || storm_socket_is_loss(errno))
		return true;
	/* A route that takes no trains, or datagrams that would be fragmented. */
	if (errno == EIO || errno == EINVAL || errno == EMSGSIZE || errno == ENOPROTOOPT)
		return send_plainly(fd, &message, iov_each);
	return false;
}

struct storm_inbox *storm_inbox_new(bool has_windows)
{
	unsigned count = has_windows ? STORM_PARCELS_MAX : 1;
	struct storm_inbox *inbox = mem_zalloc(1, sizeof *inbox + count * (size_t)STORM_ROOM_BYTES);
	if (inbox == NULL)
		return NULL;
	inbox->count = count;
	for (unsigned i = 0; i < count; i++) {
		inbox->iov[i] = (struct iovec){inbox->rooms[i], STORM_ROOM_BYTES};
		inbox->messages[i].msg_hdr = (struct msghdr){
		    .msg_name = &inbox->from[i],
		    .msg_iov = &inbox->iov[i],
		    .msg_iovlen = 1,
		    .msg_control = inbox->control[i].room,
		};
	}
	return inbox;
}

void storm_inbox_free(struct storm_inbox *inbox)
{
	mem_free(inbox);
}

static unsigned receive_one(struct storm_inbox *inbox, int fd, struct storm_parcel *parcel)
{
	socklen_t from_len = sizeof inbox->from[0];
	ssize_t len = recvfrom(fd, inbox->rooms[0], STORM_ROOM_BYTES, 0, &inbox->from[0].sa, &from_len);
	if (len < 0)
		return 0;
	*parcel = (struct storm_parcel){inbox->rooms[0], (size_t)len, (size_t)len, &inbox->from[0]};
	return 1;
}

/* Of a train the kernel says how long its segments are. */
static size_t find_segment(struct msghdr *header, size_t len)
{
	int size = 0;
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	if (control != NULL && control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO)
		memcpy(&size, CMSG_DATA(control), sizeof size);
	return size > 0 ? (size_t)size : len;
}

unsigned storm_inbox_receive(struct storm_inbox *inbox, int fd, struct storm_parcel *parcels)
{
	if (inbox->count == 1)
		return receive_one(inbox, fd, parcels);
	for (unsigned i = 0; i < inbox->count; i++) {
		inbox->messages[i].msg_hdr.msg_namelen = sizeof inbox->from[i];
		inbox->messages[i].msg_hdr.msg_controllen = sizeof inbox->control[i].room;
	}
	int count = recvmmsg(fd, inbox->messages, inbox->count, 0, NULL);
	for (int i = 0; i < count; i++) {
		size_t len = inbox->messages[i].msg_len;
		parcels[i] = (struct storm_parcel){inbox->rooms[i], len,
						   find_segment(&inbox->messages[i].msg_hdr, len),
						   &inbox->from[i]};
	}
	return count > 0 ? (unsigned)count : 0;
}

int storm_poller_open(struct storm_poller **poller)
{
	*poller = mem_zalloc(1, sizeof **poller);
	if (*poller == NULL)
		return -ENOMEM;
	(*poller)->fd = epoll_create1(EPOLL_CLOEXEC);
	if ((*poller)->fd >= 0)
		return 0;
	int error = -errno;
	mem_free(*poller);
	*poller = NULL;
	return error;
}

void storm_poller_close(struct storm_poller *poller)
{
	if (poller != NULL)
		close(poller->fd);
	mem_free(poller);
}

int storm_poller_add(struct storm_poller *poller, int fd, void *user, void **watch)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = user};
	*watch = NULL;
	return epoll_ctl(poller->fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

void storm_poller_remove(struct storm_poller *poller, int fd, void *watch)
{
	(void)watch;
	epoll_ctl(poller->fd, EPOLL_CTL_DEL, fd, NULL);
}

void storm_poller_wait(struct storm_poller *poller, int timeout_ms, void (*ready)(void *user))
{
	int count = epoll_wait(poller->fd, poller->events, EVENTS_MAX, timeout_ms);
	for (int i = 0; i < count; i++)
		ready(poller->events[i].data.ptr);
}

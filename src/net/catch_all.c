/* Receives with control data, which libuv's UDP handle does not give: our own descriptor, polled. */
#include "net/catch_all.h"

#include <errno.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "net/pktinfo.h"

#define RECEIVE_MAX    32    /* datagrams a wake-up, so that others get their turn */
#define DATAGRAM_BYTES 65536 /* more than any */

/* Asked only where the kernel does not say which addresses are local, and once an address. */
static bool is_on_this_machine(const struct addr *wanted)
{
	uv_interface_address_t *all;
	int count;
	bool is_found = false;
	if (uv_interface_addresses(&all, &count) != 0)
		return false;
	for (int i = 0; i < count && !is_found; i++) {
		struct addr one;
		is_found = addr_from_sockaddr(&one, (const struct sockaddr *)&all[i].address) &&
			   addr_same_host(&one, wanted);
	}
	uv_free_interface_addresses(all, count);
	return is_found;
}

static struct endpoint *find_view(const struct endpoint *catch_all, const struct addr *local)
{
	for (struct list *link = catch_all->views.next; link != &catch_all->views; link = link->next) {
		struct endpoint *view = LIST_OWNER(link, struct endpoint, link);
		if (addr_same_host(&view->local, local))
			return view;
	}
	return NULL;
}

static struct endpoint *make_view(struct endpoint *catch_all, const struct addr *local)
{
	if (catch_all->view_count == ENDPOINT_VIEWS_MAX)
		return NULL;
	struct endpoint *view = mem_zalloc(1, sizeof *view);
	if (view == NULL)
		return NULL;
	view->batch = catch_all->batch;
	view->local = *local;
	view->on_datagram = catch_all->on_datagram;
	view->user = catch_all->user;
	view->catch_all = catch_all;
	view->fd = catch_all->fd;
	view->gso_segment_max = catch_all->gso_segment_max;
	list_init(&view->views);
	list_init(&view->queue);
	list_init(&view->dirty);
	list_append(&catch_all->views, &view->link);
	catch_all->view_count++;
	return view;
}

static struct endpoint *view_of(struct endpoint *catch_all, struct msghdr *header)
{
	struct addr local = catch_all->local;
	enum pktinfo_target target = pktinfo_read(header, &local);
	if (target == PKTINFO_GROUP)
		return NULL;
	struct endpoint *view = find_view(catch_all, &local);
	if (view != NULL)
		return view;
	if (target == PKTINFO_UNKNOWN && !is_on_this_machine(&local))
		return NULL;
	return make_view(catch_all, &local);
}

/* False: nothing more to receive now. */
static bool receive_one(struct endpoint *catch_all)
{
	uint8_t *data = catch_all->batch->receive_room;
	struct sockaddr_storage from;
	union pktinfo control;
	struct iovec iov = {.iov_base = data, .iov_len = DATAGRAM_BYTES};
	struct msghdr header = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov};
	header.msg_iovlen = 1;
	header.msg_control = &control;
	header.msg_controllen = sizeof control;

	ssize_t len = recvmsg(catch_all->fd, &header, 0);
	catch_all->batch->receive_calls++;
	if (len < 0 && errno == EINTR)
		return true;
	if (len < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			count_add(&catch_all->datagrams_ignored, 1);
		return false;
	}
	struct addr peer;
	struct endpoint *view = NULL;
	if ((header.msg_flags & MSG_TRUNC) == 0 && addr_from_sockaddr(&peer, (struct sockaddr *)&from) &&
	    addr_can_be_answered(&peer))
		view = view_of(catch_all, &header);
	if (view == NULL)
		count_add(&catch_all->datagrams_ignored, 1);
	else
		view->on_datagram(view, &peer, data, (size_t)len);
	return true;
}

/* Those that wait send in their order; when all have, each may have more. */
static void continue_sending(struct endpoint *catch_all)
{
	struct list *views = &catch_all->views;
	catch_all->is_blocked = false;
	for (struct list *link = views->next; link != views; link = link->next) {
		struct endpoint *view = LIST_OWNER(link, struct endpoint, link);
		if (batch_first(view) != NULL)
			batch_mark(catch_all->batch, view);
	}
	batch_flush(catch_all->batch);
	if (catch_all->is_blocked)
		return;
	catch_all_watch(catch_all);
	for (struct list *link = views->next; link != views; link = link->next) {
		if (catch_all->on_writable != NULL && !catch_all->is_blocked && !catch_all->is_closing)
			catch_all->on_writable(LIST_OWNER(link, struct endpoint, link));
	}
}

static void handle_poll(uv_poll_t *poll, int status, int events)
{
	struct endpoint *catch_all = poll->data;
	if (status < 0) {
		/* libuv stops polling at a socket error; reading the error clears it. */
		int error;
		socklen_t len = sizeof error;
		count_add(&catch_all->datagrams_ignored, 1);
		getsockopt(catch_all->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		catch_all_watch(catch_all);
		return;
	}
	if ((events & UV_WRITABLE) != 0 && catch_all->is_blocked)
		continue_sending(catch_all);
	if ((events & UV_READABLE) == 0)
		return;
	for (unsigned i = 0; i < RECEIVE_MAX && !catch_all->is_paused && !catch_all->is_closing; i++) {
		if (!receive_one(catch_all))
			return;
	}
}

int catch_all_open(struct endpoint *catch_all, uv_loop_t *loop, int fd)
{
	int err = uv_poll_init(loop, &catch_all->poll, fd);
	if (err != 0)
		return err;
	catch_all->poll.data = catch_all;
	catch_all_watch(catch_all);
	return 0;
}

void catch_all_watch(struct endpoint *catch_all)
{
	int events =
	    (catch_all->is_paused ? 0 : UV_READABLE) | (catch_all->is_blocked ? UV_WRITABLE : 0);
	int err = events == 0 ? uv_poll_stop(&catch_all->poll)
			      : uv_poll_start(&catch_all->poll, events, handle_poll);
	ASSERT(err == 0);
}

void catch_all_block(struct endpoint *catch_all, struct endpoint *view)
{
	/* Behind the others, so that each gets its turn. */
	list_remove(&view->link);
	list_append(&catch_all->views, &view->link);
	catch_all->is_blocked = true;
	catch_all_watch(catch_all);
}

static void finish_close(uv_handle_t *handle)
{
	struct endpoint *catch_all = handle->data;
	struct list *link;
	while ((link = list_take_first(&catch_all->views)) != NULL)
		mem_free(LIST_OWNER(link, struct endpoint, link));
	if (catch_all->on_closed != NULL)
		catch_all->on_closed(catch_all);
}

void catch_all_close(struct endpoint *catch_all)
{
	uv_close((uv_handle_t *)&catch_all->poll, finish_close);
	close(catch_all->fd);
	for (struct list *link = catch_all->views.next; link != &catch_all->views; link = link->next)
		LIST_OWNER(link, struct endpoint, link)->is_closing = true;
	for (struct list *link = catch_all->views.next; link != &catch_all->views; link = link->next)
		batch_drop_queue(catch_all->batch, LIST_OWNER(link, struct endpoint, link));
}

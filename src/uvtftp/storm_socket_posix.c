#include <errno.h>
#include <uv.h>

#include "base/err.h"
#include "base/mem.h"
#include "uvtftp/storm_socket.h"

struct storm_inbox {
	struct addr from;
	uint8_t room[STORM_ROOM_BYTES];
};

struct storm_poller {
	uv_loop_t loop;
	uv_timer_t timer;
	void (*ready)(void *user);
};

struct watch {
	uv_poll_t poll;
	struct storm_poller *poller;
	void *user;
};

void storm_socket_prepare(int fd, const struct storm_socket_options *options)
{
	(void)fd;
	(void)options;
}

bool storm_socket_send_train(int fd, const struct addr *to, struct iovec *iov, unsigned iov_count,
			     unsigned iov_each, size_t segment_bytes)
{
	(void)segment_bytes;
	struct msghdr message = {
	    .msg_name = (void *)(uintptr_t)to,
	    .msg_namelen = addr_len(to),
	    .msg_iovlen = iov_each,
	};
	for (unsigned i = 0; i < iov_count; i += iov_each) {
		message.msg_iov = iov + i;
		if (sendmsg(fd, &message, 0) < 0 && !storm_socket_is_loss(errno))
			return false;
	}
	return true;
}

struct storm_inbox *storm_inbox_new(bool has_windows)
{
	(void)has_windows;
	return mem_zalloc(1, sizeof(struct storm_inbox));
}

void storm_inbox_free(struct storm_inbox *inbox)
{
	mem_free(inbox);
}

unsigned storm_inbox_receive(struct storm_inbox *inbox, int fd, struct storm_parcel *parcels)
{
	socklen_t from_len = sizeof inbox->from;
	ssize_t len = recvfrom(fd, inbox->room, sizeof inbox->room, 0, &inbox->from.sa, &from_len);
	if (len < 0)
		return 0;
	*parcels = (struct storm_parcel){inbox->room, (size_t)len, (size_t)len, &inbox->from};
	return 1;
}

int storm_poller_open(struct storm_poller **poller)
{
	*poller = mem_zalloc(1, sizeof **poller);
	if (*poller == NULL)
		return UV_ENOMEM;
	int error = uv_loop_init(&(*poller)->loop);
	if (error == 0)
		error = uv_timer_init(&(*poller)->loop, &(*poller)->timer);
	if (error == 0)
		return 0;
	mem_free(*poller);
	*poller = NULL;
	return error;
}

void storm_poller_close(struct storm_poller *poller)
{
	if (poller == NULL)
		return;
	uv_close((uv_handle_t *)&poller->timer, NULL);
	uv_run(&poller->loop, UV_RUN_DEFAULT);
	ASSERT(uv_loop_close(&poller->loop) == 0);
	mem_free(poller);
}

static void wake(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	(void)status;
	(void)events;
	watch->poller->ready(watch->user);
}

int storm_poller_add(struct storm_poller *poller, int fd, void *user, void **token)
{
	struct watch *watch = mem_zalloc(1, sizeof *watch);
	if (watch == NULL)
		return UV_ENOMEM;
	watch->poller = poller;
	watch->user = user;
	int error = uv_poll_init(&poller->loop, &watch->poll, fd);
	if (error != 0) {
		mem_free(watch);
		return error;
	}
	watch->poll.data = watch;
	*token = watch;
	return uv_poll_start(&watch->poll, UV_READABLE, wake);
}

static void free_watch(uv_handle_t *handle)
{
	mem_free(handle->data);
}

void storm_poller_remove(struct storm_poller *poller, int fd, void *token)
{
	struct watch *watch = token;
	(void)poller;
	(void)fd;
	uv_close((uv_handle_t *)&watch->poll, free_watch);
}

static void stop_waiting(uv_timer_t *timer)
{
	(void)timer;
}

void storm_poller_wait(struct storm_poller *poller, int timeout_ms, void (*ready)(void *user))
{
	poller->ready = ready;
	if (timeout_ms >= 0)
		uv_timer_start(&poller->timer, stop_waiting, (uint64_t)timeout_ms, 0);
	uv_run(&poller->loop, UV_RUN_ONCE);
	uv_timer_stop(&poller->timer);
}

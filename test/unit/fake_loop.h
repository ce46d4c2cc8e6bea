/* The ports of the scripted server, and the loop it shares with the client.
 *
 * It reads before the client's timers run, and the client hears before it gives up: however long this process is
 * held up, neither is late for the other. */
#ifndef UVTFTP_TEST_FAKE_LOOP_H
#define UVTFTP_TEST_FAKE_LOOP_H

#include <poll.h>
#include <sys/socket.h>

#include "unit/fake_server.h"

static inline void fake_receive(uv_udp_t *udp, ssize_t len, const uv_buf_t *buf,
				const struct sockaddr *sa, unsigned flags)
{
	struct fake *fake = udp->data;
	(void)flags;
	if (len <= 0 || sa == NULL)
		return;
	size_t size = (size_t)len;
	const uint8_t *data = (const uint8_t *)buf->base;
	if (udp == &fake->stranger) {
		fake->strange_count++;
		fake_keep(&fake->strange, buf, size);
		return;
	}
	ck_assert(addr_from_sockaddr(&fake->client_addr, sa));
	if (udp == &fake->asked) {
		ck_assert_uint_lt(fake->request_count, FAKE_PACKETS_MAX);
		fake_keep(&fake->requests[fake->request_count++], buf, size);
		if (fake->on_request == NULL || !fake->on_request(fake))
			fake_answer(fake);
		return;
	}
	ck_assert_uint_lt(fake->packet_count, FAKE_PACKETS_MAX);
	fake_keep(&fake->packets[fake->packet_count++], buf, size);
	if (fake->on_packet != NULL && fake->on_packet(fake, data, size))
		return;
	if (size == 4 && data[1] == 4)
		fake_send_window(fake, (size_t)data[2] << 8 | data[3]);
}

static inline void fake_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	static char room[65536];
	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(room, sizeof room);
}

/* What has come by now. */
static inline void fake_hear(struct fake *fake)
{
	uv_udp_t *const ports[] = {&fake->asked, &fake->tid, &fake->stranger};
	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
		char room[2 * FAKE_PACKET_MAX];
		struct sockaddr_storage from;
		socklen_t from_len = sizeof from;
		uv_buf_t buf = uv_buf_init(room, sizeof room);
		uv_os_fd_t fd;
		ssize_t len;
		while (uv_fileno((uv_handle_t *)ports[i], &fd) == 0 &&
		       (len = recvfrom(fd, room, sizeof room, MSG_DONTWAIT, (struct sockaddr *)&from,
				       &from_len)) > 0)
			fake_receive(ports[i], len, &buf, (struct sockaddr *)&from, 0);
	}
}

static inline void fake_step(struct fake *fake)
{
	batch_flush(&fake->batch); /* what handles that closed have left */
	fake_hear(fake);
	uv_run(&fake->loop, UV_RUN_NOWAIT);
}

/* Waits until something can happen. */
static inline void fake_wait(struct fake *fake)
{
	struct pollfd slot = {.fd = uv_backend_fd(&fake->loop), .events = POLLIN};
	batch_flush(&fake->batch);
	uv_update_time(&fake->loop);
	poll(&slot, 1, uv_backend_timeout(&fake->loop));
}

static inline void fake_bind(struct fake *fake, uv_udp_t *udp, struct addr *bound)
{
	struct sockaddr_storage name;
	int len = sizeof name;
	ck_assert_int_eq(uv_udp_init(&fake->loop, udp), 0);
	own_host_bind(udp);
	ck_assert_int_eq(uv_udp_getsockname(udp, (struct sockaddr *)&name, &len), 0);
	ck_assert(addr_from_sockaddr(bound, (struct sockaddr *)&name));
	udp->data = fake;
	ck_assert_int_eq(uv_udp_recv_start(udp, fake_room, fake_receive), 0);
	uv_unref((uv_handle_t *)udp);
}

/* Until the end; what is still on its way to the server arrives before it returns. */
static inline void run(struct fake *fake)
{
	for (fake_step(fake); fake->end_count == 0; fake_step(fake))
		fake_wait(fake);
	for (int i = 0; i < 3; i++)
		uv_run(&fake->loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(fake->end_count, 1);
}

#endif

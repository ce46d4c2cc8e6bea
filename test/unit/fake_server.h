/* A scripted TFTP server on the loop of the client under test, over loopback: real datagrams, no threads.
 *
 * It reads before the client's timers run, and the client hears before it gives up: however long this process is
 * held up, neither is late for the other.
 *
 * `asked` is the port requests go to, `tid` the one the server answers from, `stranger` a third. Without
 * hooks it serves `file` after `oack`; a hook that returns true has dealt with the packet. */
#ifndef UVTFTP_TEST_FAKE_SERVER_H
#define UVTFTP_TEST_FAKE_SERVER_H

#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "client/client.h"
#include "unit/own_host.h"

#define FAKE_PACKETS_MAX 64
#define FAKE_STORED_MAX  65536
#define FAKE_PACKET_MAX  1024

struct fake_packet {
	size_t len;
	uint8_t bytes[FAKE_PACKET_MAX];
};

struct fake {
	uv_loop_t loop;
	struct batch batch;
	struct client *client;
	uv_udp_t asked, tid, stranger;
	struct addr asked_addr, client_addr;
	/* script */
	const char *file;
	size_t file_len;
	const char *oack; /* options of the OACK, NUL-separated; NULL: none */
	size_t oack_len;
	size_t blksize, window;
	bool (*on_request)(struct fake *fake);
	bool (*on_packet)(struct fake *fake, const uint8_t *data, size_t len);
	int size_error, data_error, complete_error;
	/* what was seen */
	struct fake_packet requests[FAKE_PACKETS_MAX], packets[FAKE_PACKETS_MAX], strange;
	size_t request_count, packet_count, strange_count;
	uint64_t size_bytes;
	uint8_t stored[FAKE_STORED_MAX];
	size_t stored_len;
	unsigned complete_count, end_count;
	struct client_report report;
	char reason[128];
};

static inline void fake_send(struct fake *fake, uv_udp_t *from, const void *bytes, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
	ck_assert_int_eq(uv_udp_try_send(from, &buf, 1, &fake->client_addr.sa), (int)len);
}

/* A packet given as a string literal. */
#define FAKE_SEND(fake, from, literal) fake_send(fake, from, literal, sizeof literal - 1)

static inline void fake_send_block(struct fake *fake, size_t block)
{
	uint8_t packet[4 + 1024] = {0, 3, (uint8_t)(block >> 8), (uint8_t)block};
	size_t offset = (block - 1) * fake->blksize;
	ck_assert_uint_le(offset, fake->file_len);
	size_t len = fake->file_len - offset < fake->blksize ? fake->file_len - offset : fake->blksize;
	memcpy(packet + 4, fake->file + offset, len);
	fake_send(fake, &fake->tid, packet, 4 + len);
}

static inline void fake_send_window(struct fake *fake, size_t acked)
{
	size_t last = fake->file_len / fake->blksize + 1;
	for (size_t block = acked + 1; block <= last && block <= acked + fake->window; block++)
		fake_send_block(fake, block);
}

static inline void fake_keep(struct fake_packet *packet, const uv_buf_t *buf, size_t len)
{
	ck_assert_uint_le(len, FAKE_PACKET_MAX);
	packet->len = len;
	memcpy(packet->bytes, buf->base, len);
}

static inline void fake_answer(struct fake *fake)
{
	uint8_t packet[128] = {0, 6};
	if (fake->oack == NULL) {
		fake_send_window(fake, 0);
		return;
	}
	memcpy(packet + 2, fake->oack, fake->oack_len);
	fake_send(fake, &fake->tid, packet, 2 + fake->oack_len);
}

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

/* Waits for what happens first, and lets it happen. */
static inline void fake_turn(struct fake *fake)
{
	struct pollfd slot = {.fd = uv_backend_fd(&fake->loop), .events = POLLIN};
	batch_flush(&fake->batch); /* what handles that closed have left */
	uv_update_time(&fake->loop);
	poll(&slot, 1, uv_backend_timeout(&fake->loop));
	fake_hear(fake);
	uv_run(&fake->loop, UV_RUN_NOWAIT);
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

#endif

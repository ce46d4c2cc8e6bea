/* A scripted TFTP server on the loop of the client under test, over loopback: real datagrams, no threads.
 *
 * `asked` is the port requests go to, `tid` the one the server answers from, `stranger` a third. Without
 * hooks it serves `file` after `oack`; a hook that returns true has dealt with the packet. */
#ifndef UVTFTP_TEST_FAKE_SERVER_H
#define UVTFTP_TEST_FAKE_SERVER_H

#include <check.h>
#include <string.h>
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

#endif

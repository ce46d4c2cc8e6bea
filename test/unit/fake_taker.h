/* The fake server, taking an upload, and the state of both ends. Without hooks every window is acknowledged,
 * and so is what comes behind a gap. */
#ifndef UVTFTP_TEST_FAKE_TAKER_H
#define UVTFTP_TEST_FAKE_TAKER_H

#include "base/list.h"
#include "unit/fake_owner.h"

struct upload {
	struct fake fake; /* file: what the owner has; stored: what the server has */
	/* The owner. */
	size_t given;
	size_t read_max;   /* bytes a call; 0: as many as there is room for */
	size_t dry_at;     /* has nothing more at this byte, once; 0: never */
	size_t read_fails; /* from this byte on, 0: never; with read_error */
	int read_error;
	unsigned dry_count;
	void (*on_dry)(struct upload *upload);
	/* The server. */
	bool (*on_data)(struct upload *upload, size_t block);
	size_t got, acked;
	size_t blocks_seen;
	bool is_whole;
};

static inline struct upload *upload_of(struct fake *fake)
{
	return LIST_OWNER(fake, struct upload, fake);
}

static inline void upload_ack(struct upload *upload, size_t block)
{
	const uint8_t packet[] = {0, 4, (uint8_t)(block >> 8), (uint8_t)block};
	upload->acked = block;
	fake_send(&upload->fake, &upload->fake.tid, packet, sizeof packet);
}

static inline bool upload_on_request(struct fake *fake)
{
	if (fake->oack != NULL)
		fake_answer(fake);
	else
		FAKE_SEND(fake, &fake->tid, "\0\4\0\0");
	return true;
}

static inline void upload_take(struct upload *upload, size_t block, const uint8_t *data, size_t len)
{
	struct fake *fake = &upload->fake;
	if (block != upload->got + 1) {
		upload_ack(upload, upload->got);
		return;
	}
	ck_assert_uint_le(len, fake->blksize);
	ck_assert(!upload->is_whole);
	memcpy(fake->stored + fake->stored_len, data, len);
	fake->stored_len += len;
	upload->got = block;
	upload->is_whole = len < fake->blksize;
	if (upload->is_whole || upload->got == upload->acked + fake->window)
		upload_ack(upload, upload->got);
}

static inline bool upload_on_packet(struct fake *fake, const uint8_t *data, size_t len)
{
	struct upload *upload = upload_of(fake);
	if (data[1] != 3)
		return true;
	ck_assert_uint_ge(len, 4);
	size_t block = (size_t)data[2] << 8 | data[3];
	upload->blocks_seen++;
	/* Only the first packets are looked at by tests. */
	if (fake->packet_count == FAKE_PACKETS_MAX)
		fake->packet_count--;
	if (upload->on_data == NULL || !upload->on_data(upload, block))
		upload_take(upload, block, data + 4, len - 4);
	return true;
}

#endif

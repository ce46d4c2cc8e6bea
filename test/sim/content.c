#include "sim/content.h"

#include <string.h>

#include "base/mem.h"
#include "proto/netascii.h"
#include "sim/dice.h"

/* Room for translated pieces: small and odd, so that netascii is resumed everywhere. */
#define PIECE_BYTES 61

static uint8_t make_text(uint8_t byte)
{
	switch (byte & 7) {
	case 0:
		return '\r';
	case 1:
		return '\n';
	case 2:
		return byte & 8 ? '\0' : 'x';
	default:
		return byte;
	}
}

static void read_disk(const struct content *content, uint64_t offset, uint8_t *room, size_t len)
{
	uint64_t word = 0;
	for (size_t i = 0; i < len; i++, offset++) {
		if (i == 0 || offset % 8 == 0)
			word = dice_hash(content->seed, offset / 8);
		room[i] = (uint8_t)(word >> 8 * (offset % 8));
		if (content->wire != NULL)
			room[i] = make_text(room[i]);
	}
}

static void translate(struct content *content)
{
	uint32_t state = 0;
	uint64_t offset = 0;
	uint8_t piece[PIECE_BYTES];
	size_t used, made;
	do {
		uint64_t left = content->size_bytes - offset;
		size_t len = left < sizeof piece ? (size_t)left : sizeof piece;
		read_disk(content, offset, piece, len);
		netascii_encode(&state, piece, len, &used, content->wire + content->wire_size_bytes,
				PIECE_BYTES, &made);
		offset += used;
		content->wire_size_bytes += made;
	} while (made > 0);
}

bool content_init(struct content *content, uint64_t seed, uint64_t size_bytes, bool is_netascii)
{
	*content =
	    (struct content){.seed = seed, .size_bytes = size_bytes, .wire_size_bytes = size_bytes};
	if (!is_netascii)
		return true;
	content->wire_size_bytes = 0;
	content->wire = mem_alloc(2 * (size_t)size_bytes + PIECE_BYTES);
	if (content->wire != NULL)
		translate(content);
	return content->wire != NULL;
}

void content_fini(struct content *content)
{
	mem_free(content->wire);
	content->wire = NULL;
}

void content_read(const struct content *content, uint64_t wire_offset, uint8_t *room, size_t len)
{
	if (content->wire == NULL)
		read_disk(content, wire_offset, room, len);
	else if (len > 0)
		memcpy(room, content->wire + wire_offset, len);
}

void content_check_init(struct content_check *check, const struct content *content)
{
	*check = (struct content_check){.content = content};
}

static bool compare(struct content_check *check, const uint8_t *bytes, size_t len)
{
	uint8_t wanted[PIECE_BYTES];
	while (len > 0) {
		size_t n = len < sizeof wanted ? len : sizeof wanted;
		if (n > check->content->size_bytes - check->bytes)
			return false;
		read_disk(check->content, check->bytes, wanted, n);
		if (memcmp(wanted, bytes, n) != 0)
			return false;
		check->bytes += n;
		bytes += n;
		len -= n;
	}
	return true;
}

bool content_check_take(struct content_check *check, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	check->wire_bytes += len;
	if (check->content->wire == NULL)
		return compare(check, at, len);
	uint8_t piece[PIECE_BYTES];
	size_t used, made;
	do {
		netascii_decode(&check->netascii_state, at, len, &used, piece, sizeof piece, &made);
		if (!compare(check, piece, made))
			return false;
		at += used;
		len -= used;
	} while (len > 0);
	return true;
}

bool content_check_end(struct content_check *check)
{
	if (check->content->wire != NULL) {
		uint8_t held;
		size_t made = netascii_decode_end(&check->netascii_state, &held);
		if (!compare(check, &held, made))
			return false;
	}
	return check->bytes == check->content->size_bytes &&
	       check->wire_bytes == check->content->wire_size_bytes;
}

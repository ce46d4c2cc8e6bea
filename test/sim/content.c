#include "sim/content.h"

#include <string.h>

#include "base/mem.h"
#include "proto/netascii.h"
#include "sim/dice.h"

/* Room for translated pieces: small and odd, so that netascii is resumed everywhere. */
#define PIECE_BYTES    61
#define WORD_BYTES     8u
#define COMPARED_BYTES 512u

/* Without branches, which would be guessed wrong half the time. */
static uint8_t make_text(uint8_t byte)
{
	static const uint8_t special[16] = {'\r', '\n', 'x', 0, 0, 0, 0, 0, '\r', '\n', '\0'};
	return (byte & 7) > 2 ? byte : special[byte & 15];
}

/* Written out, so that it becomes one store. */
static void put_word(uint8_t room[WORD_BYTES], uint64_t word)
{
	room[0] = (uint8_t)word;
	room[1] = (uint8_t)(word >> 8);
	room[2] = (uint8_t)(word >> 16);
	room[3] = (uint8_t)(word >> 24);
	room[4] = (uint8_t)(word >> 32);
	room[5] = (uint8_t)(word >> 40);
	room[6] = (uint8_t)(word >> 48);
	room[7] = (uint8_t)(word >> 56);
}

/* Word by word: half the time of a run would else go into this. */
static void read_disk(const struct content *content, uint64_t offset, uint8_t *room, size_t len)
{
	const uint8_t *end = room + len;
	uint8_t *text = content->wire != NULL ? room : NULL;
	size_t skip = (size_t)(offset % WORD_BYTES);
	for (uint64_t index = offset / WORD_BYTES; room < end; index++, skip = 0) {
		uint64_t word = dice_hash(content->seed, index) >> 8 * skip;
		size_t left = (size_t)(end - room);
		if (skip == 0 && left >= WORD_BYTES) {
			put_word(room, word);
			room += WORD_BYTES;
			continue;
		}
		for (size_t n = left < WORD_BYTES - skip ? left : WORD_BYTES - skip; n > 0;
		     n--, word >>= 8)
			*room++ = (uint8_t)word;
	}
	for (; text != NULL && text < end; text++)
		*text = make_text(*text);
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
	uint8_t wanted[COMPARED_BYTES];
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

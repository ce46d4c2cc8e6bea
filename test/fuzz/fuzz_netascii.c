/* Both translations give the same however input and output are cut, and decoding undoes encoding.
 * Input: the seed of the cuts (two bytes), then the text. */
#include <stdbool.h>

#include "fuzz/fuzz.h"
#include "proto/netascii.h"

typedef void translation(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
			 size_t out_len, size_t *made);

struct bytes {
	uint8_t *at; /* own */
	size_t len;
};

/* 0 to 7 bytes; deterministic. */
static size_t cut(uint32_t *random)
{
	*random = *random * 1664525u + 1013904223u;
	return *random >> 29;
}

/* Translates piece by piece; the pieces lie alone in memory. */
static struct bytes run(translation *translate, struct bytes in, bool is_whole, uint32_t random)
{
	struct bytes out = {fuzz_alloc(2 * in.len + 1), 0};
	uint32_t state = 0;
	size_t at = 0;
	unsigned idle = 0;
	/* An empty room or an empty piece makes no progress; several in a row are chance, not many. */
	while (idle < 100) {
		size_t in_len = is_whole ? in.len : cut(&random);
		size_t out_len = is_whole ? 2 * in.len + 1 : cut(&random);
		size_t used, made;
		if (in_len > in.len - at)
			in_len = in.len - at;
		struct feed rest = {in.at + at, in_len};
		uint8_t *piece = feed_copy(&rest, in_len, &in_len);
		uint8_t *room = fuzz_alloc(out_len);
		translate(&state, piece, in_len, &used, room, out_len, &made);
		ASSERT(used <= in_len && made <= out_len);
		ASSERT(used == in_len || made == out_len);
		ASSERT(out.len + made <= 2 * in.len + 1);
		if (made > 0)
			memcpy(out.at + out.len, room, made);
		free(room);
		free(piece);
		out.len += made;
		at += used;
		idle = used + made > 0 ? 0 : idle + 1;
	}
	ASSERT(at == in.len);
	if (translate == netascii_decode)
		out.len += netascii_decode_end(&state, out.at + out.len);
	return out;
}

static void check_same(struct bytes a, struct bytes b)
{
	ASSERT(a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0));
}

static void check_is_netascii(struct bytes wire)
{
	for (size_t i = 0; i < wire.len; i++) {
		bool is_behind_cr = i > 0 && wire.at[i - 1] == '\r';
		if (is_behind_cr)
			ASSERT(wire.at[i] == '\n' || wire.at[i] == '\0');
		else
			ASSERT(wire.at[i] != '\n');
	}
	ASSERT(wire.len == 0 || wire.at[wire.len - 1] != '\r');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	struct feed feed = {data, size};
	uint32_t random = feed_u16(&feed);
	struct bytes text;
	text.at = feed_copy(&feed, feed.left, &text.len);

	struct bytes wire = run(netascii_encode, text, true, 0);
	struct bytes wire_in_pieces = run(netascii_encode, text, false, random);
	check_same(wire, wire_in_pieces);
	check_is_netascii(wire);
	struct bytes back = run(netascii_decode, wire, false, random);
	check_same(back, text);

	/* The same bytes as what a stranger sends. */
	struct bytes plain = run(netascii_decode, text, true, 0);
	struct bytes plain_in_pieces = run(netascii_decode, text, false, random);
	check_same(plain, plain_in_pieces);

	free(plain_in_pieces.at);
	free(plain.at);
	free(back.at);
	free(wire_in_pieces.at);
	free(wire.at);
	free(text.at);
	return 0;
}

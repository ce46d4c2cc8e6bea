#include "unit/suite.h"

#include <string.h>

#include "proto/netascii.h"

typedef void translate(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		       size_t out_len, size_t *made);

struct sample {
	const char *here;
	size_t here_len;
	const char *wire;
	size_t wire_len;
};
#define SAMPLE(here, wire)                                                                              \
	{                                                                                               \
		here, sizeof here - 1, wire, sizeof wire - 1                                            \
	}

static const struct sample samples[] = {
    SAMPLE("", ""),
    SAMPLE("plain", "plain"),
    SAMPLE("a\nb\n", "a\r\nb\r\n"),
    SAMPLE("a\rb\r", "a\r\0b\r\0"),
    SAMPLE("\r\n", "\r\0\r\n"),
    SAMPLE("\n\r\r\n\n", "\r\n\r\0\r\0\r\n\r\n"),
    SAMPLE("nul \0 and \xff stay", "nul \0 and \xff stay"),
};
#define SAMPLE_COUNT (sizeof samples / sizeof samples[0])

/* Translates with input cut at `cut` and output handed over in rooms of `room_len` bytes. */
static size_t translate_cut(translate *step, uint32_t *state, const char *in, size_t in_len, size_t cut,
			    size_t room_len, uint8_t *out)
{
	size_t at = 0, n = 0, used = 0, made = 0;
	size_t end = cut;
	for (int turns = 0; turns < 1000; turns++) {
		uint8_t room[32];
		step(state, (const uint8_t *)in + at, end - at, &used, room, room_len, &made);
		ck_assert_uint_le(made, room_len);
		ck_assert_uint_le(used, end - at);
		memcpy(out + n, room, made);
		at += used;
		n += made;
		if (made == room_len || at < end)
			continue;
		if (end == in_len)
			return n;
		end = in_len;
	}
	ck_abort_msg("no progress");
	return n;
}

/* 1350-4, 1123-1 */
START_TEST(encodes_the_same_however_it_is_cut)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (size_t cut = 0; cut <= samples[i].here_len; cut++)
			for (size_t room_len = 1; room_len <= 24; room_len++) {
				uint8_t out[64];
				uint32_t state = 0;
				size_t n = translate_cut(netascii_encode, &state, samples[i].here,
							 samples[i].here_len, cut, room_len, out);
				ck_assert_uint_eq(n, samples[i].wire_len);
				ck_assert_mem_eq(out, samples[i].wire, n);
				ck_assert_uint_eq(state, 0);
			}
}
END_TEST

static void assert_decoded(const struct sample *sample, size_t cut, size_t room_len)
{
	uint8_t out[64];
	uint32_t state = 0;
	size_t n =
	    translate_cut(netascii_decode, &state, sample->wire, sample->wire_len, cut, room_len, out);
	n += netascii_decode_end(&state, out + n);
	ck_assert_uint_eq(n, sample->here_len);
	ck_assert_mem_eq(out, sample->here, n);
	ck_assert_uint_eq(state, 0);
}

/* 1350-4 */
START_TEST(decodes_the_same_however_it_is_cut)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (size_t cut = 0; cut <= samples[i].wire_len; cut++)
			for (size_t room_len = 1; room_len <= 24; room_len++)
				assert_decoded(&samples[i], cut, room_len);
}
END_TEST

START_TEST(keeps_a_cr_that_means_nothing)
{
	static const struct sample odd[] = {
	    SAMPLE("a\rb", "a\rb"), SAMPLE("\r\n", "\r\r\n"), SAMPLE("\r\r", "\r\r"),
	    SAMPLE("\r", "\r"),     SAMPLE("a\n", "a\n"),
	};
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		for (size_t cut = 0; cut <= odd[i].wire_len; cut++)
			for (size_t room_len = 1; room_len <= 4; room_len++)
				assert_decoded(&odd[i], cut, room_len);
}
END_TEST

START_TEST(gives_the_owed_byte_without_further_input)
{
	uint32_t state = 0;
	size_t used, made;
	uint8_t out[4];
	netascii_encode(&state, (const uint8_t *)"\n", 1, &used, out, 1, &made);
	ck_assert_uint_eq(used, 1);
	ck_assert_uint_eq(made, 1);
	ck_assert_uint_eq(out[0], '\r');
	netascii_encode(&state, NULL, 0, &used, out, sizeof out, &made);
	ck_assert_uint_eq(used, 0);
	ck_assert_uint_eq(made, 1);
	ck_assert_uint_eq(out[0], '\n');
}
END_TEST

START_TEST(takes_nothing_without_room)
{
	uint32_t state = 0;
	size_t used = 9, made = 9;
	netascii_encode(&state, (const uint8_t *)"\n", 1, &used, NULL, 0, &made);
	ck_assert_uint_eq(used + made, 0);
	netascii_decode(&state, (const uint8_t *)"\r", 1, &used, NULL, 0, &made);
	ck_assert_uint_eq(used + made, 0);
	ck_assert_uint_eq(state, 0);
}
END_TEST

START_TEST(end_gives_a_held_cr_once)
{
	uint32_t state = 0;
	size_t used, made;
	uint8_t out[2];
	netascii_decode(&state, (const uint8_t *)"\r", 1, &used, out, sizeof out, &made);
	ck_assert_uint_eq(used, 1);
	ck_assert_uint_eq(made, 0);
	ck_assert_uint_eq(netascii_decode_end(&state, out), 1);
	ck_assert_uint_eq(out[0], '\r');
	ck_assert_uint_eq(netascii_decode_end(&state, out), 0);
}
END_TEST

SUITE("netascii", encodes_the_same_however_it_is_cut, decodes_the_same_however_it_is_cut,
      keeps_a_cr_that_means_nothing, gives_the_owed_byte_without_further_input,
      takes_nothing_without_room, end_gives_a_held_cr_once)

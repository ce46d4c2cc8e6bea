#include <stdbool.h>
#include <string.h>

#include "store/framing.h"
#include "unit/suite.h"

static void write_number(uint8_t *header, uint64_t number, uint32_t variant)
{
	header[0] = (uint8_t)variant;
	header[1] = (uint8_t)(number >> 16);
	header[2] = (uint8_t)(number >> 8);
	header[3] = (uint8_t)number;
}

static uint8_t content[4 * CHUNK_BYTES];

static void make_content(void)
{
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
}

static bool is_frame(const uint8_t *frame, uint64_t number, uint64_t offset, uint32_t len)
{
	uint8_t header[FRAME_HEADER_BYTES];
	write_number(header, number, 9);
	return memcmp(frame, header, sizeof header) == 0 &&
	       memcmp(frame + FRAME_HEADER_BYTES, content + offset, len) == 0;
}

/* All chunks of a content, one behind the other, are its frames without gap and without end but the last. */
static void check_framing(struct framing framing, uint64_t content_bytes)
{
	static uint8_t room[CHUNK_BYTES + 1];
	uint32_t piece_bytes = framing.piece_bytes;
	uint64_t chunks = framing_chunks(framing, content_bytes);
	uint64_t number = 0, offset = 0;
	bool are_right = true;
	for (uint64_t index = 0; index < chunks; index++) {
		struct chunk_range range = framing_range(framing, content_bytes, index);
		uint32_t len = framing_range_bytes(&range);
		ck_assert_uint_le(len, CHUNK_BYTES);
		ck_assert_uint_eq(range.offset, offset);
		ck_assert_uint_eq(range.first_frame, number);
		ck_assert_uint_ge(range.frame_count, 1);
		if (index + 1 < chunks)
			ck_assert_uint_eq(range.frame_count, framing_chunk_frames(framing));
		memcpy(room + len - range.content_bytes, content + offset, range.content_bytes);
		room[len] = 0xa5;
		framing_spread(framing, &range, write_number, room);
		ck_assert_uint_eq(room[len], 0xa5);
		for (uint32_t i = 0; i < range.frame_count; i++) {
			uint64_t left = content_bytes - offset;
			uint32_t piece = left < piece_bytes ? (uint32_t)left : piece_bytes;
			uint8_t *frame = room + (size_t)i * (FRAME_HEADER_BYTES + piece_bytes);
			are_right = are_right && is_frame(frame, number, offset, piece);
			number++;
			offset += piece;
		}
	}
	ck_assert(are_right);
	ck_assert_uint_eq(offset, content_bytes);
	ck_assert_uint_eq(number, content_bytes / piece_bytes + 1);
}

static void check_content(uint32_t piece_bytes, uint64_t content_bytes)
{
	uint16_t fit = (uint16_t)framing_frames_max((struct framing){piece_bytes, 9, 0});
	check_framing((struct framing){piece_bytes, 9, 0}, content_bytes);
	check_framing((struct framing){piece_bytes, 9, (uint16_t)(fit / 16 + 1)}, content_bytes);
	check_framing((struct framing){piece_bytes, 9, (uint16_t)(fit / 2 + 1)}, content_bytes);
	check_framing((struct framing){piece_bytes, 9, fit}, content_bytes);
}

START_TEST(frames_hold_the_content_whatever_the_sizes)
{
	static const uint32_t pieces[] = {
	    1, 8, 512, 1428, 8192, 32764, 32765, 65464, FRAME_PIECE_BYTES_MAX};
	make_content();
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		uint64_t chunk =
		    (uint64_t)framing_chunk_frames((struct framing){pieces[i], 0, 0}) * pieces[i];
		for (int delta = -1; delta <= 1; delta++) {
			check_content(pieces[i], pieces[i] + (uint64_t)(int64_t)delta);
			check_content(pieces[i], chunk + (uint64_t)(int64_t)delta);
			check_content(pieces[i], 3 * chunk + (uint64_t)(int64_t)delta);
			check_content(pieces[i], 3 * chunk - pieces[i] + (uint64_t)(int64_t)delta);
		}
		check_content(pieces[i], 0);
	}
}
END_TEST

START_TEST(a_chunk_has_as_many_frames_as_fit)
{
	ck_assert_uint_eq(framing_chunk_frames((struct framing){1, 0, 0}), 13107);
	ck_assert_uint_eq(framing_chunk_frames((struct framing){1428, 0, 0}), 45);
	ck_assert_uint_eq(framing_chunk_frames((struct framing){32764, 0, 0}), 2);
	ck_assert_uint_eq(framing_chunk_frames((struct framing){32765, 0, 0}), 1);
	ck_assert_uint_eq(framing_chunk_frames((struct framing){FRAME_PIECE_BYTES_MAX, 0, 0}), 1);
}
END_TEST

START_TEST(or_as_few_as_are_said)
{
	struct framing framing = {1428, 0, 7};
	struct chunk_range range = framing_range(framing, 45 * 1428, 2);
	ck_assert_uint_eq(framing_chunk_frames(framing), 7);
	ck_assert_uint_eq(framing_frames_max(framing), 45);
	ck_assert_uint_eq(framing_chunks(framing, 45 * 1428), 7); /* 46 frames */
	ck_assert_uint_eq(range.first_frame, 14);
	ck_assert_uint_eq(range.frame_count, 7);
	ck_assert_uint_eq(range.offset, 14 * 1428);
	ck_assert_uint_eq(framing_range_bytes(&range), 7 * (FRAME_HEADER_BYTES + 1428));
}
END_TEST

START_TEST(whole_pieces_end_with_an_empty_one_in_a_chunk_of_its_own_if_need_be)
{
	struct framing framing = {1428, 0, 0};
	struct chunk_range range = framing_range(framing, 45 * 1428, 1);
	ck_assert_uint_eq(framing_chunks(framing, 45 * 1428), 2);
	ck_assert_uint_eq(range.first_frame, 45);
	ck_assert_uint_eq(range.frame_count, 1);
	ck_assert_uint_eq(framing_range_bytes(&range), FRAME_HEADER_BYTES);
	ck_assert_uint_eq(framing_chunks(framing, 45 * 1428 - 1), 1);
}
END_TEST

START_TEST(contents_of_any_size_have_their_last_chunk)
{
	struct framing framing = {8, 0, 0};
	uint64_t content_bytes = INT64_MAX;
	uint64_t chunks = framing_chunks(framing, content_bytes);
	struct chunk_range range = framing_range(framing, content_bytes, chunks - 1);
	ck_assert_uint_eq(range.offset + range.content_bytes, content_bytes);
}
END_TEST

SUITE("framing", frames_hold_the_content_whatever_the_sizes, a_chunk_has_as_many_frames_as_fit,
      or_as_few_as_are_said, whole_pieces_end_with_an_empty_one_in_a_chunk_of_its_own_if_need_be,
      contents_of_any_size_have_their_last_chunk)

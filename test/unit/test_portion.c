#include "store/portion.h"
#include "unit/suite.h"

#define FRAMES_MAX 45u

/* Chunks that last until the next ones are larger. */
static unsigned last_until_larger(struct portion *portion)
{
	unsigned chunks = 1;
	while (!portion_grow(portion, FRAMES_MAX))
		chunks++;
	return chunks;
}

START_TEST(whole_chunks_stay_whole_while_they_last)
{
	struct portion portion = {0};
	for (unsigned i = 0; i < 10 * PORTION_LASTED_MAX; i++)
		ck_assert(!portion_grow(&portion, FRAMES_MAX));
	ck_assert_uint_eq(portion.chunk_frames, 0);
}
END_TEST

START_TEST(what_is_given_up_early_is_read_in_small_pieces_down_to_one_burst)
{
	struct portion portion = {0};
	ck_assert(portion_shrink(&portion, FRAMES_MAX, 1));
	ck_assert_uint_eq(portion.chunk_frames, 8);
	ck_assert(portion_shrink(&portion, 8, 1));
	ck_assert_uint_eq(portion.chunk_frames, 2);
	ck_assert(portion_shrink(&portion, 2, 1));
	ck_assert_uint_eq(portion.chunk_frames, 1);
	ck_assert(!portion_shrink(&portion, 1, 1));
	ck_assert_uint_eq(portion.chunk_frames, 1);
}
END_TEST

START_TEST(a_window_stays_in_one_piece)
{
	struct portion portion = {0};
	ck_assert(portion_shrink(&portion, 128, 16));
	ck_assert_uint_eq(portion.chunk_frames, 32);
	ck_assert(portion_shrink(&portion, 32, 16));
	ck_assert_uint_eq(portion.chunk_frames, 16);
	ck_assert(!portion_shrink(&portion, 16, 16));
	portion = (struct portion){0};
	ck_assert(!portion_shrink(&portion, FRAMES_MAX, 64));
	ck_assert(!portion_shrink(&portion, FRAMES_MAX, 65535));
	ck_assert_uint_eq(portion.chunk_frames, 0);
}
END_TEST

/* A file of few frames is one chunk, and a quarter of it is what is read next. */
START_TEST(small_files_count_as_what_they_are)
{
	struct portion portion = {0};
	ck_assert(portion_shrink(&portion, 6, 1));
	ck_assert_uint_eq(portion.chunk_frames, 1);
}
END_TEST

START_TEST(chunks_that_last_lead_back_to_whole_ones)
{
	struct portion portion = {.chunk_frames = 8};
	ck_assert_uint_eq(last_until_larger(&portion), PORTION_LASTED_MAX);
	ck_assert_uint_eq(portion.chunk_frames, 16);
	ck_assert_uint_eq(last_until_larger(&portion), PORTION_LASTED_MAX);
	ck_assert_uint_eq(portion.chunk_frames, 32);
	ck_assert_uint_eq(last_until_larger(&portion), PORTION_LASTED_MAX);
	ck_assert_uint_eq(portion.chunk_frames, 0);
}
END_TEST

START_TEST(one_given_up_in_between_begins_the_count_again)
{
	struct portion portion = {.chunk_frames = 1};
	for (unsigned i = 1; i < PORTION_LASTED_MAX; i++)
		ck_assert(!portion_grow(&portion, FRAMES_MAX));
	ck_assert(!portion_shrink(&portion, 1, 1));
	ck_assert_uint_eq(last_until_larger(&portion), PORTION_LASTED_MAX);
}
END_TEST

SUITE("portion", whole_chunks_stay_whole_while_they_last,
      what_is_given_up_early_is_read_in_small_pieces_down_to_one_burst, a_window_stays_in_one_piece,
      small_files_count_as_what_they_are, chunks_that_last_lead_back_to_whole_ones,
      one_given_up_in_between_begins_the_count_again)

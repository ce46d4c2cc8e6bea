#include "unit/suite.h"

#include "store/translation.h"
#include "unit/source_kit.h"

/* Doubles 'x' (state 1: once more) and swallows '.'. */
static void double_x(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		     size_t out_len, size_t *made)
{
	*used = *made = 0;
	while (*used < in_len && *made < out_len) {
		uint8_t byte = in[*used];
		if (byte == 'x' && *state == 0) {
			*state = 1;
			out[(*made)++] = 'x';
			continue;
		}
		*state = 0;
		(*used)++;
		if (byte != '.')
			out[(*made)++] = byte;
	}
}

static const struct store_filter doubler = {.translate = double_x, .id = 5};

/* Writes a file of `len` bytes and gives back what the filter makes of all of it. */
static uint8_t *write_pattern(size_t len, size_t *made)
{
	static const char letters[] = "xab.xx.c";
	uint8_t *bytes = malloc(len);
	uint8_t *translated = malloc(2 * len);
	uint32_t state = 0;
	size_t used;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)letters[(i * i + i / 7) % 8];
	/* The second chunk begins between the two of a pair. */
	memset(bytes, 'x', TRANSLATION_MARK_BYTES);
	bytes[0] = 'a';
	double_x(&state, bytes, len, &used, translated, 2 * len, made);
	ck_assert_uint_eq(used, len);
	int fd = open("pattern", O_WRONLY | O_CREAT, 0644);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	free(bytes);
	return translated;
}

START_TEST(filtered_file_reads_the_same_from_anywhere)
{
	size_t len;
	uint8_t *room = malloc(TRANSLATION_MARK_BYTES);
	set_up();
	uint8_t *expected = write_pattern(400000, &len);
	ck_assert_uint_gt(len, 5 * TRANSLATION_MARK_BYTES);
	ck_assert_int_eq(ask_at(&desk, 0, "pattern", &doubler), 0);
	struct content *content = get(0);
	ck_assert_uint_eq(content->size_bytes, len);
	ck_assert_uint_eq(content->key.words[6], 5);
	for (size_t at = 0; at < len; at += TRANSLATION_MARK_BYTES) {
		size_t part = len - at < TRANSLATION_MARK_BYTES ? len - at : TRANSLATION_MARK_BYTES;
		ck_assert_int_eq(content->ops->read(content, at, room, part), 0);
		ck_assert_mem_eq(room, expected + at, part);
	}
	for (size_t at = 1; at + 1000 < len; at += 29989) {
		ck_assert_int_eq(content->ops->read(content, at, room, 1000), 0);
		ck_assert_mem_eq(room, expected + at, 1000);
	}
	content_drop(content);
	free(expected);
	free(room);
	tear_down();
}
END_TEST

/* Makes thousands of bytes from each, so that a small file passes the limit. */
static void swell(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		  size_t out_len, size_t *made)
{
	size_t len = in_len > 0 ? out_len : 0;
	memset(out, in_len > 0 ? in[0] : 0, len);
	*made = len;
	*used = ++*state % 64 == 0 && in_len > 0;
}

START_TEST(filtered_file_of_too_many_chunks_is_refused)
{
	static const struct store_filter filter = {.translate = swell, .id = 6};
	char text[2000];
	set_up();
	memset(text, 'y', sizeof text);
	text[1999] = '\0';
	write_file("file", text);
	ck_assert_uint_gt(1999ull * 64 * 16384,
			  (uint64_t)TRANSLATION_MARKS_MAX * TRANSLATION_MARK_BYTES);
	ck_assert_int_eq(ask_at(&desk, 0, "file", &filter), 0);
	desk_run_until(&desk, &askers[0].is_done);
	ck_assert_int_eq(askers[0].opening.error, -EFBIG);
	ck_assert_str_eq(askers[0].opening.why, "too large for netascii");
	tear_down();
}
END_TEST

START_TEST(short_memory_is_told)
{
	struct source *none;
	set_up();
	write_file("file", "x");
	for (int nth = 1; nth <= 4; nth++) {
		mem_fail_nth(nth);
		ck_assert_int_eq(file_source_new(&none, &(struct file_source_options){.root = "."}),
				 -ENOMEM);
	}
	mem_fail_nth(1);
	ck_assert_int_eq(ask_at(&desk, 0, "file", NULL), -ENOMEM);
	cancel(0);
	mem_fail_nth(2);
	expect_refusal("file", -ENOMEM, "out of memory");
	for (int nth = 3; nth <= 4; nth++) {
		mem_fail_nth(nth);
		ck_assert_int_eq(ask_at(&desk, 0, "file", &doubler), 0);
		desk_run_until(&desk, &askers[0].is_done);
		ck_assert_int_eq(askers[0].opening.error, -ENOMEM);
	}
	mem_fail_nth(0);
	tear_down();
}
END_TEST

SUITE("translation", filtered_file_reads_the_same_from_anywhere,
      filtered_file_of_too_many_chunks_is_refused, short_memory_is_told)

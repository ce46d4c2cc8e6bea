#include "unit/suite.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"

/* Room of `len` bytes whose end is the start of a page that must not be touched. */
static uint8_t *flush_room(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *pages =
	    mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_uint_le(len, page);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	return pages + page - len;
}

static struct bytes_in flush_in(const void *data, size_t len)
{
	uint8_t *room = flush_room(len);
	if (len > 0)
		memcpy(room, data, len);
	struct bytes_in in;
	bytes_in_init(&in, room, len);
	return in;
}

static void assert_text(struct text text, const char *wanted)
{
	ck_assert_uint_eq(text.len, strlen(wanted));
	ck_assert_ptr_nonnull(text.at);
	if (text.len > 0)
		ck_assert_mem_eq(text.at, wanted, text.len);
}

START_TEST(reads_numbers_big_endian)
{
	struct bytes_in in = flush_in("\x12\x34\xff\xfe\x80", 5);
	ck_assert_uint_eq(bytes_in_u16(&in), 0x1234);
	ck_assert_uint_eq(bytes_in_u16(&in), 0xfffe);
	ck_assert_uint_eq(bytes_in_left(&in), 1);
	ck_assert_uint_eq(bytes_in_u8(&in), 0x80);
	ck_assert_uint_eq(bytes_in_left(&in), 0);
	ck_assert(!in.has_failed);
}
END_TEST

START_TEST(reads_strings_up_to_their_nul)
{
	struct bytes_in in = flush_in("boot\0\0octet", 12);
	assert_text(bytes_in_string(&in), "boot");
	assert_text(bytes_in_string(&in), "");
	assert_text(bytes_in_string(&in), "octet");
	ck_assert_uint_eq(bytes_in_left(&in), 0);
	ck_assert(!in.has_failed);
}
END_TEST

START_TEST(fails_on_string_without_nul)
{
	struct bytes_in in = flush_in("octet", 5);
	assert_text(bytes_in_string(&in), "");
	ck_assert(in.has_failed);
	ck_assert_uint_eq(bytes_in_left(&in), 0);
}
END_TEST

START_TEST(lets_the_end_stand_for_the_nul_where_asked)
{
	struct bytes_in in = flush_in("a\0bc", 4);
	assert_text(bytes_in_string_or_rest(&in), "a");
	assert_text(bytes_in_string_or_rest(&in), "bc");
	assert_text(bytes_in_string_or_rest(&in), "");
	ck_assert(!in.has_failed);
}
END_TEST

START_TEST(gives_the_rest_once)
{
	struct bytes_in in = flush_in("\0\x03"
				      "data",
				      6);
	bytes_in_u16(&in);
	assert_text(bytes_in_rest(&in), "data");
	assert_text(bytes_in_rest(&in), "");
	ck_assert(!in.has_failed);
}
END_TEST

START_TEST(fails_on_every_length_that_is_too_short)
{
	struct bytes_in empty = flush_in("", 0);
	ck_assert_uint_eq(bytes_in_u8(&empty), 0);
	ck_assert(empty.has_failed);
	for (size_t len = 0; len < 2; len++) {
		struct bytes_in in = flush_in("\x7f", len);
		ck_assert_uint_eq(bytes_in_u16(&in), 0);
		ck_assert(in.has_failed);
	}
	struct bytes_in in = flush_in("", 0);
	assert_text(bytes_in_string(&in), "");
	ck_assert(in.has_failed);
}
END_TEST

START_TEST(reads_nothing_from_null)
{
	struct bytes_in in;
	bytes_in_init(&in, NULL, 0);
	ck_assert_uint_eq(bytes_in_left(&in), 0);
	assert_text(bytes_in_rest(&in), "");
	assert_text(bytes_in_string_or_rest(&in), "");
	ck_assert(!in.has_failed);
	assert_text(bytes_in_string(&in), "");
	ck_assert(in.has_failed);
}
END_TEST

static void assert_failed_in(const struct bytes_in *in)
{
	ck_assert(in->has_failed);
	ck_assert_uint_eq(bytes_in_left(in), 0);
}

static void assert_nothing_readable(struct bytes_in failed)
{
	assert_failed_in(&failed);
	struct bytes_in in = failed;
	ck_assert_uint_eq(bytes_in_u8(&in), 0);
	assert_failed_in(&in);
	in = failed;
	ck_assert_uint_eq(bytes_in_u16(&in), 0);
	assert_failed_in(&in);
	in = failed;
	assert_text(bytes_in_string(&in), "");
	assert_failed_in(&in);
	in = failed;
	assert_text(bytes_in_string_or_rest(&in), "");
	assert_failed_in(&in);
	in = failed;
	assert_text(bytes_in_rest(&in), "");
	assert_failed_in(&in);
}

/* Each failure leaves bytes behind that some reader would like: none may be given out any more. */
START_TEST(failed_reader_stays_failed_in_every_function)
{
	struct bytes_in in = flush_in("ABCD", 4);
	bytes_in_string(&in);
	assert_nothing_readable(in);
	in = flush_in("", 1);
	bytes_in_u16(&in);
	assert_nothing_readable(in);
	in = flush_in("A", 1);
	bytes_in_u16(&in);
	assert_nothing_readable(in);
	in = flush_in("", 0);
	bytes_in_u8(&in);
	assert_nothing_readable(in);
}
END_TEST

START_TEST(writes_fill_the_room_to_the_last_byte)
{
	uint8_t *room = flush_room(16);
	struct bytes_out out;
	bytes_out_init(&out, room, 16);
	bytes_out_u16(&out, 0xfe01);
	bytes_out_bytes(&out, "xyz", 3);
	bytes_out_bytes(&out, NULL, 0);
	bytes_out_string(&out, text_of("tsize"));
	bytes_out_number(&out, 1234);
	ck_assert_uint_eq(bytes_out_len(&out), 16);
	ck_assert(!out.has_failed);
	ck_assert_mem_eq(room,
			 "\xfe\x01xyztsize\0"
			 "1234\0",
			 16);
}
END_TEST

START_TEST(writes_the_least_and_the_greatest_number)
{
	uint8_t room[23];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	bytes_out_number(&out, 0);
	bytes_out_number(&out, UINT64_MAX);
	ck_assert_uint_eq(bytes_out_len(&out), 23);
	ck_assert_mem_eq(room,
			 "0\0"
			 "18446744073709551615\0",
			 23);
}
END_TEST

/* Each writer, one byte short of what it needs. */
static void write_too_much(struct bytes_out *out, int writer)
{
	switch (writer) {
	case 0:
		bytes_out_u16(out, 0x4142);
		break;
	case 1:
		bytes_out_bytes(out, "ab", 2);
		break;
	case 2:
		bytes_out_string(out, text_of("a"));
		break;
	default:
		bytes_out_number(out, 7);
	}
}

START_TEST(failed_write_changes_nothing)
{
	for (int writer = 0; writer < 4; writer++) {
		uint8_t *room = flush_room(3);
		memset(room, '#', 3);
		struct bytes_out out;
		bytes_out_init(&out, room, 3);
		bytes_out_bytes(&out, "ok", 2);
		write_too_much(&out, writer);
		ck_assert(out.has_failed);
		ck_assert_uint_eq(bytes_out_len(&out), 0);
		ck_assert_mem_eq(room, "ok#", 3);
	}
}
END_TEST

START_TEST(failed_writer_stays_failed_in_every_function)
{
	for (int writer = 0; writer < 4; writer++) {
		uint8_t room[8];
		memset(room, '#', sizeof room);
		struct bytes_out out;
		bytes_out_init(&out, room, sizeof room);
		bytes_out_bytes(&out, "too much for it", 15);
		ck_assert(out.has_failed);
		write_too_much(&out, writer);
		bytes_out_bytes(&out, "", 0);
		ck_assert(out.has_failed);
		ck_assert_uint_eq(bytes_out_len(&out), 0);
		ck_assert_mem_eq(room, "########", 8);
	}
}
END_TEST

START_TEST(refuses_a_string_whose_nul_overflows_the_length)
{
	uint8_t room[4];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	bytes_out_string(&out, (struct text){"a", SIZE_MAX});
	ck_assert(out.has_failed);
}
END_TEST

START_TEST(writes_nothing_to_null)
{
	struct bytes_out out;
	bytes_out_init(&out, NULL, 0);
	bytes_out_bytes(&out, "", 0);
	ck_assert(!out.has_failed);
	ck_assert_uint_eq(bytes_out_len(&out), 0);
	bytes_out_string(&out, text_of(""));
	ck_assert(out.has_failed);
}
END_TEST

START_TEST(compares_text_with_and_without_case)
{
	ck_assert(text_equals(text_of("octet"), text_of("octet")));
	ck_assert(!text_equals(text_of("octet"), text_of("Octet")));
	ck_assert(!text_equals(text_of("octet"), text_of("octets")));
	ck_assert(text_equals((struct text){NULL, 0}, text_of("")));
	ck_assert(text_equals((struct text){"a\0b", 3}, (struct text){"a\0b", 3}));
	ck_assert(!text_equals((struct text){"a\0b", 3}, (struct text){"a\0c", 3}));
	ck_assert(text_equals_nocase(text_of("AZaz09"), text_of("azAZ09")));
	ck_assert(text_equals_nocase((struct text){NULL, 0}, text_of("")));
	ck_assert(!text_equals_nocase(text_of("octet"), text_of("octe")));
	ck_assert(!text_equals_nocase(text_of("octet"), text_of("octex")));
	/* Neighbours of the letters differ by the case bit as well and must not be folded. */
	ck_assert(!text_equals_nocase(text_of("@"), text_of("`")));
	ck_assert(!text_equals_nocase(text_of("["), text_of("{")));
	ck_assert(!text_equals_nocase(text_of("\xc4"), text_of("\xe4")));
}
END_TEST

START_TEST(reads_decimal_numbers)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
	    {"0", 0},
	    {"007", 7},
	    {"65464", 65464},
	    {"18446744073709551615", UINT64_MAX},
	    {"0000000000000000000000000000018446744073709551615", UINT64_MAX},
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		uint64_t value = 99;
		ck_assert(text_number(text_of(good[i].text), &value));
		ck_assert_uint_eq(value, good[i].value);
	}
}
END_TEST

START_TEST(refuses_what_is_not_a_number_and_leaves_the_value)
{
	static const char *const bad[] = {"",
					  "-1",
					  "+1",
					  " 1",
					  "1 ",
					  "0x10",
					  "1.5",
					  "1/",
					  "1:",
					  "18446744073709551616",
					  "18446744073709551620",
					  "99999999999999999999",
					  "184467440737095516150"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		uint64_t value = 99;
		ck_assert_msg(!text_number(text_of(bad[i]), &value), "%s", bad[i]);
		ck_assert_uint_eq(value, 99);
	}
	uint64_t value = 99;
	ck_assert(!text_number((struct text){"1\0", 2}, &value));
	ck_assert_uint_eq(value, 99);
}
END_TEST

START_TEST(prints_only_printable_ascii)
{
	char room[16];
	text_printable((struct text){" ~\x1f\x7f\0\x1b[m\xc3\xa4", 10}, room, sizeof room);
	ck_assert_str_eq(room, " ~????[m??");
}
END_TEST

START_TEST(cuts_printed_text_to_the_room)
{
	char room[4] = "###";
	text_printable(text_of("abc"), room, sizeof room);
	ck_assert_str_eq(room, "abc");
	text_printable(text_of("abcd"), room, sizeof room);
	ck_assert_str_eq(room, "abc");
	text_printable(text_of("abcd"), room, 1);
	ck_assert_str_eq(room, "");
	room[0] = '#';
	text_printable(text_of("abcd"), room, 0);
	ck_assert_int_eq(room[0], '#');
	text_printable((struct text){NULL, 0}, room, sizeof room);
	ck_assert_str_eq(room, "");
}
END_TEST

SUITE("bytes", reads_numbers_big_endian, reads_strings_up_to_their_nul, fails_on_string_without_nul,
      lets_the_end_stand_for_the_nul_where_asked, gives_the_rest_once,
      fails_on_every_length_that_is_too_short, reads_nothing_from_null,
      failed_reader_stays_failed_in_every_function, writes_fill_the_room_to_the_last_byte,
      writes_the_least_and_the_greatest_number, failed_write_changes_nothing,
      failed_writer_stays_failed_in_every_function, refuses_a_string_whose_nul_overflows_the_length,
      writes_nothing_to_null, compares_text_with_and_without_case, reads_decimal_numbers,
      refuses_what_is_not_a_number_and_leaves_the_value, prints_only_printable_ascii,
      cuts_printed_text_to_the_room)

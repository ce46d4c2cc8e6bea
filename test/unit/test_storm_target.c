#include "unit/suite.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "uvtftp/storm_target.h"

static struct storm_target target;

static void use(const char *url, bool is_upload)
{
	target.text = url;
	ck_assert_ptr_null(url_parse(&target.url, url));
	storm_target_name(&target, is_upload);
}

static void assert_request(bool is_upload, uint32_t number, const char *wanted, size_t wanted_len)
{
	uint8_t room[STORM_REQUEST_MAX];
	const struct option_set none = {.count = 0};
	size_t len = storm_target_request(&target, is_upload, &none, number, room);
	ck_assert_uint_eq(len, wanted_len - 1);
	ck_assert_mem_eq(room, wanted, len);
}

#define ASSERT_REQUEST(is_upload, number, literal)                                                      \
	assert_request(is_upload, number, literal, sizeof literal)

START_TEST(asks_all_for_the_same)
{
	use("tftp://h/dir/file", false);
	ck_assert(!target.has_number);
	ASSERT_REQUEST(false, 0, "\0\1dir/file\0octet\0");
	ASSERT_REQUEST(false, 49999, "\0\1dir/file\0octet\0");
}
END_TEST

START_TEST(asks_each_for_its_own_where_the_url_says_so)
{
	use("tftp://h/a{n}.cfg", false);
	ck_assert(target.has_number);
	ASSERT_REQUEST(false, 0, "\0\1a0.cfg\0octet\0");
	ASSERT_REQUEST(false, 49999, "\0\1a49999.cfg\0octet\0");
	use("tftp://h/%7bn%7D", true);
	ASSERT_REQUEST(true, 7,
		       "\0\2"
		       "7\0octet\0");
}
END_TEST

START_TEST(sends_each_to_its_own_name)
{
	use("tftp://h/up", true);
	ck_assert(target.has_number);
	ASSERT_REQUEST(true, 0, "\0\2up\0octet\0");
	ASSERT_REQUEST(true, 1, "\0\2up.1\0octet\0");
	use("tftp://h/up{n}x", true);
	ASSERT_REQUEST(true, 0, "\0\2up0x\0octet\0");
}
END_TEST

START_TEST(asks_with_options_and_has_room_for_the_longest_name)
{
	uint8_t room[STORM_REQUEST_MAX];
	char url[600] = "tftp://h/";
	struct option_set all = {.count = 0};
	memset(url + strlen(url), 'x', URL_PATH_MAX);
	use(url, true);
	option_put(&all, OPTION_TSIZE, UINT64_MAX);
	option_put(&all, OPTION_BLKSIZE, 65464);
	option_put(&all, OPTION_TIMEOUT, 255);
	option_put(&all, OPTION_WINDOWSIZE, 65535);
	ck_assert_uint_gt(storm_target_request(&target, true, &all, 49999, room), URL_PATH_MAX + 60);
}
END_TEST

START_TEST(compares_every_byte_and_the_length)
{
	const struct storm_bytes bytes = {.at = (const uint8_t *)"abcdef", .len = 6};
	ck_assert(storm_bytes_match(&bytes, 0, "abc", 3));
	ck_assert(storm_bytes_match(&bytes, 3, "def", 3));
	ck_assert(storm_bytes_match(&bytes, 6, "", 0));
	ck_assert(!storm_bytes_match(&bytes, 0, "abd", 3));
	ck_assert(!storm_bytes_match(&bytes, 3, "defg", 4));
	ck_assert(!storm_bytes_match(&bytes, 6, "g", 1));
	ck_assert(!storm_bytes_match(&bytes, 7, "", 0));
	ck_assert(storm_bytes_end_at(&bytes, 6));
	ck_assert(!storm_bytes_end_at(&bytes, 5));
}
END_TEST

START_TEST(compares_the_start_and_the_length_where_more_is_not_kept)
{
	const struct storm_bytes bytes = {.at = (const uint8_t *)"abcd", .len = 4, .unkept = 6};
	ck_assert(storm_bytes_match(&bytes, 0, "abcd", 4));
	ck_assert(storm_bytes_match(&bytes, 2, "cd....", 6));
	ck_assert(!storm_bytes_match(&bytes, 2, "cx....", 6));
	ck_assert(storm_bytes_match(&bytes, 4, "......", 6));
	ck_assert(!storm_bytes_match(&bytes, 4, ".......", 7));
	ck_assert(storm_bytes_match(&bytes, 10, "", 0));
	ck_assert(!storm_bytes_match(&bytes, 11, "", 0));
	ck_assert(storm_bytes_end_at(&bytes, 10));
	ck_assert(!storm_bytes_end_at(&bytes, 4));
}
END_TEST

START_TEST(takes_anything_of_a_file_that_nobody_knows)
{
	const struct storm_bytes unknown = {.at = NULL};
	ck_assert(storm_bytes_match(&unknown, 1000, "abc", 3));
	ck_assert(storm_bytes_end_at(&unknown, 1003));
}
END_TEST

START_TEST(maps_a_file_or_says_why_not)
{
	char path[] = "/tmp/uvtftp-storm-XXXXXX";
	struct storm_bytes bytes = {.at = NULL};
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(storm_bytes_map(&bytes, path), 0);
	ck_assert_ptr_nonnull(bytes.at);
	ck_assert_uint_eq(bytes.len, 0);
	storm_bytes_free(&bytes);
	ck_assert_int_eq((int)write(fd, "text", 4), 4);
	ck_assert_int_eq(storm_bytes_map(&bytes, path), 0);
	ck_assert_uint_eq(bytes.len, 4);
	ck_assert_mem_eq(bytes.at, "text", 4);
	storm_bytes_free(&bytes);
	ck_assert_ptr_null(bytes.at);
	close(fd);
	unlink(path);
	ck_assert_int_eq(storm_bytes_map(&bytes, path), -ENOENT);
	ck_assert_int_eq(storm_bytes_map(&bytes, "/tmp"), -EISDIR);
	ck_assert_int_eq(storm_bytes_map(&bytes, "/dev/null"), -EINVAL);
}
END_TEST

START_TEST(makes_up_what_is_sent)
{
	struct storm_bytes bytes, empty;
	ck_assert_int_eq(storm_bytes_make(&bytes, 100000), 0);
	ck_assert_uint_eq(bytes.len, 100000);
	ck_assert_mem_ne(bytes.at, bytes.at + 512, 512);
	ck_assert_mem_ne(bytes.at, bytes.at + 65536, 512);
	storm_bytes_free(&bytes);
	ck_assert_int_eq(storm_bytes_make(&empty, 0), 0);
	ck_assert_ptr_nonnull(empty.at);
	storm_bytes_free(&empty);
	mem_fail_nth(1);
	ck_assert_int_eq(storm_bytes_make(&empty, 10), -ENOMEM);
}
END_TEST

SUITE("storm_target", asks_all_for_the_same, asks_each_for_its_own_where_the_url_says_so,
      sends_each_to_its_own_name, asks_with_options_and_has_room_for_the_longest_name,
      compares_every_byte_and_the_length, compares_the_start_and_the_length_where_more_is_not_kept,
      takes_anything_of_a_file_that_nobody_knows, maps_a_file_or_says_why_not, makes_up_what_is_sent)

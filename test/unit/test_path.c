#include "unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "policy/path.h"

/* The name is copied to memory of exactly its size, so that a sanitizer sees a read beyond it. */
static enum path_verdict normalise(const void *name, size_t len, char path[PATH_BYTES_MAX])
{
	char *exact = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(exact);
	if (len > 0)
		memcpy(exact, name, len);
	memset(path, '#', PATH_BYTES_MAX);
	enum path_verdict verdict = path_normalise((struct text){len > 0 ? exact : NULL, len}, path);
	free(exact);
	ck_assert_ptr_nonnull(memchr(path, '\0', PATH_BYTES_MAX));
	if (verdict != PATH_OK)
		ck_assert_str_eq(path, "");
	return verdict;
}

static void assert_path(const char *name, const char *wanted)
{
	char path[PATH_BYTES_MAX];
	ck_assert_msg(normalise(name, strlen(name), path) == PATH_OK, "refused: %s", name);
	ck_assert_str_eq(path, wanted);
}

static void assert_verdict(const char *name, enum path_verdict wanted)
{
	char path[PATH_BYTES_MAX];
	enum path_verdict verdict = normalise(name, strlen(name), path);
	ck_assert_msg(verdict == wanted, "%s: %d, not %d", name, (int)verdict, (int)wanted);
}

START_TEST(normalises_names_beneath_the_root)
{
	assert_path("pxelinux.0", "pxelinux.0");
	assert_path("/tftpboot/pxelinux.0", "tftpboot/pxelinux.0");
	assert_path("//a//b", "a/b");
	assert_path("\\boot\\x", "boot/x");
	assert_path("\\/\\a/\\/b\\c", "a/b/c");
	assert_path("C:\\x", "C:/x");
	assert_path("./a", "a");
	assert_path("a/./b", "a/b");
	assert_path("/././/a", "a");
	assert_path("a b", "a b");
}
END_TEST

START_TEST(takes_dots_in_names_as_any_other_byte)
{
	assert_path("...", "...");
	assert_path("..a", "..a");
	assert_path("a..", "a..");
	assert_path("a..b/c", "a..b/c");
	assert_path(".hidden", ".hidden");
	assert_path("a/.../b", "a/.../b");
	assert_path(". ", ". ");
	assert_path(".. /x", ".. /x");
}
END_TEST

START_TEST(decodes_nothing)
{
	assert_path("%2e%2e/x", "%2e%2e/x");
	assert_path("..%2fx", "..%2fx");
	assert_path("~/x", "~/x");
}
END_TEST

START_TEST(refuses_every_parent_component)
{
	static const char *const names[] = {
	    "..",       "../",       "/..",       "\\..",      "../x",   "/../x",       "a/..",
	    "a/../b",   "..\\..\\x", "a\\..\\..", "a/..\\b",   "./..",   "../.",        "//..//x",
	    "a/b/c/..", "a/../",     "..\\x",     "/a/./../b", "C:\\..", "x/..\\../etc"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_verdict(names[i], PATH_PARENT);
}
END_TEST

START_TEST(refuses_every_control_character_anywhere)
{
	for (int c = 0; c < 256; c++) {
		enum path_verdict wanted = c < 0x20 || c == 0x7f ? PATH_CONTROL : PATH_OK;
		if (c == '/' || c == '\\')
			continue;
		for (size_t at = 0; at < 5; at++) {
			char name[5] = {'a', 'b', '/', 'c', 'd'};
			char path[PATH_BYTES_MAX];
			name[at] = (char)c;
			ck_assert_int_eq(normalise(name, sizeof name, path), wanted);
			if (wanted == PATH_OK)
				ck_assert_mem_eq(path, name, sizeof name);
		}
	}
}
END_TEST

START_TEST(passes_bytes_beyond_ascii_through)
{
	assert_path("/\xc3\xa4/\xff\x80", "\xc3\xa4/\xff\x80");
}
END_TEST

START_TEST(finds_nothing_in_names_of_slashes_and_dots)
{
	static const char *const names[] = {"",   "/",  "\\",  "//",   "/\\/",  ".",
					    "./", "/.", "/./", ".\\.", "././/."};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_verdict(names[i], PATH_EMPTY);
}
END_TEST

START_TEST(tells_names_of_directories)
{
	static const char *const names[] = {"a/",   "a\\",  "a//",   "a/b/",  "a/.",
					    "a\\.", "a/./", "./a/.", "a/./.", "/a/"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_verdict(names[i], PATH_DIRECTORY);
}
END_TEST

/* `count` components of `len` bytes each, the last one `last` bytes. */
static size_t make_name(char *name, size_t count, size_t len, size_t last)
{
	size_t at = 0;
	for (size_t i = 0; i < count; i++) {
		size_t now = i + 1 < count ? len : last;
		if (i > 0)
			name[at++] = '/';
		memset(name + at, 'x', now);
		at += now;
	}
	return at;
}

START_TEST(limits_each_component)
{
	char name[1024];
	char path[PATH_BYTES_MAX];
	ck_assert_int_eq(normalise(name, make_name(name, 1, 0, 255), path), PATH_OK);
	ck_assert_uint_eq(strlen(path), 255);
	ck_assert_int_eq(normalise(name, make_name(name, 1, 0, 256), path), PATH_TOO_LONG);
	ck_assert_int_eq(normalise(name, make_name(name, 2, 3, 256), path), PATH_TOO_LONG);
	ck_assert_int_eq(normalise(name, make_name(name, 2, 256, 3), path), PATH_TOO_LONG);
}
END_TEST

START_TEST(limits_the_whole)
{
	char name[1024];
	char path[PATH_BYTES_MAX];
	ck_assert_int_eq(normalise(name, make_name(name, 2, 255, 255), path), PATH_OK);
	ck_assert_uint_eq(strlen(path), 511);
	ck_assert_mem_eq(path, name, 511);
	/* 512 bytes leave no room for the NUL. */
	ck_assert_int_eq(normalise(name, make_name(name, 3, 200, 110), path), PATH_TOO_LONG);
	ck_assert_int_eq(normalise(name, make_name(name, 3, 200, 109), path), PATH_OK);
	ck_assert_int_eq(normalise(name, make_name(name, 3, 200, 111), path), PATH_TOO_LONG);
	ck_assert_int_eq(normalise(name, make_name(name, 5, 200, 1), path), PATH_TOO_LONG);
}
END_TEST

START_TEST(limits_the_path_and_not_the_name)
{
	char name[1024];
	char path[PATH_BYTES_MAX];
	memset(name, '/', sizeof name);
	name[1023] = 'x';
	ck_assert_int_eq(normalise(name, sizeof name, path), PATH_OK);
	ck_assert_str_eq(path, "x");
}
END_TEST

/* Each name has the fault asked for and all that come after it. */
START_TEST(names_the_first_fault_of_several)
{
	char name[1024];
	char path[PATH_BYTES_MAX];
	size_t len = make_name(name, 3, 255, 256);
	memcpy(name + len, "/../\x7f/", 6);
	ck_assert_int_eq(normalise(name, len + 6, path), PATH_CONTROL);
	memcpy(name + len, "/../", 4);
	ck_assert_int_eq(normalise(name, len + 4, path), PATH_PARENT);
	ck_assert_int_eq(normalise(name, len + 1, path), PATH_TOO_LONG);
	len = make_name(name, 4, 200, 200);
	name[len] = '/';
	ck_assert_int_eq(normalise(name, len + 1, path), PATH_TOO_LONG);
}
END_TEST

static void assert_safe(const char *path)
{
	char bounded[PATH_BYTES_MAX + 2];
	snprintf(bounded, sizeof bounded, "/%s/", path);
	ck_assert_str_ne(path, "");
	ck_assert_ptr_null(strchr(path, '\\'));
	ck_assert_ptr_null(strstr(bounded, "//"));
	ck_assert_ptr_null(strstr(bounded, "/./"));
	ck_assert_ptr_null(strstr(bounded, "/../"));
	char again[PATH_BYTES_MAX];
	ck_assert_int_eq(normalise(path, strlen(path), again), PATH_OK);
	ck_assert_str_eq(again, path);
}

/* All names of up to seven bytes over the bytes that matter. */
START_TEST(lets_no_short_name_out_of_the_root)
{
	static const char bytes[] = {'/', '\\', '.', 'a'};
	int accepted = 0;
	for (unsigned len = 0; len <= 7; len++) {
		for (unsigned n = 0; n < 1u << (2 * len); n++) {
			char name[7];
			char bounded[10] = "/";
			char path[PATH_BYTES_MAX];
			for (unsigned i = 0; i < len; i++) {
				name[i] = bytes[n >> (2 * i) & 3];
				bounded[i + 1] = name[i] == '\\' ? '/' : name[i];
			}
			bounded[len + 1] = '/';
			bool has_parent = strstr(bounded, "/../") != NULL;
			enum path_verdict verdict = normalise(name, len, path);
			ck_assert_int_eq(verdict == PATH_PARENT, has_parent);
			if (verdict == PATH_OK) {
				accepted++;
				assert_safe(path);
			}
		}
	}
	ck_assert_int_gt(accepted, 1000);
}
END_TEST

START_TEST(says_each_verdict_in_its_own_words)
{
	const char *unknown = path_verdict_text((enum path_verdict)99);
	ck_assert_str_ne(unknown, "");
	for (int i = PATH_OK; i <= PATH_DIRECTORY; i++) {
		const char *text = path_verdict_text((enum path_verdict)i);
		ck_assert_str_ne(text, "");
		ck_assert_str_ne(text, unknown);
		for (int j = PATH_OK; j < i; j++)
			ck_assert_str_ne(text, path_verdict_text((enum path_verdict)j));
	}
}
END_TEST

SUITE("path", normalises_names_beneath_the_root, takes_dots_in_names_as_any_other_byte, decodes_nothing,
      refuses_every_parent_component, refuses_every_control_character_anywhere,
      passes_bytes_beyond_ascii_through, finds_nothing_in_names_of_slashes_and_dots,
      tells_names_of_directories, limits_each_component, limits_the_whole,
      limits_the_path_and_not_the_name, names_the_first_fault_of_several,
      lets_no_short_name_out_of_the_root, says_each_verdict_in_its_own_words)

/* Files in the directory a test works in. */
#ifndef UVTFTP_TEST_FILE_KIT_H
#define UVTFTP_TEST_FILE_KIT_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static inline void expect_file(const char *path, const char *text)
{
	char found[256] = "";
	int fd = open(path, O_RDONLY);
	ck_assert_msg(fd >= 0, "%s is missing", path);
	ck_assert_int_ge(read(fd, found, sizeof found - 1), 0);
	close(fd);
	ck_assert_str_eq(found, text);
}

/* All names beneath the root, sorted, each with a blank behind it. */
static inline void expect_listing(const char *expected)
{
	char found[4096];
	FILE *pipe = popen("find . -mindepth 1 | sed 's,^./,,' | LC_ALL=C sort | tr '\\n' ' '", "r");
	ck_assert_ptr_nonnull(pipe);
	found[fread(found, 1, sizeof found - 1, pipe)] = '\0';
	pclose(pipe);
	ck_assert_str_eq(found, expected);
}

#endif

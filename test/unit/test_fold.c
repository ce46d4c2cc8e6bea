/* A path in another letter case is found, exactly or else in byte order, and never outside the root. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/fold.h"
#include "unit/suite.h"

static char root[] = "/tmp/uvtftp-fold-XXXXXX";
static int root_fd;

static const char *const files[] = {"Boot/BCD", "Boot/bcd", "boot.SDI", "Boot/Fonts/wgl4.TTF", "other"};

static void make(void)
{
	char path[200];
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof path, "%s/Boot", root);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/Boot/Fonts", root);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", root, files[i]);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	snprintf(path, sizeof path, "%s/Out", root);
	ck_assert_int_eq(symlink("/", path), 0);
	root_fd = open(root, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(root_fd, 0);
}

static void clean(void)
{
	static const char *const rest[] = {"Out", "Boot/Fonts", "Boot"};
	char path[200];
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", root, files[i]);
		unlink(path);
	}
	for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", root, rest[i]);
		remove(path);
	}
	rmdir(root);
	close(root_fd);
}

static void expect(const char *path, const char *wanted)
{
	char found[64];
	ck_assert_int_eq(fold_path(root_fd, root, path, found, sizeof found), 0);
	ck_assert_str_eq(found, wanted);
}

static void expect_error(const char *path, size_t room, int wanted)
{
	char found[64];
	ck_assert_int_eq(fold_path(root_fd, root, path, found, room), wanted);
}

START_TEST(finds_each_component_in_any_letter_case)
{
	make();
	expect("BOOT/FONTS/WGL4.ttf", "Boot/Fonts/wgl4.TTF");
	expect("BOOT.sdi", "boot.SDI");
	expect("other", "other");
	clean();
}
END_TEST

START_TEST(prefers_the_exact_name_then_byte_order)
{
	make();
	expect("boot/BCD", "Boot/BCD");
	expect("boot/bcd", "Boot/bcd");
	expect("boot/Bcd", "Boot/BCD");
	clean();
}
END_TEST

START_TEST(says_what_is_not_there_or_too_long_or_outside)
{
	make();
	expect_error("boot/none", 64, -ENOENT);
	expect_error("other/none", 64, -ENOENT);
	expect_error("boot/bcd", 8, -ENAMETOOLONG);
	char found[64];
	ck_assert_int_lt(fold_path(root_fd, root, "out/etc", found, sizeof found), 0);
	clean();
}
END_TEST

SUITE("fold", finds_each_component_in_any_letter_case, prefers_the_exact_name_then_byte_order,
      says_what_is_not_there_or_too_long_or_outside)

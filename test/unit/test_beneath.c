#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/file_source.h"

/* Everything lies in `top`; what is served in top/root; what must not be reached in top/outside. */
static char top[64];
static char root[96];
static int root_fd;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static void link_to(const char *target, const char *path)
{
	ck_assert_int_eq(symlink(target, path), 0);
}

static const char *absolute(const char *tail)
{
	static char path[256];
	snprintf(path, sizeof path, "%s%s", top, tail);
	return path;
}

static void make_links(void)
{
	link_to("file", "l.file");
	link_to("dir/deep/inner", "l.deep");
	link_to("dir", "l.dir");
	link_to("../file", "dir/l.up");
	link_to("deep/../../l.file", "dir/l.twisted");
	link_to("l.dir/l.twisted", "l.twice");
	link_to("l.deepdir/../inner2", "l.physical");
	link_to("dir/deep", "l.deepdir");
	link_to("../outside/secret", "l.out");
	link_to("../../outside/secret", "dir/l.out");
	link_to("../root/file", "l.out.and.in");
	link_to("..", "l.parent");
	link_to("nothing", "l.dangling");
	link_to("l.loop.b", "l.loop.a");
	link_to("l.loop.a", "l.loop.b");
	link_to("l.self", "l.self");
	link_to("file/", "l.slash");
	link_to(".", "l.dot");
	link_to(absolute("/root/file"), "l.abs");
	link_to(absolute("/root/dir"), "l.abs.dir");
	link_to(absolute("/root"), "l.abs.root");
	link_to(absolute("/outside/secret"), "l.abs.out");
	link_to(absolute("/root2/file"), "l.abs.near");
	link_to(absolute("/root/../outside/secret"), "l.abs.climb");
	link_to("/etc/passwd", "l.abs.etc");
	char name[32], before[32] = "file";
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof name, "chain%d", i);
		link_to(before, name);
		memcpy(before, name, sizeof before);
	}
}

static void build(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	char *real;
	strcpy(top, "/tmp/uvtftp-beneath-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	real = realpath(top, NULL);
	ck_assert_ptr_nonnull(real);
	ck_assert_uint_lt(strlen(real), sizeof top);
	strcpy(top, real);
	free(real);
	ck_assert_int_eq(chdir(top), 0);
	mkdir("root", 0755);
	mkdir("root2", 0755);
	mkdir("outside", 0755);
	write_file("root2/file", "near");
	write_file("outside/secret", "secret");
	ck_assert_int_eq(chdir("root"), 0);
	mkdir("dir", 0755);
	mkdir("dir/deep", 0755);
	write_file("file", "file");
	write_file("dir/inner2", "inner2");
	write_file("dir/deep/inner", "inner");
	make_links();
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	char longest[256];
	memset(longest, 'n', 255);
	longest[255] = '\0';
	write_file(longest, "long");
	snprintf(root, sizeof root, "%s/root", top);
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root_fd, 0);
}

static void clear(void)
{
	char command[128];
	close(root_fd);
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

typedef int opener(int root_fd, const char *root_path, const char *path);

static int lowest_fd(void)
{
	int fd = dup(root_fd);
	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* The text of the file that is found, or the error as a number. */
static void expect(const char *path, const char *text)
{
	opener *const openers[] = {beneath_open, beneath_walk};
	for (size_t i = 0; i < 2; i++) {
		char found[32] = "";
		int free_before = lowest_fd();
		int fd = openers[i](root_fd, root, path);
		if (fd >= 0) {
			ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
			ssize_t len = read(fd, found, sizeof found - 1);
			if (len < 0)
				snprintf(found, sizeof found, "unreadable %d", errno);
			close(fd);
		} else {
			snprintf(found, sizeof found, "%d", fd);
		}
		ck_assert_msg(strcmp(found, text) == 0, "%s by %s: %s, expected %s", path,
			      i == 0 ? "open" : "walk", found, text);
		ck_assert_int_eq(lowest_fd(), free_before);
	}
}

static void expect_error(const char *path, int error)
{
	char text[16];
	snprintf(text, sizeof text, "%d", error);
	expect(path, text);
}

START_TEST(opens_files_in_any_depth)
{
	build();
	expect("file", "file");
	expect("dir/inner2", "inner2");
	expect("dir/deep/inner", "inner");
	expect("./dir//deep/./inner", "inner");
	expect("dir/../file", "file");
	expect("dir/deep/../../dir/inner2", "inner2");
	expect_error("missing", -ENOENT);
	expect_error("missing/file", -ENOENT);
	expect_error("file/below", -ENOTDIR);
	expect_error("file/", -ENOTDIR);
	expect_error("l.file/", -ENOTDIR);
	expect_error("", -ENOENT);
	clear();
}
END_TEST

START_TEST(follows_links_that_stay_inside)
{
	build();
	expect("l.file", "file");
	expect("l.deep", "inner");
	expect("l.dir/inner2", "inner2");
	expect("dir/l.up", "file");
	expect("dir/l.twisted", "file");
	expect("l.twice", "file");
	expect("l.physical", "inner2");
	expect("l.deepdir/../inner2", "inner2");
	expect("l.dot/l.dot/file", "file");
	clear();
}
END_TEST

START_TEST(follows_absolute_links_to_inside)
{
	build();
	expect("l.abs", "file");
	expect("l.abs.dir/deep/inner", "inner");
	expect("l.abs.root/l.abs.root/l.abs", "file");
	expect("l.dir/../l.abs", "file");
	clear();
}
END_TEST

START_TEST(nothing_outside_is_opened)
{
	build();
	expect_error("../outside/secret", -EXDEV);
	expect_error("..", -EXDEV);
	expect_error("dir/../../outside/secret", -EXDEV);
	expect_error("../root/file", -EXDEV);
	expect_error("/etc/passwd", -EXDEV);
	expect_error("l.out", -EXDEV);
	expect_error("dir/l.out", -EXDEV);
	expect_error("l.dir/l.out", -EXDEV);
	expect_error("l.out.and.in", -EXDEV);
	expect_error("l.parent", -EXDEV);
	expect_error("l.parent/outside/secret", -EXDEV);
	expect_error("l.abs.out", -EXDEV);
	expect_error("l.abs.near", -EXDEV);
	expect_error("l.abs.climb", -EXDEV);
	expect_error("l.abs.etc", -EXDEV);
	expect_error("l.abs.root/l.parent/outside/secret", -EXDEV);
	clear();
}
END_TEST

START_TEST(links_that_lead_nowhere_are_told)
{
	build();
	expect_error("l.dangling", -ENOENT);
	expect_error("l.loop.a", -ELOOP);
	expect_error("l.self", -ELOOP);
	expect_error("l.self/file", -ELOOP);
	expect_error("l.slash", -ENOTDIR);
	expect("chain40", "file");
	expect_error("chain41", -ELOOP);
	clear();
}
END_TEST

START_TEST(what_is_no_file_never_blocks)
{
	char text[32];
	build();
	expect("fifo", "");
	expect_error("socket", -ENXIO);
	snprintf(text, sizeof text, "unreadable %d", EISDIR);
	expect("dir", text);
	expect("l.dir", text);
	expect("dir/", text);
	expect("l.dir/", text);
	expect("l.dot", text);
	expect(".", text);
	expect("l.abs.root", text);
	clear();
}
END_TEST

START_TEST(opens_the_longest_name_and_refuses_one_longer)
{
	char name[5000];
	build();
	memset(name, 'n', sizeof name);
	name[255] = '\0';
	expect(name, "long");
	name[255] = 'n';
	name[256] = '\0';
	expect_error(name, -ENAMETOOLONG);
	name[256] = 'n';
	name[4999] = '\0';
	expect_error(name, -ENAMETOOLONG);
	clear();
}
END_TEST

START_TEST(root_of_the_file_system_can_be_the_root)
{
	build();
	char path[256];
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof path, "%s/root/l.abs", top + 1);
	opener *const openers[] = {beneath_open, beneath_walk};
	for (size_t i = 0; i < 2; i++) {
		int found = openers[i](fd, "/", path);
		ck_assert_int_ge(found, 0);
		close(found);
	}
	close(fd);
	clear();
}
END_TEST

SUITE("beneath", opens_files_in_any_depth, follows_links_that_stay_inside,
      follows_absolute_links_to_inside, nothing_outside_is_opened, links_that_lead_nowhere_are_told,
      what_is_no_file_never_blocks, opens_the_longest_name_and_refuses_one_longer,
      root_of_the_file_system_can_be_the_root)

#include "unit/suite.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "unit/source_kit.h"

START_TEST(opens_and_reads_any_range)
{
	char room[4];
	set_up();
	write_file("file", "0123456789");
	struct content *content = open_path("file");
	expect_text(content, "0123456789");
	ck_assert_int_eq(content->ops->read(content, 6, room, 4), 0);
	ck_assert_mem_eq(room, "6789", 4);
	ck_assert_int_eq(content->ops->read(content, 10, room, 0), 0);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(opens_an_empty_file)
{
	set_up();
	write_file("empty", "");
	struct content *content = open_path("empty");
	ck_assert_uint_eq(content->size_bytes, 0);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(refuses_what_is_no_file_without_blocking)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	struct stat null;
	set_up();
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	expect_refusal("dir", -EISDIR, "is a directory");
	expect_refusal("fifo", -EACCES, "is not a regular file");
	expect_refusal("socket", -EACCES, "is not a regular file");
	/* Only root can make one, and not in every container. */
	ck_assert_int_eq(stat("/dev/null", &null), 0);
	if (mknod("null", S_IFCHR | 0666, null.st_rdev) == 0 && (fd = open("null", O_RDONLY)) >= 0) {
		close(fd);
		expect_refusal("null", -EACCES, "is not a regular file");
	}
	tear_down();
}
END_TEST

START_TEST(refusals_say_why)
{
	char longer[300];
	set_up();
	memset(longer, 'n', sizeof longer);
	longer[299] = '\0';
	write_file("file", "x");
	ck_assert_int_eq(symlink("../outside", "out"), 0);
	ck_assert_int_eq(symlink("self", "self"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	int fd_before = lowest_fd();
	expect_refusal("missing", -ENOENT, "file not found");
	expect_refusal("file/below", -ENOENT, "file not found");
	expect_refusal("dangling", -ENOENT, "file not found");
	expect_refusal("out", -EACCES, "leads outside the served directory");
	expect_refusal("self", -EACCES, "too many symbolic links");
	expect_refusal(longer, -ENAMETOOLONG, "the name is too long");
	ck_assert_int_eq(lowest_fd(), fd_before);
	tear_down();
}
END_TEST

START_TEST(serves_private_files_only_if_told_to)
{
	set_up();
	write_file("private", "mine");
	ck_assert_int_eq(chmod("private", 0640), 0);
	expect_refusal("private", -EACCES, "is not readable by everyone");
	source->ops->close(source);
	open_source(".", true);
	struct content *content = open_path("private");
	expect_text(content, "mine");
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(running_out_of_descriptors_is_an_error_that_passes)
{
	int taken[1024];
	int count = 0;
	set_up();
	write_file("file", "x");
	content_drop(open_path("file")); /* the pool and the clock have what they need */
	while (count < 1024 && (taken[count] = dup(0)) >= 0)
		count++;
	if (count < 1024)
		expect_refusal("file", -EMFILE, "too many open files");
	while (count > 0)
		close(taken[--count]);
	content_drop(open_path("file"));
	tear_down();
}
END_TEST

START_TEST(same_version_is_opened_once)
{
	set_up();
	write_file("file", "same");
	ck_assert_int_eq(symlink("file", "link"), 0);
	let_settle("file");
	struct content *first = open_path("file");
	int fd_before = lowest_fd();
	struct content *second = open_path("link");
	ck_assert_ptr_eq(first, second);
	ck_assert_int_eq(lowest_fd(), fd_before);
	struct content_key key = first->key;
	content_drop(first);
	content_drop(second);
	ck_assert_int_lt(lowest_fd(), fd_before);
	struct content *third = open_path("file");
	ck_assert_mem_eq(&third->key, &key, sizeof key);
	content_drop(third);
	tear_down();
}
END_TEST

START_TEST(file_written_just_now_shares_nothing)
{
	/* The second write may fall into the same tick of the file's clock, so the times cannot tell. */
	set_up();
	write_file("file", "one");
	struct content *first = open_path("file");
	write_file("file", "two");
	struct content *second = open_path("file");
	expect_text(second, "two");
	ck_assert(!has_same_key(first, second));
	content_drop(first);
	content_drop(second);
	tear_down();
}
END_TEST

START_TEST(young_file_gets_a_key_of_its_own)
{
	bool was_young = false;
	set_up();
	/* On a slow machine a file may be old before it is opened, but not every time. */
	for (int tries = 0; tries < 1000 && !was_young; tries++) {
		write_file("file", "young");
		struct content *content = open_path("file");
		was_young = content->key.words[7] != 0;
		content_drop(content);
	}
	ck_assert(was_young);
	let_settle("file");
	struct content *content = open_path("file");
	ck_assert_uint_eq(content->key.words[7], 0);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(replaced_file_stays_whole_for_who_has_it_open)
{
	set_up();
	write_file("file", "old");
	write_file("next", "new");
	struct content *old = open_path("file");
	ck_assert_int_eq(rename("next", "file"), 0);
	struct content *new = open_path("file");
	ck_assert(!has_same_key(old, new));
	expect_text(old, "old");
	expect_text(new, "new");
	content_drop(old);
	content_drop(new);
	tear_down();
}
END_TEST

START_TEST(truncated_file_is_stale)
{
	char room[8];
	set_up();
	write_file("file", "12345678");
	struct content *content = open_path("file");
	ck_assert_int_eq(truncate("file", 4), 0);
	ck_assert_int_eq(content->ops->read(content, 0, room, 8), -ESTALE);
	ck_assert_int_eq(content->ops->read(content, 0, room, 2), -ESTALE);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(file_changed_in_place_is_stale)
{
	char room[8];
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000}};
	set_up();
	write_file("file", "12345678");
	ck_assert_int_eq(utimensat(AT_FDCWD, "file", times, 0), 0);
	struct content *content = open_path("file");
	int fd = open("file", O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "X", 1, 3), 1);
	close(fd);
	ck_assert_int_eq(content->ops->read(content, 0, room, 8), -ESTALE);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(root_must_be_a_directory_that_is_there)
{
	struct source *none;
	set_up();
	write_file("file", "x");
	ck_assert_int_eq(file_source_new(&none, &(struct file_source_options){.root = "missing"}),
			 -ENOENT);
	ck_assert_int_eq(file_source_new(&none, &(struct file_source_options){.root = "file"}),
			 -ENOTDIR);
	tear_down();
}
END_TEST

SUITE("file_source", opens_and_reads_any_range, opens_an_empty_file,
      refuses_what_is_no_file_without_blocking, refusals_say_why, serves_private_files_only_if_told_to,
      running_out_of_descriptors_is_an_error_that_passes, same_version_is_opened_once,
      file_written_just_now_shares_nothing, young_file_gets_a_key_of_its_own,
      replaced_file_stays_whole_for_who_has_it_open, truncated_file_is_stale,
      file_changed_in_place_is_stale, root_must_be_a_directory_that_is_there)

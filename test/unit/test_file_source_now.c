#include "unit/suite.h"

#include <stdlib.h>
#include <sys/uio.h>

#include "store/file_inside.h"
#include "unit/source_kit.h"

/* On systems and file systems without such opens, never; nor where the kernel is too old or a filter forbids the call:
 * then not even the root itself is to be had. */
static bool can_be_known(void)
{
	int root_fd = LIST_OWNER(source, struct file_source, source)->root_fd;
	int fd = beneath_opens_now(root_fd) ? beneath_open_now(root_fd, ".") : -1;
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Some file systems cannot read so, tmpfs among them. */
static bool can_be_read_now(const char *path)
{
	bool can_be = false;
#ifdef RWF_NOWAIT
	char byte;
	struct iovec part = {&byte, 1};
	int fd = open(path, O_RDONLY);
	can_be = preadv2(fd, &part, 1, 0, RWF_NOWAIT) == 1;
	close(fd);
#else
	(void)path;
#endif
	return can_be;
}

static bool try_path(const char *path, struct answer *answer)
{
	memset(answer, 0, sizeof *answer);
	return source->ops->try_open(source, path, NULL, answer);
}

START_TEST(what_is_in_memory_is_opened_at_once)
{
	struct answer answer;
	set_up();
	write_file("file", "0123456789");
	let_settle("file");
	ck_assert_int_eq(try_path("file", &answer), can_be_known());
	if (can_be_known()) {
		char room[10];
		ck_assert_int_eq(answer.error, 0);
		expect_text(answer.content, "0123456789");
		if (can_be_read_now("file")) {
			ck_assert_int_eq(answer.content->ops->read_now(answer.content, 0, room, 10), 0);
			ck_assert_mem_eq(room, "0123456789", 10);
		} else {
			ck_assert_int_ne(answer.content->ops->read_now(answer.content, 0, room, 10), 0);
		}
		/* The same content as from the pool. */
		ck_assert_ptr_eq(open_path("file"), answer.content);
		content_drop(answer.content);
		content_drop(answer.content);
	}
	tear_down();
}
END_TEST

START_TEST(an_absent_name_is_known_at_once_when_it_was_looked_for)
{
	struct answer answer;
	set_up();
	expect_refusal("absent", -ENOENT, "file not found");
	if (try_path("absent", &answer)) {
		ck_assert_ptr_null(answer.content);
		ck_assert_int_eq(answer.error, -ENOENT);
		ck_assert_str_eq(answer.why, "file not found");
	}
	/* And no longer when it is there. */
	write_file("absent", "here");
	if (try_path("absent", &answer)) {
		ck_assert_int_eq(answer.error, 0);
		expect_text(answer.content, "here");
		content_drop(answer.content);
	}
	tear_down();
}
END_TEST

START_TEST(nothing_outside_is_opened_at_once)
{
	static const char *const paths[] = {"link", "../outside", "dir/../../outside", "absolute"};
	char target[128];
	struct answer answer;
	set_up();
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	snprintf(target, sizeof target, "%s/outside", top);
	ck_assert_int_eq(symlink("../outside", "link"), 0);
	ck_assert_int_eq(symlink(target, "absolute"), 0);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		ck_assert(!try_path(paths[i], &answer) || answer.content == NULL);
	tear_down();
}
END_TEST

START_TEST(refusals_are_the_same_at_once)
{
	struct answer answer;
	set_up();
	write_file("private", "x");
	ck_assert_int_eq(chmod("private", 0600), 0);
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	if (try_path("private", &answer)) {
		ck_assert_int_eq(answer.error, -EACCES);
		ck_assert_str_eq(answer.why, "is not readable by everyone");
	}
	if (try_path("dir", &answer))
		ck_assert_int_eq(answer.error, -EISDIR);
	tear_down();
}
END_TEST

START_TEST(an_open_content_is_found_by_its_key)
{
	set_up();
	write_file("file", "0123456789");
	struct content *content = open_path("file");
	struct content_key key = content->key;
	ck_assert_ptr_eq(source->ops->find(source, &key), content);
	content_drop(content);
	content_drop(content);
	ck_assert_ptr_null(source->ops->find(source, &key));
	tear_down();
}
END_TEST

START_TEST(a_file_that_changed_is_stale_at_once_too)
{
	char room[10];
	set_up();
	write_file("file", "0123456789");
	struct content *content = open_path("file");
	write_file("file", "other");
	ck_assert_int_ne(content->ops->read_now(content, 0, room, 5), 0);
	content_drop(content);
	tear_down();
}
END_TEST

SUITE("file_source_now", what_is_in_memory_is_opened_at_once,
      an_absent_name_is_known_at_once_when_it_was_looked_for, nothing_outside_is_opened_at_once,
      refusals_are_the_same_at_once, an_open_content_is_found_by_its_key,
      a_file_that_changed_is_stale_at_once_too)

#include "unit/suite.h"

#include "unit/sink_kit.h"

static void reopen(void)
{
	sink_drop(sink);
	open_sink();
}

START_TEST(stores_in_directories_and_behind_links_that_stay_inside)
{
	set_up(SINK_OVERWRITE);
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(mkdir("dir/deep", 0755), 0);
	ck_assert_int_eq(symlink("dir/deep", "link"), 0);
	ck_assert_int_eq(store("dir/deep/one", "1"), 0);
	ck_assert_int_eq(store("link/two", "2"), 0);
	ck_assert_int_eq(store("./dir//three", "3"), 0);
	expect_file("dir/deep/one", "1");
	expect_file("dir/deep/two", "2");
	expect_file("dir/three", "3");
	tear_down();
}
END_TEST

START_TEST(nothing_outside_is_written)
{
	static const char *const paths[] = {
	    "../outside",
	    "..",
	    "/etc/uvtftp-test",
	    "dir/../../outside",
	    "dir/..",
	    "dir/../../root/new",
	    "up/outside",
	    "up/new",
	    "out/new",
	    "tmp/new",
	    "dir/up/../outside",
	    "abs/outside",
	    "l.out",
	    "l.new",
	    "l.abs",
	    "chain/outside",
	    "proc/cwd/new",
	};
	char absolute[96];
	set_up(SINK_OVERWRITE);
	snprintf(absolute, sizeof absolute, "%s/outside", top);
	write_file("../outside", "secret");
	ck_assert_int_eq(mkdir("../away", 0777), 0);
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(symlink("..", "up"), 0);
	ck_assert_int_eq(symlink("../..", "dir/up"), 0);
	ck_assert_int_eq(symlink("../away", "out"), 0);
	ck_assert_int_eq(symlink("/tmp", "tmp"), 0);
	ck_assert_int_eq(symlink("/proc/self", "proc"), 0);
	ck_assert_int_eq(symlink(top, "abs"), 0);
	ck_assert_int_eq(symlink("up", "chain"), 0);
	ck_assert_int_eq(symlink("../outside", "l.out"), 0);
	ck_assert_int_eq(symlink("../new", "l.new"), 0);
	ck_assert_int_eq(symlink(absolute, "l.abs"), 0);
	for (int makes = 0; makes < 2; makes++) {
		options.makes_directories = makes != 0;
		reopen();
		for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
			ck_assert_msg(store(paths[i], "evil") != 0, "%s", paths[i]);
		ck_assert_int_eq(store(absolute, "evil"), -EXDEV);
		expect_refusal("up/outside", -EXDEV, "leads outside the served directory");
	}
	expect_listing("abs chain dir dir/up l.abs l.new l.out out proc tmp up ");
	ck_assert_int_eq(chdir(".."), 0);
	expect_file("outside", "secret");
	ck_assert_int_eq(rmdir("away"), 0);
	ck_assert_int_ne(access("new", F_OK), 0);
	ck_assert_int_ne(access("/tmp/new", F_OK), 0);
	tear_down();
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	set_up(SINK_OVERWRITE);
	write_file("file", "file");
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(symlink("file", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0666), 0);
	expect_refusal("dir", -EISDIR, "is a directory");
	expect_refusal("dir/", -EISDIR, "is a directory");
	expect_refusal("dir/.", -EISDIR, "is a directory");
	expect_refusal("link", -EACCES, "is not a regular file");
	expect_refusal("dangling", -EACCES, "is not a regular file");
	expect_refusal("fifo", -EACCES, "is not a regular file");
	expect_refusal("file/below", -ENOENT, "no such directory");
	expect_refusal("missing/below", -ENOENT, "no such directory");
	expect_refusal("dangling/below", -ENOENT, "no such directory");
	expect_refusal("loop/below", -EACCES, "too many symbolic links");
	expect_refusal("", -ENOENT, "a file needs a name");
	expect_refusal(".uvtftp-0123456789abcdef", -EACCES, "this name is the server's own");
	expect_refusal("dir/.uvtftp-", -EACCES, "this name is the server's own");
	options.makes_directories = true;
	reopen();
	expect_refusal("dangling/below", -ENOENT, "no such directory");
	expect_refusal("file/deep/below", -ENOENT, "no such directory");
	expect_listing("dangling dir fifo file link loop ");
	tear_down();
}
END_TEST

START_TEST(too_long_names_are_refused)
{
	static char path[6000];
	set_up(SINK_OVERWRITE);
	options.makes_directories = true;
	reopen();
	memset(path, 'n', 256);
	expect_refusal(path, -ENAMETOOLONG, "the name is too long");
	strcpy(path + 256, "/file");
	expect_refusal(path, -ENAMETOOLONG, "the name is too long");
	for (size_t i = 0; i + 1 < sizeof path; i++)
		path[i] = i % 2 == 0 ? 'd' : '/';
	path[sizeof path - 2] = 'f';
	expect_refusal(path, -ENAMETOOLONG, "the name is too long");
	expect_listing("");
	tear_down();
}
END_TEST

START_TEST(missing_directories_are_made_by_the_commit)
{
	struct stat found;
	for (int named = 0; named < 2; named++) {
		wants_names = named != 0;
		set_up(SINK_CREATE);
		options.makes_directories = true;
		reopen();
		umask(077);
		begin_with(0, "a/b//./c/name", "deep");
		begin_with(1, "a/other", "shallow");
		begin_with(2, "a/aborted/name", "x");
		ck_assert_int_ne(access("a", F_OK), 0);
		ck_assert_int_eq(commit(0), 0);
		ck_assert_int_eq(commit(1), 0);
		sink_abort(&owners[2].storing);
		desk_close(&desk);
		desk_open(&desk);
		expect_file("a/b/c/name", "deep");
		expect_listing("a a/b a/b/c a/b/c/name a/other ");
		ck_assert_int_eq(stat("a/b", &found), 0);
		ck_assert_uint_eq(found.st_mode & 0777, 0755);
		tear_down();
	}
}
END_TEST

START_TEST(link_that_appears_where_a_directory_was_missing_is_not_followed)
{
	set_up(SINK_OVERWRITE);
	options.makes_directories = true;
	reopen();
	ck_assert_int_eq(mkdir("../away", 0777), 0);
	begin_with(0, "new/name", "x");
	ck_assert_int_eq(symlink("../away", "new"), 0);
	ck_assert_int_eq(commit(0), -ENOENT);
	ck_assert_int_eq(rmdir("../away"), 0);
	expect_listing("new ");
	tear_down();
}
END_TEST

START_TEST(root_must_be_a_directory_that_is_there)
{
	struct sink *none;
	set_up(SINK_CREATE);
	write_file("file", "x");
	ck_assert_int_eq(sink_new(&none, &(struct sink_options){.root = "missing"}), -ENOENT);
	ck_assert_int_eq(sink_new(&none, &(struct sink_options){.root = "file"}), -ENOTDIR);
	sink_drop(NULL);
	tear_down();
}
END_TEST

SUITE("sink_place", stores_in_directories_and_behind_links_that_stay_inside, nothing_outside_is_written,
      what_is_no_file_is_refused, too_long_names_are_refused, missing_directories_are_made_by_the_commit,
      link_that_appears_where_a_directory_was_missing_is_not_followed,
      root_must_be_a_directory_that_is_there)

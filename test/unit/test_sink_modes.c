#include "unit/suite.h"

#include "unit/sink_kit.h"

/* With temporary files that have a name and such that have none. */
static void set_up_twice(int named, enum sink_mode mode)
{
	wants_names = named != 0;
	set_up(mode);
}

static mode_t mode_of(const char *path)
{
	struct stat found;
	ck_assert_int_eq(lstat(path, &found), 0);
	return found.st_mode & 07777;
}

static void stores_a_new_file(int named)
{
	set_up_twice(named, SINK_CREATE);
	umask(077);
	options.file_mode = 0664;
	sink_drop(sink);
	open_sink();
	begin_with(0, "new", "con");
	ck_assert_int_ne(access("new", F_OK), 0);
	put(0, "tent");
	ck_assert_int_eq(commit(0), 0);
	expect_file("new", "content");
	ck_assert_uint_eq(mode_of("new"), 0664);
	ck_assert_int_eq(store("empty", ""), 0);
	expect_file("empty", "");
	expect_listing("empty new ");
	tear_down();
}

START_TEST(creates_new_files_only)
{
	for (int named = 0; named < 2; named++) {
		stores_a_new_file(named);
		set_up_twice(named, SINK_CREATE);
		write_file("old", "old");
		expect_refusal("old", -EEXIST, "the file exists already");
		expect_file("old", "old");
		expect_listing("old ");
		tear_down();
	}
}
END_TEST

START_TEST(second_of_two_creations_loses)
{
	for (int named = 0; named < 2; named++) {
		set_up_twice(named, SINK_CREATE);
		begin_with(0, "name", "first");
		begin_with(1, "name", "second");
		ck_assert_int_eq(commit(1), 0);
		ck_assert_int_eq(commit(0), -EEXIST);
		ck_assert_str_eq(owners[0].storing.why, "the file exists already");
		expect_file("name", "second");
		expect_listing("name ");
		tear_down();
	}
}
END_TEST

START_TEST(last_of_two_overwriting_commits_wins)
{
	for (int named = 0; named < 2; named++) {
		set_up_twice(named, SINK_OVERWRITE);
		begin_with(0, "name", "first");
		begin_with(1, "name", "the second");
		ck_assert_int_eq(commit(1), 0);
		expect_file("name", "the second");
		ck_assert_int_eq(commit(0), 0);
		expect_file("name", "first");
		expect_listing("name ");
		tear_down();
	}
}
END_TEST

START_TEST(reader_of_the_old_file_sees_it_whole)
{
	for (int named = 0; named < 2; named++) {
		char found[16] = "";
		set_up_twice(named, SINK_OVERWRITE);
		write_file("name", "old one");
		int fd = open("name", O_RDONLY);
		ck_assert_int_eq(read(fd, found, 3), 3);
		begin_with(0, "name", "new");
		expect_file("name", "old one");
		ck_assert_int_eq(commit(0), 0);
		ck_assert_int_eq(read(fd, found + 3, 12), 4);
		ck_assert_str_eq(found, "old one");
		close(fd);
		expect_file("name", "new");
		tear_down();
	}
}
END_TEST

START_TEST(versions_count_up)
{
	for (int named = 0; named < 2; named++) {
		set_up_twice(named, SINK_VERSION);
		ck_assert_int_eq(store("name", "one"), 0);
		expect_listing("name ");
		ck_assert_int_eq(store("name", "two"), 0);
		expect_file("name.~1~", "one");
		write_file("name.~9~", "nine");
		write_file("name.~12", "no version");
		write_file("name.~12~x", "no version");
		write_file("names.~50~", "another's");
		write_file("name.~99999999999999999999~", "no number");
		ck_assert_int_eq(store("name", "three"), 0);
		expect_file("name.~1~", "one");
		expect_file("name.~9~", "nine");
		expect_file("name.~10~", "two");
		expect_file("name", "three");
		tear_down();
	}
}
END_TEST

START_TEST(version_without_room_in_its_name_leaves_the_old_file)
{
	char name[256];
	set_up(SINK_VERSION);
	memset(name, 'n', 255);
	name[255] = '\0';
	ck_assert_int_eq(store(name, "one"), 0);
	expect_refusal(name, -ENAMETOOLONG, "the old version cannot be kept");
	expect_file(name, "one");
	tear_down();
}
END_TEST

START_TEST(existing_means_there_and_writable_by_everyone)
{
	for (int named = 0; named < 2; named++) {
		set_up_twice(named, SINK_EXISTING);
		expect_refusal("missing", -ENOENT, "only files that exist may be written");
		write_file("mine", "old");
		expect_refusal("mine", -EACCES, "is not writable by everyone");
		write_file("open", "old");
		ck_assert_int_eq(chmod("open", 04666), 0);
		begin_with(0, "open", "new");
		expect_file("open", "old");
		ck_assert_int_eq(commit(0), 0);
		expect_file("open", "new");
		ck_assert_uint_eq(mode_of("open"), 0666);
		begin_with(0, "open", "late");
		ck_assert_int_eq(unlink("open"), 0);
		ck_assert_int_eq(commit(0), -ENOENT);
		expect_listing("mine ");
		tear_down();
	}
}
END_TEST

START_TEST(owner_is_set_or_kept)
{
	struct stat found;
	if (geteuid() != 0) {
		fprintf(stderr, "owner_is_set_or_kept: skipped, needs root\n");
		return;
	}
	set_up(SINK_OVERWRITE);
	options.uid = 1234;
	options.gid = 4321;
	options.makes_directories = true;
	sink_drop(sink);
	open_sink();
	ck_assert_int_eq(store("made/name", "x"), 0);
	ck_assert_int_eq(stat("made/name", &found), 0);
	ck_assert(found.st_uid == 1234 && found.st_gid == 4321);
	ck_assert_int_eq(stat("made", &found), 0);
	ck_assert(found.st_uid == 1234 && found.st_gid == 4321);
	sink_drop(sink);
	options.mode = SINK_EXISTING;
	options.uid = options.gid = -1;
	open_sink();
	ck_assert_int_eq(chmod("made/name", 0602), 0);
	ck_assert_int_eq(store("made/name", "y"), 0);
	ck_assert_int_eq(stat("made/name", &found), 0);
	ck_assert(found.st_uid == 1234 && found.st_gid == 4321);
	ck_assert_uint_eq(mode_of("made/name"), 0602);
	tear_down();
}
END_TEST

START_TEST(what_became_no_file_meanwhile_is_not_replaced)
{
	for (int named = 0; named < 2; named++) {
		set_up_twice(named, SINK_OVERWRITE);
		begin_with(0, "a", "x");
		begin_with(1, "b", "x");
		ck_assert_int_eq(mkdir("a", 0755), 0);
		ck_assert_int_eq(symlink("target", "b"), 0);
		ck_assert_int_eq(commit(0), -EISDIR);
		ck_assert_int_eq(commit(1), -EACCES);
		ck_assert_str_eq(owners[1].storing.why, "is not a regular file");
		expect_listing("a b ");
		tear_down();
	}
}
END_TEST

SUITE("sink_modes", creates_new_files_only, second_of_two_creations_loses,
      last_of_two_overwriting_commits_wins, reader_of_the_old_file_sees_it_whole, versions_count_up,
      version_without_room_in_its_name_leaves_the_old_file,
      existing_means_there_and_writable_by_everyone, owner_is_set_or_kept,
      what_became_no_file_meanwhile_is_not_replaced)

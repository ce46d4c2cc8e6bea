/* What is left of uploads that nobody ended, and disks that are full. */
#include "unit/suite.h"

#include <sys/wait.h>

#include "unit/disk.h"
#include "unit/sink_kit.h"

static const char much[SINK_HALF_MIN - 4];

/* Uploads in a process of its own, which leaves them in the middle and says so through the pipe. The pool has
 * no threads yet that would be missing there. */
static pid_t upload_elsewhere(int is_stuck, int *ready)
{
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(ends[0]);
		desk_open(&desk);
		begin_with(0, "new", "half");
		begin_with(1, "dir/deep/new", "half");
		begin_with(2, "dir/old", "half");
		ck_assert(sink_append(&owners[2].storing, much, sizeof much));
		ck_assert(sink_append(&owners[2].storing, much, 100)); /* the half before is full */
		if (write(ends[1], "x", 1) == 1 && is_stuck != 0)
			pause();
		_exit(0);
	}
	close(ends[1]);
	*ready = ends[0];
	return child;
}

static void wait_until_ready(int ready)
{
	char byte;
	ck_assert_int_eq(read(ready, &byte, 1), 1);
	close(ready);
}

static void set_up_tree(int named)
{
	wants_names = named != 0;
	set_up(SINK_OVERWRITE);
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(mkdir("dir/deep", 0755), 0);
	write_file("dir/old", "old");
}

static unsigned count_hidden(void)
{
	unsigned count = 0;
	FILE *pipe = popen("find . -name '.uvtftp-*' | wc -l", "r");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_eq(fscanf(pipe, "%u", &count), 1);
	pclose(pipe);
	return count;
}

START_TEST(leftovers_of_a_crash_are_swept)
{
	for (int named = 0; named < 2; named++) {
		int ready, status;
		set_up_tree(named);
		pid_t child = upload_elsewhere(0, &ready);
		wait_until_ready(ready);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		ck_assert(named == 0 || count_hidden() == 3);
		sink_drop(sink);
		open_sink();
		expect_listing("dir dir/deep dir/old ");
		expect_file("dir/old", "old");
		tear_down();
	}
}
END_TEST

START_TEST(running_uploads_of_another_server_are_left_alone)
{
	int ready, status;
	set_up_tree(1);
	pid_t child = upload_elsewhere(1, &ready);
	wait_until_ready(ready);
	begin_with(0, "mine", "whole");
	sink_drop(sink);
	open_sink();
	ck_assert_uint_eq(count_hidden(), 4);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	struct sink *mine = owners[0].storing.upload->sink;
	sink_drop(sink);
	open_sink();
	ck_assert_uint_eq(count_hidden(), 1);
	ck_assert_ptr_ne(mine, sink);
	ck_assert_int_eq(commit(0), 0);
	expect_listing("dir dir/deep dir/old mine ");
	tear_down();
}
END_TEST

START_TEST(only_files_of_ours_are_swept)
{
	set_up_tree(0);
	ck_assert_int_eq(mkdir(".uvtftp-directory", 0755), 0);
	ck_assert_int_eq(symlink("dir/old", ".uvtftp-link"), 0);
	ck_assert_int_eq(symlink("../..", "dir/up"), 0);
	ck_assert_int_eq(mkfifo(".uvtftp-fifo", 0644), 0);
	write_file("../.uvtftp-outside", "x");
	write_file("uvtftp-0", "x");
	write_file("dir/.uvtftp-0", "x");
	write_file("dir/deep/.uvtftp-1", "x");
	ck_assert_int_eq(chmod("dir/deep/.uvtftp-1", 0444), 0);
	sink_drop(sink);
	open_sink();
	expect_listing(
	    ".uvtftp-directory .uvtftp-fifo .uvtftp-link dir dir/deep dir/old dir/up uvtftp-0 ");
	expect_file("../.uvtftp-outside", "x");
	tear_down();
}
END_TEST

START_TEST(tree_too_deep_to_add_up_is_told_only_with_a_quota)
{
	struct sink *none;
	set_up(SINK_CREATE);
	for (unsigned i = 0; i <= SINK_DEPTH_MAX; i++) {
		ck_assert_int_eq(mkdir("d", 0755), 0);
		ck_assert_int_eq(chdir("d"), 0);
		if (i + 2 == SINK_DEPTH_MAX)
			write_file(".uvtftp-deepest", "x");
	}
	ck_assert_int_eq(chdir(top), 0);
	options.root = "root";
	sink_drop(sink);
	open_sink();
	ck_assert_uint_eq(count_hidden(), 0);
	options.quota_bytes = 1;
	ck_assert_int_eq(sink_new(&none, &options), -E2BIG);
	tear_down();
}
END_TEST

#define DISK_BYTES 1048576u

static const char block_of_zeros[512];

/* Appends until the disk is full; the error. */
static int fill_disk(int i)
{
	for (;;) {
		if (sink_room(&owners[i].storing) < sizeof block_of_zeros) {
			sink_wait_room(&owners[i].storing);
			if (await(i) != 0)
				return owners[i].storing.error;
		}
		if (!sink_append(&owners[i].storing, block_of_zeros, sizeof block_of_zeros)) {
			sink_abort(&owners[i].storing);
			return owners[i].storing.error;
		}
	}
}

START_TEST(full_disk_is_told_and_left_as_it_was)
{
	struct sink_request request = {.path = "new", .size_bytes = 2 * DISK_BYTES, .burst_bytes = 512};
	set_up(SINK_CREATE);
	if (!disk_mount("disk", DISK_BYTES)) {
		fprintf(stderr, "full_disk_is_told_and_left_as_it_was: skipped, cannot mount a tmpfs\n");
		tear_down();
		return;
	}
	for (int named = 0; named < 2; named++) {
		wants_names = named != 0;
		options.root = "disk";
		sink_drop(sink);
		open_sink();
		ck_assert_int_eq(ask(0, &request), 0);
		ck_assert_int_eq(await(0), -ENOSPC);
		ck_assert_str_eq(owners[0].storing.why, "larger than what is free on the disk");
		begin(0, "new");
		ck_assert_int_eq(await(0), 0);
		ck_assert_int_eq(fill_disk(0), -ENOSPC);
		ck_assert_str_eq(owners[0].storing.why, "the disk is full");
		expect_listing("disk ");
		request.size_bytes = DISK_BYTES / 2; /* all is free again */
		ck_assert_int_eq(ask(0, &request), 0);
		ck_assert_int_eq(await(0), 0);
		ck_assert(sink_append(&owners[0].storing, "x", 1));
		ck_assert_int_eq(commit(0), 0);
		ck_assert_int_eq(unlink("disk/new"), 0);
		request.size_bytes = 2 * DISK_BYTES;
	}
	sink_drop(sink);
	sink = NULL;
	disk_unmount("disk");
	tear_down();
}
END_TEST

SUITE("sink_crash", leftovers_of_a_crash_are_swept, running_uploads_of_another_server_are_left_alone,
      only_files_of_ours_are_swept, tree_too_deep_to_add_up_is_told_only_with_a_quota,
      full_disk_is_told_and_left_as_it_was)

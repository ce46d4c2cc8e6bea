#include "unit/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "uvtftp/download.h"

/* Each test is a process of its own: it works in a directory of its own. */
static char home[] = "/tmp/uvtftp-download-XXXXXX";

static void enter(void)
{
	ck_assert_ptr_nonnull(mkdtemp(home));
	ck_assert_int_eq(chdir(home), 0);
}

/* Empty but for `left`, which goes, too. */
static void leave(const char *left)
{
	DIR *directory = opendir(".");
	const struct dirent *entry;
	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		ck_assert_msg(left != NULL && strcmp(entry->d_name, left) == 0, "left over: %s",
			      entry->d_name);
	}
	closedir(directory);
	if (left != NULL)
		ck_assert_int_eq(unlink(left), 0);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(home), 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void assert_file(const char *path, const char *text)
{
	char found[256];
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	found[fread(found, 1, sizeof found - 1, file)] = '\0';
	fclose(file);
	ck_assert_str_eq(found, text);
}

static void put(struct download *download, const char *text)
{
	ck_assert_int_eq(download_write(download, (const uint8_t *)text, strlen(text)), 0);
}

START_TEST(shows_the_file_only_when_it_is_whole)
{
	struct download download;
	struct stat status;
	enter();
	umask(027);
	ck_assert_int_eq(download_open(&download, "x"), 0);
	ck_assert_int_eq(download_create(&download), 0);
	ck_assert_int_eq(memcmp(download.temporary, ".x.", 3), 0);
	put(&download, "half");
	ck_assert_int_ne(access("x", F_OK), 0);
	put(&download, " whole");
	ck_assert_int_eq(download_commit(&download), 0);
	ck_assert_uint_eq(download.bytes, 10);
	download_close(&download);
	assert_file("x", "half whole");
	ck_assert_int_eq(stat("x", &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0640);
	leave("x");
}
END_TEST

START_TEST(leaves_the_old_file_when_it_fails)
{
	struct download download;
	enter();
	write_file("x", "old");
	ck_assert_int_eq(download_open(&download, "x"), 0);
	ck_assert_int_eq(download_create(&download), 0);
	put(&download, "new");
	download_close(&download);
	assert_file("x", "old");
	leave("x");
}
END_TEST

START_TEST(follows_a_link_and_keeps_it)
{
	struct download download;
	struct stat status;
	enter();
	write_file("x", "old");
	ck_assert_int_eq(symlink("x", "link"), 0);
	ck_assert_int_eq(download_open(&download, "link"), 0);
	ck_assert_int_eq(download_create(&download), 0);
	put(&download, "new");
	ck_assert_int_eq(download_commit(&download), 0);
	download_close(&download);
	assert_file("x", "new");
	ck_assert_int_eq(lstat("link", &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	unlink("link");
	leave("x");
}
END_TEST

START_TEST(shortens_a_long_name_for_the_temporary_file)
{
	struct download download;
	char name[256];
	memset(name, 'n', 255);
	name[255] = '\0';
	enter();
	ck_assert_int_eq(download_open(&download, name), 0);
	ck_assert_int_eq(download_create(&download), 0);
	ck_assert_int_eq(download_commit(&download), 0);
	download_close(&download);
	leave(name);
}
END_TEST

START_TEST(says_what_cannot_be_written_to)
{
	struct download download;
	enter();
	ck_assert_int_eq(download_open(&download, "."), -EISDIR);
	ck_assert_ptr_nonnull(download.fault.doing);
	ck_assert_ptr_nonnull(download.fault.remedy);
	download_close(&download);
	write_file("x", "");
	ck_assert_int_eq(download_open(&download, "x/y"), -ENOTDIR);
	download_close(&download);
	ck_assert_int_eq(download_open(&download, "none/y"), 0);
	ck_assert_int_eq(download_create(&download), -ENOENT);
	ck_assert_ptr_nonnull(download.fault.doing);
	download_close(&download);
	leave("x");
}
END_TEST

START_TEST(removes_what_cannot_be_renamed)
{
	struct download download;
	enter();
	ck_assert_int_eq(download_open(&download, "x"), 0);
	ck_assert_int_eq(download_create(&download), 0);
	ck_assert_int_eq(mkdir("x", 0777), 0);
	ck_assert_int_eq(download_commit(&download), -EISDIR);
	ck_assert_ptr_nonnull(download.fault.doing);
	download_close(&download);
	ck_assert_int_eq(rmdir("x"), 0);
	leave(NULL);
}
END_TEST

START_TEST(refuses_a_file_larger_than_the_free_space)
{
	struct download download;
	enter();
	ck_assert_int_eq(download_open(&download, "x"), 0);
	ck_assert_int_eq(download_create(&download), 0);
	ck_assert_int_eq(download_reserve(&download, 0), 0);
	ck_assert_int_eq(download_reserve(&download, 1), 0);
	ck_assert_ptr_null(download.fault.doing);
	ck_assert_int_eq(download_reserve(&download, UINT64_MAX), -ENOSPC);
	ck_assert_ptr_nonnull(download.fault.doing);
	download_close(&download);
	leave(NULL);
}
END_TEST

START_TEST(writes_devices_directly)
{
	struct download download;
	struct stat status;
	ck_assert_int_eq(download_open(&download, "/dev/null"), 0);
	ck_assert_int_eq(download_create(&download), 0);
	ck_assert_ptr_null(download.temporary);
	ck_assert_int_eq(download_reserve(&download, UINT64_MAX), 0);
	put(&download, "gone");
	ck_assert_int_eq(download_commit(&download), 0);
	download_close(&download);
	ck_assert_int_eq(stat("/dev/null", &status), 0);
	ck_assert(S_ISCHR(status.st_mode));
}
END_TEST

static void become_stdout(int fd)
{
	ck_assert_int_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	close(fd);
}

START_TEST(writes_standard_output_in_full)
{
	struct download download;
	char room[16];
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	become_stdout(ends[1]);
	ck_assert_int_eq(download_open(&download, "-"), 0);
	ck_assert_int_eq(download_create(&download), 0);
	put(&download, "text");
	ck_assert_int_eq(download_commit(&download), 0);
	download_close(&download);
	ck_assert_int_eq(read(ends[0], room, sizeof room), 4);
	close(ends[0]);
}
END_TEST

START_TEST(is_quiet_when_the_reader_goes)
{
	struct download download;
	int ends[2];
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	become_stdout(ends[1]);
	close(ends[0]);
	ck_assert_int_eq(download_open(&download, "-"), 0);
	ck_assert_int_eq(download_write(&download, (const uint8_t *)"x", 1), -EPIPE);
	ck_assert(download.fault.is_quiet);
	download_close(&download);
}
END_TEST

static void wake(int number)
{
	(void)number;
}

/* The pipe is full and nobody reads: a signal ends the wait, though its handler restarts calls. */
START_TEST(lets_a_signal_end_the_wait_for_a_reader)
{
	struct download download;
	static uint8_t much[1 << 20];
	int ends[2];
	struct sigaction action = {.sa_handler = wake, .sa_flags = SA_RESTART};
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(pipe(ends), 0);
	become_stdout(ends[1]);
	ck_assert_int_eq(download_open(&download, "-"), 0);
	alarm(1);
	ck_assert_int_eq(download_write(&download, much, sizeof much), -EINTR);
	ck_assert_uint_lt(download.bytes, sizeof much);
	close(ends[0]);
	download_close(&download);
}
END_TEST

START_TEST(survives_when_memory_is_short)
{
	struct download download;
	enter();
	mem_fail_nth(1);
	ck_assert_int_eq(download_open(&download, "x"), -ENOMEM);
	download_close(&download);
	ck_assert_int_eq(download_open(&download, "x"), 0);
	mem_fail_nth(1);
	ck_assert_int_eq(download_create(&download), -ENOMEM);
	download_close(&download);
	leave(NULL);
}
END_TEST

SUITE("download", shows_the_file_only_when_it_is_whole, leaves_the_old_file_when_it_fails,
      follows_a_link_and_keeps_it, shortens_a_long_name_for_the_temporary_file,
      says_what_cannot_be_written_to, removes_what_cannot_be_renamed,
      refuses_a_file_larger_than_the_free_space, writes_devices_directly, writes_standard_output_in_full,
      is_quiet_when_the_reader_goes, lets_a_signal_end_the_wait_for_a_reader,
      survives_when_memory_is_short)

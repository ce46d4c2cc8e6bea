/* What an upload may do to the files that are there, where it may go, and how much it may be. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "e2e/upload.h"
#include "unit/suite.h"

#define CONTENT_BYTES 100000

static uint8_t content[CONTENT_BYTES];
static struct tree tree;
static struct daemon server;
static struct talk talk;
static struct upload upload;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_fill(content, sizeof content);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
}

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

/* Refused in answer to the request, with these words. */
static void refuse(const char *name, unsigned code, const char *text)
{
	talk_ask(&talk, WRQ, STRINGS(name, "octet"));
	talk_expect_error(&talk, code);
	ck_assert_msg(strstr(talk_text(&talk), text) != NULL, "\"%s\" lacks \"%s\" for \"%s\"",
		      talk_text(&talk), text, name);
}

START_TEST(writes_are_off_unless_allowed)
{
	begin(NOTHING);
	tree_write(&tree, "file", "old", 3);
	refuse("new", 2, "takes no uploads");
	refuse("file", 2, "takes no uploads");
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	daemon_await(&server, "write refused client=");
	end(2, 0);
}
END_TEST

START_TEST(create_takes_new_names_only)
{
	begin(STRINGS("--write=create"));
	tree_write(&tree, "file", "old", 3);
	refuse("file", 6, "exists");
	ck_assert(upload_is_there(&tree, "file", "old", 3));
	upload_whole(&talk, STRINGS("new", "octet"), content, 1000);
	/* From another port: from the same one it would be a repetition. */
	struct talk before = talk;
	talk_open(&talk, &server);
	talk_close(&before);
	refuse("new", 6, "exists");
	ck_assert(upload_is_there(&tree, "new", content, 1000));
	daemon_await(&server, "write refused");
	ck_assert_ptr_nonnull(strstr(server.line, "error=6"));
	end(3, 1);
}
END_TEST

/* Who began first has no more right to the name than who is ready first. */
START_TEST(two_creations_of_one_name_have_one_winner)
{
	static struct talk other;
	static struct upload second;
	begin(STRINGS("--write=create"));
	talk_open(&other, &server);
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 2000);
	upload_begin(&second, &other, STRINGS("file", "octet"), content + 50000, 1000);
	upload_finish(&second, 1);
	for (unsigned block = 1; block <= upload_last(&upload); block++)
		upload_send(&upload, block);
	upload_expect_error(&talk, 6);
	ck_assert(upload_is_there(&tree, "file", content + 50000, 1000));
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	talk_close(&other);
	end(2, 1);
}
END_TEST

START_TEST(of_two_uploads_the_last_to_end_wins_and_nothing_is_mixed)
{
	static struct talk other;
	static struct upload second;
	begin(STRINGS("--write=overwrite"));
	talk_open(&other, &server);
	tree_write(&tree, "file", "old", 3);
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 3000);
	upload_begin(&second, &other, STRINGS("file", "octet"), content + 50000, 2000);
	for (unsigned block = 1; block < upload_last(&second); block++) {
		upload_send(&upload, block);
		upload_expect_ack(&talk, block);
		upload_send(&second, block);
		upload_expect_ack(&other, block);
	}
	ck_assert(upload_is_there(&tree, "file", "old", 3));
	upload_finish(&second, upload_last(&second));
	ck_assert(upload_is_there(&tree, "file", content + 50000, 2000));
	upload_finish(&upload, upload_last(&second));
	ck_assert(upload_is_there(&tree, "file", content, 3000));
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	talk_close(&other);
	end(2, 2);
}
END_TEST

START_TEST(a_download_during_an_upload_brings_the_old_file_whole)
{
	static struct talk reader;
	static uint8_t old[4000];
	begin(STRINGS("--write=overwrite"));
	tree_write_filled(&tree, "file", old, sizeof old);
	talk_open(&reader, &server);
	talk_ask(&reader, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&reader, 1, 512);
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content + 50000, 3000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	talk_ack(&reader, 1);
	upload_finish(&upload, 2);
	/* The upload is done, and the download goes on with what it began with. */
	for (unsigned block = 2; block <= 8; block++) {
		size_t len = block < 8 ? 512 : 4000 - 7 * 512;
		talk_expect_data(&reader, block, len);
		ck_assert_mem_eq(reader.in.bytes + 4, old + (size_t)(block - 1) * 512, len);
		talk_ack(&reader, block);
	}
	talk_tally(&reader, 0);
	talk_fetch(&reader, STRINGS("file", "octet", "blksize", "1000"), content + 50000, 3000);
	talk_close(&reader);
	end(3, 3);
}
END_TEST

START_TEST(version_keeps_what_was_there)
{
	begin(STRINGS("--write=version"));
	tree_write(&tree, "file", "old", 3);
	for (unsigned n = 1; n <= 3; n++)
		upload_whole(&talk, STRINGS("file", "octet", "blksize", n % 2 == 0 ? "8" : "9"),
			     content + n, 100 * n);
	ck_assert(upload_is_there(&tree, "file", content + 3, 300));
	ck_assert(upload_is_there(&tree, "file.~1~", "old", 3));
	ck_assert(upload_is_there(&tree, "file.~2~", content + 1, 100));
	ck_assert(upload_is_there(&tree, "file.~3~", content + 2, 200));
	upload_whole(&talk, STRINGS("new", "octet"), content, 10);
	ck_assert_uint_eq(upload_entries(&tree, ""), 5);
	end(4, 4);
}
END_TEST

START_TEST(existing_takes_files_that_all_may_write)
{
	begin(STRINGS("--write=existing"));
	tree_write(&tree, "closed", "old", 3);
	tree_write(&tree, "open", "old", 3);
	tree_mode(&tree, "open", 0666);
	refuse("new", 1, "exist");
	refuse("closed", 2, "not writable");
	upload_whole(&talk, STRINGS("open", "octet"), content, 700);
	ck_assert(upload_is_there(&tree, "open", content, 700));
	ck_assert(upload_is_there(&tree, "closed", "old", 3));
	ck_assert_uint_eq(upload_entries(&tree, ""), 2);
	end(3, 1);
}
END_TEST

START_TEST(files_get_the_mode_that_was_set)
{
	char path[TREE_PATH_MAX];
	struct stat stat_now;
	begin(STRINGS("--write", "--upload-mode", "0640"));
	upload_whole(&talk, STRINGS("file", "octet"), content, 7);
	ck_assert_int_eq(stat(tree_path(&tree, "file", path), &stat_now), 0);
	ck_assert_uint_eq(stat_now.st_mode & 07777, 0640);
	end(1, 1);
}
END_TEST

START_TEST(no_name_leads_an_upload_out)
{
	static const char *const names[] = {"..",
					    "../x",
					    "../outside/x",
					    "../outside/secret",
					    "dir/../x",
					    "dir/../../outside/secret",
					    "/../outside/x",
					    "//..//outside//x",
					    "..\\outside\\x",
					    "dir\\..\\..\\outside\\secret",
					    "fi\nle",
					    "\x1b[31mred",
					    "dir",
					    "dir/",
					    "out/x",
					    "out/secret",
					    "link",
					    "dangling"};
	begin(STRINGS("--write=overwrite", "--make-directories"));
	tree_directory(&tree, "dir");
	tree_link(&tree, "out", "../outside");
	tree_link(&tree, "link", "../outside/secret");
	tree_link(&tree, "dangling", "../outside/new");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		refuse(names[i], 2, "");
	refuse("", 1, "");
	refuse("/", 1, "");
	ck_assert(upload_is_there(&tree, "../outside/secret", TREE_SECRET, strlen(TREE_SECRET)));
	ck_assert_uint_eq(upload_entries(&tree, "../outside"), 1);
	ck_assert_uint_eq(upload_entries(&tree, ".."), 2);
	ck_assert_uint_eq(upload_entries(&tree, ""), 4);
	ck_assert_uint_eq(upload_entries(&tree, "dir"), 0);
	/* Absolute names are beneath the root. */
	upload_whole(&talk, STRINGS("/etc/uvtftp-test", "octet"), content, 5);
	ck_assert(upload_is_there(&tree, "etc/uvtftp-test", content, 5));
	end(21, 1);
}
END_TEST

START_TEST(directories_that_are_missing_stay_missing)
{
	begin(STRINGS("--write"));
	tree_directory(&tree, "dir");
	refuse("a/file", 1, "no such directory");
	refuse("dir/a/file", 1, "no such directory");
	upload_whole(&talk, STRINGS("dir/file", "octet"), content, 900);
	refuse("dir/file/x", 1, "no such directory");
	ck_assert(upload_is_there(&tree, "dir/file", content, 900));
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	end(4, 1);
}
END_TEST

START_TEST(directories_are_made_by_the_commit)
{
	begin(STRINGS("--write", "--make-directories"));
	upload_begin(&upload, &talk, STRINGS("a/b/file", "octet"), content, 2000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	ck_assert(upload_is_nothing_there(&tree, "a"));
	talk_error(&talk, 0, "no");
	daemon_await(&server, "write aborted");
	ck_assert(upload_is_nothing_there(&tree, "a"));
	upload_whole(&talk, STRINGS("a/b/c/file", "octet"), content, 2000);
	ck_assert(upload_is_there(&tree, "a/b/c/file", content, 2000));
	ck_assert_uint_eq(upload_entries(&tree, "a/b/c"), 1);
	end(2, 1);
}
END_TEST

START_TEST(an_upload_announced_as_too_large_is_refused_at_once)
{
	begin(STRINGS("--write", "--max-upload", "1000"));
	talk_ask(&talk, WRQ, STRINGS("file", "octet", "tsize", "1001"));
	talk_expect_error(&talk, 3);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "larger than this server takes"));
	talk_ask(&talk, WRQ, STRINGS("file", "octet", "tsize", "99999999999999999999999"));
	ck_assert(talk_next(&talk, DEADLINE_MS));
	talk_error(&talk, 0, "no");
	upload_whole(&talk, STRINGS("other", "octet", "tsize", "1000"), content, 1000);
	ck_assert(upload_is_there(&tree, "other", content, 1000));
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	talk_close(&talk);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
}
END_TEST

START_TEST(an_upload_that_grows_too_large_ends)
{
	begin(STRINGS("--write=overwrite", "--max-upload", "1000"));
	tree_write(&tree, "file", "old", 3);
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 3000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	upload_send(&upload, 2);
	upload_expect_error(&talk, 3);
	daemon_await(&server, "write failed");
	ck_assert_ptr_nonnull(strstr(server.line, "error=3"));
	/* So does one that had promised less. */
	upload_begin(&upload, &talk, STRINGS("file2", "octet", "tsize", "900"), content, 3000);
	upload_send(&upload, 1);
	upload_send(&upload, 2);
	upload_expect_error(&talk, 3);
	ck_assert(upload_is_there(&tree, "file", "old", 3));
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	end(2, 0);
}
END_TEST

START_TEST(the_quota_of_a_directory_holds)
{
	static struct talk other;
	begin(STRINGS("--write", "--quota", "3000"));
	upload_whole(&talk, STRINGS("one", "octet"), content, 2000);
	talk_ask(&talk, WRQ, STRINGS("two", "octet", "tsize", "1001"));
	talk_expect_error(&talk, 3);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "quota"));
	/* What is announced is reserved, and given back when it is not used. */
	talk_open(&other, &server);
	upload_begin(&upload, &talk, STRINGS("three", "octet", "tsize", "1000"), content, 1000);
	talk_ask(&other, WRQ, STRINGS("four", "octet", "tsize", "1"));
	talk_expect_error(&other, 3);
	talk_error(&talk, 0, "no");
	daemon_await(&server, "write aborted");
	upload_begin(&upload, &other, STRINGS("five", "octet"), content, 1500);
	upload_send(&upload, 1);
	upload_expect_ack(&other, 1);
	upload_send(&upload, 2);
	upload_expect_error(&other, 3);
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	talk_close(&other);
	end(5, 1);
}
END_TEST

START_TEST(a_replaced_file_no_longer_counts)
{
	begin(STRINGS("--write=overwrite", "--quota", "5000"));
	for (unsigned n = 0; n < 6; n++)
		upload_whole(&talk, STRINGS("file", "octet", "blksize", n % 2 == 0 ? "100" : "101"),
			     content + n, 2000);
	ck_assert(upload_is_there(&tree, "file", content + 5, 2000));
	end(6, 6);
}
END_TEST

START_TEST(the_quota_of_a_client_is_its_own)
{
	static struct talk other;
	begin(STRINGS("--write", "--client-quota", "1000"));
	if (!talk_open_at(&other, "127.0.0.2", "127.0.0.1", server.port))
		NOT_HERE("no 127.0.0.2");
	upload_whole(&talk, STRINGS("one", "octet"), content, 700);
	talk_ask(&talk, WRQ, STRINGS("two", "octet", "tsize", "301"));
	talk_expect_error(&talk, 3);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "your quota"));
	upload_whole(&other, STRINGS("three", "octet", "tsize", "1000"), content, 1000);
	upload_whole(&talk, STRINGS("four", "octet", "tsize", "300"), content, 300);
	ck_assert_uint_eq(upload_entries(&tree, ""), 3);
	talk_close(&other);
	end(4, 3);
}
END_TEST

SUITE("e2e.write_modes", writes_are_off_unless_allowed, create_takes_new_names_only,
      two_creations_of_one_name_have_one_winner,
      of_two_uploads_the_last_to_end_wins_and_nothing_is_mixed,
      a_download_during_an_upload_brings_the_old_file_whole, version_keeps_what_was_there,
      existing_takes_files_that_all_may_write, files_get_the_mode_that_was_set,
      no_name_leads_an_upload_out, directories_that_are_missing_stay_missing,
      directories_are_made_by_the_commit, an_upload_announced_as_too_large_is_refused_at_once,
      an_upload_that_grows_too_large_ends, the_quota_of_a_directory_holds,
      a_replaced_file_no_longer_counts, the_quota_of_a_client_is_its_own)

/* Names in requests: every way out of the served directory is closed, and what is refused is refused with
 * words, at once. 1123-5, 1350-18 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "e2e/talk.h"
#include "unit/suite.h"

/* In which a person or a boot loader must know. */
#define ANSWER_MS 2000

static struct tree tree;
static struct daemon server;
static struct talk talk;
static unsigned asked, served;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_write(&tree, "file", "content", 7);
	tree_directory(&tree, "dir");
	tree_write(&tree, "dir/file", "content", 7);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
	asked = served = 0;
}

static void end(void)
{
	talk_close(&talk);
	daemon_stop(&server, asked, served);
	tree_remove(&tree);
}

static bool holds(const char *secret)
{
	size_t len = strlen(secret);
	for (size_t at = 0; at + len <= talk.in.len; at++)
		if (memcmp(talk.in.bytes + at, secret, len) == 0)
			return true;
	return false;
}

static void expect_refused(const char *name, unsigned code)
{
	uint64_t began_us = udp_now_us();
	talk_ask(&talk, RRQ, STRINGS(name, "octet"));
	asked++;
	ck_assert_msg(talk_next(&talk, ANSWER_MS), "no answer for \"%s\"", name);
	ck_assert_uint_le(udp_now_us() - began_us, ANSWER_MS * 1000);
	ck_assert_msg(talk_op(&talk) == ERROR && talk_number(&talk) == code,
		      "opcode %u, number %u instead of ERROR %u for \"%s\"", talk_op(&talk),
		      talk_number(&talk), code, name);
	ck_assert_uint_gt(talk.in.len, 10);
	ck_assert_uint_eq(talk.in.bytes[talk.in.len - 1], 0);
	for (size_t i = 4; i < talk.in.len - 1; i++)
		ck_assert_int_ge(talk.in.bytes[i], ' ');
	ck_assert(!holds(TREE_SECRET) && !holds(tree.top));
	talk_expect_silence(&talk);
}

static void expect_served(const char *name)
{
	talk_fetch(&talk, STRINGS(name, "octet"), "content", 7);
	asked++;
	served++;
}

START_TEST(a_name_never_leads_out)
{
	static const char *const names[] = {
	    "..",
	    "../",
	    "../etc/passwd",
	    "../outside/secret",
	    "../root/file",
	    "../../../../../../../../etc/passwd",
	    "dir/../file",
	    "dir/../../outside/secret",
	    "dir/..",
	    "./../outside/secret",
	    "/../outside/secret",
	    "//..//outside//secret",
	    "/..",
	    "..\\outside\\secret",
	    "..\\..\\x",
	    "\\..\\outside\\secret",
	    "dir\\..\\..\\outside\\secret",
	    "dir/..\\../outside/secret",
	    "file/../../outside/secret",
	};
	begin(NOTHING);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		expect_refused(names[i], 2);
		ck_assert_ptr_nonnull(strstr(talk_text(&talk), "leads out"));
	}
	end();
}
END_TEST

START_TEST(absolute_names_are_taken_as_beneath_the_root)
{
	char path[TREE_PATH_MAX];
	begin(NOTHING);
	expect_served("/file");
	expect_served("///file");
	expect_served("\\file");
	expect_served("/dir/file");
	expect_refused("/etc/passwd", 1);
	expect_refused("//etc//passwd", 1);
	expect_refused("/etc/hostname", 1);
	expect_refused("C:\\Windows\\win.ini", 1);
	expect_refused(tree_path(&tree, "file", path), 1);
	expect_refused(tree_path(&tree, "../outside/secret", path), 2);
	expect_refused("/proc/self/environ", 1);
	end();
}
END_TEST

START_TEST(slashes_and_dots_too_many_are_dropped)
{
	begin(NOTHING);
	expect_served("dir//file");
	expect_served("dir\\file");
	expect_served("dir\\\\/\\file");
	expect_served("./file");
	expect_served("././dir/./file");
	expect_refused("...", 1);
	expect_refused("..file", 1);
	expect_refused("file..", 1);
	expect_refused("%2e%2e/outside/secret", 1);
	end();
}
END_TEST

START_TEST(names_of_nothing_are_not_found)
{
	begin(NOTHING);
	expect_refused("", 1);
	expect_refused("/", 1);
	expect_refused(".", 1);
	expect_refused("./", 1);
	expect_refused("\\", 1);
	expect_refused("missing", 1);
	ck_assert_str_eq(talk_text(&talk), "file not found");
	expect_refused("dir/missing", 1);
	expect_refused("missing/file", 1);
	expect_refused("file/file", 1);
	expect_refused("FILE", 1);
	end();
}
END_TEST

START_TEST(directories_are_refused)
{
	begin(NOTHING);
	expect_refused("dir", 2);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "directory"));
	expect_refused("dir/", 2);
	expect_refused("dir/.", 2);
	expect_refused("file/", 2);
	expect_refused("missing/", 2);
	end();
}
END_TEST

START_TEST(control_characters_are_refused_and_logged_as_question_marks)
{
	static const char *const names[] = {
	    "fi\nle",
	    "file\r",
	    "\tfile",
	    "\x1b[31mred",
	    "fi\x7fle",
	    "\x01",
	    "a\nuvtftpd: read done client=x",
	    "\x1b]0;title\x07",
	    "..\n/secret",
	};
	begin(NOTHING);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		expect_refused(names[i], 2);
	daemon_await(&server, "file=\"?[31mred\"");
	daemon_await(&server, "file=\"a?uvtftpd: read done client=x\"");
	daemon_await(&server, "file=\"..?/secret\"");
	end();
}
END_TEST

/* Whoever reads the log must be able to tell what the daemon said from what a client said. */
START_TEST(a_name_cannot_pretend_to_be_more_of_the_log_line)
{
	begin(NOTHING);
	expect_refused("x\" bytes=99 reason=\"forged", 1);
	daemon_await(&server, "file=\"x\\\" bytes=99 reason=\\\"forged\" bytes=0 ");
	end();
}
END_TEST

START_TEST(names_too_long_are_refused)
{
	char name[601];
	begin(NOTHING);
	memset(name, 'n', sizeof name - 1);
	name[600] = '\0';
	expect_refused(name, 2);
	name[256] = '\0';
	expect_refused(name, 2);
	name[255] = '\0';
	expect_refused(name, 1);
	for (size_t i = 0; i < 600; i++)
		name[i] = i % 2 == 0 ? 'd' : '/';
	name[599] = '\0';
	expect_refused(name, 2);
	end();
}
END_TEST

START_TEST(names_with_spaces_and_in_utf_8_are_served)
{
	begin(NOTHING);
	tree_write(&tree, "name with spaces", "content", 7);
	tree_write(&tree, "caf\xc3\xa9-\xe6\x97\xa5\xe6\x9c\xac", "content", 7);
	tree_write(&tree, "-x", "content", 7);
	tree_write(&tree, "100%s%n", "content", 7);
	tree_write(&tree, "..hidden", "content", 7);
	expect_served("name with spaces");
	expect_served("caf\xc3\xa9-\xe6\x97\xa5\xe6\x9c\xac");
	expect_served("-x");
	expect_served("100%s%n");
	expect_served("..hidden");
	daemon_await(&server, "file=\"100%s%n\"");
	end();
}
END_TEST

START_TEST(links_are_followed_inside_and_nowhere_else)
{
	char path[TREE_PATH_MAX];
	begin(NOTHING);
	tree_link(&tree, "inside", "dir/file");
	tree_link(&tree, "dir/up", "../file");
	tree_link(&tree, "absolute", tree_path(&tree, "dir/file", path));
	tree_link(&tree, "to-dir", "dir");
	tree_link(&tree, "chain", "inside");
	expect_served("inside");
	expect_served("dir/up");
	expect_served("absolute");
	expect_served("to-dir/file");
	expect_served("to-dir/up");
	expect_served("chain");

	tree_link(&tree, "outside", "../outside/secret");
	tree_link(&tree, "outside-absolute", tree_path(&tree, "../outside/secret", path));
	tree_link(&tree, "outside-dir", "../outside");
	tree_link(&tree, "dir/out", "../../outside/secret");
	tree_link(&tree, "around", "../root/file");
	tree_link(&tree, "passwd", "/etc/passwd");
	tree_link(&tree, "slash", "/");
	tree_link(&tree, "chain-out", "outside");
	expect_refused("outside", 2);
	expect_refused("outside-absolute", 2);
	expect_refused("outside-dir/secret", 2);
	expect_refused("outside-dir", 2);
	expect_refused("to-dir/out", 2);
	expect_refused("passwd", 2);
	expect_refused("slash/etc/passwd", 2);
	expect_refused("chain-out", 2);
	expect_refused("around", 2);
	end();
}
END_TEST

START_TEST(links_to_nothing_are_refused)
{
	begin(NOTHING);
	tree_link(&tree, "dangling", "missing");
	tree_link(&tree, "itself", "itself");
	tree_link(&tree, "ping", "pong");
	tree_link(&tree, "pong", "ping");
	tree_link(&tree, "a-directory", "dir");
	expect_refused("dangling", 1);
	expect_refused("itself", 2);
	expect_refused("ping", 2);
	expect_refused("ping/file", 2);
	expect_refused("a-directory", 2);
	end();
}
END_TEST

/* Opening such a thing may wait for ever or do something; the daemon must not. */
START_TEST(what_is_not_a_regular_file_is_refused_at_once)
{
	char path[TREE_PATH_MAX];
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	begin(NOTHING);
	ck_assert_int_eq(mkfifo(tree_path(&tree, "fifo", path), 0644), 0);
	tree_mode(&tree, "fifo", 0644);
	expect_refused("fifo", 2);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "regular file"));

	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(addr.sun_path, sizeof addr.sun_path, "socket");
	ck_assert_int_eq(chdir(tree.root), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
	tree_mode(&tree, "socket", 0666);
	expect_refused("socket", 2);
	ck_assert_int_eq(chdir("/"), 0);
	close(fd);
	end();
}
END_TEST

START_TEST(devices_are_refused)
{
	char path[TREE_PATH_MAX], null[TREE_PATH_MAX];
	struct stat device;
	begin(NOTHING);
	/* A copy of /dev/null: opening and reading it does no harm. */
	bool is_made = stat("/dev/null", &device) == 0 &&
		       mknod(tree_path(&tree, "device", path), S_IFCHR | 0666, device.st_rdev) == 0;
	tree_link(&tree, "link", "/dev/null");
	expect_refused("link", 2);
	if (!is_made) {
		end();
		NOT_HERE("no right to make devices");
	}
	snprintf(null, sizeof null, "device");
	tree_mode(&tree, null, 0666);
	expect_refused(null, 2);
	end();
}
END_TEST

START_TEST(private_files_are_refused)
{
	begin(NOTHING);
	tree_write(&tree, "private", "content", 7);
	tree_mode(&tree, "private", 0600);
	tree_write(&tree, "group", "content", 7);
	tree_mode(&tree, "group", 0640);
	expect_refused("private", 2);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "readable by everyone"));
	expect_refused("group", 2);
	tree_mode(&tree, "private", 0604);
	expect_served("private");
	end();
}
END_TEST

START_TEST(private_files_are_served_if_that_is_allowed)
{
	begin(STRINGS("--allow-private"));
	tree_write(&tree, "private", "content", 7);
	tree_mode(&tree, "private", 0600);
	expect_served("private");
	tree_mode(&tree, "private", 0);
	if (geteuid() != 0)
		expect_refused("private", 2);
	end();
}
END_TEST

/* A file that was served a moment ago is looked for again: what changed is seen. */
START_TEST(every_request_sees_the_directory_as_it_is)
{
	char path[TREE_PATH_MAX];
	begin(NOTHING);
	expect_served("file");
	tree_mode(&tree, "file", 0600);
	expect_refused("file", 2);
	ck_assert_int_eq(unlink(tree_path(&tree, "file", path)), 0);
	expect_refused("file", 1);
	tree_link(&tree, "file", "../outside/secret");
	expect_refused("file", 2);
	ck_assert_int_eq(unlink(path), 0);
	tree_write(&tree, "file", "content", 7);
	expect_served("file");
	tree_write(&tree, "file", "CONTENT!", 8);
	talk_fetch(&talk, STRINGS("file", "octet"), "CONTENT!", 8);
	asked++;
	served++;
	end();
}
END_TEST

SUITE("e2e.names", a_name_never_leads_out, absolute_names_are_taken_as_beneath_the_root,
      slashes_and_dots_too_many_are_dropped, names_of_nothing_are_not_found, directories_are_refused,
      control_characters_are_refused_and_logged_as_question_marks,
      a_name_cannot_pretend_to_be_more_of_the_log_line, names_too_long_are_refused,
      names_with_spaces_and_in_utf_8_are_served, links_are_followed_inside_and_nowhere_else,
      links_to_nothing_are_refused, what_is_not_a_regular_file_is_refused_at_once, devices_are_refused,
      private_files_are_refused, private_files_are_served_if_that_is_allowed,
      every_request_sees_the_directory_as_it_is)

/* What the daemon says when it cannot serve: one line that tells what to do, and an exit code. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/talk.h"
#include "unit/suite.h"

static const char *const options[] = {
    "listen",
    "single-port",
    "port-range",
    "endpoints",
    "workers",
    "max-sessions",
    "max-sessions-per-client",
    "request-rate",
    "mtu",
    "allow-fragments",
    "cache",
    "socket-buffer",
    "allow-private",
    "max-blksize",
    "give-up",
    "rto-min",
    "retries",
    "max-windowsize",
    "drain",
    "log-level",
    "verbose",
    "quiet",
    "help",
    "version",
    "ignore-case",
    "lower-case",
    "map-file",
    "client-directory",
    "write",
    "max-upload",
    "quota",
    "client-quota",
    "upload-mode",
    "upload-owner",
    "make-directories",
    "config",
    "check-config",
    "print-config",
    "sample-config",
    "man-config",
    "from-tftpd-hpa",
    "explain",
};

static struct tree tree;
static struct daemon_run run;

static unsigned count_lines(const char *text)
{
	unsigned count = 0;
	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* One line on standard error that holds this, nothing on standard output. */
static void expect_complaint(int code, const char *text)
{
	ck_assert_msg(run.code == code, "exit code %d instead of %d: %s", run.code, code, run.err);
	ck_assert_str_eq(run.out, "");
	ck_assert_msg(count_lines(run.err) == 1, "not one line: %s", run.err);
	ck_assert_msg(strncmp(run.err, "uvtftpd: ", 9) == 0, "who speaks? %s", run.err);
	ck_assert_msg(strstr(run.err, text) != NULL, "no \"%s\" in: %s", text, run.err);
}

START_TEST(help_lists_every_option)
{
	static const char *const ways[] = {"--help", "-h"};
	for (size_t i = 0; i < 2; i++) {
		daemon_run(&run, STRINGS(ways[i]), NULL);
		ck_assert_int_eq(run.code, 0);
		ck_assert_str_eq(run.err, "");
		for (size_t k = 0; k < sizeof options / sizeof options[0]; k++) {
			char text[40];
			snprintf(text, sizeof text, " --%s ", options[k]);
			ck_assert_msg(strstr(run.out, text) != NULL, "--help lacks%s", text);
		}
		/* And this test knows all of them. */
		unsigned rows = 0;
		for (const char *at = run.out; at != NULL; at = strchr(at, '\n')) {
			at += *at == '\n';
			rows += strlen(at) > 8 && strncmp(at + 6, "--", 2) == 0;
		}
		ck_assert_uint_eq(rows, sizeof options / sizeof options[0]);
	}
}
END_TEST

START_TEST(version_is_one_line)
{
	daemon_run(&run, STRINGS("--version"), NULL);
	ck_assert_int_eq(run.code, 0);
	ck_assert_uint_eq(count_lines(run.out), 1);
	ck_assert(strncmp(run.out, "uvtftpd ", 8) == 0);
	ck_assert_str_eq(run.err, "");
}
END_TEST

START_TEST(an_unknown_option_is_wrong_usage)
{
	daemon_run(&run, STRINGS("--frobnicate"), NULL);
	expect_complaint(2, "'--frobnicate'");
	daemon_run(&run, STRINGS("--frobnicate=3", "/"), NULL);
	expect_complaint(2, "--frobnicate");
	daemon_run(&run, STRINGS("-x"), NULL);
	expect_complaint(2, "'-x'");
	daemon_run(&run, STRINGS("-qx"), NULL);
	expect_complaint(2, "'-x'");
	daemon_run(&run, STRINGS("--single-port=yes"), NULL);
	expect_complaint(2, "--single-port takes no value");
}
END_TEST

START_TEST(a_missing_value_is_wrong_usage)
{
	static const char *const names[] = {
	    "listen",         "port-range",    "endpoints",    "workers", "max-sessions",
	    "cache",          "socket-buffer", "max-blksize",  "give-up", "log-level",
	    "max-windowsize", "drain",         "request-rate", "mtu",     "max-sessions-per-client",
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char option[40];
		snprintf(option, sizeof option, "--%s", names[i]);
		daemon_run(&run, STRINGS("--quiet", option), NULL);
		expect_complaint(2, option);
		ck_assert_ptr_nonnull(strstr(run.err, "needs a value"));
	}
	daemon_run(&run, STRINGS("-l"), NULL);
	expect_complaint(2, "--listen needs a value");
}
END_TEST

/* The message names the option and the value. */
START_TEST(a_bad_value_is_wrong_usage)
{
	static const char *const bad[][2] = {
	    {"--port-range", "1000"},
	    {"--port-range", "2000-1000"},
	    {"--port-range", "0-10"},
	    {"--port-range", "1-65536"},
	    {"--port-range", "1-2x"},
	    {"--port-range", "-1-2"},
	    {"--port-range", ""},
	    {"--port-range", "a-b"},
	    {"--endpoints", "0"},
	    {"--endpoints", "32769"},
	    {"--endpoints", "many"},
	    {"--endpoints", "10K"},
	    {"--workers", "0"},
	    {"--workers", "257"},
	    {"--workers", "-1"},
	    {"--workers", "1.5"},
	    {"--workers", ""},
	    {"--workers", " 1"},
	    {"--max-sessions", "0"},
	    {"--max-sessions", "1e9"},
	    {"--max-sessions-per-client", "-1"},
	    {"--request-rate", "many"},
	    {"--mtu", "65536"},
	    {"--cache", "-1"},
	    {"--cache", "64X"},
	    {"--cache", "64MB"},
	    {"--cache", "M"},
	    {"--cache", "99999999999999999"},
	    {"--cache", "17592186044416G"},
	    {"--socket-buffer", "1"},
	    {"--socket-buffer", "2G"},
	    {"--max-blksize", "7"},
	    {"--max-blksize", "65465"},
	    {"--max-blksize", "0x400"},
	    {"--max-windowsize", "0"},
	    {"--max-windowsize", "65536"},
	    {"--give-up", "0"},
	    {"--give-up", "3601"},
	    {"--give-up", "1s"},
	    {"--drain", "-1"},
	    {"--drain", "86401"},
	    {"--log-level", "loud"},
	    {"--log-level", ""},
	    {"--log-level", "INFO"},
	    {"--give-up", "99999999999999999999999999"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char value[64];
		daemon_run(&run, STRINGS(bad[i][0], bad[i][1], "/"), NULL);
		expect_complaint(2, bad[i][0]);
		snprintf(value, sizeof value, "'%s'", bad[i][1]);
		ck_assert_msg(strstr(run.err, value) != NULL, "no %s in: %s", value, run.err);
	}
}
END_TEST

START_TEST(a_bad_address_is_wrong_usage)
{
	static const char *const bad[] = {
	    "",           "nowhere",       "localhost:69", "127.0.0.1:65536", "127.0.0.1:x",
	    "127.0.0.1:", "300.1.1.1:69",  "[::1",         "[::1]69",         ":99999",
	    ":",          "127.0.0.1:69x", "1.2.3:69",
	};
	tree_make(&tree);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		daemon_run(&run, STRINGS("--listen", bad[i], tree.root), NULL);
		expect_complaint(2, bad[i]);
	}
	tree_remove(&tree);
}
END_TEST

START_TEST(too_many_arguments_are_wrong_usage)
{
	const char *many[2 * 17 + 1] = {NULL};
	daemon_run(&run, STRINGS("/srv", "/tmp"), NULL);
	expect_complaint(2, "'/tmp'");
	for (size_t i = 0; i < 15; i++) {
		many[2 * i] = "--listen";
		many[2 * i + 1] = "127.0.0.1:0";
	}
	many[30] = "a";
	many[31] = "b";
	daemon_run(&run, many, NULL);
	expect_complaint(2, "'b'");
	daemon_run(&run,
		   STRINGS("-l", ":0", "-l", ":0", "-l", ":0", "-l", ":0", "-l", ":0", "-l:0", "-l:0",
			   "-l:0", "-l:0", "-l:0", "-l:0", "-l:0", "-l:0", "-l:0", "-l:0", "-l:0",
			   "-l:0"),
		   NULL);
	expect_complaint(2, "at most 16");
}
END_TEST

START_TEST(a_root_that_is_not_there_is_said)
{
	char path[TREE_PATH_MAX];
	tree_make(&tree);
	daemon_run(&run, STRINGS("--listen", "127.0.0.1:0", tree_path(&tree, "missing", path)), NULL);
	expect_complaint(1, path);
	tree_write(&tree, "file", "content", 7);
	daemon_run(&run, STRINGS("--listen", "127.0.0.1:0", tree_path(&tree, "file", path)), NULL);
	expect_complaint(1, path);
	daemon_run(&run, STRINGS("--listen", "127.0.0.1:0", ""), NULL);
	expect_complaint(2, "director");
	tree_remove(&tree);
}
END_TEST

/* Whether nobody can start the program at all. */
static bool is_reachable(void)
{
	daemon_run(&run, STRINGS("--version"), daemon_drop_rights);
	return run.code == 0;
}

START_TEST(a_root_that_cannot_be_read_is_said)
{
	if (!is_reachable())
		NOT_HERE("the program is in a directory closed to an unprivileged user");
	tree_make(&tree);
	tree_mode(&tree, "", 0);
	daemon_run(&run, STRINGS("--listen", "127.0.0.1:0", tree.root), daemon_drop_rights);
	tree_mode(&tree, "", 0755);
	expect_complaint(1, tree.root);
	tree_remove(&tree);
}
END_TEST

START_TEST(a_port_in_use_is_said)
{
	struct daemon server;
	struct talk talk;
	char address[40];
	tree_make(&tree);
	tree_write(&tree, "file", "content", 7);
	daemon_serve(&server, &tree, NOTHING);
	snprintf(address, sizeof address, "127.0.0.1:%u", server.port);
	/* By another of our kind: workers share a port, daemons do not. */
	daemon_run(&run, STRINGS("--listen", address, tree.root), NULL);
	expect_complaint(1, address);
	ck_assert_ptr_nonnull(strstr(run.err, "in use"));
	snprintf(address, sizeof address, ":%u", server.port);
	daemon_run(&run, STRINGS("--listen", address, tree.root), NULL);
	expect_complaint(1, "in use");
	/* The first has taken no harm. */
	talk_open(&talk, &server);
	talk_fetch(&talk, STRINGS("file", "octet"), "content", 7);
	talk_close(&talk);
	daemon_stop(&server, 1, 1);
	tree_remove(&tree);
}
END_TEST

START_TEST(port_69_without_the_right_names_the_ways_out)
{
	int first = 1024;
	FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");
	if (file != NULL) {
		if (fscanf(file, "%d", &first) != 1)
			first = 1024;
		fclose(file);
	}
	if (file == NULL || first <= 69)
		NOT_HERE("everybody may have port 69");
	if (!is_reachable())
		NOT_HERE("the program is in a directory closed to an unprivileged user");
	tree_make(&tree);
	static const char *const addresses[] = {"127.0.0.1:69", ":69", "[::]:69"};
	for (size_t i = 0; i < 3; i++) {
		if (i == 2 && udp_open("::1") < 0)
			break;
		daemon_run(&run, STRINGS("--listen", addresses[i], tree.root), daemon_drop_rights);
		expect_complaint(1, ":69");
		ck_assert_ptr_nonnull(strstr(run.err, "as root"));
		ck_assert_ptr_nonnull(strstr(run.err, "setcap cap_net_bind_service"));
		ck_assert_ptr_nonnull(strstr(run.err, "--listen :6969"));
	}
	tree_remove(&tree);
}
END_TEST

START_TEST(an_unprivileged_user_can_serve)
{
	struct daemon server;
	struct talk talk;
	if (!is_reachable())
		NOT_HERE("the program is in a directory closed to an unprivileged user");
	tree_make(&tree);
	tree_write(&tree, "file", "content", 7);
	daemon_start_as(&server, STRINGS("--listen", "127.0.0.1:0", "--workers", "1", tree.root),
			daemon_drop_rights);
	talk_open(&talk, &server);
	talk_fetch(&talk, STRINGS("file", "octet"), "content", 7);
	talk_close(&talk);
	daemon_stop(&server, 1, 1);
	tree_remove(&tree);
}
END_TEST

SUITE("e2e.usage", help_lists_every_option, version_is_one_line, an_unknown_option_is_wrong_usage,
      a_missing_value_is_wrong_usage, a_bad_value_is_wrong_usage, a_bad_address_is_wrong_usage,
      too_many_arguments_are_wrong_usage, a_root_that_is_not_there_is_said,
      a_root_that_cannot_be_read_is_said, a_port_in_use_is_said,
      port_69_without_the_right_names_the_ways_out, an_unprivileged_user_can_serve)

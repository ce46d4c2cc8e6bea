/* Who may do what: rules, directories, the map file and letter case, of a daemon that was given a file. */
#include <string.h>

#include "e2e/upload.h"
#include "unit/suite.h"

#define CONTENT_BYTES 70000

static uint8_t content[CONTENT_BYTES];
static struct tree tree;
static struct daemon server;
static struct talk talk, other; /* from 127.0.0.1 and 127.0.0.2 */
static struct upload upload;

/* False: the daemon was built without configuration files. */
static bool can_read_files(const char *path)
{
	struct daemon_run run;
	daemon_run(&run, STRINGS("--config", path, "--check-config"), NULL);
	return strstr(run.err, "built without configuration files") == NULL;
}

/* False: not possible here. */
static bool begin(const char *conf)
{
	char path[TREE_PATH_MAX];
	tree_make(&tree);
	tree_fill(content, sizeof content);
	tree_write(&tree, "../conf", conf, strlen(conf));
	if (!can_read_files(tree_path(&tree, "../conf", path))) {
		tree_remove(&tree);
		return false;
	}
	daemon_serve(&server, &tree, STRINGS("--config", path));
	talk_open(&talk, &server);
	if (talk_open_at(&other, "127.0.0.2", "127.0.0.1", server.port))
		return true;
	daemon_stop(&server, 0, 0);
	tree_remove(&tree);
	return false;
}

#define BEGIN(conf)                                                                                     \
	do {                                                                                            \
		if (!begin(conf))                                                                       \
			NOT_HERE("no configuration files, or no 127.0.0.2");                            \
	} while (0)

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	talk_close(&other);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

static void refuse(struct talk *from, enum talk_op op, const char *name, unsigned code, const char *text)
{
	talk_ask(from, op, STRINGS(name, "octet"));
	talk_expect_error(from, code);
	ck_assert_msg(strstr(talk_text(from), text) != NULL, "\"%s\" lacks \"%s\" for \"%s\"",
		      talk_text(from), text, name);
}

static void fetch(struct talk *from, const char *name, const char *expected)
{
	talk_fetch(from, STRINGS(name, "octet"), expected, strlen(expected));
}

START_TEST(a_rule_denies_by_network_with_its_own_words)
{
	BEGIN("rule \"strangers\" { client = {\"127.0.0.2/32\", \"2001:db8::/32\"}\n"
	      "action = \"deny\" reason = \"ask \\\"Bob\\\"\" }\n");
	tree_write(&tree, "file", "new", 3);
	fetch(&talk, "file", "new");
	refuse(&other, RRQ, "file", 2, "ask \"Bob\"");
	refuse(&other, RRQ, "missing", 2, "ask \"Bob\"");
	refuse(&other, WRQ, "file2", 2, "ask \"Bob\"");
	daemon_await(&server, "read refused client=127.0.0.2:");
	ck_assert_ptr_nonnull(
	    strstr(server.line, "error=2 reason=\"ask \\\"Bob\\\"\" rule=\"strangers\""));
	daemon_await(&server, "write refused client=127.0.0.2:");
	end(4, 1);
}
END_TEST

START_TEST(the_first_rule_that_ends_the_list_decides)
{
	BEGIN("write = \"create\"\n"
	      "rule \"one\" { client = {\"127.0.0.1\"} name = {\"up/*\"} operation = \"write\""
	      " action = \"allow\" }\n"
	      "rule \"no uploads\" { operation = \"write\" action = \"deny\" }\n"
	      "rule \"never\" { name = {\"*.key\"} action = \"deny\" reason = \"secret\" }\n");
	tree_directory(&tree, "up");
	tree_write(&tree, "a.key", "key", 3);
	tree_write(&tree, "a.txt", "text", 4);
	upload_whole(&talk, STRINGS("up/x.key", "octet"), content, 600);
	ck_assert(upload_is_there(&tree, "up/x.key", content, 600));
	daemon_await(&server, "write done");
	ck_assert_ptr_nonnull(strstr(server.line, "rule=\"one\""));
	refuse(&other, WRQ, "up/y", 2, "not allowed");
	refuse(&talk, WRQ, "y", 2, "not allowed");
	refuse(&talk, WRQ, "up/a/y", 2, "not allowed");
	refuse(&talk, RRQ, "a.key", 2, "secret");
	refuse(&talk, RRQ, "up/x.key", 2, "secret");
	/* However the name is written. */
	refuse(&talk, RRQ, "//.\\a.key", 2, "secret");
	fetch(&talk, "a.txt", "text");
	ck_assert_uint_eq(upload_entries(&tree, "up"), 1);
	end(8, 2);
}
END_TEST

START_TEST(caps_are_the_lowest_of_the_rules_that_apply)
{
	BEGIN("max-blksize = 1400\n"
	      "rule \"a\" { max-blksize = 1000 max-windowsize = 8 }\n"
	      "rule \"b\" { client = {\"127.0.0.2\"} max-blksize = 700 max-windowsize = 9 }\n"
	      "rule \"c\" { client = {\"127.0.0.2\"} max-blksize = 800 }\n");
	tree_write(&tree, "file", content, 3000);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "blksize", "1428", "windowsize", "16"));
	talk_expect_oack(&talk, STRINGS("blksize", "1000", "windowsize", "8"));
	talk_error(&talk, 8, "");
	talk_ask(&other, RRQ, STRINGS("file", "octet", "blksize", "1428", "windowsize", "16"));
	talk_expect_oack(&other, STRINGS("blksize", "700", "windowsize", "8"));
	talk_error(&other, 8, "");
	talk_fetch(&other, STRINGS("file", "octet", "blksize", "65464", "windowsize", "64"), content,
		   3000);
	end(3, 3);
}
END_TEST

START_TEST(options_a_rule_refuses_are_not_granted)
{
	BEGIN("write = \"create\"\n"
	      "rule \"old\" { client = {\"127.0.0.2\"} refuse-options = {\"windowsize\", "
	      "\"blksize\"} }\n"
	      "rule \"older\" { client = {\"127.0.0.2\"} name = {\"old*\"} refuse-options = "
	      "{\"tsize\", \"timeout\", \"rollover\"} }\n");
	tree_write(&tree, "file", content, 3000);
	tree_write(&tree, "old", content, 3000);
	talk_ask(&other, RRQ,
		 STRINGS("file", "octet", "blksize", "1428", "tsize", "0", "windowsize", "16"));
	talk_expect_oack(&other, STRINGS("tsize", "3000"));
	talk_error(&other, 8, "");
	/* No option is left, so there is no OACK. */
	talk_ask(&other, RRQ, STRINGS("old", "octet", "blksize", "1428", "tsize", "0", "timeout", "3"));
	talk_expect_data(&other, 1, 512);
	talk_error(&other, 8, "");
	upload_begin(&upload, &other,
		     STRINGS("old2", "octet", "tsize", "1000", "windowsize", "4", "rollover", "1"),
		     content, 1000);
	ck_assert_uint_eq(talk_op(&other), ACK);
	upload_finish(&upload, 1);
	ck_assert(upload_is_there(&tree, "old2", content, 1000));
	talk_ask(&talk, RRQ, STRINGS("old", "octet", "blksize", "1428"));
	talk_expect_oack(&talk, STRINGS("blksize", "1428"));
	talk_error(&talk, 8, "");
	end(4, 4);
}
END_TEST

/* For clients that neither negotiate it nor wrap to 0. Blocks of 8 bytes, to get there soon. */
START_TEST(a_rule_sets_the_number_behind_65535)
{
	enum { LEN = 65537 * 8 + 3 };
	static uint8_t bytes[LEN];
	static struct upload one;
	BEGIN("write = \"create\"\n"
	      "rule \"wraps to 1\" { client = {\"127.0.0.2\"} rollover = 1 }\n");
	tree_fill(bytes, LEN);
	upload_begin(&one, &other, STRINGS("one", "octet", "blksize", "8", "windowsize", "32"), bytes,
		     LEN);
	one.rollover = 1;
	upload_finish(&one, 1);
	ck_assert(upload_is_there(&tree, "one", bytes, LEN));
	upload_begin(&one, &talk, STRINGS("zero", "octet", "blksize", "8", "windowsize", "32"), bytes,
		     LEN);
	upload_finish(&one, 1);
	ck_assert(upload_is_there(&tree, "zero", bytes, LEN));
	end(2, 2);
}
END_TEST

START_TEST(rules_look_at_the_address_that_was_asked)
{
	char path[TREE_PATH_MAX];
	static const char conf[] = "rule \"inner\" { local = {\"127.0.0.2\"} action = \"deny\" "
				   "reason = \"other side\" }\n";
	tree_make(&tree);
	tree_write(&tree, "../conf", conf, strlen(conf));
	tree_write(&tree, "file", "new", 3);
	if (!can_read_files(tree_path(&tree, "../conf", path)) ||
	    !talk_open_at(&other, "127.0.0.2", "127.0.0.2", 1))
		NOT_HERE("no configuration files, or no 127.0.0.2");
	talk_close(&other);
	daemon_start(&server, STRINGS("--config", path, "--workers", "1", "--listen", "127.0.0.1:0",
				      "--listen", "127.0.0.2:0", tree.root));
	talk_open(&talk, &server);
	ck_assert(talk_open_at(&other, "127.0.0.1", "127.0.0.2", daemon_port(&server, 1)));
	fetch(&talk, "file", "new");
	refuse(&other, RRQ, "file", 2, "other side");
	end(2, 1);
}
END_TEST

START_TEST(rules_choose_the_directory_and_what_it_takes)
{
	char conf[2 * TREE_PATH_MAX];
	tree_make(&tree);
	tree_directory(&tree, "../drop");
	tree_write(&tree, "file", "main", 4);
	tree_write(&tree, "../drop/file", "drop", 4);
	char top[sizeof tree.top];
	memcpy(top, tree.top, sizeof top);
	snprintf(conf, sizeof conf,
		 "directory \"drop\" { path = \"%s/drop\" write = \"overwrite\" max-upload = 1K }\n"
		 "rule \"to drop\" { client = {\"127.0.0.2\"} directory = \"drop\" }\n",
		 top);
	tree_write(&tree, "../conf", conf, strlen(conf));
	char path[TREE_PATH_MAX];
	if (!can_read_files(tree_path(&tree, "../conf", path)))
		NOT_HERE("no configuration files");
	daemon_serve(&server, &tree, STRINGS("--config", path));
	talk_open(&talk, &server);
	if (!talk_open_at(&other, "127.0.0.2", "127.0.0.1", server.port))
		NOT_HERE("no 127.0.0.2");
	fetch(&talk, "file", "main");
	fetch(&other, "file", "drop");
	refuse(&talk, WRQ, "file", 2, "takes no uploads");
	upload_whole(&other, STRINGS("file", "octet"), content, 900);
	daemon_await(&server, "write done client=127.0.0.2:");
	ck_assert_ptr_nonnull(strstr(server.line, " file=\"file\" bytes=900 "));
	ck_assert_ptr_nonnull(strstr(server.line, "rule=\"to drop\""));
	ck_assert(upload_is_there(&tree, "../drop/file", content, 900));
	ck_assert(upload_is_there(&tree, "file", "main", 4));
	talk_ask(&other, WRQ, STRINGS("big", "octet", "tsize", "1025"));
	talk_expect_error(&other, 3);
	end(5, 3);
}
END_TEST

START_TEST(a_client_has_its_own_directory)
{
	BEGIN("client-directory = \"by-ip/{ip}\"\nwrite = \"overwrite\"\n");
	tree_directory(&tree, "by-ip");
	tree_directory(&tree, "by-ip/127.0.0.2");
	tree_write(&tree, "by-ip/127.0.0.2/file", "own", 3);
	tree_write(&tree, "file", "all", 3);
	tree_write(&tree, "shared", "shared", 6);
	fetch(&talk, "file", "all");
	fetch(&other, "file", "own");
	fetch(&other, "shared", "shared");
	/* What it stores is its own: the shared file stays. */
	upload_whole(&other, STRINGS("shared", "octet"), content, 800);
	ck_assert(upload_is_there(&tree, "by-ip/127.0.0.2/shared", content, 800));
	ck_assert(upload_is_there(&tree, "shared", "shared", 6));
	refuse(&talk, WRQ, "shared", 1, "no such directory");
	fetch(&talk, "shared", "shared");
	end(6, 5);
}
END_TEST

START_TEST(the_map_file_rewrites_and_refuses)
{
	static const char map[] = "rg \\\\ /\n"
				  "ri ^boot/(.*) real/\\1\n"
				  "a ^secret not\\ yours\n"
				  "r ^upload$ stored\n";
	char path[TREE_PATH_MAX];
	tree_make(&tree);
	tree_fill(content, sizeof content);
	tree_write(&tree, "../map", map, strlen(map));
	tree_directory(&tree, "real");
	tree_write(&tree, "real/file", "mapped", 6);
	tree_write(&tree, "secret", "hidden", 6);
	daemon_serve(&server, &tree, STRINGS("--write", "--map-file", tree_path(&tree, "../map", path)));
	talk_open(&talk, &server);
	talk_open(&other, &server);
	fetch(&talk, "BOOT\\file", "mapped");
	refuse(&talk, RRQ, "secret", 2, "not yours");
	daemon_await(&server, "read refused");
	ck_assert_ptr_nonnull(strstr(server.line, "rule=\"map line 3\""));
	upload_whole(&talk, STRINGS("upload", "octet"), content, 100);
	ck_assert(upload_is_there(&tree, "stored", content, 100));
	end(3, 2);
}
END_TEST

START_TEST(names_are_made_lower_case)
{
	tree_make(&tree);
	tree_fill(content, sizeof content);
	daemon_serve(&server, &tree, STRINGS("--lower-case", "--write"));
	talk_open(&talk, &server);
	talk_open(&other, &server);
	tree_write(&tree, "boot.efi", "lower", 5);
	tree_write(&tree, "Upper", "upper", 5);
	fetch(&talk, "BOOT.efi", "lower");
	refuse(&talk, RRQ, "Upper", 1, "not found");
	refuse(&talk, WRQ, "Boot.EFI", 6, "exists");
	upload_whole(&talk, STRINGS("NEW", "octet"), content, 10);
	ck_assert(upload_is_there(&tree, "new", content, 10));
	end(4, 2);
}
END_TEST

START_TEST(another_letter_case_is_looked_for_when_the_name_is_not_there)
{
	tree_make(&tree);
	tree_fill(content, sizeof content);
	daemon_serve(&server, &tree, STRINGS("--ignore-case"));
	talk_open(&talk, &server);
	talk_open(&other, &server);
	tree_directory(&tree, "Boot");
	tree_write(&tree, "Boot/BCD", "bcd", 3);
	tree_write(&tree, "file", "lower", 5);
	tree_write(&tree, "FILE", "upper", 5);
	fetch(&talk, "\\BOOT\\bcd", "bcd");
	fetch(&talk, "file", "lower");
	fetch(&talk, "FILE", "upper");
	fetch(&talk, "File", "upper"); /* the first in byte order */
	refuse(&talk, RRQ, "BOOT/none", 1, "not found");
	refuse(&talk, RRQ, "BOOT/../../OUTSIDE/secret", 2, "leads out");
	end(6, 4);
}
END_TEST

SUITE("e2e.policy", a_rule_denies_by_network_with_its_own_words,
      the_first_rule_that_ends_the_list_decides, caps_are_the_lowest_of_the_rules_that_apply,
      options_a_rule_refuses_are_not_granted, a_rule_sets_the_number_behind_65535,
      rules_look_at_the_address_that_was_asked, rules_choose_the_directory_and_what_it_takes,
      a_client_has_its_own_directory, the_map_file_rewrites_and_refuses, names_are_made_lower_case,
      another_letter_case_is_looked_for_when_the_name_is_not_there)

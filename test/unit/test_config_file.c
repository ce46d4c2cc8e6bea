#include "unit/suite.h"

#include "base/mem.h"
#include "unit/config_kit.h"

static const char whole[] =
    "# a comment\n"
    "root = /srv/boot\n"
    "listen = {\"127.0.0.1:6969\", :7070}\n"
    "cache = 16M  max-blksize = 1428\n"
    "write = version\n"
    "upload-owner = 12:34\n"
    "upload-mode = 0600\n"
    "port-range = 1000-2000\n"
    "lower-case = on\n"
    "directory pub { path = '/srv/pub' quota = 1G make-directories = yes }\n"
    "directory \"a b\" { path = \"/srv/a\\\"b\" }\n"
    "rule one { client = {192.0.2.0/24, \"2001:db8::/32\"} local = 192.0.2.1\n"
    "\tname = {\"*.efi\"} operation = read action = deny reason = \"no \\\"way\\\"\" }\n"
    "rule two { directory = pub max-windowsize = 16 refuse-options = {tsize, windowsize}\n"
    "\trollover = 1 action = allow operation = write }\n";

static void expect_roots(const struct uvtftp_server_options *server)
{
	ck_assert_uint_eq(server->root_count, 3);
	const struct uvtftp_root *roots = server->roots;
	ck_assert_str_eq(roots[0].name, "default");
	ck_assert_str_eq(roots[0].path, "/srv/boot");
	ck_assert_int_eq(roots[0].write, UVTFTP_WRITE_VERSION);
	ck_assert_int_eq(roots[0].uid, 12);
	ck_assert_int_eq(roots[0].gid, 34);
	ck_assert_uint_eq(roots[0].file_mode, 0600);
	ck_assert_str_eq(roots[1].name, "pub");
	ck_assert_uint_eq(roots[1].quota_bytes, 1 << 30);
	ck_assert(roots[1].make_directories && !roots[0].make_directories);
	ck_assert_int_eq(roots[1].write, UVTFTP_WRITE_NO);
	ck_assert_str_eq(roots[2].name, "a b");
	ck_assert_str_eq(roots[2].path, "/srv/a\"b");
}

static void expect_rules(const struct uvtftp_server_options *server)
{
	ck_assert_uint_eq(server->rule_count, 2);
	const struct uvtftp_rule *rules = server->rules;
	ck_assert_str_eq(rules[0].name, "one");
	ck_assert_uint_eq(rules[0].client_count, 2);
	ck_assert_str_eq(rules[0].clients[1], "2001:db8::/32");
	ck_assert_uint_eq(rules[0].local_count, 1);
	ck_assert_str_eq(rules[0].patterns[0], "*.efi");
	ck_assert_int_eq(rules[0].operation, UVTFTP_READ);
	ck_assert_int_eq(rules[0].action, UVTFTP_DENY);
	ck_assert_str_eq(rules[0].reason, "no \"way\"");
	ck_assert_int_eq(rules[0].rollover, -1);
	ck_assert_int_eq(rules[1].operation, UVTFTP_WRITE);
	ck_assert_int_eq(rules[1].action, UVTFTP_ALLOW);
	ck_assert_str_eq(rules[1].root, "pub");
	ck_assert_uint_eq(rules[1].windowsize_max, 16);
	ck_assert_uint_eq(rules[1].refused_options, UVTFTP_OPTION_TSIZE | UVTFTP_OPTION_WINDOWSIZE);
	ck_assert_int_eq(rules[1].rollover, 1);
}

START_TEST(a_whole_file_becomes_options)
{
	struct kit kit;
	if (!kit_reads_files())
		return;
	ck_assert_msg(kit_load(&kit, whole), "%s", kit.error.text);
	const struct uvtftp_server_options *server = &kit.settings.server;
	ck_assert_uint_eq(server->listen_count, 2);
	ck_assert_str_eq(server->listen[1], ":7070");
	ck_assert_uint_eq(server->cache_bytes, 16 << 20);
	ck_assert_uint_eq(server->blksize_max, 1428);
	ck_assert_uint_eq(server->port_low, 1000);
	ck_assert_uint_eq(server->port_high, 2000);
	ck_assert(server->lower_case);
	expect_roots(server);
	expect_rules(server);
	kit_end(&kit);
}
END_TEST

START_TEST(names_the_line_the_key_and_what_is_allowed)
{
	if (!kit_reads_files())
		return;
	kit_refuse("\n\nmax-blksize = 7\n",
		   ":3: key 'max-blksize': '7' is not allowed; a number from 8 to 65464 is");
	kit_refuse(
	    "root = /\n/* two\nlines */ cache = \"lots\"\n",
	    ":3: key 'cache': 'lots' is not allowed; a number from 0 to 16384G, with K, M or G is");
	kit_refuse("rule x {\n action = deny\n operation = reed\n}\n",
		   ":3: key 'operation': 'reed' is not allowed; read, write or any is");
	kit_refuse("listen = {\n:69,\n:70,\n:x}",
		   ":4: key 'listen': ':x' is not allowed; ADDR:PORT, [V6ADDR]:PORT or :PORT is");
	kit_refuse("# a\r\nworkers = none\r\n",
		   ":2: key 'workers': 'none' is not allowed; a number from 1 to 256 is");
}
END_TEST

START_TEST(an_unknown_key_is_an_error_that_names_the_nearest)
{
	if (!kit_reads_files())
		return;
	kit_refuse("root = /\nwirte = no\n", ":2: there is no key 'wirte'; the nearest is 'write'");
	kit_refuse("rule x {\n\n clients = ::1\n}\n",
		   ":3: there is no key 'clients'; the nearest is 'client'");
	kit_refuse("rules x { }\n", ":1: there is no key 'rules'; the nearest is 'rule'");
	kit_refuse("directori x { }\n", ":1: there is no key 'directori'; the nearest is 'directory'");
	kit_refuse("path = /\n", ":1: key 'path' must not stand here, but in directory NAME { }");
	kit_refuse("directory a {\n client = ::1\n}\n",
		   ":2: key 'client' must not stand here, but in rule NAME { }");
	kit_refuse("directory a {\n workers = 1\n}\n",
		   ":2: key 'workers' must not stand here, but at the top level");
	kit_refuse("quiet = true\n", ":1: there is no key 'quiet'; the nearest is 'quota'");
}
END_TEST

START_TEST(a_key_that_is_set_twice_is_an_error)
{
	if (!kit_reads_files())
		return;
	kit_refuse("root = /a\n\nroot = /b\n", ":3: key 'root': it is set twice, first on line 1");
	kit_refuse("rule a {\n reason = a\n reason = b\n}\n",
		   ":3: key 'reason': it is set twice, first on line 2");
	kit_refuse("listen = {:1}\nlisten = {:2}\n",
		   ":2: key 'listen': it is set twice, first on line 1; += adds");
	kit_refuse("rule a { }\nrule b { }\nrule a { }\n", ":3: found duplicate title 'a'");
	kit_refuse(
	    "directory default { path = / }\n",
	    ":1: the directory 'default' is the one that the key 'root' names; choose another name");
	kit_expect("listen = {:1}\nlisten += {:2}\n");
	kit_expect("rule a { reason = a }\nrule b { reason = b }\ndirectory a { path = / }\n");
}
END_TEST

START_TEST(lists_have_limits)
{
	char text[8000] = "listen = {";
	if (!kit_reads_files())
		return;
	for (unsigned i = 0; i < 17; i++)
		snprintf(text + strlen(text), 10, "%s:%u", i > 0 ? "," : "", i + 1);
	strcat(text, "}\n");
	kit_refuse(text, ":1: key 'listen': ':17' is one too many; at most 16 are allowed");
	strcpy(text, "rule a { client = {");
	for (unsigned i = 0; i < CONFIG_ITEMS_MAX + 1; i++)
		snprintf(text + strlen(text), 10, "%s::%x", i > 0 ? "," : "", i + 1);
	strcat(text, "} }\n");
	kit_refuse(text, ":1: key 'client': '::101' is one too many; at most 256 are allowed");
}
END_TEST

START_TEST(sections_must_make_sense)
{
	if (!kit_reads_files())
		return;
	kit_refuse("\ndirectory a {\n quota = 1\n}\n", ":3: directory 'a' needs the key 'path'");
	kit_refuse("rule x {\n\n directory = pup\n}\ndirectory pub { path = / }\n",
		   ":3: key 'directory': 'pup' is not a directory of this file; the nearest is 'pub'");
	kit_refuse("rule \"\" { }\n", ":1: '' is not a name for a rule; 1 to 63 characters are");
	kit_refuse("rule \"a\\nb\" { }\n",
		   ":1: 'a\nb' is not a name for a rule; 1 to 63 characters are");
	kit_expect("rule x { directory = default }\n");
}
END_TEST

/* libconfuse would take each of these for something else, without a word. */
START_TEST(what_needs_quotes_is_said)
{
	if (!kit_reads_files())
		return;
	kit_refuse("\nrule a { name = {*.efi} }\n", ":2: '*' must stand in quotes");
	kit_refuse("root = /srv/a+b\n", ":1: '+' must stand in quotes");
	kit_refuse("root = /srv//tftp\n",
		   ":1: a comment in the middle of a word: put the word in quotes, or a space before");
	kit_refuse("root = /srv#1\n",
		   ":1: a comment in the middle of a word: put the word in quotes, or a space before");
	kit_refuse("root = ${HOME}\n", ":1: '${' must stand in double quotes");
	kit_refuse("root = /\n\n root = \"/srv\n\n",
		   ":3: the text that begins here has no closing quote");
	kit_refuse("/* no end\n\n", ":1: the comment that begins here has no end");
	kit_refuse("root = /\n\nrule a {\n reason = '}'\n # }\n",
		   ":3: the brace that opens here is not closed");
	kit_refuse("listen = {:1,\n:2\n", ":1: the brace that opens here is not closed");
	kit_refuse("{ { { {", ":1: braces within braces within braces; two levels are allowed");
	kit_refuse("root = \x01\n", ":1: a control character; only text is allowed");
	kit_expect("listen = {:1} # a comment\n// another\n/* and\n *** one */ workers = 1 /* x */\n");
	kit_expect("rule a { name = {'*.efi', \"a+b#c//d\"} }\n");
	struct kit kit;
	ck_assert(!kit_load_bytes(&kit, "\nroot\0 = /\n", 10));
	ck_assert_ptr_nonnull(strstr(kit.error.text, ":2: a zero byte"));
}
END_TEST

START_TEST(broken_grammar_has_a_line)
{
	static const char *const broken[] = {
	    "\nroot\n",
	    "\nroot =\n",
	    "\nroot = {a}\n",
	    "\n}\n",
	    "\nrule { }\n",
	    "\nrule a b { }\n",
	    "\nlisten = {:1 :2}\n",
	    "\nroot += /a\n",
	    "\nlisten = {:1",
	    "\nroot = a b\n",
	    "\n= /\n",
	    "\nrule a = { }\n",
	    "\n( )\n",
	    "\ndirectory = pub\n",
	};
	if (!kit_reads_files())
		return;
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		struct kit kit;
		ck_assert_msg(!kit_load(&kit, broken[i]), "accepted: %s", broken[i]);
		const char *behind = kit.error.text + strlen(kit.path);
		ck_assert_msg(strncmp(behind, ":2: ", 4) == 0 || strncmp(behind, ":3: ", 4) == 0, "%s",
			      kit.error.text);
	}
	/* And none of them spoils the next one. */
	kit_expect("root = \"/\"\n");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_said)
{
	struct settings settings;
	struct uvtftp_error error;
	struct config none;
	if (!kit_reads_files())
		return;
	ck_assert(config_init(&none));
	ck_assert(!settings_load(&settings, "/nonexistent/uvtftpd.conf", &none.top, &error));
	ck_assert_str_eq(error.text, "/nonexistent/uvtftpd.conf: No such file or directory");
	ck_assert(!settings_load(&settings, "/", &none.top, &error));
	ck_assert_str_eq(error.text, "/: Is a directory");
	config_fini(&none);
	struct kit kit;
	size_t len = CONFIG_FILE_BYTES_MAX + 1;
	char *large = malloc(len);
	ck_assert_ptr_nonnull(large);
	memset(large, '\n', len);
	ck_assert(!kit_load_bytes(&kit, large, len));
	ck_assert_ptr_nonnull(strstr(kit.error.text, "larger than a megabyte"));
	ck_assert(kit_load_bytes(&kit, large, len - 1));
	kit_end(&kit);
	free(large);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	static const char text[] = "root = /\nlisten = {:1, :2}\ndirectory a { path = /a }\n"
				   "rule r { client = ::1 directory = a }\n";
	struct config none;
	long nth = 1;
	if (!kit_reads_files())
		return;
	for (bool is_loaded = false; !is_loaded; nth++) {
		struct kit kit;
		ck_assert(config_init(&none));
		kit_write(&kit, text, strlen(text));
		mem_fail_nth(nth);
		is_loaded = settings_load(&kit.settings, kit.path, &none.top, &kit.error);
		mem_fail_nth(0);
		if (is_loaded)
			settings_fini(&kit.settings);
		else
			ck_assert_msg(strstr(kit.error.text, "emory") != NULL, "%ld: %s", nth,
				      kit.error.text);
		unlink(kit.path);
		config_fini(&none);
	}
	ck_assert_int_gt(nth, 20);
}
END_TEST

SUITE("config_file", a_whole_file_becomes_options, names_the_line_the_key_and_what_is_allowed,
      an_unknown_key_is_an_error_that_names_the_nearest, a_key_that_is_set_twice_is_an_error,
      lists_have_limits, sections_must_make_sense, what_needs_quotes_is_said, broken_grammar_has_a_line,
      a_file_that_cannot_be_read_is_said, every_allocation_may_fail)

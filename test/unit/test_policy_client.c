/* Client directories, map files and the trace of a decision. */
#include "unit/policy_kit.h"
#include "unit/suite.h"

START_TEST(tries_the_directory_of_the_client_first)
{
	struct policy *policy = make_root("by-ip/{ip}", true);
	assert_tries(policy, ask("a/b"), "by-ip/192.0.2.7/a/b|a/b");
	assert_tries(policy, ask_from("2001:db8::7", "/a//b"), "by-ip/2001:db8::7/a/b|a/b");
	assert_tries(policy, as_write(ask("a/b")), "by-ip/192.0.2.7/a/b");
	policy_free(policy);
}
END_TEST

START_TEST(asks_for_the_hardware_address_where_the_path_depends_on_it)
{
	struct policy_root roots[] = {{"main", NULL, false}, {"pxe", "{pxemac}", true}};
	const struct policy_rule rules[] = {
	    {.name = "no keys", TEXTS(pattern, "*.key"), .operation = POLICY_ANY, .action = POLICY_DENY},
	    {.name = "pxe", TEXTS(pattern, "pxe/**"), .operation = POLICY_ANY, .root = "pxe"},
	};
	struct policy *policy = make_policy(&(struct policy_settings){
	    .roots = roots, .root_count = COUNT(roots), .rules = rules, .rule_count = COUNT(rules)});
	struct policy_decision decision;
	ck_assert_int_eq(decide(policy, ask("pxe/x"), &decision), POLICY_NEEDS_MAC);
	ck_assert_uint_eq(decision.try_count, 0);
	ck_assert_int_eq(decide(policy, as_write(ask("pxe/x")), &decision), POLICY_NEEDS_MAC);
	/* A refusal and another root do not depend on it. */
	assert_refused(policy, ask("pxe/x.key"), 2, "this is not allowed here");
	assert_tries(policy, ask("x"), "x");
	assert_tries(policy, with_mac(ask("pxe/x"), kit_mac), "01-aa-bb-cc-0d-ee-ff/pxe/x|pxe/x");
	assert_tries(policy, as_write(with_mac(ask("pxe/x"), kit_mac)), "01-aa-bb-cc-0d-ee-ff/pxe/x");
	assert_tries(policy, with_mac(ask("pxe/grub.cfg-01-AA-bb-cc-0d-ee-ff"), NULL),
		     "01-aa-bb-cc-0d-ee-ff/pxe/grub.cfg-01-AA-bb-cc-0d-ee-ff|"
		     "pxe/grub.cfg-01-AA-bb-cc-0d-ee-ff");
	policy_free(policy);
}
END_TEST

START_TEST(gives_a_client_without_a_directory_what_is_shared)
{
	struct policy *policy = make_root("{mac}", true);
	assert_tries(policy, with_mac(ask("x"), NULL), "x");
	assert_refused(policy, as_write(with_mac(ask("x"), NULL)), 2,
		       "this server cannot tell which directory is yours");
	policy_free(policy);
}
END_TEST

START_TEST(takes_the_serial_number_off_the_shared_name)
{
	struct policy *policy = make_root("{serial}", true);
	assert_tries(policy, ask("1234abcd/start4.elf"), "1234abcd/start4.elf|start4.elf");
	assert_tries(policy, as_write(ask("1234abcd/log")), "1234abcd/log");
	assert_tries(policy, ask("start4.elf"), "start4.elf");
	assert_refused(policy, as_write(ask("log")), 2,
		       "this server cannot tell which directory is yours");
	policy_free(policy);
	policy = make_root("pi/{serial}", true);
	assert_tries(policy, ask("1234abcd/x"), "pi/1234abcd/x|1234abcd/x|x");
	assert_tries(policy, as_write(ask("1234abcd/x")), "pi/1234abcd/x");
	policy_free(policy);
}
END_TEST

START_TEST(falls_back_to_the_shared_file_when_the_own_path_is_too_long)
{
	struct policy *policy = make_root("pi/{serial}", true);
	char name[PATH_BYTES_MAX], tries[2 * PATH_BYTES_MAX];
	memset(name, 'a', sizeof name);
	name[8] = name[200] = name[400] = '/';
	name[PATH_BYTES_MAX - 2] = '\0';
	snprintf(tries, sizeof tries, "%s|%s", name, name + 9);
	assert_tries(policy, ask(name), tries);
	assert_refused(policy, as_write(ask(name)), 2,
		       "this server cannot tell which directory is yours");
	policy_free(policy);
}
END_TEST

static struct policy *make_map(const char *text)
{
	static const struct policy_root root = {.name = "main", .takes_writes = true};
	return make_policy(&(struct policy_settings){.roots = &root,
						     .root_count = 1,
						     .map_text = text,
						     .map_len = strlen(text),
						     .map_name = "test.map"});
}

START_TEST(rewrites_the_name_before_anything_else)
{
	struct policy *policy = make_map("r ^C:\\\\ win/\n"
					 "r ^up$ ../\\0\n"
					 "r ^ip$ \\i\n"
					 "r ^hex$ \\x\n"
					 "rP ^log$ in/log\n"
					 "r6 ^six$ 6/six\n"
					 "r ^nothing$ /\n");
	assert_tries(policy, ask("other"), "other");
	assert_tries(policy, ask("C:\\x"), "win/x");
	assert_refused(policy, ask("up"), 2, path_verdict_text(PATH_PARENT));
	assert_refused(policy, ask("nothing"), 1, path_verdict_text(PATH_EMPTY));
	assert_tries(policy, ask("ip"), "192.0.2.7");
	assert_tries(policy, ask("hex"), "C0000207");
	assert_tries(policy, ask_from("2001:db8::a7", "ip"), "2001:db8::a7");
	assert_tries(policy, ask_from("2001:db8::a7", "hex"), "20010DB80000000000000000000000A7");
	assert_tries(policy, ask("log"), "log");
	assert_tries(policy, as_write(ask("log")), "in/log");
	assert_tries(policy, ask("six"), "six");
	assert_tries(policy, ask_from("2001:db8::7", "six"), "6/six");
	policy_free(policy);
}
END_TEST

START_TEST(refuses_what_the_map_refuses)
{
	struct policy *policy = make_map("a ^first$\n"
					 "a ^secret not\\ for\\ \\i\n"
					 "s ^x x\n");
	struct policy_decision decision;
	char name[REMAP_NAME_MAX + 1];
	assert_refused(policy, ask("secret"), 2, "not for 192.0.2.7");
	ck_assert_int_eq(decide(policy, ask("secret"), &decision), POLICY_REFUSED);
	ck_assert_str_eq(decision.rule, "map line 2");
	ck_assert_int_eq(decide(policy, ask("first"), &decision), POLICY_REFUSED);
	ck_assert_str_eq(decision.rule, "map line 1");
	assert_refused(policy, ask("x"), 2, "the rules for this name do not come to an end");
	ck_assert_int_eq(decide(policy, ask("x"), &decision), POLICY_REFUSED);
	ck_assert_str_eq(decision.rule, "map line 3");
	memset(name, 'a', sizeof name);
	name[REMAP_NAME_MAX] = '\0';
	ck_assert_int_eq(decide(policy, ask(name), &decision), POLICY_REFUSED);
	ck_assert_str_eq(decision.rule, "");
	ck_assert_int_eq(decision.code, 2);
	ck_assert(strstr(decision.reason, "too long") != NULL);
	policy_free(policy);
}
END_TEST

struct lines {
	char text[16000];
	size_t count;
};

static void take_line(void *user, const char *line)
{
	struct lines *lines = user;
	size_t len = strlen(lines->text);
	for (const char *at = line; *at != '\0'; at++)
		ck_assert_msg(*at >= ' ' && *at <= '~', "byte %d", *at);
	snprintf(lines->text + len, sizeof lines->text - len, "%s\n", line);
	lines->count++;
}

static void assert_trace(const struct policy *policy, struct policy_request request, const char *wanted)
{
	struct policy_decision traced, untraced;
	struct lines lines = {"", 0};
	enum policy_verdict verdict = policy_decide(policy, &request, &traced, take_line, &lines);
	ck_assert_str_eq(lines.text, wanted);
	/* Being looked at changes nothing. */
	ck_assert_int_eq(decide(policy, request, &untraced), verdict);
	ck_assert_uint_eq(traced.try_count, untraced.try_count);
	ck_assert_str_eq(traced.rule, untraced.rule);
	ck_assert_str_eq(traced.reason, untraced.reason);
}

static struct policy *make_many_rules(void)
{
	static const struct policy_root roots[] = {{.name = "main"},
						   {.name = "pi", .client_directory = "pi/{serial}"},
						   {.name = "in", .takes_writes = true}};
	const struct policy_rule rules[] = {
	    {.name = "up", .operation = POLICY_WRITE, .root = "in"},
	    {TEXTS(client, "10.0.0.0/8"), .operation = POLICY_ANY, .action = POLICY_DENY},
	    {.name = "lab", TEXTS(local, "::1"), .operation = POLICY_ANY, .action = POLICY_DENY},
	    {.operation = POLICY_READ, TEXTS(pattern, "*.key"), .action = POLICY_DENY},
	    {.name = "pis", TEXTS(pattern, "pi*/**"), .operation = POLICY_ANY, .root = "pi"},
	    {.name = "back", TEXTS(pattern, "pi0/**"), .operation = POLICY_ANY, .root = "main"},
	    {.name = "end", .operation = POLICY_READ, .action = POLICY_ALLOW},
	    {.name = "never", .operation = POLICY_READ, .action = POLICY_DENY},
	};
	static const char map[] = "r ^old$ new\n";
	return make_policy(&(struct policy_settings){.roots = roots,
						     .root_count = COUNT(roots),
						     .rules = rules,
						     .rule_count = COUNT(rules),
						     .map_text = map,
						     .map_len = sizeof map - 1,
						     .map_name = "m"});
}

START_TEST(explains_each_step_once)
{
	struct policy *policy = make_many_rules();
	assert_trace(policy, ask("old"),
		     "map line 1 (r ^old$ new): 'new'\n"
		     "path: 'new'\n"
		     "up: does not apply (operation)\n"
		     "rule 2: does not apply (client)\n"
		     "lab: does not apply (local address)\n"
		     "rule 4: does not apply (name)\n"
		     "pis: does not apply (name)\n"
		     "back: does not apply (name)\n"
		     "end: allows\n"
		     "file 'new' in root main\n");
	assert_trace(policy, as_write(ask("x")),
		     "path: 'x'\n"
		     "up: applies, and the list goes on; root in\n"
		     "rule 2: does not apply (client)\n"
		     "lab: does not apply (local address)\n"
		     "rule 4: does not apply (operation)\n"
		     "pis: does not apply (name)\n"
		     "back: does not apply (name)\n"
		     "end: does not apply (operation)\n"
		     "never: does not apply (operation)\n"
		     "file 'x' in root in\n");
	assert_trace(policy, ask("a.key"),
		     "path: 'a.key'\n"
		     "up: does not apply (operation)\n"
		     "rule 2: does not apply (client)\n"
		     "lab: does not apply (local address)\n"
		     "rule 4: denies\n"
		     "refused with ERROR 2: this is not allowed here\n");
	policy_free(policy);
}
END_TEST

START_TEST(explains_which_root_it_is)
{
	struct policy *policy = make_many_rules();
	assert_trace(policy, ask("pi/x"),
		     "path: 'pi/x'\n"
		     "up: does not apply (operation)\n"
		     "rule 2: does not apply (client)\n"
		     "lab: does not apply (local address)\n"
		     "rule 4: does not apply (name)\n"
		     "pis: applies, and the list goes on; root pi\n"
		     "back: does not apply (name)\n"
		     "end: allows\n"
		     "client directory 'pi/{serial}': none for this client\n"
		     "file 'pi/x' in root pi\n");
	assert_trace(policy, ask("pi0/x"),
		     "path: 'pi0/x'\n"
		     "up: does not apply (operation)\n"
		     "rule 2: does not apply (client)\n"
		     "lab: does not apply (local address)\n"
		     "rule 4: does not apply (name)\n"
		     "pis: applies, and the list goes on; root pi\n"
		     "back: applies, and the list goes on; root main\n"
		     "end: allows\n"
		     "file 'pi0/x' in root main\n");
	policy_free(policy);
}
END_TEST

START_TEST(explains_what_is_tried_and_refused)
{
	struct policy *policy = make_root("pi/{serial}", false);
	assert_trace(policy, ask("1234abcd/\xe4"),
		     "path: '1234abcd/?'\n"
		     "file 'pi/1234abcd/?' in root main\n"
		     "else '1234abcd/?' in root main\n"
		     "else '?' in root main\n");
	assert_trace(policy, ask("a\x1b[2J"),
		     "refused with ERROR 2: file name holds a control character\n");
	assert_trace(policy, as_write(ask("x")),
		     "path: 'x'\nrefused with ERROR 2: this server takes no uploads here\n");
	policy_free(policy);
}
END_TEST

START_TEST(cuts_lines_of_the_trace_that_are_too_long)
{
	char map[2000];
	memset(map, 'b', sizeof map);
	memcpy(map, "r ^a ", 5);
	memcpy(map + 900, "\nr b$ ", 6);
	map[sizeof map - 1] = '\0';
	map[1015] = '\0';
	struct policy *policy = make_map(map);
	struct policy_request request = ask("a");
	struct policy_decision decision;
	struct lines lines = {"", 0};
	ck_assert_int_eq(policy_decide(policy, &request, &decision, take_line, &lines), POLICY_REFUSED);
	ck_assert_uint_eq(lines.count, 3);
	ck_assert_uint_eq(strcspn(lines.text, "\n"), 1535);
	policy_free(policy);
}
END_TEST

SUITE("policy_client", tries_the_directory_of_the_client_first,
      asks_for_the_hardware_address_where_the_path_depends_on_it,
      gives_a_client_without_a_directory_what_is_shared, takes_the_serial_number_off_the_shared_name,
      falls_back_to_the_shared_file_when_the_own_path_is_too_long,
      rewrites_the_name_before_anything_else, refuses_what_the_map_refuses, explains_each_step_once,
      explains_which_root_it_is, explains_what_is_tried_and_refused,
      cuts_lines_of_the_trace_that_are_too_long)

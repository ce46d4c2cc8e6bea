#include "unit/policy_kit.h"
#include "unit/suite.h"

START_TEST(serves_from_the_first_root_where_nothing_else_is_said)
{
	static const struct policy_root roots[] = {{.name = "main"}, {.name = "other"}};
	struct policy *policy =
	    make_policy(&(struct policy_settings){.roots = roots, .root_count = COUNT(roots)});
	struct policy_decision decision;
	ck_assert_int_eq(decide(policy, ask("/boot//x"), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.root, 0);
	ck_assert_uint_eq(decision.try_count, 1);
	ck_assert_str_eq(decision.tries[0], "boot/x");
	ck_assert_uint_eq(decision.blksize_max, 0);
	ck_assert_uint_eq(decision.windowsize_max, 0);
	ck_assert_uint_eq(decision.refused_options, 0);
	ck_assert_int_eq(decision.code, -1);
	ck_assert_str_eq(decision.reason, "");
	ck_assert_str_eq(decision.rule, "");
	policy_free(policy);
}
END_TEST

START_TEST(applies_a_rule_only_when_all_of_it_matches)
{
	const struct policy_rule rules[] = {
	    {.name = "all",
	     TEXTS(client, "10.0.0.0/8", "2001:db8::/32"),
	     TEXTS(local, "192.0.2.1", "192.0.2.2"),
	     TEXTS(pattern, "*.key", "secret/**"),
	     .operation = POLICY_READ,
	     .action = POLICY_DENY},
	};
	static const struct {
		const char *client;
		const char *local;
		const char *name;
		bool is_write;
		bool is_match;
	} cases[] = {
	    {"10.1.2.3", "192.0.2.1", "a/b.key", false, true},
	    {"2001:db8::1", "192.0.2.2", "secret/a/b", false, true},
	    {"10.1.2.3", "192.0.2.1", "a/b.key", true, false},
	    {"11.1.2.3", "192.0.2.1", "a/b.key", false, false},
	    {"2001:db9::1", "192.0.2.1", "a/b.key", false, false},
	    {"10.1.2.3", "192.0.2.3", "a/b.key", false, false},
	    {"10.1.2.3", "::1", "a/b.key", false, false},
	    {"10.1.2.3", "192.0.2.1", "a/b.keys", false, false},
	    {"10.1.2.3", "192.0.2.1", "open/secret/b", false, false},
	};
	struct policy_root root = {.name = "main", .takes_writes = true};
	struct policy *policy = make_policy(&(struct policy_settings){
	    .roots = &root, .root_count = 1, .rules = rules, .rule_count = COUNT(rules)});
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy_decision decision;
		struct policy_request request = ask_from(cases[i].client, cases[i].name);
		ck_assert(acl_parse_addr(&request.local, text_of(cases[i].local)));
		request.is_write = cases[i].is_write;
		enum policy_verdict verdict = decide(policy, request, &decision);
		ck_assert_msg((verdict == POLICY_REFUSED) == cases[i].is_match, "case %zu: %d", i,
			      (int)verdict);
		ck_assert_str_eq(decision.rule, cases[i].is_match ? "all" : "");
	}
	policy_free(policy);
}
END_TEST

START_TEST(applies_a_rule_to_its_operations)
{
	static const enum policy_operation operations[] = {POLICY_READ, POLICY_WRITE, POLICY_ANY};
	for (size_t i = 0; i < COUNT(operations); i++) {
		struct policy_rule rule = {.operation = operations[i], .action = POLICY_DENY};
		struct policy_root root = {.name = "main", .takes_writes = true};
		struct policy_decision decision;
		struct policy *policy = make_policy(&(struct policy_settings){
		    .roots = &root, .root_count = 1, .rules = &rule, .rule_count = 1});
		ck_assert_int_eq(decide(policy, ask("x"), &decision),
				 operations[i] == POLICY_WRITE ? POLICY_OK : POLICY_REFUSED);
		ck_assert_int_eq(decide(policy, as_write(ask("x")), &decision),
				 operations[i] == POLICY_READ ? POLICY_OK : POLICY_REFUSED);
		policy_free(policy);
	}
}
END_TEST

START_TEST(ends_the_list_at_the_first_allow_or_deny)
{
	const struct policy_rule rules[] = {
	    {.name = "note", .operation = POLICY_ANY, .action = POLICY_CONTINUE},
	    {TEXTS(pattern, "a*"), .operation = POLICY_ANY, .action = POLICY_ALLOW},
	    {.name = "no b",
	     TEXTS(pattern, "*b"),
	     .operation = POLICY_ANY,
	     .action = POLICY_DENY,
	     .reason = "nothing that ends in b"},
	    {.name = "", TEXTS(pattern, "c*"), .operation = POLICY_ANY, .action = POLICY_DENY},
	};
	static const struct {
		const char *name;
		const char *rule;
		const char *reason; /* NULL: allowed */
	} cases[] = {
	    {"ab", "rule 2", NULL},
	    {"b", "no b", "nothing that ends in b"},
	    {"cb", "no b", "nothing that ends in b"},
	    {"c", "rule 4", "this is not allowed here"},
	    {"d", "note", NULL},
	};
	struct policy *policy = make_rules(rules, COUNT(rules));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy_decision decision;
		enum policy_verdict verdict = decide(policy, ask(cases[i].name), &decision);
		ck_assert_int_eq(verdict, cases[i].reason == NULL ? POLICY_OK : POLICY_REFUSED);
		ck_assert_str_eq(decision.rule, cases[i].rule);
		ck_assert_int_eq(decision.code, cases[i].reason == NULL ? -1 : 2);
		ck_assert_str_eq(decision.reason, cases[i].reason == NULL ? "" : cases[i].reason);
		ck_assert_uint_eq(decision.try_count, cases[i].reason == NULL ? 1 : 0);
	}
	policy_free(policy);
}
END_TEST

START_TEST(combines_the_limits_of_all_rules_that_apply)
{
	const struct policy_rule rules[] = {
	    {.operation = POLICY_ANY, .blksize_max = 1400, .refused_options = 1, .rollover = 1},
	    {TEXTS(pattern, "x"), .operation = POLICY_ANY, .blksize_max = 512, .windowsize_max = 16,
	     .rollover = -1},
	    {.operation = POLICY_ANY, .blksize_max = 1024, .windowsize_max = 32, .rollover = -1},
	    {.operation = POLICY_ANY, .refused_options = 8, .rollover = -1},
	    {TEXTS(pattern, "y"), .operation = POLICY_ANY, .action = POLICY_ALLOW, .rollover = 0},
	    {.operation = POLICY_ANY, .blksize_max = 8, .windowsize_max = 1, .refused_options = 2},
	};
	struct policy *policy = make_rules(rules, COUNT(rules) - 1);
	struct policy_decision decision;
	ck_assert_int_eq(decide(policy, ask("x"), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.blksize_max, 512);
	ck_assert_uint_eq(decision.windowsize_max, 16);
	ck_assert_uint_eq(decision.refused_options, 9);
	ck_assert_int_eq(decision.rollover, 1);
	ck_assert_str_eq(decision.rule, "rule 4");
	policy_free(policy);
	policy = make_rules(rules, COUNT(rules));
	ck_assert_int_eq(decide(policy, ask("y"), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.blksize_max, 1024);
	ck_assert_uint_eq(decision.windowsize_max, 32);
	ck_assert_uint_eq(decision.refused_options, 9);
	ck_assert_int_eq(decision.rollover, 0);
	ck_assert_str_eq(decision.rule, "rule 5");
	policy_free(policy);
}
END_TEST

START_TEST(serves_from_the_root_of_the_last_rule_that_names_one)
{
	static const struct policy_root roots[] = {
	    {.name = "main"}, {.name = "pi", .client_directory = "{ip}"}, {.name = "lab"}};
	const struct policy_rule rules[] = {
	    {TEXTS(client, "10.0.0.0/8"), .operation = POLICY_ANY, .root = "pi"},
	    {TEXTS(client, "10.9.0.0/16"), .operation = POLICY_ANY, .root = "lab"},
	    {.operation = POLICY_ANY},
	    {TEXTS(client, "10.9.9.0/24"), .operation = POLICY_ANY, .root = "main"},
	};
	static const struct {
		const char *client;
		unsigned root;
		const char *tries;
	} cases[] = {
	    {"192.0.2.7", 0, "x"},
	    {"10.0.0.1", 1, "10.0.0.1/x|x"},
	    {"10.9.0.1", 2, "x"},
	    {"10.9.9.1", 0, "x"},
	};
	struct policy *policy = make_policy(&(struct policy_settings){
	    .roots = roots, .root_count = COUNT(roots), .rules = rules, .rule_count = COUNT(rules)});
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy_decision decision;
		ck_assert_int_eq(decide(policy, ask_from(cases[i].client, "x"), &decision), POLICY_OK);
		ck_assert_uint_eq(decision.root, cases[i].root);
		assert_tries(policy, ask_from(cases[i].client, "x"), cases[i].tries);
	}
	policy_free(policy);
}
END_TEST

START_TEST(takes_writes_only_in_a_root_that_takes_them)
{
	static const struct policy_root roots[] = {{.name = "main"},
						   {.name = "in", .takes_writes = true}};
	const struct policy_rule rules[] = {
	    {TEXTS(pattern, "up/**"), .operation = POLICY_WRITE, .root = "in"},
	    {.name = "no logs",
	     TEXTS(pattern, "*.log"),
	     .operation = POLICY_WRITE,
	     .action = POLICY_DENY,
	     .reason = "no logs"},
	};
	struct policy *policy = make_policy(&(struct policy_settings){
	    .roots = roots, .root_count = COUNT(roots), .rules = rules, .rule_count = COUNT(rules)});
	struct policy_decision decision;
	assert_refused(policy, as_write(ask("x")), 2, "this server takes no uploads here");
	assert_refused(policy, as_write(ask("x.log")), 2, "no logs");
	assert_tries(policy, as_write(ask("up/x")), "up/x");
	ck_assert_int_eq(decide(policy, as_write(ask("up/x")), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.root, 1);
	ck_assert_int_eq(decide(policy, ask("up/x"), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.root, 0);
	policy_free(policy);
}
END_TEST

START_TEST(refuses_names_that_make_no_path)
{
	static const struct {
		const char *name;
		int code;
		enum path_verdict verdict;
	} cases[] = {
	    {"", 1, PATH_EMPTY},       {"/", 1, PATH_EMPTY},          {"C:\\", 1, PATH_EMPTY},
	    {"../x", 2, PATH_PARENT},  {"C:\\..\\x", 2, PATH_PARENT}, {"a\nb", 2, PATH_CONTROL},
	    {"a/", 2, PATH_DIRECTORY},
	};
	struct policy *policy = make_root(NULL, true);
	struct policy_decision decision;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *reason = path_verdict_text(cases[i].verdict);
		assert_refused(policy, ask(cases[i].name), cases[i].code, reason);
		assert_refused(policy, as_write(ask(cases[i].name)), cases[i].code, reason);
		ck_assert_int_eq(decide(policy, ask(cases[i].name), &decision), POLICY_REFUSED);
		ck_assert_str_eq(decision.rule, "");
	}
	policy_free(policy);
}
END_TEST

START_TEST(cuts_no_name_however_long)
{
	struct policy *policy = make_root(NULL, true);
	char name[4001];
	for (size_t i = 0; i < 2000; i++)
		memcpy(name + 2 * i, "./", 3);
	memcpy(name + 3990, "pxelinux.0", 11);
	assert_tries(policy, ask(name), "pxelinux.0");
	memcpy(name + 3990, "../linux.0", 11);
	assert_refused(policy, ask(name), 2, path_verdict_text(PATH_PARENT));
	memset(name, 'a', 512);
	for (size_t i = 200; i < 512; i += 201)
		name[i] = '/';
	name[511] = '\0';
	assert_tries(policy, ask(name), name);
	name[511] = 'a';
	name[512] = '\0';
	assert_refused(policy, ask(name), 2, path_verdict_text(PATH_TOO_LONG));
	policy_free(policy);
}
END_TEST

START_TEST(drops_the_drive_of_a_name)
{
	static const char *const pairs[][2] = {
	    {"C:\\boot\\x", "boot/x"},
	    {"c:/boot/x", "boot/x"},
	    {"z:\\x", "x"},
	    {"A:/x", "x"},
	    {"Z:/x", "x"},
	    {"a:/x", "x"},
	    {"C:boot", "C:boot"},
	    {"C:", "C:"},
	    {"\\C:\\x", "C:/x"},
	    {"1:\\x", "1:/x"},
	    {"@:/x", "@:/x"},
	    {"[:/x", "[:/x"},
	    {"`:/x", "`:/x"},
	    {"{:/x", "{:/x"},
	    {"\xe4:/x", "\xe4:/x"},
	    {"CC:/x", "CC:/x"},
	    {"C;/x", "C;/x"},
	    {"C:/C:/x", "C:/x"},
	};
	struct policy *policy = make_root(NULL, false);
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_tries(policy, ask(pairs[i][0]), pairs[i][1]);
	policy_free(policy);
}
END_TEST

START_TEST(makes_names_lower_case_if_asked)
{
	static const struct policy_root root = {.name = "main"};
	const struct policy_rule rule = {TEXTS(pattern, "*.key"), .operation = POLICY_ANY,
					 .action = POLICY_DENY};
	struct policy_settings settings = {
	    .roots = &root, .root_count = 1, .rules = &rule, .rule_count = 1};
	struct policy *policy = make_policy(&settings);
	assert_tries(policy, ask("Boot\\BCD"), "Boot/BCD");
	assert_tries(policy, ask("A.KEY"), "A.KEY");
	policy_free(policy);
	settings.is_lower_casing = true;
	policy = make_policy(&settings);
	assert_tries(policy, ask("Boot\\BCD"), "boot/bcd");
	assert_tries(policy, ask("AZaz@[`{\xc4\xd6.09"), "azaz@[`{\xc4\xd6.09");
	assert_refused(policy, ask("A.KEY"), 2, "this is not allowed here");
	policy_free(policy);
}
END_TEST

START_TEST(takes_any_other_byte_in_a_name)
{
	struct policy *policy = make_root(NULL, false);
	char name[257];
	size_t len = 0;
	for (int byte = 0x20; byte < 0x100; byte++)
		if (byte != '/' && byte != '\\' && byte != 0x7f)
			name[len++] = (char)byte;
	name[len++] = 'x'; /* at the end 0xff is no part of the name */
	name[len] = '\0';
	assert_tries(policy, ask(name), name);
	policy_free(policy);
}
END_TEST

START_TEST(drops_the_end_marks_of_dhcp_behind_a_name)
{
	static const struct policy_root root = {.name = "main"};
	const char *map = "r ^boot[.]rom$ pxelinux.0\n";
	struct policy *policy = make_policy(&(struct policy_settings){
	    .roots = &root, .root_count = 1, .map_text = map, .map_len = strlen(map)});
	struct policy_decision decision;
	ck_assert_int_eq(decide(policy, ask("lpxelinux.0\xff"), &decision), POLICY_OK);
	ck_assert_str_eq(decision.tries[0], "lpxelinux.0");
	ck_assert_int_eq(decide(policy, ask("boot.rom\xff\xff"), &decision), POLICY_OK);
	ck_assert_str_eq(decision.tries[0], "pxelinux.0");
	ck_assert_int_eq(decide(policy, ask("a\xff/b"), &decision), POLICY_OK);
	ck_assert_str_eq(decision.tries[0], "a\xff/b");
	ck_assert_int_eq(decide(policy, ask("\xff"), &decision), POLICY_REFUSED);
	ck_assert_int_eq(decision.code, 1);
	policy_free(policy);
}
END_TEST

START_TEST(cuts_texts_that_are_too_long_for_a_decision)
{
	char name[200], reason[600];
	memset(name, 'n', sizeof name);
	memset(reason, 'r', sizeof reason);
	name[sizeof name - 1] = reason[sizeof reason - 1] = '\0';
	struct policy_rule rule = {
	    .name = name, .operation = POLICY_ANY, .action = POLICY_DENY, .reason = reason};
	struct policy *policy = make_rules(&rule, 1);
	struct policy_decision decision;
	ck_assert_int_eq(decide(policy, ask("x"), &decision), POLICY_REFUSED);
	ck_assert_uint_eq(strlen(decision.rule), sizeof decision.rule - 1);
	ck_assert_uint_eq(strlen(decision.reason), sizeof decision.reason - 1);
	policy_free(policy);
}
END_TEST

SUITE("policy", serves_from_the_first_root_where_nothing_else_is_said,
      applies_a_rule_only_when_all_of_it_matches, applies_a_rule_to_its_operations,
      ends_the_list_at_the_first_allow_or_deny, combines_the_limits_of_all_rules_that_apply,
      serves_from_the_root_of_the_last_rule_that_names_one, takes_writes_only_in_a_root_that_takes_them,
      refuses_names_that_make_no_path, cuts_no_name_however_long, drops_the_drive_of_a_name,
      makes_names_lower_case_if_asked, drops_the_end_marks_of_dhcp_behind_a_name,
      takes_any_other_byte_in_a_name, cuts_texts_that_are_too_long_for_a_decision)

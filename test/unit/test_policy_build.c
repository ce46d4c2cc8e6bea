#include "unit/policy_kit.h"
#include "unit/suite.h"

#include "base/mem.h"

static const struct policy_root main_root = {.name = "main"};

static void assert_wrong(const struct policy_settings *settings, const char *wanted)
{
	char error[400] = "";
	struct policy *policy = policy_new(settings, error, sizeof error);
	ck_assert_msg(policy == NULL, "taken, not: %s", wanted);
	ck_assert_str_eq(error, wanted);
}

static void assert_rule_wrong(const struct policy_rule *rule, const char *wanted)
{
	const struct policy_rule rules[] = {{.operation = POLICY_ANY}, *rule};
	assert_wrong(
	    &(struct policy_settings){
		.roots = &main_root, .root_count = 1, .rules = rules, .rule_count = 2},
	    wanted);
}

static void assert_root_wrong(const struct policy_root *root, const char *wanted)
{
	const struct policy_root roots[] = {main_root, *root};
	assert_wrong(&(struct policy_settings){.roots = roots, .root_count = 2}, wanted);
}

START_TEST(says_how_many_roots_and_rules_there_may_be)
{
	static struct policy_root roots[POLICY_ROOTS_MAX + 1];
	static struct policy_rule rules[POLICY_RULES_MAX + 1];
	char names[POLICY_ROOTS_MAX + 1][8];
	for (size_t i = 0; i < COUNT(roots); i++) {
		snprintf(names[i], sizeof names[i], "r%zu", i);
		roots[i].name = names[i];
	}
	for (size_t i = 0; i < COUNT(rules); i++)
		rules[i].operation = POLICY_ANY;
	struct policy_settings settings = {.roots = roots, .rules = rules};
	assert_wrong(&settings, "between 1 and 64 roots, not 0");
	settings.root_count = POLICY_ROOTS_MAX + 1;
	assert_wrong(&settings, "between 1 and 64 roots, not 65");
	settings.root_count = POLICY_ROOTS_MAX;
	settings.rule_count = POLICY_RULES_MAX + 1;
	assert_wrong(&settings, "at most 1024 rules, not 1025");
	settings.rule_count = POLICY_RULES_MAX;
	rules[POLICY_RULES_MAX - 1].root = names[POLICY_ROOTS_MAX - 1];
	struct policy *policy = make_policy(&settings);
	struct policy_decision decision;
	ck_assert_int_eq(decide(policy, ask("x"), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.root, POLICY_ROOTS_MAX - 1);
	ck_assert_str_eq(decision.rule, "rule 1024");
	policy_free(policy);
}
END_TEST

START_TEST(says_what_is_wrong_with_a_root)
{
	static const struct {
		struct policy_root root;
		const char *wanted;
	} cases[] = {
	    {{.name = NULL}, "root 2 has no name"},
	    {{.name = ""}, "root 2 has no name"},
	    {{.name = "main"}, "root 'main' is there twice"},
	    {{.name = "pi", .client_directory = "a/{mac}/{Mac}"},
	     "root 'pi': client directory 'a/{mac}/{Mac}' has an unknown placeholder; {ip}, {mac}, "
	     "{pxemac} and {serial} are known"},
	    {{.name = "pi", .client_directory = "{ip"},
	     "root 'pi': client directory '{ip' has an unknown placeholder; {ip}, {mac}, {pxemac} and "
	     "{serial} are known"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_root_wrong(&cases[i].root, cases[i].wanted);
}
END_TEST

START_TEST(takes_only_client_directories_beneath_the_root)
{
	static const char *const wrong[] = {"/",         "/{ip}", "..",      "../{ip}", "{ip}/..",
					    "a/../{ip}", ".",     "./{ip}",  "a//b",    "{ip}/",
					    "a\\b",      "a\nb",  "{ip}/./x"};
	static const char *const right[] = {"{ip}", "a..b/{ip}", "...", "{ip}/{mac}/{pxemac}/{serial}",
					    "a}",   "by-ip",     "\xe4"};
	char error[200], text[PATH_BYTES_MAX + 1];
	for (size_t i = 0; i < COUNT(wrong); i++) {
		snprintf(error, sizeof error,
			 "root 'pi': client directory '%s' must be a plain path beneath the root, such "
			 "as clients/{ip}",
			 wrong[i]);
		struct policy_root root = {.name = "pi", .client_directory = wrong[i]};
		assert_root_wrong(&root, error);
	}
	for (size_t i = 0; i < COUNT(right); i++)
		policy_free(make_root(right[i], false));
	policy_free(make_root("", false));
	memset(text, 'a', sizeof text);
	text[200] = text[400] = '/';
	text[PATH_BYTES_MAX] = '\0';
	struct policy_root root = {.name = "pi", .client_directory = text};
	ck_assert_ptr_null(
	    policy_new(&(struct policy_settings){.roots = &root, .root_count = 1}, error, sizeof error));
	text[PATH_BYTES_MAX - 1] = '\0';
	policy_free(make_root(text, false));
}
END_TEST

START_TEST(says_what_is_wrong_with_a_rule)
{
	const struct {
		struct policy_rule rule;
		const char *wanted;
	} cases[] = {
	    {{.name = "a", .operation = POLICY_READ, .root = "man"}, "a: there is no root 'man'"},
	    {{.operation = POLICY_READ, .root = ""}, "rule 2: there is no root ''"},
	    {{.name = "", .operation = POLICY_READ, TEXTS(client, "::1", "10.0.0.1/8")},
	     "rule 2: client '10.0.0.1/8' has bits set behind its prefix length, where all must be "
	     "zero"},
	    {{.name = "a", .operation = POLICY_READ, TEXTS(local, "eth0")},
	     "a: local address 'eth0' is not a numeric address or network such as 192.0.2.0/24 or "
	     "2001:db8::/32"},
	    {{.name = "a", .operation = POLICY_READ, TEXTS(pattern, "*", "[a")},
	     "a: pattern '[a' has a '[' without its ']'"},
	    {{.name = "a"}, "a: is for neither reads nor writes"},
	    {{.name = "a", .operation = (enum policy_operation)4}, "a: is for neither reads nor writes"},
	    {{.name = "a", .operation = POLICY_READ, .blksize_max = 7},
	     "a: a blksize limit of 7; 0 (none) and 8 to 65464 are allowed"},
	    {{.name = "a", .operation = POLICY_READ, .blksize_max = 65465},
	     "a: a blksize limit of 65465; 0 (none) and 8 to 65464 are allowed"},
	    {{.name = "a", .operation = POLICY_READ, .windowsize_max = 65536},
	     "a: a windowsize limit of 65536; 0 (none) to 65535 are allowed"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_rule_wrong(&cases[i].rule, cases[i].wanted);
}
END_TEST

START_TEST(takes_limits_at_their_ends)
{
	const struct policy_rule rules[] = {
	    {.operation = POLICY_ANY, .blksize_max = 65464, .windowsize_max = 65535},
	    {TEXTS(pattern, "x"), .operation = POLICY_ANY, .blksize_max = 8, .windowsize_max = 1},
	};
	struct policy *policy = make_rules(rules, COUNT(rules));
	struct policy_decision decision;
	ck_assert_int_eq(decide(policy, ask("y"), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.blksize_max, 65464);
	ck_assert_uint_eq(decision.windowsize_max, 65535);
	ck_assert_int_eq(decide(policy, ask("x"), &decision), POLICY_OK);
	ck_assert_uint_eq(decision.blksize_max, 8);
	ck_assert_uint_eq(decision.windowsize_max, 1);
	policy_free(policy);
}
END_TEST

START_TEST(says_where_the_map_is_wrong)
{
	struct policy_settings settings = {.roots = &main_root,
					   .root_count = 1,
					   .map_text = "# fine\nr ( x\n",
					   .map_len = 13,
					   .map_name = "/etc/x.map"};
	char error[400] = "";
	ck_assert_ptr_null(policy_new(&settings, error, sizeof error));
	ck_assert_msg(strncmp(error, "/etc/x.map:2: ", 14) == 0, "%s", error);
	ck_assert_uint_gt(strlen(error), 20);
	settings.map_name = NULL;
	ck_assert_ptr_null(policy_new(&settings, error, sizeof error));
	ck_assert_msg(strncmp(error, "map:2: ", 7) == 0, "%s", error);
	settings.map_len = 7; /* only the first line is of the map */
	policy_free(make_policy(&settings));
}
END_TEST

START_TEST(cuts_an_error_to_its_room)
{
	static const struct policy_settings none = {.root_count = 0};
	char error[8] = "#######";
	ck_assert_ptr_null(policy_new(&none, error, 6));
	ck_assert_str_eq(error, "betwe");
	ck_assert_int_eq(error[6], '#');
	ck_assert_ptr_null(policy_new(&none, NULL, 0));
}
END_TEST

static struct policy *make_full(char *error, size_t error_len)
{
	/* All texts are of this call only: a policy keeps copies. */
	char texts[][24] = {"main", "pi",   "{ip}",   "rule",  "10.0.0.0/8",
			    "*.c",  "b/**", "reason", "r a b", "192.0.2.0/24"};
	struct policy_root roots[] = {{texts[0], NULL, false}, {texts[1], texts[2], true}};
	struct policy_rule rules[] = {
	    {.name = texts[3],
	     TEXTS(client, texts[4], "::/0"),
	     TEXTS(local, texts[9]),
	     TEXTS(pattern, texts[5], texts[6]),
	     .operation = POLICY_ANY,
	     .action = POLICY_DENY,
	     .root = texts[1],
	     .reason = texts[7]},
	    {.operation = POLICY_ANY, .root = texts[1]},
	};
	struct policy_settings settings = {.roots = roots,
					   .root_count = COUNT(roots),
					   .rules = rules,
					   .rule_count = COUNT(rules),
					   .map_text = texts[8],
					   .map_len = 5};
	struct policy *policy = policy_new(&settings, error, error_len);
	memset(texts, '#', sizeof texts);
	memset(roots, 0xa5, sizeof roots);
	memset(rules, 0xa5, sizeof rules);
	return policy;
}

START_TEST(keeps_copies_of_all_it_was_given)
{
	char error[200];
	struct policy *policy = make_full(error, sizeof error);
	ck_assert_ptr_nonnull(policy);
	assert_refused(policy, ask_from("10.0.0.1", "x.c"), 2, "reason");
	assert_refused(policy, ask_from("::1", "a/x"), 2, "reason");
	assert_tries(policy, ask_from("11.0.0.1", "x.c"), "11.0.0.1/x.c|x.c");
	assert_tries(policy, ask_from("10.0.0.1", "aa"), "10.0.0.1/ba|ba");
	policy_free(policy);
}
END_TEST

START_TEST(fails_whole_when_memory_is_short)
{
	struct policy *policy = NULL;
	long nth = 0;
	while (policy == NULL) {
		char error[200] = "";
		mem_fail_nth(++nth);
		policy = make_full(error, sizeof error);
		mem_fail_nth(0);
		if (policy == NULL)
			ck_assert_msg(strstr(error, "out of memory") != NULL, "%ld: '%s'", nth, error);
		ck_assert_int_lt(nth, 100);
	}
	ck_assert_int_gt(nth, 10);
	assert_refused(policy, ask_from("10.0.0.1", "x.c"), 2, "reason");
	policy_free(policy);
	policy_free(NULL);
}
END_TEST

SUITE("policy_build", says_how_many_roots_and_rules_there_may_be, says_what_is_wrong_with_a_root,
      takes_only_client_directories_beneath_the_root, says_what_is_wrong_with_a_rule,
      takes_limits_at_their_ends, says_where_the_map_is_wrong, cuts_an_error_to_its_room,
      keeps_copies_of_all_it_was_given, fails_whole_when_memory_is_short)

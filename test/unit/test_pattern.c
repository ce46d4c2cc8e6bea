#include "unit/suite.h"

#include <string.h>

#include "policy/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Millions of comparisons are made here, and check writes to a pipe for each ck_assert: so only failures use it.
 *
 * In memory of exactly its size, so that a sanitizer sees a read beyond it. */
static char *copy_exact(const char *text)
{
	char *copy = strdup(text);
	if (copy == NULL)
		ck_abort_msg("out of memory");
	return copy;
}

static const char *check(const char *pattern)
{
	char *copy = copy_exact(pattern);
	const char *wrong = pattern_check(copy);
	free(copy);
	return wrong;
}

static bool matches(const char *pattern, const char *path)
{
	char *pattern_copy = copy_exact(pattern), *path_copy = copy_exact(path);
	bool is_match = pattern_matches(pattern_copy, path_copy);
	free(pattern_copy);
	free(path_copy);
	return is_match;
}

static void assert_matches(const char *pattern, const char *path, bool wanted)
{
	const char *wrong = check(pattern);
	if (wrong != NULL)
		ck_abort_msg("'%s' %s", pattern, wrong);
	if (matches(pattern, path) != wanted)
		ck_abort_msg("'%s' against '%s'", pattern, path);
}

struct match {
	const char *pattern;
	const char *path;
	bool is_match;
};

START_TEST(takes_plain_characters_as_they_are)
{
	static const struct match cases[] = {
	    {"a", "a", true},
	    {"a", "A", false},
	    {"a", "b", false},
	    {"a", "ab", false},
	    {"ab", "a", false},
	    {"pxelinux.0", "pxelinux.0", true},
	    {"pxelinux.0", "pxelinuxx0", false},
	    {"a]b", "a]b", true},
	    {"{a,b}", "{a,b}", true},
	    {"\xc3\xa4", "\xc3\xa4", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_matches(cases[i].pattern, cases[i].path, cases[i].is_match);
}
END_TEST

START_TEST(looks_at_the_last_component_unless_the_pattern_has_a_slash)
{
	static const struct match cases[] = {
	    {"x.cfg", "x.cfg", true},        {"x.cfg", "a/b/x.cfg", true}, {"x.cfg", "x.cfg/a", false},
	    {"*.cfg", "a.d/x.cfg", true},    {"a", "a/b", false},          {"a/x.cfg", "a/x.cfg", true},
	    {"a/x.cfg", "b/a/x.cfg", false}, {"/x.cfg", "x.cfg", true},    {"/x.cfg", "a/x.cfg", false},
	    {"/a/x.cfg", "a/x.cfg", true},   {"//x.cfg", "x.cfg", false},  {"a\\/b", "a/b", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_matches(cases[i].pattern, cases[i].path, cases[i].is_match);
}
END_TEST

START_TEST(gives_each_star_its_reach)
{
	static const struct match cases[] = {
	    {"*", "a", true},
	    {"*", "a/b", true},
	    {"/*", "a", true},
	    {"/*", "a/b", false},
	    {"a*", "a", true},
	    {"a*b", "ab", true},
	    {"a*b", "axxb", true},
	    {"a*b", "axxbc", false},
	    {"*a*b", "xaxbxb", true},
	    {"*a*b", "xbxa", false},
	    {"a/*", "a/b", true},
	    {"a/*", "a/b/c", false},
	    {"a/*/c", "a/b/c", true},
	    {"a/*/c", "a/b/b/c", false},
	    {"*/x*", "ab/xy", true},
	    {"*/x*", "a/b/xy", false},
	    {"a/**", "a/b", true},
	    {"a/**", "a/b/c", true},
	    {"a/**", "ab", false},
	    {"a/**", "a", false},
	    {"/**", "a/b/c", true},
	    {"**/c", "a/b/c", true},
	    {"**/c", "c", false},
	    {"/a**c", "a/b/c", true},
	    {"a**c", "a/b/c", false},
	    {"a/**/c", "a/b/b/c", true},
	    {"a/**/c", "a/c", false},
	    {"/a***c", "a/b/c", true},
	    {"/**x*y", "a/x/xby", true},
	    {"/**x*y", "a/xb/y", false},
	    {"/**a*b**c*d", "ab/a_b/c/c_d", true},
	    {"/**a*b**c*d", "a/b/c/c_d", false},
	    {"?", "a", true},
	    {"?", "\xff", true},
	    {"??", "a", false},
	    {"a?b", "a/b", false},
	    {"a/?", "a/b", true},
	    {"a?/b", "a//b", false},
	    {"\\*", "*", true},
	    {"\\*", "a", false},
	    {"a\\?", "a?", true},
	    {"a\\?", "ab", false},
	    {"\\\\", "\\", true},
	    {"\\[a]", "[a]", true},
	    {"\\[a]", "a", false},
	    {"\\[a", "[a", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_matches(cases[i].pattern, cases[i].path, cases[i].is_match);
}
END_TEST

START_TEST(reads_sets)
{
	static const struct match cases[] = {
	    {"[abc]", "b", true},
	    {"[abc]", "d", false},
	    {"[abc]", "ab", false},
	    {"[a-c]", "a", true},
	    {"[a-c]", "c", true},
	    {"[a-c]", "d", false},
	    {"[a-c]", "-", false},
	    {"[a-cx-z]", "y", true},
	    {"[c-a]", "b", false},
	    {"[!a-c]", "d", true},
	    {"[!a-c]", "b", false},
	    {"[^a-c]", "d", true},
	    {"[^a-c]", "^", true},
	    {"[a^]", "^", true},
	    {"[a!]", "!", true},
	    {"[]]", "]", true},
	    {"[!]]", "]", false},
	    {"[!]]", "a", true},
	    {"[]-a]", "^", true},
	    {"[]-a]", "-", false},
	    {"[a-]", "-", true},
	    {"[a-]", "b", false},
	    {"[-a]", "-", true},
	    {"[!-]", "-", false},
	    {"[!-]", "a", true},
	    {"[--0]", ".", true},
	    {"[[]", "[", true},
	    {"[a[]", "[", true},
	    {"[a\\]", "\\", true},
	    {"[*]", "*", true},
	    {"[*]", "a", false},
	    {"[?]", "a", false},
	    {"[\\]", "\\", true},
	    {"[\\]]", "\\]", true},
	    {"[\xc0-\xff]", "\xe4", true},
	    {"[a-\xff]", "\x7f", true},
	    {"[!a]", "\xe4", true},
	    {"a[/]b", "a/b", false},
	    {"a[.-0]b", "a/b", false},
	    {"/a[!b]c", "a/c", false},
	    {"a[0-9]*[0-9].bin", "a1x9.bin", true},
	    {"a[0-9]*[0-9].bin", "a1.bin", false},
	    {"[a-c]x[d-f]", "bxe", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_matches(cases[i].pattern, cases[i].path, cases[i].is_match);
}
END_TEST

START_TEST(says_what_is_wrong_with_a_pattern)
{
	static const char *const pairs[][2] = {
	    {"", "is empty"},
	    {"\\", "ends in a backslash"},
	    {"a\\", "ends in a backslash"},
	    {"\\\\\\", "ends in a backslash"},
	    {"[a]\\", "ends in a backslash"},
	    {"[", "'[' without its ']'"},
	    {"[a", "'[' without its ']'"},
	    {"[]", "'[' without its ']'"},
	    {"[!", "'[' without its ']'"},
	    {"[!]", "'[' without its ']'"},
	    {"[^", "'[' without its ']'"},
	    {"[^]", "'[' without its ']'"},
	    {"[a-", "'[' without its ']'"},
	    {"a[b]c[", "'[' without its ']'"},
	    {"[[a", "'[' without its ']'"},
	    {"]a[", "'[' without its ']'"},
	    {"\\[a[]", "'[' without its ']'"},
	    {"/", "ends in '/'"},
	    {"boot/", "ends in '/'"},
	    {"boot\\/", "ends in '/'"},
	};
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const char *wrong = check(pairs[i][0]);
		ck_assert_msg(wrong != NULL, "'%s' is taken", pairs[i][0]);
		ck_assert_msg(strstr(wrong, pairs[i][1]) != NULL, "'%s' %s", pairs[i][0], wrong);
	}
}
END_TEST

/* The set at `set` (behind '[') by its definition. *end is what is behind it. */
static bool is_in_set(const char *set, char c, const char **end)
{
	bool is_negated = set[0] == '!' || set[0] == '^', is_in = false;
	const char *p = set + (is_negated ? 1 : 0);
	const char *close = strchr(p + 1, ']');
	*end = close + 1;
	while (p < close) {
		bool is_range = p + 2 < close && p[1] == '-';
		unsigned char low = (unsigned char)p[0], high = (unsigned char)p[is_range ? 2 : 0];
		is_in = is_in || ((unsigned char)c >= low && (unsigned char)c <= high);
		p += is_range ? 3 : 1;
	}
	return c != '/' && c != '\0' && is_in != is_negated;
}

/* The definition of a match, tried out in every way there is. */
static bool is_match(const char *pattern, const char *path)
{
	const char *behind = pattern + 1;
	if (*pattern == '\0')
		return *path == '\0';
	if (*pattern == '*') {
		bool is_double = *behind == '*';
		if (is_match(pattern + (is_double ? 2 : 1), path))
			return true;
		return *path != '\0' && (is_double || *path != '/') && is_match(pattern, path + 1);
	}
	bool is_one = *path != '\0' && *pattern == *path;
	if (*pattern == '?')
		is_one = *path != '\0' && *path != '/';
	if (*pattern == '[')
		is_one = is_in_set(behind, *path, &behind);
	if (*pattern == '\\')
		is_one = *path != '\0' && *behind++ == *path;
	return is_one && is_match(behind, path + 1);
}

static bool is_match_by_definition(const char *pattern, const char *path)
{
	if (strchr(pattern, '/') == NULL) {
		const char *slash = strrchr(path, '/');
		return is_match(pattern, slash != NULL ? slash + 1 : path);
	}
	return is_match(*pattern == '/' ? pattern + 1 : pattern, path);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void make_random(uint32_t *random, const char *letters, char *text, size_t len_max)
{
	size_t len = next_random(random) % (len_max + 1);
	for (size_t i = 0; i < len; i++)
		text[i] = letters[next_random(random) % strlen(letters)];
	text[len] = '\0';
}

static unsigned compare_random(const char *pattern_letters, const char *path_letters, int rounds)
{
	uint32_t random = 3;
	unsigned matched = 0;
	for (int round = 0; round < rounds; round++) {
		char pattern[12], path[14];
		make_random(&random, pattern_letters, pattern, sizeof pattern - 1);
		make_random(&random, path_letters, path, sizeof path - 1);
		if (check(pattern) != NULL)
			continue;
		bool wanted = is_match_by_definition(pattern, path);
		assert_matches(pattern, path, wanted);
		matched += wanted;
	}
	return matched;
}

START_TEST(agrees_with_the_definition_on_random_patterns)
{
	ck_assert_uint_gt(compare_random("ab/***", "aab/", 300000), 10000);
	ck_assert_uint_gt(compare_random("ab/*?", "ab/", 100000), 1000);
	ck_assert_uint_gt(compare_random("a-b[]!*", "ab-]", 300000), 1000);
	ck_assert_uint_gt(compare_random("a\\[*]^/c-", "ac[]*\\/", 300000), 1000);
}
END_TEST

START_TEST(takes_no_time_for_many_stars)
{
	char path[512], pattern[512];
	memset(path, 'a', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path, false);
	assert_matches("/**a**a**a**a**a**a**a**a**a**a**a**b", path, false);
	assert_matches("/**a*a**a*a**a*a**a*a**a*a**a*a**b", path, false);
	for (size_t i = 0; i < 255; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	memcpy(pattern + 510, "b", 2);
	assert_matches(pattern, path, false);
	for (size_t i = 100; i < 500; i += 100)
		path[i] = '/';
	assert_matches("/**a*a*a*a*a*a**a*a*a*a*a*a*b", path, false);
}
END_TEST

SUITE("pattern", takes_plain_characters_as_they_are,
      looks_at_the_last_component_unless_the_pattern_has_a_slash, gives_each_star_its_reach, reads_sets,
      says_what_is_wrong_with_a_pattern, agrees_with_the_definition_on_random_patterns,
      takes_no_time_for_many_stars)

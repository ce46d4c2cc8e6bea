#include "policy/pattern.h"

#include <string.h>

/* The character class at `at` (behind '['). Moves *at behind ']'. */
static bool matches_set(const char **at, unsigned char c)
{
	const char *p = *at;
	bool is_negated = *p == '!' || *p == '^';
	bool is_in = false;
	if (is_negated)
		p++;
	const char *first = p;
	while (*p != ']' || p == first) {
		unsigned char low = (unsigned char)*p++, high = low;
		if (p[0] == '-' && p[1] != ']') {
			high = (unsigned char)p[1];
			p += 2;
		}
		is_in = is_in || (c >= low && c <= high);
	}
	*at = p + 1;
	return is_in != is_negated && c != '/';
}

/* One element of the pattern that is no star against one character. Moves *pattern behind it. */
static bool matches_one(const char **pattern, char c)
{
	char p = *(*pattern)++;
	if (p == '?')
		return c != '/';
	if (p == '[')
		return matches_set(pattern, (unsigned char)c);
	if (p == '\\')
		p = *(*pattern)++;
	return p == c;
}

struct star {
	const char *pattern; /* behind it; NULL: none yet */
	const char *path;    /* where the next try begins */
};

/* Goes back to the innermost star that can take one more character. A '*' that cannot stays so until it is met
 * again. */
static bool retry(struct star *single, struct star *twice, const char **pattern, const char **path)
{
	struct star *star =
	    single->pattern != NULL && *single->path != '\0' && *single->path != '/' ? single : twice;
	if (star->pattern == NULL || *star->path == '\0')
		return false;
	*path = ++star->path;
	*pattern = star->pattern;
	return true;
}

/* Only the last '**' and the last '*' behind it are ever tried again: what is between two stars is best matched
 * as early as it can be. So the time is bounded by the lengths, whatever the pattern. */
static bool matches(const char *pattern, const char *path)
{
	struct star single = {NULL, NULL}, twice = {NULL, NULL};
	for (;;) {
		if (*pattern == '*') {
			struct star *star = pattern[1] == '*' ? &twice : &single;
			while (*pattern == '*')
				pattern++;
			single.pattern = NULL;
			*star = (struct star){pattern, path};
		}
		if (*pattern == '\0' && *path == '\0')
			return true;
		if (*pattern != '\0' && *path != '\0' && matches_one(&pattern, *path)) {
			path++;
			continue;
		}
		if (!retry(&single, &twice, &pattern, &path))
			return false;
	}
}

bool pattern_matches(const char *pattern, const char *path)
{
	if (strchr(pattern, '/') != NULL)
		return matches(pattern[0] == '/' ? pattern + 1 : pattern, path);
	const char *slash = strrchr(path, '/');
	return matches(pattern, slash != NULL ? slash + 1 : path);
}

const char *pattern_check(const char *pattern)
{
	if (*pattern == '\0')
		return "is empty";
	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p == '\\') {
			if (*++p == '\0')
				return "ends in a backslash";
			continue;
		}
		if (*p != '[')
			continue;
		p += p[1] == '!' || p[1] == '^' ? 2 : 1;
		const char *end = *p == '\0' ? NULL : strchr(p + 1, ']');
		if (end == NULL)
			return "has a '[' without its ']'";
		p = end;
	}
	if (pattern[strlen(pattern) - 1] == '/')
		return "ends in '/', as no path does; '**' behind it takes all that is beneath";
	return NULL;
}

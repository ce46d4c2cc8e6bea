#include "policy/remap_line.h"

#include <stdio.h>
#include <string.h>

/* What isspace() takes in the C locale; the locale must not change what a map file means. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Moves the next field from the start of `rest` to the result: up to a blank or a hash mark with no backslash
 * before it. Empty at the end of the line and at a comment. */
static struct text take_field(struct text *rest)
{
	size_t start = 0;
	while (start < rest->len && is_blank(rest->at[start]))
		start++;
	size_t end = start;
	bool is_escaped = false;
	while (end < rest->len) {
		char c = rest->at[end];
		if (!is_escaped && (is_blank(c) || c == '#'))
			break;
		is_escaped = !is_escaped && c == '\\';
		end++;
	}
	struct text field = {rest->at + start, end - start};
	*rest = (struct text){rest->at + end, rest->len - end};
	return field;
}

static unsigned operator_flag(char letter)
{
	static const struct {
		char letter;
		unsigned flag;
	} operators[] = {
	    {'r', REMAP_REPLACE}, {'g', REMAP_REPEAT}, {'i', REMAP_NOCASE},  {'e', REMAP_EXIT},
	    {'s', REMAP_RESTART}, {'a', REMAP_ABORT},  {'~', REMAP_INVERSE}, {'G', REMAP_READS},
	    {'P', REMAP_WRITES},  {'4', REMAP_V4},     {'6', REMAP_V6},
	};
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
		if (operators[i].letter == letter)
			return operators[i].flag;
	}
	return 0;
}

static bool parse_operators(struct text letters, unsigned *flags, struct remap_error *error)
{
	*flags = 0;
	for (size_t i = 0; i < letters.len; i++) {
		unsigned flag = operator_flag(letters.at[i]);
		if (flag == 0) {
			char shown[2];
			text_printable((struct text){letters.at + i, 1}, shown, sizeof shown);
			snprintf(error->text, sizeof error->text, "there is no operator '%s'", shown);
			return false;
		}
		/* The later of the two counts. */
		if (flag == REMAP_READS || flag == REMAP_WRITES)
			*flags &= ~(unsigned)(REMAP_READS | REMAP_WRITES);
		*flags |= flag;
	}
	if ((*flags & REMAP_REPLACE) == 0)
		*flags &= ~(unsigned)REMAP_REPEAT;
	if ((*flags & REMAP_REPLACE) != 0 && (*flags & REMAP_INVERSE) != 0) {
		snprintf(error->text, sizeof error->text,
			 "r and ~ exclude each other: without a match there is nothing to replace");
		return false;
	}
	return true;
}

enum remap_line_kind remap_line_parse(struct text line, struct remap_line *parts,
				      struct remap_error *error)
{
	if (line.len > REMAP_LINE_MAX) {
		snprintf(error->text, sizeof error->text, "the line is longer than %d bytes",
			 REMAP_LINE_MAX);
		return REMAP_LINE_WRONG;
	}
	if (line.len > 0 && memchr(line.at, '\0', line.len) != NULL) {
		snprintf(error->text, sizeof error->text, "there is a NUL byte in the line");
		return REMAP_LINE_WRONG;
	}
	struct text rest = line;
	struct text letters = take_field(&rest);
	if (letters.len == 0)
		return REMAP_LINE_BLANK;
	if (!parse_operators(letters, &parts->flags, error))
		return REMAP_LINE_WRONG;
	parts->regex = take_field(&rest);
	if (parts->regex.len == 0) {
		snprintf(error->text, sizeof error->text,
			 "there is no regular expression after the operators");
		return REMAP_LINE_WRONG;
	}
	parts->replacement = take_field(&rest);
	if (parts->replacement.len == 0) /* not after the blanks that were looked through for it */
		parts->replacement.at = parts->regex.at + parts->regex.len;
	const char *end = parts->replacement.at + parts->replacement.len;
	parts->rule = (struct text){letters.at, (size_t)(end - letters.at)};
	return REMAP_LINE_RULE;
}

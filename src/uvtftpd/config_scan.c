#include "uvtftpd/config_scan.h"

#include <stdio.h>
#include <string.h>

/* A section, and a list in it. */
#define DEPTH_MAX 2

struct scan {
	char *at;
	const char *end;
	unsigned line;
	char before; /* the last character outside strings and comments; 0: none yet */
	unsigned depth;
	unsigned opened[DEPTH_MAX]; /* lines of the braces that are open */
};

/* Steps over one character, which counts if it ends a line. */
static void step(struct scan *scan)
{
	scan->line += *scan->at == '\n';
	scan->at++;
}

/* The same for what libconfuse need not see. */
static void blank(struct scan *scan)
{
	step(scan);
	if (scan->at[-1] != '\n')
		scan->at[-1] = ' ';
}

/* From the quote to behind its partner. */
static const char *take_string(struct scan *scan)
{
	char quote = *scan->at;
	step(scan);
	while (scan->at < scan->end && *scan->at != quote) {
		if (*scan->at == '\\' && scan->at + 1 < scan->end)
			step(scan);
		step(scan);
	}
	if (scan->at == scan->end)
		return "the text that begins here has no closing quote";
	step(scan);
	return NULL;
}

static bool is_comment(const char *at)
{
	return at[0] == '#' || (at[0] == '/' && (at[1] == '/' || at[1] == '*'));
}

static const char *take_comment(struct scan *scan)
{
	bool is_long = scan->at[0] == '/' && scan->at[1] == '*';
	if (scan->before != '\0' && strchr(" \t\r\n={}(),\"'", scan->before) == NULL)
		return "a comment in the middle of a word: put the word in quotes, or a space before";
	scan->before = ' ';
	if (!is_long) {
		while (scan->at < scan->end && *scan->at != '\n')
			blank(scan);
		return NULL;
	}
	blank(scan);
	blank(scan);
	while (scan->at < scan->end && (scan->at[0] != '*' || scan->at[1] != '/'))
		blank(scan);
	if (scan->at == scan->end)
		return "the comment that begins here has no end";
	blank(scan);
	blank(scan);
	return NULL;
}

/* A closing brace too many is libconfuse's to find. */
static const char *take_brace(struct scan *scan)
{
	if (*scan->at == '{' && scan->depth == DEPTH_MAX)
		return "braces within braces within braces; two levels are allowed";
	if (*scan->at == '{')
		scan->opened[scan->depth++] = scan->line;
	else if (scan->depth > 0)
		scan->depth--;
	step(scan);
	return NULL;
}

static const char *take_sign(struct scan *scan)
{
	char c = scan->at[0], next = scan->at[1];
	unsigned char byte = (unsigned char)c;
	if (c == '+' && next != '=')
		return "'+' must stand in quotes";
	if (c == '*')
		return "'*' must stand in quotes";
	if (c == '$' && next == '{')
		return "'${' must stand in double quotes";
	if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f)
		return "a control character; only text is allowed";
	step(scan);
	return NULL;
}

/* A string, a comment, a brace, or one character. NULL: fine. */
static const char *take_one(struct scan *scan)
{
	if (is_comment(scan->at))
		return take_comment(scan);
	scan->before = *scan->at;
	if (*scan->at == '"' || *scan->at == '\'')
		return take_string(scan);
	if (*scan->at == '{' || *scan->at == '}')
		return take_brace(scan);
	return take_sign(scan);
}

static bool refuse(unsigned *line, unsigned where, char *why, const char *text)
{
	*line = where;
	snprintf(why, CONFIG_SCAN_WHY_MAX, "%s", text);
	return false;
}

bool config_scan(char *text, size_t len, unsigned *line, char why[CONFIG_SCAN_WHY_MAX])
{
	struct scan scan = {.at = text, .end = text + len, .line = 1};
	const char *zero = memchr(text, '\0', len);
	while (zero != NULL && scan.at < zero)
		step(&scan);
	if (zero != NULL)
		return refuse(line, scan.line, why, "a zero byte; only text is allowed");
	while (scan.at < scan.end) {
		unsigned begin = scan.line;
		const char *fault = take_one(&scan);
		if (fault != NULL)
			return refuse(line, begin, why, fault);
	}
	if (scan.depth > 0)
		return refuse(line, scan.opened[scan.depth - 1], why,
			      "the brace that opens here is not closed");
	return true;
}

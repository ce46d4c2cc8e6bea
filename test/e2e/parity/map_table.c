#include "e2e/parity/map_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *path, unsigned line, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", path, line, what);
	exit(2);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;
	return found != NULL ? (int)(found - digits) : -1;
}

/* Decodes %XX up to `stop` (or the end of the text); NULL if it is not there or the text is wrong. */
static const char *decode(const char *at, char stop, char *room, size_t room_len, size_t *len)
{
	*len = 0;
	while (*at != stop) {
		int byte = (unsigned char)*at++;
		if (byte == '\0' || *len + 1 >= room_len)
			return NULL;
		if (byte == '%') {
			int high = hex_digit(at[0]);
			int low = high < 0 ? -1 : hex_digit(at[1]);
			if (low < 0)
				return NULL;
			byte = high * 16 + low;
			at += 2;
		}
		room[(*len)++] = (char)byte;
	}
	room[*len] = '\0';
	return at + (stop != '\0');
}

static bool take_word(const char **at, const char *word)
{
	size_t len = strlen(word);
	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* "= <name>", "refused <reason>", "loop", "unasked" */
static bool take_answer(const char **at, struct map_answer *answer)
{
	*answer = (struct map_answer){0};
	bool has_text = true;
	if (take_word(at, "= <"))
		answer->kind = MAP_NAMED;
	else if (take_word(at, "refused <"))
		answer->kind = MAP_REFUSED;
	else
		has_text = false;
	if (has_text) {
		*at = decode(*at, '>', answer->text, sizeof answer->text, &answer->len);
		return *at != NULL;
	}
	if (take_word(at, "loop"))
		answer->kind = MAP_LOOP;
	else if (take_word(at, "unasked"))
		answer->kind = MAP_UNASKED;
	else
		return false;
	return true;
}

static bool take_wrong(const char *at, struct map_case *one)
{
	char *end = NULL;
	one->manual = (struct map_answer){.kind = MAP_WRONG};
	one->manual.line = (unsigned)strtoul(at, &end, 10);
	one->hpa = one->manual;
	at = end;
	if (take_word(&at, " hpa "))
		return take_answer(&at, &one->hpa) && *at == '\0';
	return one->manual.line > 0 && *at == '\0';
}

static bool take_case(const char *at, struct map_case *one)
{
	if (take_word(&at, "wrong "))
		return take_wrong(at, one);
	one->is_write = take_word(&at, "put");
	if (!one->is_write && !take_word(&at, "get"))
		return false;
	one->is_v6 = take_word(&at, "6");
	if (!take_word(&at, " <"))
		return false;
	at = decode(at, '>', one->name, sizeof one->name, &one->name_len);
	if (at == NULL || !take_word(&at, " ") || !take_answer(&at, &one->manual))
		return false;
	one->hpa = one->manual;
	if (take_word(&at, " hpa ") && !take_answer(&at, &one->hpa))
		return false;
	return *at == '\0';
}

static bool take_rule(const char *at, struct map_case *one)
{
	size_t len;
	char *room = one->rules + one->rules_len;
	if (decode(at, '\0', room, MAP_RULES_MAX - one->rules_len - 1, &len) == NULL)
		return false;
	room[len] = '\n';
	one->rules_len += len + 1;
	return true;
}

unsigned map_table_read(const char *path, void (*visit)(void *user, const struct map_case *one),
			void *user)
{
	static struct map_case one;
	char line[MAP_TEXT_MAX];
	FILE *file = fopen(path, "r");
	if (file == NULL)
		fail(path, 0, "cannot be opened");
	unsigned count = 0;
	one = (struct map_case){0};
	while (fgets(line, sizeof line, file) != NULL) {
		one.line++;
		size_t len = strcspn(line, "\n");
		if (line[len] != '\n')
			fail(path, one.line, "line too long or without an end");
		line[len] = '\0';
		if (line[0] == '#' || len == 0)
			continue;
		if (strcmp(line, "map") == 0) {
			one.rules_len = 0;
		} else if (line[0] == '\t') {
			if (!take_rule(line + 1, &one))
				fail(path, one.line, "not a rule");
		} else {
			if (!take_case(line, &one))
				fail(path, one.line, "not a case");
			visit(user, &one);
			count++;
		}
	}
	fclose(file);
	return count;
}

const char *map_answer_text(const struct map_answer *answer, char *room)
{
	static const char *const kinds[] = {"=", "refused", "loop", "wrong", "unasked", "silent"};
	size_t room_len = MAP_TEXT_MAX + 64;
	if (answer->kind == MAP_NAMED || answer->kind == MAP_REFUSED)
		snprintf(room, room_len, "%s <%s>", kinds[answer->kind], answer->text);
	else if (answer->kind == MAP_WRONG)
		snprintf(room, room_len, "%s %u", kinds[answer->kind], answer->line);
	else
		snprintf(room, room_len, "%s", kinds[answer->kind]);
	return room;
}

bool map_answer_equal(const struct map_answer *a, const struct map_answer *b)
{
	return a->kind == b->kind && a->len == b->len && memcmp(a->text, b->text, a->len) == 0 &&
	       a->line == b->line;
}

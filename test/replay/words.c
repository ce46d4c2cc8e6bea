#include "replay/words.h"

struct cutting {
	const char *at;
	char *out;
	const char *end;
	bool is_quoted;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte behind a backslash within quotes; -1: there is no such escape. */
static int read_escape(struct cutting *cutting)
{
	char c = *++cutting->at;
	if (c == '\\' || c == '"')
		return c;
	if (c != 'x')
		return -1;
	int high = hex_digit(cutting->at[1]);
	int low = high < 0 ? -1 : hex_digit(cutting->at[2]);
	cutting->at += 2;
	return low < 0 ? -1 : high * 16 + low;
}

static const char *cut_word(struct cutting *cutting)
{
	for (; *cutting->at != '\0'; cutting->at++) {
		int byte = (unsigned char)*cutting->at;
		if (!cutting->is_quoted && (byte == ' ' || byte == '\t'))
			break;
		if (byte == '"') {
			cutting->is_quoted = !cutting->is_quoted;
			continue;
		}
		if (cutting->is_quoted && byte == '\\')
			byte = read_escape(cutting);
		if (byte < 0)
			return "within quotes a backslash is written \\\\, any byte \\xNN";
		if (cutting->out == cutting->end)
			return "the line is too long";
		*cutting->out++ = (char)byte;
	}
	return cutting->is_quoted ? "a quote is not closed" : NULL;
}

const char *words_cut(struct words *words, const char *line)
{
	struct cutting cutting = {line, words->room, words->room + sizeof words->room, false};
	words->count = words->next = 0;
	for (;;) {
		while (*cutting.at == ' ' || *cutting.at == '\t')
			cutting.at++;
		if (*cutting.at == '\0' || *cutting.at == '#')
			return NULL;
		if (words->count == WORDS_MAX)
			return "the line has too many words";
		char *start = cutting.out;
		const char *why = cut_word(&cutting);
		if (why != NULL)
			return why;
		words->word[words->count++] = (struct text){start, (size_t)(cutting.out - start)};
	}
}

bool words_are_left(const struct words *words)
{
	return words->next < words->count;
}

struct text words_peek(const struct words *words)
{
	return words_are_left(words) ? words->word[words->next] : text_of("");
}

struct text words_take(struct words *words)
{
	struct text word = words_peek(words);
	words->next += words_are_left(words);
	return word;
}

bool words_take_if(struct words *words, const char *word)
{
	bool is_it = words_are_left(words) && text_equals(words_peek(words), text_of(word));
	words->next += is_it;
	return is_it;
}

bool words_take_number(struct words *words, uint64_t *value)
{
	bool is_number = text_number(words_peek(words), value);
	words->next += is_number;
	return is_number;
}

static bool starts_with(struct text text, const char *start)
{
	size_t len = text_of(start).len;
	return text.len >= len && text_equals((struct text){text.at, len}, text_of(start));
}

bool words_read_time(struct text text, uint64_t *time_us, struct text *rest)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}};
	uint64_t whole = 0, thousandths = 0, place = 1000;
	size_t at = 0;
	for (; at < text.len && text.at[at] >= '0' && text.at[at] <= '9'; at++)
		whole = whole * 10 + (uint64_t)(text.at[at] - '0');
	if (at == 0)
		return false;
	if (at + 1 < text.len && text.at[at] == '.' && text.at[at + 1] != '.')
		for (at++; at < text.len && text.at[at] >= '0' && text.at[at] <= '9' && place > 1;
		     at++) {
			place /= 10;
			thousandths += place * (uint64_t)(text.at[at] - '0');
		}
	*rest = (struct text){text.at + at, text.len - at};
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (starts_with(*rest, units[i].name)) {
			size_t len = text_of(units[i].name).len;
			*time_us = whole * units[i].us + thousandths * units[i].us / 1000;
			*rest = (struct text){rest->at + len, rest->len - len};
			return true;
		}
	return false;
}

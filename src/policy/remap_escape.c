#include "policy/remap_escape.h"

enum letter_case { AS_IS, UPPER, LOWER };

/* ASCII only: names are bytes in no known encoding, and the locale must not change what a map file means. */
static char change_case(enum letter_case wanted, char c)
{
	if (wanted == UPPER && c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	if (wanted == LOWER && c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static void append(struct bytes_out *out, enum letter_case wanted, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = change_case(wanted, text.at[i]);
		bytes_out_bytes(out, &c, 1);
	}
}

void remap_expand(struct text replacement, const struct text groups[REMAP_GROUPS],
		  const struct remap_request *request, struct bytes_out *out)
{
	enum letter_case wanted = AS_IS;
	for (size_t i = 0; i < replacement.len; i++) {
		/* A backslash with nothing after it stands for itself. */
		if (replacement.at[i] != '\\' || i + 1 == replacement.len) {
			append(out, wanted, (struct text){replacement.at + i, 1});
			continue;
		}
		char escaped = replacement.at[++i];
		if (escaped >= '0' && escaped <= '9')
			append(out, wanted, groups[escaped - '0']);
		else if (escaped == 'i')
			append(out, wanted, text_of(request->client_ip));
		else if (escaped == 'x')
			append(out, wanted, text_of(request->client_hex));
		else if (escaped == 'U')
			wanted = UPPER;
		else if (escaped == 'L')
			wanted = LOWER;
		else if (escaped == 'E')
			wanted = AS_IS;
		else
			append(out, wanted, (struct text){replacement.at + i, 1});
	}
}

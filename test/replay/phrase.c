#include "replay/phrase.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"", "RRQ", "WRQ", "DATA", "ACK", "ERROR", "OACK"};

static bool is_change(struct text word)
{
	return text_equals(word, text_of("raw")) || text_equals(word, text_of("cut")) ||
	       text_equals(word, text_of("times"));
}

/* name=value words up to the end or a change: each with its NULs. */
static const char *read_pairs(struct bytes_out *out, struct words *words)
{
	while (words_are_left(words) && !is_change(words_peek(words))) {
		struct text word = words_take(words);
		const char *equals = memchr(word.at, '=', word.len);
		if (equals == NULL)
			return "an option is written name=value";
		size_t name_len = (size_t)(equals - word.at);
		bytes_out_string(out, (struct text){word.at, name_len});
		bytes_out_string(out, (struct text){equals + 1, word.len - name_len - 1});
	}
	return NULL;
}

static const char *read_request(struct bytes_out *out, struct words *words)
{
	bytes_out_string(out, words_take(words));
	if (!words_are_left(words) || is_change(words_peek(words)))
		return "a request is written RRQ \"name\" octet name=value ...";
	bytes_out_string(out, words_take(words));
	return read_pairs(out, words);
}

static const char *read_error(struct phrase *phrase, struct bytes_out *out, struct words *words)
{
	uint64_t code;
	if (!words_take_number(words, &code) || code > UINT16_MAX)
		return "an error is written ERROR code \"text\"";
	bytes_out_u16(out, (uint16_t)code);
	phrase->is_any_text = !words_are_left(words) || is_change(words_peek(words));
	if (!phrase->is_any_text)
		bytes_out_string(out, words_take(words));
	return NULL;
}

/* "4", "1..4", "3:100" */
static const char *read_data(struct phrase *phrase, struct words *words)
{
	static const char *const why = "DATA is written DATA 4, DATA 1..4 or DATA 3:100 (bytes)";
	struct text word = words_take(words);
	const char *colon = memchr(word.at, ':', word.len);
	phrase->is_data = true;
	phrase->len = PHRASE_LEN_OF_FILE;
	if (colon != NULL) {
		struct text len = {colon + 1, word.len - (size_t)(colon + 1 - word.at)};
		if (!text_number(len, &phrase->len) || phrase->len > UINT16_MAX)
			return why;
		word.len = (size_t)(colon - word.at);
	}
	size_t at = 0;
	while (at < word.len && word.at[at] != '.')
		at++;
	if (!text_number((struct text){word.at, at}, &phrase->first) || phrase->first > UINT16_MAX)
		return why;
	phrase->last = phrase->first;
	if (at == word.len)
		return NULL;
	struct text last = {word.at + at + 2, word.len - at - 2};
	if (word.len < at + 3 || word.at[at + 1] != '.' || !text_number(last, &phrase->last) ||
	    phrase->last > UINT16_MAX || phrase->last < phrase->first)
		return why;
	return NULL;
}

static const char *read_hex(struct bytes_out *out, struct words *words)
{
	while (words_are_left(words) && !is_change(words_peek(words))) {
		struct text word = words_take(words);
		for (size_t i = 0; i < word.len; i += 2) {
			char digits[3] = {word.at[i], i + 1 < word.len ? word.at[i + 1] : 'z', '\0'};
			unsigned byte;
			int used = 0;
			if (sscanf(digits, "%2x%n", &byte, &used) != 1 || used != 2)
				return "hex wants pairs of hexadecimal digits";
			bytes_out_bytes(out, &(uint8_t){(uint8_t)byte}, 1);
		}
	}
	return NULL;
}

static const char *read_head(struct phrase *phrase, struct bytes_out *out, struct words *words)
{
	uint64_t number;
	struct text name = words_take(words);
	if (text_equals(name, text_of("hex")))
		return read_hex(out, words);
	uint16_t op = PACKET_RRQ;
	while (op <= PACKET_OACK && !text_equals(name, text_of(names[op])))
		op++;
	if (op > PACKET_OACK)
		return "a packet is RRQ, WRQ, DATA, ACK, ERROR, OACK or hex";
	bytes_out_u16(out, op);
	switch (op) {
	case PACKET_DATA:
		return read_data(phrase, words);
	case PACKET_ACK:
		if (!words_take_number(words, &number) || number > UINT16_MAX)
			return "an acknowledgement is written ACK 4";
		bytes_out_u16(out, (uint16_t)number);
		return NULL;
	case PACKET_ERROR:
		return read_error(phrase, out, words);
	case PACKET_OACK:
		return read_pairs(out, words);
	default:
		return read_request(out, words);
	}
}

static const char *read_change(struct phrase *phrase, struct words *words)
{
	uint64_t number;
	if (words_take_if(words, "raw")) {
		phrase->raw = words_take(words);
		return NULL;
	}
	bool is_cut = words_take_if(words, "cut");
	if ((!is_cut && !words_take_if(words, "times")) || !words_take_number(words, &number))
		return "behind the packet there may be raw \"bytes\", cut N, times N";
	if (is_cut)
		phrase->cut = (size_t)number;
	else
		phrase->times = number;
	return NULL;
}

const char *phrase_read(struct phrase *phrase, struct words *words)
{
	struct bytes_out out;
	*phrase = (struct phrase){.times = 1};
	bytes_out_init(&out, phrase->head, sizeof phrase->head);
	const char *why = read_head(phrase, &out, words);
	while (why == NULL && words_are_left(words))
		why = read_change(phrase, words);
	if (why == NULL && out.has_failed)
		why = "the packet is too long";
	phrase->head_len = bytes_out_len(&out);
	return why;
}

bool phrase_end(const struct phrase *phrase, uint8_t *room, size_t room_len, size_t *len)
{
	if (*len > room_len || phrase->raw.len > room_len - *len || phrase->cut > *len + phrase->raw.len)
		return false;
	if (phrase->raw.len > 0)
		memcpy(room + *len, phrase->raw.at, phrase->raw.len);
	*len += phrase->raw.len - phrase->cut;
	return true;
}

struct line {
	char *at;
	size_t left;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add(struct line *line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = vsnprintf(line->at, line->left, format, args);
	va_end(args);
	size_t used = len < 0 ? 0 : (size_t)len;
	if (used >= line->left)
		used = line->left - 1;
	line->at += used;
	line->left -= used;
}

static void add_text(struct line *line, struct text text, bool is_quoted)
{
	if (is_quoted)
		add(line, "\"");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];
		if (byte < 0x20 || byte > 0x7e)
			add(line, "\\x%02x", byte);
		else
			add(line, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
	}
	if (is_quoted)
		add(line, "\"");
}

void phrase_format(const void *bytes, size_t len, char *room, size_t room_len)
{
	struct line line = {room, room_len};
	struct packet packet;
	if (packet_parse(&packet, bytes, len) != PACKET_FINE) {
		add(&line, "hex");
		for (size_t i = 0; i < len; i++)
			add(&line, " %02x", ((const uint8_t *)bytes)[i]);
		return;
	}
	add(&line, "%s", names[packet.op]);
	if (packet.op == PACKET_DATA)
		add(&line, " %u:%zu", packet.number, packet.body.len);
	if (packet.op == PACKET_ACK || packet.op == PACKET_ERROR)
		add(&line, " %u%s", packet.number, packet.op == PACKET_ERROR ? " " : "");
	if (packet.op == PACKET_ERROR)
		add_text(&line, packet.body, true);
	if (packet.op == PACKET_ACK && packet.body.len > 0)
		add(&line, " and %zu bytes", packet.body.len);
	if (packet.op == PACKET_RRQ || packet.op == PACKET_WRQ) {
		add(&line, " ");
		add_text(&line, packet.file, true);
		add(&line, " %s", packet.mode == PACKET_OCTET ? "octet" : "netascii");
	}
	bool has_pairs = packet.op == PACKET_RRQ || packet.op == PACKET_WRQ || packet.op == PACKET_OACK;
	for (size_t i = 0; has_pairs && i < packet.pair_count; i++) {
		add(&line, " ");
		add_text(&line, packet.pairs[i].name, false);
		add(&line, "=");
		add_text(&line, packet.pairs[i].value, false);
	}
}

#include "base/bytes.h"

#include <string.h>

static const struct text nothing = {"", 0};

void bytes_in_init(struct bytes_in *in, const void *data, size_t len)
{
	in->at = data;
	in->end = len > 0 ? in->at + len : in->at;
	in->has_failed = false;
}

/* With nothing left the pointers may be NULL, which must not be subtracted or moved. */
size_t bytes_in_left(const struct bytes_in *in)
{
	return in->at == in->end ? 0 : (size_t)(in->end - in->at);
}

/* Having nothing left makes every later read of something fail by itself. */
static void fail_in(struct bytes_in *in)
{
	in->at = in->end;
	in->has_failed = true;
}

uint8_t bytes_in_u8(struct bytes_in *in)
{
	if (bytes_in_left(in) < 1) {
		fail_in(in);
		return 0;
	}
	return *in->at++;
}

uint16_t bytes_in_u16(struct bytes_in *in)
{
	if (bytes_in_left(in) < 2) {
		fail_in(in);
		return 0;
	}
	uint16_t value = (uint16_t)(in->at[0] << 8 | in->at[1]);
	in->at += 2;
	return value;
}

struct text bytes_in_string(struct bytes_in *in)
{
	size_t left = bytes_in_left(in);
	const uint8_t *nul = left > 0 ? memchr(in->at, '\0', left) : NULL;
	if (nul == NULL) {
		fail_in(in);
		return nothing;
	}
	struct text text = {(const char *)in->at, (size_t)(nul - in->at)};
	in->at = nul + 1;
	return text;
}

struct text bytes_in_string_or_rest(struct bytes_in *in)
{
	size_t left = bytes_in_left(in);
	if (left == 0 || memchr(in->at, '\0', left) == NULL)
		return bytes_in_rest(in);
	return bytes_in_string(in);
}

struct text bytes_in_rest(struct bytes_in *in)
{
	size_t left = bytes_in_left(in);
	if (left == 0)
		return nothing;
	struct text text = {(const char *)in->at, left};
	in->at = in->end;
	return text;
}

void bytes_out_init(struct bytes_out *out, void *room, size_t len)
{
	out->start = room;
	out->at = out->start;
	out->end = len > 0 ? out->start + len : out->start;
	out->has_failed = false;
}

size_t bytes_out_len(const struct bytes_out *out)
{
	return out->has_failed || out->at == out->start ? 0 : (size_t)(out->at - out->start);
}

/* Whether `len` more bytes may be written; if not, none ever may be again. */
static bool has_room(struct bytes_out *out, size_t len)
{
	size_t left = out->at == out->end ? 0 : (size_t)(out->end - out->at);
	if (left < len)
		out->has_failed = true;
	return !out->has_failed;
}

void bytes_out_u16(struct bytes_out *out, uint16_t value)
{
	if (!has_room(out, 2))
		return;
	*out->at++ = (uint8_t)(value >> 8);
	*out->at++ = (uint8_t)(value & 0xff);
}

void bytes_out_bytes(struct bytes_out *out, const void *data, size_t len)
{
	if (len == 0 || !has_room(out, len))
		return;
	memcpy(out->at, data, len);
	out->at += len;
}

void bytes_out_string(struct bytes_out *out, struct text text)
{
	if (text.len == SIZE_MAX || !has_room(out, text.len + 1)) {
		out->has_failed = true;
		return;
	}
	bytes_out_bytes(out, text.at, text.len);
	*out->at++ = '\0';
}

void bytes_out_number(struct bytes_out *out, uint64_t value)
{
	char digits[20]; /* 2^64-1 has twenty */
	size_t first = sizeof digits;
	do {
		digits[--first] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	bytes_out_string(out, (struct text){digits + first, sizeof digits - first});
}

struct text text_of(const char *terminated)
{
	return (struct text){terminated, strlen(terminated)};
}

bool text_equals(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Not tolower(): the locale must not decide what a packet means. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equals_nocase(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	}
	return true;
}

bool text_number(struct text text, uint64_t *value)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		unsigned digit = (unsigned)(text.at[i] - '0');
		if (sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	if (text.len == 0)
		return false;
	*value = sum;
	return true;
}

void text_printable(struct text text, char *room, size_t room_len)
{
	if (room_len == 0)
		return;
	size_t len = text.len < room_len ? text.len : room_len - 1;
	for (size_t i = 0; i < len; i++)
		room[i] = text.at[i] >= ' ' && text.at[i] <= '~' ? text.at[i] : '?';
	room[len] = '\0';
}

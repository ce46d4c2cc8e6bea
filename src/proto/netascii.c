#include "proto/netascii.h"

/* Encoding: what is owed behind a CR already written. */
enum { OWES_NOTHING, OWES_LF, OWES_NUL };

void netascii_encode(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		     size_t out_len, size_t *made)
{
	size_t at = 0, n = 0;
	while (n < out_len) {
		if (*state != OWES_NOTHING) {
			out[n++] = *state == OWES_LF ? '\n' : '\0';
			*state = OWES_NOTHING;
			continue;
		}
		if (at == in_len)
			break;
		uint8_t byte = in[at++];
		if (byte == '\n')
			*state = OWES_LF;
		else if (byte == '\r')
			*state = OWES_NUL;
		out[n++] = *state == OWES_NOTHING ? byte : '\r';
	}
	*used = at;
	*made = n;
}

/* Decoding: a CR was read and its meaning is not known yet. */
enum { HOLDS_NOTHING, HOLDS_CR };

void netascii_decode(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		     size_t out_len, size_t *made)
{
	size_t at = 0, n = 0;
	while (at < in_len && n < out_len) {
		uint8_t byte = in[at];
		if (*state == HOLDS_NOTHING) {
			at++;
			if (byte == '\r')
				*state = HOLDS_CR;
			else
				out[n++] = byte;
			continue;
		}
		*state = HOLDS_NOTHING;
		/* CR before anything else is not netascii: both bytes are kept. */
		if (byte == '\n' || byte == '\0')
			at++;
		out[n++] = byte == '\n' ? '\n' : '\r';
	}
	*used = at;
	*made = n;
}

size_t netascii_decode_end(uint32_t *state, uint8_t *out)
{
	if (*state != HOLDS_CR)
		return 0;
	*state = HOLDS_NOTHING;
	*out = '\r';
	return 1;
}

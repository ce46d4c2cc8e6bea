/* Reading and writing packet bytes.
 *
 * A cursor fails once and stays failed: callers read or write everything they
 * want and ask at the end. A failed read gives zero or empty text, a failed
 * write changes nothing, so no length is ever trusted before it was checked. */
#ifndef UVTFTP_BASE_BYTES_H
#define UVTFTP_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text borrowed from a packet: not NUL-terminated, may hold any byte. */
struct text {
	const char *at;
	size_t len;
};

struct bytes_in {
	const uint8_t *at;
	const uint8_t *end;
	bool has_failed;
};

struct bytes_out {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool has_failed;
};

void bytes_in_init(struct bytes_in *in, const void *data, size_t len);
size_t bytes_in_left(const struct bytes_in *in);
uint8_t bytes_in_u8(struct bytes_in *in);
uint16_t bytes_in_u16(struct bytes_in *in); /* big-endian */

/* Text up to the next NUL, which is consumed. Fails if there is none. */
struct text bytes_in_string(struct bytes_in *in);
/* The same, but the end of the bytes ends the text as well as a NUL does. */
struct text bytes_in_string_or_rest(struct bytes_in *in);
struct text bytes_in_rest(struct bytes_in *in);

void bytes_out_init(struct bytes_out *out, void *room, size_t len);
/* Bytes written so far; 0 once the cursor has failed. */
size_t bytes_out_len(const struct bytes_out *out);
void bytes_out_u16(struct bytes_out *out, uint16_t value); /* big-endian */
void bytes_out_bytes(struct bytes_out *out, const void *data, size_t len);
void bytes_out_string(struct bytes_out *out, struct text text); /* text, then NUL */
void bytes_out_number(struct bytes_out *out, uint64_t value);   /* decimal, then NUL */

struct text text_of(const char *terminated);
bool text_equals(struct text a, struct text b);
bool text_equals_nocase(struct text a, struct text b); /* ASCII letters only */
/* Decimal digits only, no sign, no blanks, at most 2^64-1. False: *value is untouched. */
bool text_number(struct text text, uint64_t *value);
/* Copies into room with a NUL, each byte outside printable ASCII as '?', cutting what does
 * not fit. For logs: what comes from a packet never reaches a terminal raw. */
void text_printable(struct text text, char *room, size_t room_len);

#endif

/* Netascii (RFC 1350 section 5, RFC 764): on the wire a new line is CR LF and a lone CR is CR NUL; here a
 * new line is LF. Both directions are resumable at any byte: `state` is 0 at the start. */
#ifndef UVTFTP_PROTO_NETASCII_H
#define UVTFTP_PROTO_NETASCII_H

#include <stddef.h>
#include <stdint.h>

/* Translate until the input is used up or the output is full. A byte that is owed when the output fills up
 * comes out first next time, also with no further input. */
void netascii_encode(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		     size_t out_len, size_t *made);
void netascii_decode(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		     size_t out_len, size_t *made);
/* At the end of what is decoded: a CR still held back, written to *out. Returns 0 or 1 bytes. */
size_t netascii_decode_end(uint32_t *state, uint8_t *out);

#endif

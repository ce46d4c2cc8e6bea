/* The file that is transferred: a pattern, so that any byte is known without keeping the file. */
#ifndef UVTFTP_SIM_CONTENT_H
#define UVTFTP_SIM_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct content {
	uint64_t seed;
	uint64_t size_bytes;      /* as it lies on disk */
	uint64_t wire_size_bytes; /* as it is transferred */
	uint8_t *wire;            /* netascii: the translated bytes. NULL: the same as on disk */
};

/* In netascii every third byte or so is a CR, LF or NUL. False: no memory. */
bool content_init(struct content *content, uint64_t seed, uint64_t size_bytes, bool is_netascii);
void content_fini(struct content *content);
void content_read(const struct content *content, uint64_t wire_offset, uint8_t *room, size_t len);

/* The other end: what arrives, translated back and compared byte by byte. */
struct content_check {
	const struct content *content;
	uint64_t wire_bytes;
	uint64_t bytes; /* on disk */
	uint32_t netascii_state;
};

void content_check_init(struct content_check *check, const struct content *content);
/* False: these bytes are not the next ones of the file. */
bool content_check_take(struct content_check *check, const void *bytes, size_t len);
/* False: the file is not whole. */
bool content_check_end(struct content_check *check);

#endif

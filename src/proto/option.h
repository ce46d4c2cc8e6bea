/* Options: RFC 2347 (negotiation), 2348 (blksize), 2349 (timeout, tsize), 7440 (windowsize), and rollover
 * as found in the field. A set remembers order and letter case, so that an OACK repeats the client's own. */
#ifndef UVTFTP_PROTO_OPTION_H
#define UVTFTP_PROTO_OPTION_H

#include "proto/packet.h"

enum option_id {
	OPTION_BLKSIZE,    /* bytes of a full block, 8 to 65464 */
	OPTION_TIMEOUT,    /* seconds, 1 to 255 */
	OPTION_TSIZE,      /* bytes of the whole file */
	OPTION_WINDOWSIZE, /* blocks, 1 to 65535 */
	OPTION_ROLLOVER,   /* number that follows 65535: 0 or 1 */
	OPTION_COUNT
};

#define OPTION_BLKSIZE_DEFAULT 512u
#define OPTION_BLKSIZE_MIN     8u
#define OPTION_BLKSIZE_MAX     65464u
#define OPTION_WINDOWSIZE_MAX  65535u

struct option_set {
	uint64_t value[OPTION_COUNT];
	uint16_t capitals[OPTION_COUNT]; /* bit n: letter n of the name as asked was a capital */
	uint8_t order[OPTION_COUNT];     /* enum option_id */
	uint8_t count;
};

struct option_limits {
	uint32_t blksize_max;
	uint32_t windowsize_max;
	uint32_t
	    window_bytes_max; /* of windowsize x blksize, as far as windowsize 1 allows; 0: no limit */
	uint32_t refused;     /* bit n: option n is never granted */
	uint32_t rollover;    /* number that follows 65535 when it is not negotiated: 0 or 1 */
};

bool option_has(const struct option_set *set, enum option_id id);
/* The value in force, or the default of an option that is absent (blksize 512, windowsize 1, else 0). */
uint64_t option_value(const struct option_set *set, enum option_id id);
/* Adds an option at the end, or changes its value. */
void option_put(struct option_set *set, enum option_id id, uint64_t value);
void option_remove(struct option_set *set, enum option_id id);

/* Reads the pairs of a request. What is unknown, malformed, out of range or repeated is left out. */
void option_read(struct option_set *asked, const struct packet *packet);
/* The rollover in force: as negotiated, or `absent`. */
unsigned option_rollover(const struct option_set *set, unsigned absent);
/* Lowers what was asked to what is granted; nothing is added. */
void option_limit(struct option_set *set, const struct option_limits *limits);
/* Reads an OACK against what we asked. NULL, or why it cannot be accepted (for ERROR 8). */
const char *option_accept(struct option_set *granted, const struct option_set *asked,
			  const struct packet *oack);

/* Appends name and value of each, in order and letter case. */
void option_write(struct bytes_out *out, const struct option_set *set);
void option_write_oack(struct bytes_out *out, const struct option_set *set);
const char *option_name(enum option_id id);

#endif

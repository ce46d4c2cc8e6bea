/* A packet as a line of a talk says it, and a packet as text.
 *
 *     RRQ "name" octet blksize=1468 tsize=0    also WRQ
 *     OACK blksize=1468 tsize=1780000
 *     DATA 1   DATA 1..4   DATA 3:100          numbers on the wire; bytes of the payload
 *     ACK 4
 *     ERROR 8 "User aborted the transfer"      expected without a text: any text will do
 *     hex 00 04 0000 ff                        any bytes
 *
 * followed by what to change: raw "\xff" appends bytes, cut 1 takes some off the end. */
#ifndef UVTFTP_REPLAY_PHRASE_H
#define UVTFTP_REPLAY_PHRASE_H

#include "proto/packet.h"
#include "replay/words.h"

#define PHRASE_BYTES_MAX   2048 /* of anything but DATA */
#define PHRASE_LEN_OF_FILE UINT64_MAX

struct phrase {
	bool is_data; /* its bytes are the file's: they are made by who knows it */
	bool is_any_text;
	uint64_t first, last; /* DATA */
	uint64_t len;         /* DATA; PHRASE_LEN_OF_FILE: what the file has */
	uint64_t times;
	size_t cut;
	struct text raw; /* borrowed from the words */
	size_t head_len;
	uint8_t head[PHRASE_BYTES_MAX];
};

/* Takes the rest of the line. NULL, or what is wrong with it. */
const char *phrase_read(struct phrase *phrase, struct words *words);
/* Ends a packet whose first *len bytes are in `room`: raw, cut. False: there is no room, or nothing to cut. */
bool phrase_end(const struct phrase *phrase, uint8_t *room, size_t room_len, size_t *len);
/* One packet for a person. */
void phrase_format(const void *bytes, size_t len, char *room, size_t room_len);

#endif

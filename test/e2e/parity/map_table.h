/* The table of map files and what becomes of a name, map_cases.txt, read for whoever can answer: our remap or
 * the real in.tftpd. The table itself says what its lines mean. */
#ifndef UVTFTP_TEST_MAP_TABLE_H
#define UVTFTP_TEST_MAP_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define MAP_TEXT_MAX  2048
#define MAP_RULES_MAX 65536

/* The client of every case, by address family. */
#define MAP_CLIENT_V4     "127.0.0.1"
#define MAP_CLIENT_V6     "::1"
#define MAP_CLIENT_V4_HEX "7F000001"
#define MAP_CLIENT_V6_HEX "00000000000000000000000000000001"

enum map_kind { MAP_NAMED, MAP_REFUSED, MAP_LOOP, MAP_WRONG, MAP_UNASKED, MAP_SILENT };

struct map_answer {
	enum map_kind kind;
	size_t len;
	char text[MAP_TEXT_MAX]; /* the name, or the reason; NUL-terminated */
	unsigned line;           /* of the map, MAP_WRONG */
};

struct map_case {
	unsigned line; /* of the table */
	bool is_write;
	bool is_v6;
	size_t name_len;
	char name[MAP_TEXT_MAX];
	struct map_answer manual; /* what the manual says, and what we do */
	struct map_answer hpa;    /* what tftpd-hpa 5.2 does */
	size_t rules_len;
	char rules[MAP_RULES_MAX];
};

/* Calls `visit` for each case and returns how many there were. A table that cannot be read ends the program. */
unsigned map_table_read(const char *path, void (*visit)(void *user, const struct map_case *one),
			void *user);
/* For messages; `room` has MAP_TEXT_MAX + 64 bytes. */
const char *map_answer_text(const struct map_answer *answer, char *room);
bool map_answer_equal(const struct map_answer *a, const struct map_answer *b);

#endif

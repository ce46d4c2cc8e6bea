/* Plays one talk. README.md describes the lines. */
#ifndef UVTFTP_REPLAY_PLAY_H
#define UVTFTP_REPLAY_PLAY_H

#include <stdio.h>

#include "replay/stage.h"

#define PLAY_PEER "client" /* who speaks where a line names nobody */

struct play {
	struct stage *stage;
	const char *path;
	unsigned line;       /* of the talk, from 1 */
	unsigned heard_line; /* the last one that was not an expectation */
	struct words words;
	struct peer *peer;        /* whom the line is about */
	uint64_t early_us;        /* not before */
	uint64_t late_us;         /* not after */
	const char *verb;         /* of the line, for messages */
	char fault[512];          /* "" */
	char came[160], due[160]; /* what came instead of what was due; "" */
};

struct play_server {
	const struct stage_server *server; /* NULL: the core */
	void *context;
};

enum play_result {
	PLAY_FINE,
	PLAY_FAILED,  /* it did not go as the talk says; why has been printed */
	PLAY_NOT_HERE /* a line of it needs the core */
};

enum play_result play_file(const char *path, struct play_server server, bool is_loud);

void play_fail(struct play *play, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* Fails if there is a packet that no line expected. */
bool play_is_quiet(struct play *play, const struct peer *peer);

/* play_packets.c: the lines that are packets. */
void play_hear(struct play *play);
void play_expect(struct play *play);
void play_skip(struct play *play);
/* play_settings.c: the lines that set the stage. */
void play_set(struct play *play);

#endif

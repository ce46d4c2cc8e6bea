/* One line of a talk, cut into words. Blanks separate words; "..." keeps blanks and knows \xNN, \\ and \";
 * a word that begins with # begins a comment. */
#ifndef UVTFTP_REPLAY_WORDS_H
#define UVTFTP_REPLAY_WORDS_H

#include "base/bytes.h"

#define WORDS_MAX       64
#define WORDS_BYTES_MAX 2048

struct words {
	struct text word[WORDS_MAX]; /* in `room` */
	size_t count;
	size_t next;
	char room[WORDS_BYTES_MAX];
};

/* NULL, or what is wrong with the line. */
const char *words_cut(struct words *words, const char *line);
bool words_are_left(const struct words *words);
struct text words_peek(const struct words *words); /* empty at the end */
struct text words_take(struct words *words);       /* empty at the end */
/* Takes the next word if it is this one. */
bool words_take_if(struct words *words, const char *word);
/* Takes a decimal number. False: the next word is none. */
bool words_take_number(struct words *words, uint64_t *value);
/* "250ms", "1.5s", "40us" from the start of `text`; *rest is what follows. */
bool words_read_time(struct text text, uint64_t *time_us, struct text *rest);

#endif

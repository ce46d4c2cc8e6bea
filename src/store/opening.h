/* The life of a struct opening, the same for every source: begun by open, then either answered once or
 * taken back once. */
#ifndef UVTFTP_STORE_OPENING_H
#define UVTFTP_STORE_OPENING_H

#include "store/store.h"

/* On the mailbox's loop, as everything but opening_answer. */
void opening_begin(struct opening *opening, struct source *source);
/* Posts the answer; its hold goes to the waiter. Any thread. */
void opening_answer(struct opening *opening, const struct answer *answer);
/* Takes an answer back that was posted, and drops what it holds. */
void opening_take_back(struct opening *opening);

#endif

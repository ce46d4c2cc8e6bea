/* Letters from any thread to one loop.
 *
 * A letter is embedded in what it is about and belongs to its sender's counterpart: posting never
 * allocates. It is delivered once, on the loop's thread, in the order posted. */
#ifndef UVTFTP_STORE_MAILBOX_H
#define UVTFTP_STORE_MAILBOX_H

#include <stdbool.h>
#include <uv.h>

#include "base/list.h"

struct letter {
	struct list link;
	void (*deliver)(struct letter *letter);
};

struct mailbox {
	uv_async_t async;
	uv_mutex_t mutex;
	struct list letters; /* guarded by mutex */
	struct list taken;   /* being delivered; loop thread only */
	uv_close_cb closed;  /* the owner's */
};

/* 0 or a negative libuv error. On the loop's thread, or before the loop runs. */
int mailbox_open(struct mailbox *mailbox, uv_loop_t *loop);
/* Letters still inside are forgotten; nobody may post any more. `closed` (may be NULL) runs later, on the
 * loop, with the async handle, whose `data` is the owner's. */
void mailbox_close(struct mailbox *mailbox, uv_close_cb closed);
void mailbox_post(struct mailbox *mailbox, struct letter *letter); /* any thread */
/* Takes a posted letter back before it is delivered; harmless if its link points to itself. Loop thread
 * only, until `closed` has run. */
void mailbox_retract(struct mailbox *mailbox, struct letter *letter);

#endif

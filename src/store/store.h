/* What the store knows: contents (one version of one file's bytes) and the sources that open them.
 *
 * Opening and reading block, so both happen in libuv's thread pool and end as a letter to the loop that
 * asked. Errors are negative errno values. */
#ifndef UVTFTP_STORE_STORE_H
#define UVTFTP_STORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/mailbox.h"

/* Identity of a version. Two contents with equal keys hold equal bytes. */
struct content_key {
	uint64_t words[8];
};

struct content;

/* Fills `room` with exactly `len` bytes from `offset` (offset + len <= size_bytes). 0, or a negative errno:
 * -ESTALE if the file is no longer the version that was opened (truncated or written in place). */
typedef int content_read(struct content *content, uint64_t offset, void *room, size_t len);

struct content_ops {
	content_read *read; /* blocks; pool threads only, several at once */
	content_read
	    *read_now; /* on any thread, if nothing has to be waited for; else -EAGAIN. May be NULL */
	void (*close)(struct content *content); /* frees it; any thread */
};

/* One version of one file; its bytes never change. Shared by reference count, from any thread. */
struct content {
	const struct content_ops *ops;
	_Atomic uint32_t holds;
	_Atomic bool is_hot; /* the last read found all in memory: reading ahead would only cost */
	uint64_t size_bytes;
	struct content_key key;
};

void content_hold(struct content *content);
void content_drop(struct content *content); /* takes NULL; the last one closes it */

/* A translation applied while reading (netascii). Pure and restartable at any state. */
struct store_filter {
	/* Translates input into output until either is used up. Sets *used and *made. `state` starts at 0. */
	void (*translate)(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
			  size_t out_len, size_t *made);
	uint64_t id; /* part of the content key; not 0 */
};

struct source;

/* What an open found: a hold, or NULL with a negative errno and a static text. */
struct answer {
	struct content *content;
	int error;
	const char *why;
};

/* One open that somebody waits for. Embedded in the waiter; filled in when `done` runs. */
struct opening {
	struct letter letter;
	struct mailbox *mailbox;
	void (*done)(struct opening *opening); /* on the mailbox's loop, once */
	struct content *content;               /* a hold for the waiter, or NULL */
	int error;                             /* 0 or negative errno */
	const char *why;                       /* static text when error != 0: "is a directory", ... */
	/* the source's own */
	struct source *source;
	struct list link;
	void *shared;
};

struct source_ops {
	/* Starts opening `path` (relative, normalised, '/'-separated, NUL-terminated, copied). `filter` may be
	 * NULL and must outlive the source. mailbox and done are set by the caller. 0, or -ENOMEM: done will
	 * not run. The result is never older than this call. */
	int (*open)(struct source *source, const char *path, const struct store_filter *filter,
		    struct opening *opening);
	/* The same at once, when nothing has to be waited for: names and inode are in memory. False: that
	 * cannot be known, or this source never knows; then `open` tells. On any loop's thread. */
	bool (*try_open)(struct source *source, const char *path, const struct store_filter *filter,
			 struct answer *answer);
	/* The content with this key if it is open now, with a hold for the caller; else NULL. */
	struct content *(*find)(struct source *source, const struct content_key *key);
	/* The waiter goes away: done will not run, a content already found is dropped. Mailbox's loop only. */
	void (*cancel)(struct source *source, struct opening *opening);
	void (*close)(struct source *source); /* when nothing is being opened any more */
};

struct source {
	const struct source_ops *ops;
};

#endif

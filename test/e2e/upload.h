/* Uploads, every packet by hand, and a look at what they left behind. */
#ifndef UVTFTP_TEST_E2E_UPLOAD_H
#define UVTFTP_TEST_E2E_UPLOAD_H

#include "e2e/talk.h"

struct upload {
	struct talk *talk;    /* borrowed */
	const uint8_t *bytes; /* borrowed */
	size_t len;
	size_t blksize;
	unsigned window;
	unsigned rollover;
};

/* Asks and takes the ACK 0 or OACK. */
void upload_begin(struct upload *upload, struct talk *talk, const char *const *strings,
		  const void *bytes, size_t len);
unsigned upload_last(const struct upload *upload); /* the number of the last block */
void upload_send(const struct upload *upload, unsigned block);
/* Sends all from `block` on, window by window, until the last ACK is here. */
void upload_finish(const struct upload *upload, unsigned block);
/* All of that. Nothing of it is left to be received. */
void upload_whole(struct talk *talk, const char *const *strings, const void *bytes, size_t len);

/* Lets the repetitions of what came before pass. */
void upload_expect_ack(struct talk *talk, unsigned number);
/* The same for an ERROR that ends an upload under way. */
void upload_expect_error(struct talk *talk, unsigned code);
/* The ACKs of this number that came and waited to be read. */
unsigned upload_count_acks(struct talk *talk, unsigned number);

/* A file of exactly these bytes. */
bool upload_is_there(const struct tree *tree, const char *name, const void *bytes, size_t len);
bool upload_is_nothing_there(const struct tree *tree, const char *name);
/* Names in a directory beneath the root, "" for the root itself, hidden ones too. */
unsigned upload_entries(const struct tree *tree, const char *directory);

#endif

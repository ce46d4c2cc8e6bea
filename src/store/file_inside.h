/* Shared by file_source.c (who asks, and when) and file_content.c (what is opened and read). */
#ifndef UVTFTP_STORE_FILE_INSIDE_H
#define UVTFTP_STORE_FILE_INSIDE_H

#include "base/table.h"
#include "store/opening.h"

struct file_source {
	struct source source;
	int root_fd;     /* own */
	char *root_path; /* own; real path */
	bool allow_private;
	bool ignore_case;
	bool opens_now; /* beneath_open_now may know */
	uv_mutex_t mutex;
	/* guarded by mutex */
	struct table queued;   /* opens that no pool thread has begun */
	struct table contents; /* open now, by key */
	/* the owner's, one for each content, one for each open queued or begun */
	_Atomic uint32_t holds;
};

void file_source_hold(struct file_source *source);
void file_source_drop(
    struct file_source *source); /* the last one frees it; any thread, not under the mutex */

/* As try_open of the source. */
bool file_content_try(struct file_source *source, const char *path, struct answer *answer);
/* As find of the source. */
struct content *file_content_find(struct file_source *source, const struct content_key *key);
/* Opens and checks one file. Blocks; pool threads only. */
struct answer file_content_open(struct file_source *source, const char *path,
				const struct store_filter *filter);

#endif

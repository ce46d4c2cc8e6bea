/* Where uploads go: files beneath one directory, invisible until they are complete.
 *
 * An upload is written to a temporary file in the target's directory (O_TMPFILE, or a hidden name that is
 * swept at the next start) and appears under its name only by sink_commit: fsync, link or rename, fsync of the
 * directory. Until then, and after an abort or a crash, the old file is untouched and nothing new is there.
 * Two uploads to one name both run; the last commit wins, never a mix.
 *
 * All that blocks runs in libuv's thread pool and ends as a letter to the loop that asked. One step at a time
 * is under way per storing: begin, then any number of appends and waits for room, then commit or abort. */
#ifndef UVTFTP_STORE_SINK_H
#define UVTFTP_STORE_SINK_H

#include <stdatomic.h>
#include <stdint.h>

#include "store/mailbox.h"

#define SINK_SIZE_UNKNOWN UINT64_MAX

enum sink_mode {
	SINK_CREATE,    /* new names only */
	SINK_OVERWRITE, /* a file of that name is replaced */
	SINK_VERSION,   /* the old file is kept as NAME.~N~, N counting up */
	/* Only names that are there, and only files everybody may write (tftpd-hpa's habit). The file is
	 * replaced as a whole, too; its mode, and where permitted its owner, stay. */
	SINK_EXISTING
};

/* What all uploads of the sinks that share it hold in memory. */
struct sink_memory {
	_Atomic size_t used_bytes; /* 0 at first */
	size_t limit_bytes;        /* beyond it each upload has room for one burst and no more */
};

/* What one more upload may have, so that something is left for those who come later: no burst should be larger, though
 * it may. 0: nothing is left. Any thread. */
size_t sink_memory_share(const struct sink_memory *memory);
/* Of what is left one upload gets so many-th part. */
#define SINK_MEMORY_SHARE 16u

struct sink_options {
	const char *root; /* copied */
	enum sink_mode mode;
	unsigned file_mode; /* permission bits of new files: 0644 */
	int64_t uid;        /* owner of new files; -1: the process's */
	int64_t gid;
	bool makes_directories; /* missing directories of a path are created: by the commit, 0755 */
	uint64_t size_max;      /* bytes of one upload; 0: no limit */
	uint64_t quota_bytes;   /* of all files beneath the root, running uploads too; 0: no limit */
	uint64_t client_quota_bytes; /* uploaded by one client since the start; 0: no limit */
	struct sink_memory *memory;  /* borrowed; outlives the sink and its uploads */
};

struct sink;
struct upload; /* the sink's own */

/* 0 and a sink the caller owns, or a negative errno. Sweeps what a crash left behind and, with a quota, adds
 * up what is there: blocks. -E2BIG: a quota, and more than SINK_ENTRIES_MAX names or SINK_DEPTH_MAX levels to
 * add up. What others write or remove beneath the root later is not seen by the quota. */
#define SINK_ENTRIES_MAX (1u << 20)
#define SINK_DEPTH_MAX   64u
int sink_new(struct sink **sink, const struct sink_options *options);
void sink_hold(struct sink *sink);
void sink_drop(
    struct sink *sink); /* takes NULL; the last one frees it, also with aborts still under way */

/* One upload, embedded in its owner. */
struct storing {
	struct letter letter;
	struct mailbox *mailbox;
	void (*done)(struct storing *storing); /* on the mailbox's loop, once per step that waits */
	int error;                             /* 0 or negative errno */
	const char *why;                       /* static text when error != 0: "the disk is full", ... */
	struct upload *upload;                 /* the sink's own */
};

struct sink_request {
	const char *path;    /* relative, normalised; copied */
	uint64_t size_bytes; /* announced (tsize), or SINK_SIZE_UNKNOWN */
	uint8_t client[16];  /* who: for the quota */
	size_t burst_bytes; /* the most that arrives between two calls of sink_room; <= SINK_BURST_MAX */
};

/* An upload holds room for burst_bytes, and as it goes on more: up to two buffers of max(64 KiB, burst_bytes). */
#define SINK_BURST_MAX (8u << 20)

/* Checks name, size and quota and opens the temporary file. mailbox and done are set by the caller. 0, or
 * -ENOMEM or -EINVAL (burst_bytes): done will not run. Errors: -EEXIST (exists), -ENOENT (no such file or directory), -EACCES,
 * -EISDIR, -EXDEV, -EFBIG (over size_max), -EDQUOT (over a quota), -ENOSPC (the disk has less free than
 * announced), others. Symbolic links are never followed out of the root, and never replaced by a file. */
int sink_begin(struct sink *sink, const struct sink_request *request, struct storing *storing);
/* Bytes that can be appended now. */
size_t sink_room(const struct storing *storing);
/* Copies bytes behind what was appended before; at most sink_room. Writing goes on by itself. False: the
 * upload has failed, or now is over size_max or a quota: storing->error and why say so, and sink_abort
 * is due. */
bool sink_append(struct storing *storing, const void *bytes, size_t len);
/* done runs when there is room for burst_bytes, or the upload has failed. */
void sink_wait_room(struct storing *storing);
/* done runs when the file is there for good, or that failed. The storing is free afterwards. */
void sink_commit(struct storing *storing);
/* Nothing stays, done will not run, the storing is free at once. At any time after sink_begin; harmless
 * before it (upload is NULL) and after a done that brought an error or ended a commit. A commit that has
 * come to giving the file its name may still succeed. */
void sink_abort(struct storing *storing);

#endif

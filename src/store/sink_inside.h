/* Shared by the sink's files:
 * sink.c         the sink itself
 * sink_upload.c  one upload as its owner sees it: buffers, steps, letters; on the owner's loop
 * sink_memory.c  what all of them hold in memory
 * sink_quota.c   who may store how much
 * sink_place.c   from a path to a directory beneath the root and a name in it
 * sink_draft.c   the temporary file
 * sink_commit.c  how it gets its name
 * sink_sweep.c   what is there at the start
 * sink_why.c     errors as a person reads them
 *
 * Lock order: `publishing`, then `mutex`. */
#ifndef UVTFTP_STORE_SINK_INSIDE_H
#define UVTFTP_STORE_SINK_INSIDE_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "base/table.h"
#include "store/sink.h"

#define SINK_HIDDEN_PREFIX ".uvtftp-"
#define SINK_HIDDEN_BYTES  (sizeof SINK_HIDDEN_PREFIX + 16) /* with 64 random bits in hex */
#define SINK_NAME_MAX      255u  /* bytes of one name on every common file system */
#define SINK_PATH_MAX      4096u /* bytes of a path, with its NUL */
#define SINK_HALF_MIN      8192u /* to begin with: a job in the pool costs as much as a few blocks */
#define SINK_HALF_MAX      65536u
#define SINK_CLIENTS_MAX   65536u /* remembered without an upload running: the oldest is forgotten */

struct outcome {
	int error;       /* 0 or negative errno */
	const char *why; /* static text when error != 0 */
};

struct sink {
	_Atomic uint32_t holds;
	struct sink_options options;
	char *root_path;  /* own; the real path; also options.root */
	int root_fd;      /* own */
	bool wants_names; /* temporaries get a hidden name even where they can do without: for tests */
	uv_mutex_t publishing; /* from looking at a name until it is given; pool threads only */
	uv_mutex_t mutex;
	/* guarded by mutex */
	uint64_t used_bytes;     /* of all files beneath the root; with a quota */
	uint64_t reserved_bytes; /* for running uploads; with a quota */
	struct table clients;
	struct list idle_clients; /* no upload running; the oldest first */
};

/* Guarded by the sink's mutex. */
struct sink_client {
	struct table_link in_clients;
	struct list in_idle;
	uint8_t id[16];
	uint64_t stored_bytes;
	uint64_t reserved_bytes;
	uint32_t uploads; /* running */
};

struct half {
	uint8_t *bytes; /* own */
	size_t size;    /* of the second it may be 0 */
	size_t len;
};

enum upload_wait {
	WAITS_FOR_NOTHING,
	WAITS_FOR_BEGIN,
	WAITS_FOR_ROOM,
	WAITS_FOR_COMMIT,
	WAITS_FOR_LETTER
};

struct upload {
	uv_work_t work;
	struct sink *sink;        /* a hold */
	_Atomic bool is_unwanted; /* aborted: a job need not go on */
	uv_loop_t *loop;          /* of the mailbox, which an aborted upload may outlive */
	/* the loop's */
	struct storing *storing; /* NULL: nobody waits for anything any more */
	enum upload_wait waits_for;
	bool is_committed;
	struct outcome failure;
	struct outcome (*job)(struct upload *upload); /* NULL: nothing is in the pool */
	uint64_t size_bytes;                          /* announced */
	uint64_t received_bytes;
	size_t burst_bytes;
	unsigned filling; /* index of the half that is appended to; the other is empty or in the pool */
	struct half halves[2];
	struct sink_client *client; /* NULL: clients are not counted */
	uint64_t reserved_bytes;
	/* the job's while there is one */
	struct outcome outcome;
	uint64_t written_bytes;
	int dir_fd;                     /* own, or -1; where the temporary file is */
	int fd;                         /* own, or -1; locked while it has a hidden name */
	char hidden[SINK_HIDDEN_BYTES]; /* its name in dir_fd, or "" */
	const char *rest;               /* of path, below dir_fd: missing directories and the name */
	char path[];
};

struct outcome sink_refuse(int error); /* with the text for an error of the system */

/* sink_memory.c: the upload's loop, but for giving back. */
bool sink_memory_take(struct upload *upload); /* false: memory is short; give back all the same */
/* Has an empty half grow or shrink to what is right now. */
void sink_memory_adapt(struct upload *upload, struct half *half);
void sink_memory_give_back(struct upload *upload);

/* sink_quota.c: any thread. A client's account is opened before anything is reserved. */
int sink_quota_open(struct upload *upload, const uint8_t client[16]);          /* 0 or -ENOMEM */
struct outcome sink_quota_reserve(struct upload *upload, uint64_t size_bytes); /* so many in all */
void sink_quota_settle(struct upload *upload, uint64_t replaced_bytes);        /* stored for good */
void sink_quota_close(struct upload *upload); /* what is reserved is free again */

/* The rest blocks. Sweeps; adds up what is there. 0, or -E2BIG: not all was seen. */
int sink_sweep(int root_fd, uint64_t *used_bytes);

/* Finds the directory and whether the name may be written. Sets dir_fd and rest. */
struct outcome sink_place_open(struct upload *upload);
/* The directory of the name, after creating what is missing: dir_fd itself or a descriptor the caller owns. */
struct outcome sink_place_make(struct upload *upload, int *target_fd, const char **name);
/* Whether an upload may take the name now. *old is what is there; st_nlink 0: nothing. */
struct outcome sink_place_judge(const struct sink *sink, int dir_fd, const char *name, struct stat *old);

/* Jobs. After an error the draft is discarded. */
struct outcome sink_draft_open(struct upload *upload);
struct outcome sink_draft_write(struct upload *upload); /* the half that is not being filled */
struct outcome sink_draft_commit(struct upload *upload);
struct outcome sink_draft_append(struct upload *upload, const struct half *half);
struct outcome sink_draft_name(struct upload *upload); /* gives it a hidden name if it has none */
void sink_draft_discard(struct upload *upload);        /* harmless if there is none */

/* One implementation a platform (sink_linux.c, sink_posix.c). Negative errno values. */
int sink_open_nameless(int dir_fd);                           /* a descriptor to write to */
int sink_link_nameless(int fd, int dir_fd, const char *name); /* never over an existing name */
int sink_rename_new(int dir_fd, const char *from, int target_fd, const char *name); /* as little */
int sink_sync(int fd); /* what was written survives a power cut; a file's or a directory's */

#endif

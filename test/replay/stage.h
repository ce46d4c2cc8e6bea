/* The stage of a talk: peers, each with the transfer it has with us, files, and the time. It drives the core the
 * way the daemon does, with the same decisions (proto/request, policy), but without sockets, clock or disk. */
#ifndef UVTFTP_REPLAY_STAGE_H
#define UVTFTP_REPLAY_STAGE_H

#include "base/list.h"
#include "policy/policy.h"
#include "proto/transfer.h"
#include "replay/phrase.h"

#define STAGE_PEERS_MAX   32
#define STAGE_FILES_MAX   64
#define STAGE_LETTERS_MAX 100000u /* packets nobody looks at: a flood */
#define STAGE_RECORD_MAX  24
#define STAGE_NOTE_BYTES  160
#define STAGE_SEEN_MAX    256
#define STAGE_NAME_MAX    48

/* Byte n of a file is a function of its name and n. */
struct stage_file {
	char name[PATH_BYTES_MAX];
	uint64_t size_bytes;
	bool is_there;
};

/* A packet of ours that has not been looked at. */
struct letter {
	struct list link;
	size_t len;
	uint8_t bytes[];
};

/* An address and port, and its transfer. */
struct peer {
	char name[STAGE_NAME_MAX];
	struct transfer transfer;
	bool is_running;    /* the transfer is there, perhaps dallying */
	bool was_here;      /* a transfer was there, so that its late packets meet silence */
	bool is_asking;     /* it is the server, and we ask */
	bool has_bad_bytes; /* of an upload: its bytes are not what they should be */
	bool is_storing;
	enum transfer_outcome outcome; /* of the last one */
	struct stage_file *file;       /* borrowed from the stage */
	uint64_t started_us;
	uint64_t opens_at_us;  /* TRANSFER_NEVER: open */
	uint64_t stores_at_us; /* TRANSFER_NEVER: nothing is being stored */
	size_t request_len;
	uint8_t request[PHRASE_BYTES_MAX];
	struct list letters; /* own */
	size_t letter_count;
	/* As a reader of the conversation would know them, not as the core does. */
	uint32_t blksize;
	unsigned rollover;
	uint64_t block;    /* the last one that was looked at or sent */
	bool is_uploading; /* the last request was a WRQ */
	/* Of packets that were looked at: hashes, for a server that repeats itself. */
	uint64_t seen[STAGE_SEEN_MAX];
	size_t seen_count;
	bool keeps_seen; /* there is such a server */
};

struct stage;

/* A server of flesh and blood in place of the core. It answers when it can and repeats itself when it likes: what was
 * seen once may come again, DATA in another order, and time is its own. */
struct stage_server {
	uint64_t file_bytes_max; /* talks with larger files are not for it */
	void (*put_file)(struct stage *stage, const struct stage_file *file);
	void (*hear)(struct stage *stage, struct peer *peer, const uint8_t *bytes, size_t len);
	/* Time passes, more or less; until there is a packet for `stop` if it is not NULL. */
	void (*run)(struct stage *stage, uint64_t until_us, const struct peer *stop);
};

enum stage_writes { STAGE_OVERWRITES, STAGE_CREATES, STAGE_TAKES_NO_WRITES };

/* A packet that went by. */
struct stage_packet {
	uint64_t at_us;
	const struct peer *peer;
	char direction; /* '<' or '>' */
	size_t len;
	uint8_t bytes[STAGE_NOTE_BYTES]; /* the first ones */
};

struct stage {
	uint64_t now_us;
	struct transfer_limits limits;
	enum stage_writes writes;
	uint64_t open_delay_us;
	uint64_t store_delay_us;
	bool is_lower_casing;
	char client_directory[64];
	struct policy *policy;             /* own; made with the first request */
	const struct stage_server *server; /* NULL: the core */
	void *server_context;
	size_t peer_count, file_count;
	struct peer peers[STAGE_PEERS_MAX];
	struct stage_file files[STAGE_FILES_MAX];
	bool is_loud; /* prints the conversation */
	size_t record_count;
	struct stage_packet record[STAGE_RECORD_MAX]; /* the last ones */
	char why[256];                                /* the stage cannot go on; "" */
};

struct stage *stage_new(void);
void stage_free(struct stage *stage);
struct peer *stage_peer(struct stage *stage, struct text name); /* NULL: too many */
struct stage_file *stage_file(struct stage *stage, struct text name);
void stage_file_read(const struct stage_file *file, uint64_t offset, uint8_t *room, size_t len);

/* A packet of the peer's. */
void stage_hear(struct stage *stage, struct peer *peer, const uint8_t *bytes, size_t len);
/* Our client begins: the request is what `request` says. */
void stage_ask(struct stage *stage, struct peer *peer, const struct packet *request);
/* Time passes until then, or until there is a letter for `stop` (NULL: for anybody). */
void stage_run(struct stage *stage, uint64_t until_us, const struct peer *stop);
void stage_drop_letter(struct peer *peer); /* the first */
/* Drops it if a server in place of the core may have sent it again. */
bool stage_forgives(const struct stage *stage, struct peer *peer);
const struct letter *stage_letter(const struct peer *peer);   /* the first, or NULL */
void stage_fail(struct stage *stage, const char *format, ...) /* the first reason stays */
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* The conversation, for whoever has to find out what went wrong. */
void stage_note(struct stage *stage, const struct peer *peer, char direction, const void *bytes,
		size_t len);
void stage_print_packet(const struct stage_packet *note);

/* stage_drive.c: one transfer. */
/* A new transfer of this file, in place of whatever was there. */
void stage_begin(struct stage *stage, struct peer *peer, struct stage_file *file);
/* What a reader of the conversation learns from a packet if it is an OACK. */
void stage_read_oack(struct peer *peer, const void *bytes, size_t len);
/* A request, or a packet that belongs to no transfer. */
void stage_admit(struct stage *stage, struct peer *peer, const uint8_t *bytes, size_t len);
void stage_pump(struct stage *stage, struct peer *peer);
/* A packet for the peer: a letter. */
void stage_say(struct stage *stage, struct peer *peer, const void *bytes, size_t len);
uint64_t stage_peer_due(const struct peer *peer); /* when stage_peer_wake is to be called */
void stage_peer_wake(struct stage *stage, struct peer *peer);

#endif

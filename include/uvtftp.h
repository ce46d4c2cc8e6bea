/* libuvtftp: a TFTP server for embedding.
 *
 * RFC 1350, 1123 section 4.2, 2347, 2348, 2349, 7440. The server runs on threads of its own; every
 * function here may be called from any one thread at a time. SPDX-License-Identifier: MIT */
#ifndef UVTFTP_H
#define UVTFTP_H

#define UVTFTP_VERSION "0.1.0"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(UVTFTP_API)
#define UVTFTP_API __attribute__((visibility("default")))
#elif !defined(UVTFTP_API)
#define UVTFTP_API
#endif

/* X(name, value, text): every error a function of this library returns. 0 is success. */
#define UVTFTP_ERRORS(X)                                                                                \
	X(USAGE, -1, "invalid option or combination of options")                                        \
	X(NOMEM, -2, "out of memory")                                                                   \
	X(ROOT, -3, "the directory to serve is missing or cannot be read")                              \
	X(LISTEN, -4, "an address to listen on cannot be used")                                         \
	X(PERMISSION, -5, "the operating system refused permission")                                    \
	X(SYSTEM, -6, "the operating system reported an error")                                         \
	X(POLICY, -7, "a root, a rule or the map file is not valid")

enum uvtftp_error_code {
	UVTFTP_OK = 0,
#define UVTFTP_ERROR_ENUM(name, value, text) UVTFTP_ERR_##name = value,
	UVTFTP_ERRORS(UVTFTP_ERROR_ENUM)
#undef UVTFTP_ERROR_ENUM
};

/* What went wrong, for a person: what, where, and what to do. */
struct uvtftp_error {
	int code; /* enum uvtftp_error_code */
	char text[512];
};

/* The general text of a code; never NULL. */
UVTFTP_API const char *uvtftp_error_text(int code);
UVTFTP_API const char *uvtftp_version(void); /* of the library that runs */

enum uvtftp_log_level {
	UVTFTP_LOG_ERROR,
	UVTFTP_LOG_WARNING,
	UVTFTP_LOG_INFO,
	UVTFTP_LOG_DEBUG,
};

enum uvtftp_outcome {
	UVTFTP_OUTCOME_DONE,  /* the whole file was transferred and confirmed */
	UVTFTP_OUTCOME_PROBE, /* the client asked for the size and ended it with ERROR 0 or 8: normal */
	UVTFTP_OUTCOME_ABORTED,  /* the client ended it with an ERROR */
	UVTFTP_OUTCOME_REFUSED,  /* we answered the request with an ERROR */
	UVTFTP_OUTCOME_TIMEOUT,  /* the client fell silent */
	UVTFTP_OUTCOME_FAILED,   /* we ended it with an ERROR after it had begun */
	UVTFTP_OUTCOME_REPLACED, /* the client began anew from the same port */
	UVTFTP_OUTCOME_WASTEFUL, /* we ended it: many times the file's size had to be sent again */
	UVTFTP_OUTCOME_FORGED    /* we ended it: the client acknowledged what was never sent */
};

/* One finished transfer. Everything is borrowed for the time of the call. */
struct uvtftp_report {
	enum uvtftp_outcome outcome;
	bool is_write;            /* an upload */
	const char *client;       /* "192.0.2.7:1234", "[2001:db8::7]:1234" */
	const char *local;        /* our address, the same form */
	const char *file;         /* name as asked, unprintable bytes as '?' */
	const char *options;      /* granted: "blksize=1428 windowsize=16", or "" */
	const char *reason;       /* why it did not end well, or "" */
	uint64_t bytes;           /* file bytes the client confirmed */
	uint64_t duration_us;     /* from the request to the end */
	uint64_t packets;         /* DATA packets sent (received, for an upload) */
	uint64_t retransmissions; /* of those, sent more than once */
	uint64_t acks_repeated;   /* ACKs that changed nothing */
	uint64_t rewinds;         /* ACKs that made us send again */
	uint64_t timeouts;        /* that made us send again */
	uint64_t timeouts_early;  /* of those, wrong: nothing had been lost */
	int error_code;           /* TFTP error code sent or received, -1 if none */
	const char *rule;         /* the rule that decided, or "" */
};

/* Whether a root takes uploads, and what becomes of a file of that name. A file appears only when it is
 * complete and on the disk; until then, and if the upload fails, the old one stays as it was. */
enum uvtftp_write {
	UVTFTP_WRITE_NO,
	UVTFTP_WRITE_CREATE,    /* new names only, else ERROR 6 */
	UVTFTP_WRITE_OVERWRITE, /* the old file is replaced */
	UVTFTP_WRITE_VERSION,   /* the old file is kept as NAME.~N~ */
	UVTFTP_WRITE_EXISTING   /* only files that are there and that everybody may write */
};

/* A directory to serve. */
struct uvtftp_root {
	size_t struct_bytes; /* set by uvtftp_root_init */
	const char *
	    name; /* for rules and logs; the first root is the one in use unless a rule says otherwise */
	const char *path;
	enum uvtftp_write write;
	bool allow_private;    /* also serve files that are not world-readable */
	bool ignore_case;      /* a name that is not there is looked for in another letter case */
	bool make_directories; /* an upload may create the directories of its path */
	unsigned file_mode;    /* permissions of uploaded files, 0 to 0777 */
	int64_t uid;           /* owner of uploaded files; -1: the process's */
	int64_t gid;
	uint64_t upload_bytes_max;   /* of one upload; 0: no limit */
	uint64_t quota_bytes;        /* of all files beneath the root; 0: no limit */
	uint64_t client_quota_bytes; /* uploaded by one client address since the start; 0: no limit */
	const char
	    *client_directory; /* "{ip}", "{mac}", "pi/{serial}": a client's own files, tried first */
};

enum uvtftp_operation { UVTFTP_READ = 1, UVTFTP_WRITE = 2, UVTFTP_READ_AND_WRITE = 3 };

enum uvtftp_action {
	UVTFTP_CONTINUE, /* set what the rule says and go on with the next */
	UVTFTP_ALLOW,    /* the same, and no further rule is looked at */
	UVTFTP_DENY      /* ERROR 2 */
};

/* Names of options for uvtftp_rule.refused_options. */
enum uvtftp_option {
	UVTFTP_OPTION_BLKSIZE = 1,
	UVTFTP_OPTION_TIMEOUT = 2,
	UVTFTP_OPTION_TSIZE = 4,
	UVTFTP_OPTION_WINDOWSIZE = 8,
	UVTFTP_OPTION_ROLLOVER = 16
};

/* Rules are gone through in order; what none of them denies is allowed. */
struct uvtftp_rule {
	size_t struct_bytes;        /* set by uvtftp_rule_init */
	const char *name;           /* for logs; NULL: "rule N" */
	const char *const *clients; /* "192.0.2.0/24", "2001:db8::7"; none: every client */
	size_t client_count;
	const char *const *locals; /* our address that was asked; none: every one */
	size_t local_count;
	const char *const *patterns; /* of paths: "*.efi", "boot/?*"; none: every path */
	size_t pattern_count;
	enum uvtftp_operation operation;
	enum uvtftp_action action;
	const char *root;         /* name of the root to use; NULL: unchanged */
	const char *reason;       /* of a denial, for the client; NULL: a general one */
	unsigned blksize_max;     /* 0: unchanged */
	unsigned windowsize_max;  /* 0: unchanged */
	unsigned refused_options; /* bits of enum uvtftp_option: never granted */
	int rollover; /* block number behind 65535 unless negotiated: 0, 1, or -1: unchanged */
};

UVTFTP_API void uvtftp_root_init(struct uvtftp_root *root);
UVTFTP_API void uvtftp_rule_init(struct uvtftp_rule *rule);

struct uvtftp_server;

struct uvtftp_server_options {
	size_t struct_bytes; /* set by uvtftp_server_options_init: the version of this struct */
	const struct uvtftp_root *roots; /* at least one */
	size_t root_count;
	const struct uvtftp_rule *rules;
	size_t rule_count;
	const char *map_file;      /* tftpd-hpa map file that rewrites names; NULL: none */
	bool lower_case;           /* names are lower-cased before they are looked for */
	const char *const *listen; /* "ADDR:PORT", "[V6]:PORT", ":PORT" (both families); NULL: ":69" */
	size_t listen_count;
	/* UDP sockets, bound, of which IPv6 ones take no IPv4: they are listened on instead. They stay the caller's,
	 * who may close them once the server has started. */
	const int *sockets;
	size_t socket_count;
	unsigned workers;                 /* threads with a loop each; 0: one for two cores */
	unsigned endpoints;               /* TID ports per local address over all workers */
	unsigned sessions_max;            /* transfers at once over all workers; more requests wait */
	unsigned sessions_per_client_max; /* of them for one client address; 0: no limit */
	/* Requests a second of one network (IPv4 /24, IPv6 /56) that may stay unacknowledged; 0: no limit. */
	unsigned request_rate;
	/* Of file contents in memory, for all workers; at most 2 MiB beside, and a quarter, or 2 MiB, for uploads. */
	uint64_t cache_bytes;
	uint16_t port_low; /* TID ports; 0: the system chooses */
	uint16_t port_high;
	bool is_single_port;          /* answer from the port that was asked */
	unsigned blksize_max;         /* bytes, 8 to 65464 */
	unsigned windowsize_max;      /* blocks, 1 to 65535 */
	unsigned mtu;                 /* bytes; blocks fit it. 0: that of the route to the client */
	bool allow_fragments;         /* blocks may be larger than the MTU */
	unsigned give_up_ms;          /* silence after which a client is given up */
	unsigned rto_min_ms;          /* shortest retransmission time-out */
	unsigned retries_max;         /* repetitions of a packet or window that brings no answer */
	unsigned socket_buffer_bytes; /* receive buffer of each address and worker */
	enum uvtftp_log_level log_level;
	/* Called from worker threads, several at once. May be NULL. */
	void (*on_log)(void *user, enum uvtftp_log_level level, const char *line);
	void (*on_report)(void *user, const struct uvtftp_report *report);
	/* Called once, from a worker thread, when the last transfer is over after uvtftp_server_drain. */
	void (*on_drained)(void *user);
	void *user;
};

/* Sets every field to its default. */
UVTFTP_API void uvtftp_server_options_init(struct uvtftp_server_options *options);

/* Opens the roots, binds every address and starts the workers; requests are answered when it returns.
 * The options and what they point to are copied. Returns 0 and a server that the caller owns, or a
 * negative code with `error` (may be NULL) filled in and nothing left open. */
UVTFTP_API int uvtftp_server_start(struct uvtftp_server **server,
				   const struct uvtftp_server_options *options,
				   struct uvtftp_error *error);

/* The nth address listened on, as "127.0.0.1:69" or "[::]:69"; NULL past the last. Owned by the server. */
UVTFTP_API const char *uvtftp_server_address(const struct uvtftp_server *server, size_t n);

/* Replaces roots, rules, map file, name and option settings; addresses, ports, workers and memory stay as they
 * are. The new settings are built and checked whole first: on an error (a code, `error` filled in) the running
 * ones stay. Transfers in flight finish under the settings they began with. */
UVTFTP_API int uvtftp_server_reload(struct uvtftp_server *server,
				    const struct uvtftp_server_options *options,
				    struct uvtftp_error *error);

/* Checks the same settings as uvtftp_server_reload without a server. */
UVTFTP_API int uvtftp_check(const struct uvtftp_server_options *options, struct uvtftp_error *error);

/* Says, without serving, what would become of a request: one line per step, from the name to a file or a
 * refusal. `client` is a numeric address. 0 if the request would be served, 1 if it would be refused, or an
 * error code. */
UVTFTP_API int uvtftp_explain(const struct uvtftp_server_options *options, const char *client,
			      const char *name, bool is_write,
			      void (*on_line)(void *user, const char *line), void *user,
			      struct uvtftp_error *error);

/* Takes no new requests and lets the transfers in flight finish; on_drained says when. Returns at once. */
UVTFTP_API void uvtftp_server_drain(struct uvtftp_server *server);

/* Ends the transfers still in flight with an ERROR, stops the threads and frees everything. Takes NULL. */
UVTFTP_API void uvtftp_server_stop(struct uvtftp_server *server);

#ifdef __cplusplus
}
#endif

#endif

/* Who may do what: from (client, name, operation) to a path in a root with limits, or to a refusal.
 *
 * A policy is a snapshot: built whole, validated, then never changed; sessions keep the one they began with.
 * Steps of a decision, each of which --explain prints:
 *   1. bytes 0xff at its end are dropped, and the map file rewrites the name (remap);
 *   2. the name is normalised to a path (path), lower-cased if asked;
 *   3. the rules are gone through in order: each that matches the client, our address, the path and the
 *      operation sets what it says (root, limits), and `allow` or `deny` ends the list; the end allows;
 *   4. a write needs a root that takes writes;
 *   5. with a client directory, the paths to try are made: the client's own first, then the shared one. A write
 *      goes to the client's own or nowhere.
 *      {ip} is the address, {mac} and {pxemac} the hardware address (aa-bb-cc-dd-ee-ff, 01-aa-bb-cc-dd-ee-ff) from
 *      the neighbour table or else from the name, {serial} the first component of the name if it is a serial
 *      number as Raspberry Pis put there (8 or 16 hex digits), which then is not repeated behind it. */
#ifndef UVTFTP_POLICY_POLICY_H
#define UVTFTP_POLICY_POLICY_H

#include "policy/acl.h"
#include "policy/path.h"
#include "policy/remap.h"

#define POLICY_ROOTS_MAX  64
#define POLICY_RULES_MAX  1024
#define POLICY_TRIES_MAX  3
#define POLICY_REASON_MAX 256
#define POLICY_RULE_MAX   64

enum policy_operation { POLICY_READ = 1, POLICY_WRITE = 2, POLICY_ANY = 3 };
enum policy_action { POLICY_CONTINUE, POLICY_ALLOW, POLICY_DENY };

/* All texts and arrays of these three are borrowed while a policy is built, which copies them. */
struct policy_rule {
	const char *name;           /* for logs; NULL: "rule N" */
	const char *const *clients; /* networks; none: every client */
	size_t client_count;
	const char *const *locals; /* our addresses; none: every one */
	size_t local_count;
	const char *const *patterns; /* of paths; none: every path */
	size_t pattern_count;
	enum policy_operation operation; /* 0 is none, and an error */
	enum policy_action action;
	const char *root;        /* NULL: unchanged */
	const char *reason;      /* of a denial, for the client; NULL: a general one */
	uint32_t blksize_max;    /* 0: unchanged; the lowest of the rules that apply holds */
	uint32_t windowsize_max; /* 0: unchanged */
	/* bit n: option n is never granted; added to what earlier rules refuse */
	uint32_t refused_options;
	/* Number behind 65535 unless it is negotiated: 0, 1, or -1: unchanged. */
	int rollover;
};

struct policy_root {
	const char *name;
	const char *client_directory; /* "{mac}", "by-ip/{ip}"; NULL or "": none */
	bool takes_writes;
};

struct policy_settings {
	const struct policy_root *roots; /* the first is the default */
	size_t root_count;
	const struct policy_rule *rules;
	size_t rule_count;
	const char *map_text; /* contents of the map file; NULL: none */
	size_t map_len;
	const char *map_name; /* its path, for messages; NULL: "map" */
	bool is_lower_casing;
};

struct policy;

/* NULL with the reason in `error`: which rule or line, what is wrong, what is allowed. */
struct policy *policy_new(const struct policy_settings *settings, char *error, size_t error_len);
void policy_free(struct policy *policy); /* takes NULL */

struct policy_request {
	struct text name; /* raw, as asked */
	struct acl_addr client;
	struct acl_addr local;
	bool is_write;
	bool is_mac_settled; /* the neighbour table was asked: has_mac is the answer */
	bool has_mac;
	uint8_t mac[6];
};

enum policy_verdict {
	POLICY_OK,
	POLICY_REFUSED,  /* `reason` and `code` say why */
	POLICY_NEEDS_MAC /* the path depends on it: look it up and ask again with is_mac_settled */
};

struct policy_decision {
	unsigned root; /* index */
	unsigned try_count;
	char tries[POLICY_TRIES_MAX][PATH_BYTES_MAX]; /* paths in that root, to be tried in order */
	uint32_t blksize_max;                         /* 0: no limit of the policy's */
	uint32_t windowsize_max;
	uint32_t refused_options;
	int rollover;                   /* 0, 1, or -1: no rule says */
	int code;                       /* TFTP error code of a refusal; -1: none */
	char reason[POLICY_REASON_MAX]; /* for the client */
	/* For the log: the last rule that applied, "map line N" if that refused, or "". */
	char rule[POLICY_RULE_MAX];
};

/* One step, as a line for a person. */
typedef void policy_trace(void *user, const char *line);

/* Pure; any thread. `trace` may be NULL. */
enum policy_verdict policy_decide(const struct policy *policy, const struct policy_request *request,
				  struct policy_decision *decision, policy_trace *trace, void *user);

#endif

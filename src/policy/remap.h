/* Rewriting of names by the map files of tftpd-hpa (in.tftpd --map-file, its manual page): a list of rules
 * "OPERATORS REGEX [REPLACEMENT]" applied in order to the name a client sent. */
#ifndef UVTFTP_POLICY_REMAP_H
#define UVTFTP_POLICY_REMAP_H

#include "base/bytes.h"

#define REMAP_NAME_MAX  1024 /* bytes of a rewritten name, with its NUL */
#define REMAP_STEPS_MAX 4096 /* rules tried for one name, each round of a 'g' too: a loop ends here */
#define REMAP_RULES_MAX 4096

struct remap; /* immutable once parsed */

struct remap_error {
	unsigned line; /* from 1 */
	char text[200];
};

/* Who asks, as the escapes of the rules need it. */
struct remap_request {
	struct text name;
	bool is_write;
	bool is_v6;
	const char *client_ip;  /* \i: "192.0.2.7" */
	const char *client_hex; /* \x: "C0000207" */
};

enum remap_verdict {
	REMAP_NAME,    /* out->name is the name to use, changed or not */
	REMAP_REFUSED, /* an 'a' rule, or a rule that cannot be applied: out->reason */
	REMAP_LOOP     /* REMAP_STEPS_MAX was reached: out->reason too */
};

struct remap_result {
	char name[REMAP_NAME_MAX];
	char reason[256]; /* for the client's ERROR; empty with REMAP_NAME */
	unsigned line;    /* of the last rule that applied; 0: none */
};

/* Called for each rule that applies: its line, its text and the name after it. */
typedef void remap_trace(void *user, unsigned line, const char *rule, const char *name);

/* 0 and a map the caller owns; -1 with `error` filled in (also when memory is short). */
int remap_parse(struct remap **remap, const char *text, size_t len, struct remap_error *error);
void remap_free(struct remap *remap); /* takes NULL */
/* Pure; any thread. `trace` may be NULL. */
enum remap_verdict remap_apply(const struct remap *remap, const struct remap_request *request,
			       struct remap_result *result, remap_trace *trace, void *user);

#endif

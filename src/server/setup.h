/* What a reload replaces: policy, roots, limits. Immutable; each session keeps the one it began with. */
#ifndef UVTFTP_SERVER_SETUP_H
#define UVTFTP_SERVER_SETUP_H

#include <stdatomic.h>

#include "base/err.h"
#include "policy/policy.h"
#include "proto/transfer.h"
#include "store/sink.h"
#include "store/store.h"

struct setup_root {
	struct source *source; /* own */
	struct sink *sink;     /* held; NULL: takes no writes */
};

struct setup {
	_Atomic uint32_t holds;
	struct policy *policy;    /* own */
	struct setup_root *roots; /* own; in the policy's order */
	size_t root_count;
	struct transfer_limits limits;
	unsigned mtu; /* 0: the route's */
	bool allows_fragments;
};

/* Builds and checks everything. 0 and a hold for the caller, or an error code and nothing left. The memory is for
 * uploads, and borrowed; NULL: there will be none. */
int setup_new(struct setup **made, const struct uvtftp_server_options *options,
	      struct sink_memory *memory, struct uvtftp_error *error);
void setup_hold(struct setup *setup);
void setup_drop(struct setup *setup); /* takes NULL; any thread */
/* The policy alone: opens no root. NULL with `error` filled in. */
struct policy *setup_policy(const struct uvtftp_server_options *options, struct uvtftp_error *error);
/* 0, or what is wrong with the numbers in the options. */
int setup_check(const struct uvtftp_server_options *options, struct uvtftp_error *error);

/* 0, or an error that names the setting and what is allowed. */
int setup_check_range(struct uvtftp_error *error, const char *name, unsigned value, unsigned min,
		      unsigned max);

#endif

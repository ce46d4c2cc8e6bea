/* What policy_build.c makes and policy.c reads. */
#ifndef UVTFTP_POLICY_POLICY_INSIDE_H
#define UVTFTP_POLICY_POLICY_INSIDE_H

#include "policy/policy.h"

struct rule {
	char *name; /* own, like all pointers here */
	struct acl_net *clients;
	size_t client_count;
	struct acl_net *locals;
	size_t local_count;
	char **patterns;
	size_t pattern_count;
	enum policy_operation operation;
	enum policy_action action;
	int root;     /* index, or -1: unchanged */
	char *reason; /* or NULL */
	uint32_t blksize_max;
	uint32_t windowsize_max;
	uint32_t refused_options;
	int rollover;
};

struct root {
	char *name;
	char *client_directory; /* or NULL */
	bool takes_writes;
};

struct policy {
	struct root *roots;
	size_t root_count;
	struct rule *rules;
	size_t rule_count;
	struct remap *remap; /* or NULL */
	bool is_lower_casing;
};

#endif

/* For tests of policies: requests, policies and what a decision says, in one line each. */
#ifndef UVTFTP_TEST_POLICY_KIT_H
#define UVTFTP_TEST_POLICY_KIT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
/* The field `x`_count and its array of texts, `xs`. */
#define TEXTS(x, ...)                                                                                   \
	.x##s = (const char *const[]){__VA_ARGS__},                                                     \
	.x##_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

static const uint8_t kit_mac[6] = {0xaa, 0xbb, 0xcc, 0x0d, 0xee, 0xff};

static inline struct policy_request ask_from(const char *client, const char *name)
{
	struct policy_request request = {.name = text_of(name)};
	ck_assert(acl_parse_addr(&request.client, text_of(client)));
	ck_assert(acl_parse_addr(&request.local, text_of("192.0.2.1")));
	return request;
}

static inline struct policy_request ask(const char *name)
{
	return ask_from("192.0.2.7", name);
}

static inline struct policy_request with_mac(struct policy_request request, const uint8_t *mac)
{
	request.is_mac_settled = true;
	request.has_mac = mac != NULL;
	if (mac != NULL)
		memcpy(request.mac, mac, sizeof request.mac);
	return request;
}

static inline struct policy_request as_write(struct policy_request request)
{
	request.is_write = true;
	return request;
}

static inline struct policy *make_policy(const struct policy_settings *settings)
{
	char error[400] = "";
	struct policy *policy = policy_new(settings, error, sizeof error);
	ck_assert_msg(policy != NULL, "%s", error);
	return policy;
}

/* One root without anything special, and these rules. */
static inline struct policy *make_rules(const struct policy_rule *rules, size_t count)
{
	static const struct policy_root roots[] = {{.name = "main"}};
	return make_policy(&(struct policy_settings){
	    .roots = roots, .root_count = 1, .rules = rules, .rule_count = count});
}

/* "main" with these settings of its own and no rules. */
static inline struct policy *make_root(const char *client_directory, bool takes_writes)
{
	struct policy_root root = {"main", client_directory, takes_writes};
	return make_policy(&(struct policy_settings){.roots = &root, .root_count = 1});
}

static inline enum policy_verdict decide(const struct policy *policy, struct policy_request request,
					 struct policy_decision *decision)
{
	/* In memory of exactly its size, so that a sanitizer sees a read beyond it. */
	char *exact = malloc(request.name.len > 0 ? request.name.len : 1);
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, request.name.at, request.name.len);
	request.name.at = exact;
	memset(decision, 0xa5, sizeof *decision);
	enum policy_verdict verdict = policy_decide(policy, &request, decision, NULL, NULL);
	free(exact);
	return verdict;
}

/* "a|b": the paths to be tried. */
static inline void assert_tries(const struct policy *policy, struct policy_request request,
				const char *wanted)
{
	struct policy_decision decision;
	char tries[POLICY_TRIES_MAX * (PATH_BYTES_MAX + 1)] = "";
	enum policy_verdict verdict = decide(policy, request, &decision);
	ck_assert_msg(verdict == POLICY_OK, "%.*s: verdict %d, %s", (int)request.name.len,
		      request.name.at, (int)verdict, decision.reason);
	ck_assert_uint_le(decision.try_count, POLICY_TRIES_MAX);
	for (unsigned i = 0; i < decision.try_count; i++)
		snprintf(tries + strlen(tries), sizeof tries - strlen(tries), "%s%s", i > 0 ? "|" : "",
			 decision.tries[i]);
	ck_assert_str_eq(tries, wanted);
	ck_assert_int_eq(decision.code, -1);
	ck_assert_str_eq(decision.reason, "");
}

static inline void assert_refused(const struct policy *policy, struct policy_request request, int code,
				  const char *reason)
{
	struct policy_decision decision;
	enum policy_verdict verdict = decide(policy, request, &decision);
	ck_assert_msg(verdict == POLICY_REFUSED, "%.*s: verdict %d", (int)request.name.len,
		      request.name.at, (int)verdict);
	ck_assert_str_eq(decision.reason, reason);
	ck_assert_int_eq(decision.code, code);
	ck_assert_uint_eq(decision.try_count, 0);
}

#endif

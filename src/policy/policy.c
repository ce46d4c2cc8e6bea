#include "policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/client_directory.h"
#include "policy/pattern.h"
#include "policy/policy_inside.h"

/* TFTP error codes (RFC 1350 appendix); proto is not ours to know. */
enum { CODE_NOT_FOUND = 1, CODE_ACCESS = 2 };

#define TRACE_LINE_MAX 1536

struct deciding {
	const struct policy *policy;
	const struct policy_request *request;
	struct policy_decision *decision;
	policy_trace *trace;
	void *user;
	struct remap_result mapped;
	struct text name; /* in the request or in `mapped` */
	char path[PATH_BYTES_MAX];
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
say(const struct deciding *deciding, const char *format, ...)
{
	char raw[TRACE_LINE_MAX], line[TRACE_LINE_MAX];
	if (deciding->trace == NULL)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(raw, sizeof raw, format, args);
	va_end(args);
	text_printable(text_of(raw), line, sizeof line);
	deciding->trace(deciding->user, line);
}

static enum policy_verdict refuse(const struct deciding *deciding, int code, const char *reason)
{
	deciding->decision->code = code;
	snprintf(deciding->decision->reason, sizeof deciding->decision->reason, "%s", reason);
	say(deciding, "refused with ERROR %d: %s", code, reason);
	return POLICY_REFUSED;
}

static void trace_map(void *user, unsigned line, const char *rule, const char *name)
{
	say(user, "map line %u (%s): '%s'", line, rule, name);
}

/* Old PXE ROMs take the name from DHCP option 67 together with the end mark (0xff) behind it. No UTF-8 name
 * holds that byte. */
static struct text strip_end_marks(struct text name)
{
	while (name.len > 0 && name.at[name.len - 1] == '\xff')
		name.len--;
	return name;
}

static enum policy_verdict rewrite(struct deciding *deciding)
{
	const struct policy_request *request = deciding->request;
	const struct remap *remap = deciding->policy->remap;
	deciding->name = strip_end_marks(request->name);
	if (remap == NULL)
		return POLICY_OK;
	char ip[46], hex[33];
	bool is_v6 = !acl_is_v4(&request->client);
	acl_format(&request->client, ip);
	int first = is_v6 ? 0 : 12;
	for (int i = first; i < 16; i++)
		snprintf(hex + 2 * (i - first), 3, "%02X", request->client.bytes[i]);
	struct remap_request asked = {deciding->name, request->is_write, is_v6, ip, hex};
	struct remap_result *result = &deciding->mapped;
	enum remap_verdict verdict = remap_apply(remap, &asked, result, trace_map, deciding);
	deciding->name = text_of(result->name);
	if (verdict == REMAP_NAME)
		return POLICY_OK;
	if (result->line > 0)
		snprintf(deciding->decision->rule, sizeof deciding->decision->rule, "map line %u",
			 result->line);
	return refuse(deciding, CODE_ACCESS,
		      verdict == REMAP_LOOP ? "the rules for this name do not come to an end"
					    : result->reason);
}

/* Not tolower(): the locale must not decide which file it is. */
static char lower_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Windows boot managers send C:\boot\x. */
static struct text skip_drive(struct text name)
{
	if (name.len < 3 || name.at[1] != ':' || (name.at[2] != '\\' && name.at[2] != '/'))
		return name;
	char drive = lower_case(name.at[0]);
	return drive >= 'a' && drive <= 'z' ? (struct text){name.at + 2, name.len - 2} : name;
}

static enum policy_verdict make_path(struct deciding *deciding)
{
	enum path_verdict verdict = path_normalise(skip_drive(deciding->name), deciding->path);
	if (verdict != PATH_OK)
		return refuse(deciding, verdict == PATH_EMPTY ? CODE_NOT_FOUND : CODE_ACCESS,
			      path_verdict_text(verdict));
	if (deciding->policy->is_lower_casing)
		for (char *at = deciding->path; *at != '\0'; at++)
			*at = lower_case(*at);
	say(deciding, "path: '%s'", deciding->path);
	return POLICY_OK;
}

static bool is_among(const struct acl_net *nets, size_t count, const struct acl_addr *addr)
{
	for (size_t i = 0; i < count; i++)
		if (acl_contains(&nets[i], addr))
			return true;
	return count == 0;
}

static bool has_pattern(const struct rule *rule, const char *path)
{
	for (size_t i = 0; i < rule->pattern_count; i++)
		if (pattern_matches(rule->patterns[i], path))
			return true;
	return rule->pattern_count == 0;
}

/* NULL if the rule matches, or what does not. */
static const char *find_mismatch(const struct rule *rule, const struct deciding *deciding)
{
	const struct policy_request *request = deciding->request;
	enum policy_operation operation = request->is_write ? POLICY_WRITE : POLICY_READ;
	if ((rule->operation & operation) == 0)
		return "operation";
	if (!is_among(rule->clients, rule->client_count, &request->client))
		return "client";
	if (!is_among(rule->locals, rule->local_count, &request->local))
		return "local address";
	return has_pattern(rule, deciding->path) ? NULL : "name";
}

static void lower_limit(uint32_t *limit, uint32_t value)
{
	if (value != 0 && (*limit == 0 || value < *limit))
		*limit = value;
}

static void apply(const struct rule *rule, struct deciding *deciding)
{
	struct policy_decision *decision = deciding->decision;
	if (rule->root >= 0)
		decision->root = (unsigned)rule->root;
	lower_limit(&decision->blksize_max, rule->blksize_max);
	lower_limit(&decision->windowsize_max, rule->windowsize_max);
	decision->refused_options |= rule->refused_options;
	if (rule->rollover >= 0)
		decision->rollover = rule->rollover;
	snprintf(decision->rule, sizeof decision->rule, "%s", rule->name);
	static const char *const actions[] = {"applies, and the list goes on", "allows", "denies"};
	say(deciding, "%s: %s%s%s", rule->name, actions[rule->action], rule->root >= 0 ? "; root " : "",
	    rule->root >= 0 ? deciding->policy->roots[rule->root].name : "");
}

static enum policy_verdict go_through_rules(struct deciding *deciding)
{
	const struct policy *policy = deciding->policy;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		const char *mismatch = find_mismatch(rule, deciding);
		if (mismatch != NULL) {
			say(deciding, "%s: does not apply (%s)", rule->name, mismatch);
			continue;
		}
		apply(rule, deciding);
		if (rule->action == POLICY_DENY)
			return refuse(deciding, CODE_ACCESS,
				      rule->reason != NULL ? rule->reason : "this is not allowed here");
		if (rule->action == POLICY_ALLOW)
			break;
	}
	return POLICY_OK;
}

static void add_try(struct deciding *deciding, const char *path)
{
	struct policy_decision *decision = deciding->decision;
	for (unsigned i = 0; i < decision->try_count; i++)
		if (strcmp(decision->tries[i], path) == 0)
			return;
	memcpy(decision->tries[decision->try_count++], path, strlen(path) + 1);
	say(deciding, "%s '%s' in root %s", decision->try_count == 1 ? "file" : "else", path,
	    deciding->policy->roots[decision->root].name);
}

static enum policy_verdict choose_files(struct deciding *deciding)
{
	const struct root *root = &deciding->policy->roots[deciding->decision->root];
	char own[PATH_BYTES_MAX];
	const char *rest = deciding->path;
	enum directory_verdict verdict = DIRECTORY_NONE;
	if (root->client_directory != NULL)
		verdict = client_directory_fill(root->client_directory, deciding->request,
						deciding->path, own, &rest);
	if (verdict == DIRECTORY_NEEDS_MAC)
		return POLICY_NEEDS_MAC;
	if (verdict == DIRECTORY_MADE)
		add_try(deciding, own);
	else if (root->client_directory != NULL)
		say(deciding, "client directory '%s': none for this client", root->client_directory);
	/* What a client stores is its own, and nobody else's file is replaced by it. */
	if (root->client_directory != NULL && deciding->request->is_write)
		return verdict == DIRECTORY_MADE
			   ? POLICY_OK
			   : refuse(deciding, CODE_ACCESS,
				    "this server cannot tell which directory is yours");
	add_try(deciding, deciding->path);
	add_try(deciding, rest);
	return POLICY_OK;
}

enum policy_verdict policy_decide(const struct policy *policy, const struct policy_request *request,
				  struct policy_decision *decision, policy_trace *trace, void *user)
{
	struct deciding deciding = {
	    .policy = policy, .request = request, .decision = decision, .trace = trace, .user = user};
	*decision = (struct policy_decision){.code = -1, .rollover = -1};
	enum policy_verdict verdict = rewrite(&deciding);
	if (verdict == POLICY_OK)
		verdict = make_path(&deciding);
	if (verdict == POLICY_OK)
		verdict = go_through_rules(&deciding);
	if (verdict == POLICY_OK && request->is_write && !policy->roots[decision->root].takes_writes)
		verdict = refuse(&deciding, CODE_ACCESS, "this server takes no uploads here");
	return verdict == POLICY_OK ? choose_files(&deciding) : verdict;
}

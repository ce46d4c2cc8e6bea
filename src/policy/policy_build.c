/* Building a policy: everything is copied and checked here, so that a decision can no longer fail. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/pattern.h"
#include "policy/policy_inside.h"

/* RFC 2348 and 7440; proto is not ours to know. */
#define BLKSIZE_MIN    8u
#define BLKSIZE_MAX    65464u
#define WINDOWSIZE_MAX 65535u

struct builder {
	struct policy *policy;
	char *error;
	size_t error_len;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static bool
fail(const struct builder *builder, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(builder->error, builder->error_len, format, args);
	va_end(args);
	return false;
}

static bool no_memory(const struct builder *builder)
{
	return fail(builder, "out of memory");
}

static char *copy(const char *text)
{
	return mem_copy(text, strlen(text));
}

static bool copy_nets(const struct builder *builder, const struct rule *rule, const char *what,
		      const char *const *texts, size_t count, struct acl_net **nets, size_t *net_count)
{
	if (count == 0)
		return true;
	*nets = mem_zalloc(count, sizeof **nets);
	if (*nets == NULL)
		return no_memory(builder);
	*net_count = count;
	for (size_t i = 0; i < count; i++) {
		const char *wrong = acl_parse_net(&(*nets)[i], text_of(texts[i]));
		if (wrong != NULL)
			return fail(builder, "%s: %s '%s' %s", rule->name, what, texts[i], wrong);
	}
	return true;
}

static bool copy_patterns(const struct builder *builder, struct rule *rule,
			  const struct policy_rule *from)
{
	if (from->pattern_count == 0)
		return true;
	rule->patterns = mem_zalloc(from->pattern_count, sizeof *rule->patterns);
	if (rule->patterns == NULL)
		return no_memory(builder);
	rule->pattern_count = from->pattern_count;
	for (size_t i = 0; i < from->pattern_count; i++) {
		const char *wrong = pattern_check(from->patterns[i]);
		if (wrong != NULL)
			return fail(builder, "%s: pattern '%s' %s", rule->name, from->patterns[i],
				    wrong);
		rule->patterns[i] = copy(from->patterns[i]);
		if (rule->patterns[i] == NULL)
			return no_memory(builder);
	}
	return true;
}

static int find_root(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->root_count; i++)
		if (strcmp(policy->roots[i].name, name) == 0)
			return (int)i;
	return -1;
}

static bool name_rule(struct rule *rule, const char *name, size_t index)
{
	char text[32];
	snprintf(text, sizeof text, "rule %zu", index + 1);
	rule->name = copy(name != NULL && name[0] != '\0' ? name : text);
	return rule->name != NULL;
}

/* What would make a rule that never applies, or a limit that no transfer could keep. */
static bool check_numbers(const struct builder *builder, const struct rule *rule)
{
	if (rule->operation < POLICY_READ || rule->operation > POLICY_ANY)
		return fail(builder, "%s: is for neither reads nor writes", rule->name);
	if (rule->blksize_max != 0 &&
	    (rule->blksize_max < BLKSIZE_MIN || rule->blksize_max > BLKSIZE_MAX))
		return fail(builder, "%s: a blksize limit of %lu; 0 (none) and %u to %u are allowed",
			    rule->name, (unsigned long)rule->blksize_max, BLKSIZE_MIN, BLKSIZE_MAX);
	if (rule->windowsize_max > WINDOWSIZE_MAX)
		return fail(builder, "%s: a windowsize limit of %lu; 0 (none) to %u are allowed",
			    rule->name, (unsigned long)rule->windowsize_max, WINDOWSIZE_MAX);
	return true;
}

static bool add_rule(const struct builder *builder, const struct policy_rule *from, size_t index)
{
	struct policy *policy = builder->policy;
	struct rule *rule = &policy->rules[index];
	*rule = (struct rule){
	    .operation = from->operation,
	    .action = from->action,
	    .root = -1,
	    .blksize_max = from->blksize_max,
	    .windowsize_max = from->windowsize_max,
	    .refused_options = from->refused_options,
	    .rollover = from->rollover,
	};
	policy->rule_count = index + 1;
	if (!name_rule(rule, from->name, index))
		return no_memory(builder);
	if (from->root != NULL) {
		rule->root = find_root(policy, from->root);
		if (rule->root < 0)
			return fail(builder, "%s: there is no root '%s'", rule->name, from->root);
	}
	if (from->reason != NULL) {
		rule->reason = copy(from->reason);
		if (rule->reason == NULL)
			return no_memory(builder);
	}
	return check_numbers(builder, rule) &&
	       copy_nets(builder, rule, "client", from->clients, from->client_count, &rule->clients,
			 &rule->client_count) &&
	       copy_nets(builder, rule, "local address", from->locals, from->local_count, &rule->locals,
			 &rule->local_count) &&
	       copy_patterns(builder, rule, from);
}

static bool begins_with_placeholder(const char *text)
{
	static const char *const known[] = {"{ip}", "{mac}", "{pxemac}", "{serial}"};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strncmp(text, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

/* A path in its normalised form stays one when the placeholders are filled in and more is put behind it. */
static const char *check_directory(const char *text)
{
	char path[PATH_BYTES_MAX];
	if (path_normalise(text_of(text), path) != PATH_OK || strcmp(path, text) != 0)
		return "must be a plain path beneath the root, such as clients/{ip}";
	for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{'))
		if (!begins_with_placeholder(at))
			return "has an unknown placeholder; {ip}, {mac}, {pxemac} and {serial} are "
			       "known";
	return NULL;
}

static bool add_root(const struct builder *builder, const struct policy_root *from, size_t index)
{
	struct policy *policy = builder->policy;
	struct root *root = &policy->roots[index];
	if (from->name == NULL || from->name[0] == '\0')
		return fail(builder, "root %zu has no name", index + 1);
	if (find_root(policy, from->name) >= 0)
		return fail(builder, "root '%s' is there twice", from->name);
	root->takes_writes = from->takes_writes;
	root->name = copy(from->name);
	if (root->name == NULL)
		return no_memory(builder);
	policy->root_count = index + 1;
	if (from->client_directory == NULL || from->client_directory[0] == '\0')
		return true;
	const char *wrong = check_directory(from->client_directory);
	if (wrong != NULL)
		return fail(builder, "root '%s': client directory '%s' %s", from->name,
			    from->client_directory, wrong);
	root->client_directory = copy(from->client_directory);
	if (root->client_directory == NULL)
		return no_memory(builder);
	return true;
}

static bool add_map(const struct builder *builder, const struct policy_settings *settings)
{
	struct remap_error error;
	if (settings->map_text == NULL)
		return true;
	if (remap_parse(&builder->policy->remap, settings->map_text, settings->map_len, &error) == 0)
		return true;
	const char *name = settings->map_name != NULL ? settings->map_name : "map";
	return fail(builder, "%s:%u: %s", name, error.line, error.text);
}

static bool build(const struct builder *builder, const struct policy_settings *settings)
{
	struct policy *policy = builder->policy;
	if (settings->root_count == 0 || settings->root_count > POLICY_ROOTS_MAX)
		return fail(builder, "between 1 and %d roots, not %zu", POLICY_ROOTS_MAX,
			    settings->root_count);
	if (settings->rule_count > POLICY_RULES_MAX)
		return fail(builder, "at most %d rules, not %zu", POLICY_RULES_MAX,
			    settings->rule_count);
	policy->is_lower_casing = settings->is_lower_casing;
	policy->roots = mem_zalloc(settings->root_count, sizeof *policy->roots);
	policy->rules = mem_zalloc(settings->rule_count, sizeof *policy->rules);
	if (policy->roots == NULL || policy->rules == NULL)
		return no_memory(builder);
	for (size_t i = 0; i < settings->root_count; i++)
		if (!add_root(builder, &settings->roots[i], i))
			return false;
	for (size_t i = 0; i < settings->rule_count; i++)
		if (!add_rule(builder, &settings->rules[i], i))
			return false;
	return add_map(builder, settings);
}

struct policy *policy_new(const struct policy_settings *settings, char *error, size_t error_len)
{
	struct builder builder = {mem_zalloc(1, sizeof(struct policy)), error, error_len};
	if (builder.policy == NULL) {
		no_memory(&builder);
		return NULL;
	}
	if (build(&builder, settings))
		return builder.policy;
	policy_free(builder.policy);
	return NULL;
}

static void free_rule(struct rule *rule)
{
	for (size_t i = 0; i < rule->pattern_count; i++)
		mem_free(rule->patterns[i]);
	mem_free(rule->patterns);
	mem_free(rule->clients);
	mem_free(rule->locals);
	mem_free(rule->reason);
	mem_free(rule->name);
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->rule_count; i++)
		free_rule(&policy->rules[i]);
	for (size_t i = 0; i < policy->root_count; i++) {
		mem_free(policy->roots[i].name);
		mem_free(policy->roots[i].client_directory);
	}
	remap_free(policy->remap);
	mem_free(policy->roots);
	mem_free(policy->rules);
	mem_free(policy);
}

/* The rules of a map file are tried from the top. A rule that matches replaces, refuses, ends or starts over;
 * every trial is counted, so that no map keeps a request forever. */
#include "policy/remap.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/remap_escape.h"
#include "policy/remap_line.h"

struct rule {
	struct rule *next;
	unsigned line;
	unsigned flags;
	regex_t regex;
	struct text replacement; /* the end of `text` */
	char text[];             /* as written, without a comment */
};

struct remap {
	struct rule *first;
	struct rule **end; /* where the next one is linked */
	unsigned count;
};

struct run {
	const struct remap_request *request;
	struct remap_result *result;
	unsigned steps_left;
	struct text groups[REMAP_GROUPS]; /* of the last match, in result->name */
};

enum outcome { PASSED, MATCHED, EXITED, RESTARTED, REFUSED, LOOPED };

static int compile(struct rule *rule, const struct remap_line *parts, struct remap_error *error)
{
	char *regex = rule->text + (parts->regex.at - parts->rule.at);
	char after = regex[parts->regex.len];
	regex[parts->regex.len] = '\0';
	int flags = REG_EXTENDED | ((rule->flags & REMAP_NOCASE) != 0 ? REG_ICASE : 0);
	int code = regcomp(&rule->regex, regex, flags);
	if (code != 0) {
		char why[80];
		char shown[80];
		regerror(code, &rule->regex, why, sizeof why);
		text_printable(parts->regex, shown, sizeof shown);
		snprintf(error->text, sizeof error->text, "regular expression %s: %s", shown, why);
		return -1;
	}
	regex[parts->regex.len] = after;
	return 0;
}

static int add_rule(struct remap *remap, const struct remap_line *parts, struct remap_error *error)
{
	if (remap->count == REMAP_RULES_MAX) {
		snprintf(error->text, sizeof error->text, "more than %d rules", REMAP_RULES_MAX);
		return -1;
	}
	struct rule *rule = mem_zalloc(1, sizeof *rule + parts->rule.len + 1);
	if (rule == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory");
		return -1;
	}
	memcpy(rule->text, parts->rule.at, parts->rule.len);
	rule->line = error->line;
	rule->flags = parts->flags;
	rule->replacement =
	    (struct text){rule->text + (parts->replacement.at - parts->rule.at), parts->replacement.len};
	if (compile(rule, parts, error) != 0) {
		mem_free(rule);
		return -1;
	}
	*remap->end = rule;
	remap->end = &rule->next;
	remap->count++;
	return 0;
}

/* Moves the next line from the start of `rest` to the result, without its newline. */
static struct text take_line(struct text *rest)
{
	const char *newline = memchr(rest->at, '\n', rest->len);
	struct text line = {rest->at, newline != NULL ? (size_t)(newline - rest->at) : rest->len};
	size_t taken = line.len + (newline != NULL ? 1 : 0);
	*rest = (struct text){rest->at + taken, rest->len - taken};
	return line;
}

static int add_lines(struct remap *remap, struct text rest, struct remap_error *error)
{
	struct remap_line parts;
	while (rest.len > 0) {
		error->line++;
		enum remap_line_kind kind = remap_line_parse(take_line(&rest), &parts, error);
		if (kind == REMAP_LINE_WRONG)
			return -1;
		if (kind == REMAP_LINE_RULE && add_rule(remap, &parts, error) != 0)
			return -1;
	}
	return 0;
}

int remap_parse(struct remap **remap, const char *text, size_t len, struct remap_error *error)
{
	*error = (struct remap_error){0};
	struct remap *made = mem_zalloc(1, sizeof *made);
	if (made == NULL) {
		error->line = 1;
		snprintf(error->text, sizeof error->text, "out of memory");
		return -1;
	}
	made->end = &made->first;
	if (add_lines(made, (struct text){text, len}, error) != 0) {
		remap_free(made);
		return -1;
	}
	*remap = made;
	return 0;
}

void remap_free(struct remap *remap)
{
	if (remap == NULL)
		return;
	struct rule *next;
	for (struct rule *rule = remap->first; rule != NULL; rule = next) {
		next = rule->next;
		regfree(&rule->regex);
		mem_free(rule);
	}
	mem_free(remap);
}

static bool is_for(const struct rule *rule, const struct remap_request *request)
{
	unsigned others =
	    (request->is_write ? REMAP_READS : REMAP_WRITES) | (request->is_v6 ? REMAP_V4 : REMAP_V6);
	return (rule->flags & others) == 0;
}

static enum outcome refuse(struct run *run, const char *reason)
{
	snprintf(run->result->reason, sizeof run->result->reason, "%s", reason);
	return REFUSED;
}

/* Whether the rule's condition holds: PASSED or MATCHED, or why that cannot be told. */
static enum outcome look(struct run *run, const struct rule *rule)
{
	if (run->steps_left == 0)
		return LOOPED;
	run->steps_left--;
	regmatch_t found[REMAP_GROUPS];
	const char *name = run->result->name;
	int code = regexec(&rule->regex, name, REMAP_GROUPS, found, 0);
	/* Short of memory, a rule that should refuse must not be passed over. */
	if (code != 0 && code != REG_NOMATCH)
		return refuse(run, "Remap rule failure");
	for (int i = 0; i < REMAP_GROUPS; i++) {
		bool is_set = code == 0 && found[i].rm_so != -1;
		run->groups[i] = is_set ? (struct text){name + found[i].rm_so,
							(size_t)(found[i].rm_eo - found[i].rm_so)}
					: (struct text){"", 0};
	}
	bool is_wanted = (rule->flags & REMAP_INVERSE) != 0 ? code != 0 : code == 0;
	return is_wanted ? MATCHED : PASSED;
}

/* Puts the replacement in the place of what matched: false, and nothing changed, if it does not fit. */
static bool replace_once(struct run *run, const struct rule *rule)
{
	char made[REMAP_NAME_MAX];
	char *name = run->result->name;
	struct text whole = run->groups[0];
	struct bytes_out out;
	bytes_out_init(&out, made, sizeof made);
	bytes_out_bytes(&out, name, (size_t)(whole.at - name));
	remap_expand(rule->replacement, run->groups, run->request, &out);
	bytes_out_string(&out, text_of(whole.at + whole.len));
	if (out.has_failed)
		return false;
	memcpy(name, made, bytes_out_len(&out));
	return true;
}

static enum outcome replace(struct run *run, const struct rule *rule)
{
	enum outcome outcome;
	do {
		if (!replace_once(run, rule))
			return refuse(run, "Remapped file name too long");
		outcome = (rule->flags & REMAP_REPEAT) != 0 ? look(run, rule) : PASSED;
	} while (outcome == MATCHED);
	return outcome == PASSED ? MATCHED : outcome;
}

static enum outcome abort_by(struct run *run, const struct rule *rule)
{
	if (rule->replacement.len == 0)
		return refuse(run, "Access denied");
	struct bytes_out out;
	/* The result was zeroed: a text that is cut ends in NUL too. */
	bytes_out_init(&out, run->result->reason, sizeof run->result->reason - 1);
	remap_expand(rule->replacement, run->groups, run->request, &out);
	return REFUSED;
}

static enum outcome try_rule(struct run *run, const struct rule *rule)
{
	enum outcome outcome = look(run, rule);
	if (outcome == PASSED || outcome == LOOPED)
		return outcome;
	run->result->line = rule->line;
	if (outcome == REFUSED)
		return outcome;
	if ((rule->flags & REMAP_ABORT) != 0)
		return abort_by(run, rule);
	if ((rule->flags & REMAP_REPLACE) != 0)
		outcome = replace(run, rule);
	if (outcome != MATCHED)
		return outcome;
	if ((rule->flags & REMAP_EXIT) != 0)
		return EXITED;
	return (rule->flags & REMAP_RESTART) != 0 ? RESTARTED : MATCHED;
}

static enum outcome try_all(struct run *run, const struct rule *first, remap_trace *trace, void *user)
{
	const struct rule *rule = first;
	while (rule != NULL) {
		enum outcome outcome = is_for(rule, run->request) ? try_rule(run, rule) : PASSED;
		if (outcome != PASSED && outcome != LOOPED && trace != NULL)
			trace(user, rule->line, rule->text, run->result->name);
		if (outcome == EXITED || outcome == REFUSED || outcome == LOOPED)
			return outcome;
		rule = outcome == RESTARTED ? first : rule->next;
	}
	return EXITED;
}

enum remap_verdict remap_apply(const struct remap *remap, const struct remap_request *request,
			       struct remap_result *result, remap_trace *trace, void *user)
{
	*result = (struct remap_result){0};
	struct run run = {.request = request, .result = result, .steps_left = REMAP_STEPS_MAX};
	struct bytes_out out;
	bytes_out_init(&out, result->name, sizeof result->name);
	bytes_out_string(&out, request->name);
	enum outcome outcome = out.has_failed ? refuse(&run, "File name too long")
					      : try_all(&run, remap->first, trace, user);
	if (outcome == LOOPED)
		refuse(&run, "Remap table failure");
	if (outcome == EXITED)
		return REMAP_NAME;
	return outcome == LOOPED ? REMAP_LOOP : REMAP_REFUSED;
}

#include "server/setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/mem.h"
#include "store/file_source.h"

/* Larger map files are a mistake. */
#define MAP_BYTES_MAX (4u << 20)

int setup_check_range(struct uvtftp_error *error, const char *name, unsigned value, unsigned min,
		      unsigned max)
{
	if (value >= min && value <= max)
		return 0;
	return err_set(error, UVTFTP_ERR_USAGE, "%s must be between %u and %u, not %u", name, min, max,
		       value);
}

static int check_roots(const struct uvtftp_server_options *options, struct uvtftp_error *error)
{
	for (size_t i = 0; i < options->root_count; i++) {
		const struct uvtftp_root *root = &options->roots[i];
		if (root->struct_bytes != sizeof *root)
			return err_set(error, UVTFTP_ERR_USAGE,
				       "a root of another version: call uvtftp_root_init first");
		if (root->name == NULL || root->path == NULL || root->path[0] == '\0')
			return err_set(error, UVTFTP_ERR_USAGE, "no directory to serve was given");
		if (root->file_mode > 0777)
			return err_set(error, UVTFTP_ERR_USAGE, "root '%s': mode %o is above 0777",
				       root->name, root->file_mode);
	}
	for (size_t i = 0; i < options->rule_count; i++)
		if (options->rules[i].struct_bytes != sizeof options->rules[i])
			return err_set(error, UVTFTP_ERR_USAGE,
				       "a rule of another version: call uvtftp_rule_init first");
	return 0;
}

int setup_check(const struct uvtftp_server_options *options, struct uvtftp_error *error)
{
	if (options->struct_bytes != sizeof *options)
		return err_set(error, UVTFTP_ERR_USAGE,
			       "options of another version: call uvtftp_server_options_init first");
	if (options->root_count == 0)
		return err_set(error, UVTFTP_ERR_USAGE, "no directory to serve was given");
	int rc = check_roots(options, error);
	if (rc == 0)
		rc = setup_check_range(error, "blksize", options->blksize_max, OPTION_BLKSIZE_MIN,
				       OPTION_BLKSIZE_MAX);
	if (rc == 0)
		rc = setup_check_range(error, "windowsize", options->windowsize_max, 1,
				       OPTION_WINDOWSIZE_MAX);
	if (rc == 0)
		rc = setup_check_range(error, "give-up time (ms)", options->give_up_ms, 100, 3600000);
	if (rc == 0)
		rc = setup_check_range(error, "shortest time-out (ms)", options->rto_min_ms, 1,
				       TRANSFER_RTO_INITIAL_US / 1000);
	if (rc == 0)
		rc = setup_check_range(error, "retries", options->retries_max, 2, 1000);
	return rc;
}

/* The whole file as text the caller frees, or NULL. */
static char *read_map(const char *path, size_t *len, struct uvtftp_error *error)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		err_set(error, UVTFTP_ERR_POLICY, "map file %s: %s", path, strerror(errno));
		return NULL;
	}
	char *text = mem_alloc(MAP_BYTES_MAX + 1);
	*len = text != NULL ? fread(text, 1, MAP_BYTES_MAX + 1, file) : 0;
	bool is_whole = text != NULL && ferror(file) == 0 && *len <= MAP_BYTES_MAX;
	int why = errno;
	fclose(file);
	if (is_whole)
		return text;
	err_set(error, UVTFTP_ERR_POLICY, "map file %s: %s", path,
		text == NULL           ? "out of memory"
		: *len > MAP_BYTES_MAX ? "larger than 4 MiB"
				       : strerror(why));
	mem_free(text);
	return NULL;
}

static void translate_root(struct policy_root *to, const struct uvtftp_root *from)
{
	*to = (struct policy_root){
	    .name = from->name,
	    .client_directory = from->client_directory,
	    .takes_writes = from->write != UVTFTP_WRITE_NO,
	};
}

static void translate_rule(struct policy_rule *to, const struct uvtftp_rule *from)
{
	*to = (struct policy_rule){
	    .name = from->name,
	    .clients = from->clients,
	    .client_count = from->client_count,
	    .locals = from->locals,
	    .local_count = from->local_count,
	    .patterns = from->patterns,
	    .pattern_count = from->pattern_count,
	    .operation = (enum policy_operation)from->operation,
	    .action = (enum policy_action)from->action,
	    .root = from->root,
	    .reason = from->reason,
	    .blksize_max = from->blksize_max,
	    .windowsize_max = from->windowsize_max,
	    .refused_options = from->refused_options,
	    .rollover = from->rollover,
	};
}

static struct policy *build_policy(const struct uvtftp_server_options *options,
				   struct policy_root *roots, struct policy_rule *rules,
				   struct uvtftp_error *error)
{
	struct policy_settings settings = {
	    .roots = roots,
	    .root_count = options->root_count,
	    .rules = rules,
	    .rule_count = options->rule_count,
	    .map_name = options->map_file,
	    .is_lower_casing = options->lower_case,
	};
	char why[400];
	for (size_t i = 0; i < options->root_count; i++)
		translate_root(&roots[i], &options->roots[i]);
	for (size_t i = 0; i < options->rule_count; i++)
		translate_rule(&rules[i], &options->rules[i]);
	char *map = NULL;
	if (options->map_file != NULL) {
		map = read_map(options->map_file, &settings.map_len, error);
		if (map == NULL)
			return NULL;
		settings.map_text = map;
	}
	struct policy *policy = policy_new(&settings, why, sizeof why);
	if (policy == NULL)
		err_set(error, UVTFTP_ERR_POLICY, "%s", why);
	mem_free(map);
	return policy;
}

struct policy *setup_policy(const struct uvtftp_server_options *options, struct uvtftp_error *error)
{
	struct policy *policy = NULL;
	struct policy_root *roots = mem_zalloc(options->root_count, sizeof *roots);
	struct policy_rule *rules = mem_zalloc(options->rule_count + 1, sizeof *rules);
	if (roots != NULL && rules != NULL)
		policy = build_policy(options, roots, rules, error);
	else
		err_set(error, UVTFTP_ERR_NOMEM, "out of memory");
	mem_free(roots);
	mem_free(rules);
	return policy;
}

static int explain(const struct uvtftp_root *root, int rc, struct uvtftp_error *error)
{
	if (rc == -ENOMEM)
		return err_set(error, UVTFTP_ERR_NOMEM, "out of memory");
	return err_set(error, UVTFTP_ERR_ROOT,
		       "cannot serve '%s': %s. Give the directory whose files are to be served",
		       root->path, uv_strerror(rc));
}

static int open_sink(struct setup_root *made, const struct uvtftp_root *root, struct sink_memory *memory,
		     struct uvtftp_error *error)
{
	static const enum sink_mode modes[] = {
	    [UVTFTP_WRITE_CREATE] = SINK_CREATE,
	    [UVTFTP_WRITE_OVERWRITE] = SINK_OVERWRITE,
	    [UVTFTP_WRITE_VERSION] = SINK_VERSION,
	    [UVTFTP_WRITE_EXISTING] = SINK_EXISTING,
	};
	if (root->write == UVTFTP_WRITE_NO)
		return 0;
	struct sink_options options = {
	    .root = root->path,
	    .mode = modes[root->write],
	    .file_mode = root->file_mode,
	    .uid = root->uid,
	    .gid = root->gid,
	    .makes_directories = root->make_directories,
	    .size_max = root->upload_bytes_max,
	    .quota_bytes = root->quota_bytes,
	    .client_quota_bytes = root->client_quota_bytes,
	    .memory = memory,
	};
	int rc = sink_new(&made->sink, &options);
	return rc == 0 ? 0 : explain(root, rc, error);
}

static int open_roots(struct setup *setup, const struct uvtftp_server_options *options,
		      struct sink_memory *memory, struct uvtftp_error *error)
{
	setup->roots = mem_zalloc(options->root_count, sizeof *setup->roots);
	if (setup->roots == NULL)
		return err_set(error, UVTFTP_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < options->root_count; i++) {
		const struct uvtftp_root *root = &options->roots[i];
		struct file_source_options files = {root->path, root->allow_private, root->ignore_case};
		setup->root_count = i + 1;
		int rc = file_source_new(&setup->roots[i].source, &files);
		if (rc != 0)
			return explain(root, rc, error);
		rc = open_sink(&setup->roots[i], root, memory, error);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int setup_new(struct setup **made, const struct uvtftp_server_options *options,
	      struct sink_memory *memory, struct uvtftp_error *error)
{
	int rc = setup_check(options, error);
	if (rc != 0)
		return rc;
	struct setup *setup = mem_zalloc(1, sizeof *setup);
	if (setup == NULL)
		return err_set(error, UVTFTP_ERR_NOMEM, "out of memory");
	atomic_init(&setup->holds, 1);
	setup->mtu = options->mtu;
	setup->allows_fragments = options->allow_fragments;
	setup->limits = (struct transfer_limits){
	    .options = {.blksize_max = options->blksize_max, .windowsize_max = options->windowsize_max},
	    .rto_floor_us = options->rto_min_ms * 1000u,
	    .rto_cap_us = TRANSFER_RTO_CAP_US,
	    .give_up_us = options->give_up_ms * 1000u,
	    .dally_us = 2 * TRANSFER_RTO_CAP_US,
	    .repeats_max = options->retries_max,
	};
	struct uvtftp_error own;
	struct uvtftp_error *why = error != NULL ? error : &own;
	setup->policy = setup_policy(options, why);
	rc = setup->policy == NULL ? why->code : open_roots(setup, options, memory, why);
	if (rc != 0) {
		setup_drop(setup);
		return rc;
	}
	*made = setup;
	return 0;
}

void setup_hold(struct setup *setup)
{
	atomic_fetch_add(&setup->holds, 1);
}

void setup_drop(struct setup *setup)
{
	if (setup == NULL || atomic_fetch_sub(&setup->holds, 1) > 1)
		return;
	for (size_t i = 0; i < setup->root_count; i++) {
		if (setup->roots[i].source != NULL)
			setup->roots[i].source->ops->close(setup->roots[i].source);
		sink_drop(setup->roots[i].sink);
	}
	policy_free(setup->policy);
	mem_free(setup->roots);
	mem_free(setup);
}

#include "uvtftpd/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "uvtftpd/config_file.h"
#include "uvtftpd/config_value.h"

/* The entry for the key, or its default in `room`, or NULL. */
static const char *const *find_texts(const struct config_section *section, const struct config_key *key,
				     size_t *count)
{
	const struct config_entry *entry = config_entry(section, key);
	*count = entry->count > 0 ? entry->count : key->fallback != NULL ? 1 : 0;
	return entry->count > 0 ? (const char *const *)entry->texts : &key->fallback;
}

static void apply(const struct config_section *section, const struct config_target *target)
{
	char why[CONFIG_WHY_MAX];
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		struct config_value value = {0};
		uint64_t bits = 0;
		if ((key->places & section->place) == 0)
			continue;
		value.texts = find_texts(section, key, &value.count);
		if (value.count == 0)
			continue;
		for (size_t k = 0; k < value.count; k++)
			if (config_parse(key, value.texts[k], &value, why))
				bits |= UINT64_C(1) << (value.number & 63);
		if (key->kind == CONFIG_CHOICE && key->is_list)
			value.number = bits;
		key->store(target, &value);
	}
}

static size_t count_sections(const struct config_section *section)
{
	size_t count = 0;
	for (; section != NULL; section = section->next)
		count++;
	return count;
}

static bool refuse(struct uvtftp_error *error, const struct config *config, unsigned line,
		   const char *text)
{
	error->code = UVTFTP_ERR_USAGE;
	snprintf(error->text, sizeof error->text, "%.200s:%u: %s", config->file, line, text);
	return false;
}

static bool check_required(const struct config *config, const struct config_section *section,
			   struct uvtftp_error *error)
{
	char text[200];
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		if ((key->places & section->place) == 0 || !key->is_required ||
		    config_entry(section, key)->count > 0)
			continue;
		snprintf(text, sizeof text, "directory '%s' needs the key '%s'", section->name,
			 key->name);
		return refuse(error, config, section->line, text);
	}
	return true;
}

/* The library would find it too, but does not know the line. */
static bool check_reference(const struct settings *settings, const struct config_section *section,
			    struct uvtftp_error *error)
{
	const struct config_entry *entry = config_entry(section, config_find(CONFIG_RULE, "directory"));
	const char *nearest = CONFIG_ROOT_NAME;
	char text[200];
	if (entry->count == 0)
		return true;
	for (size_t i = 0; i < settings->server.root_count; i++) {
		const char *const pair[] = {nearest, settings->roots[i].name};
		nearest = config_closest(pair, 2, entry->texts[0]);
	}
	if (strcmp(nearest, entry->texts[0]) == 0)
		return true;
	snprintf(text, sizeof text,
		 "key 'directory': '%.63s' is not a directory of this file; the nearest is '%s'",
		 entry->texts[0], nearest);
	return refuse(error, &settings->config, entry->line, text);
}

static bool build_roots(struct settings *settings, struct uvtftp_error *error)
{
	const struct config *config = &settings->config;
	struct uvtftp_root *root = settings->roots;
	const struct config_target top = {&settings->server, &settings->own, root, NULL};
	uvtftp_root_init(root);
	root->name = CONFIG_ROOT_NAME;
	apply(&config->top, &top);
	for (const struct config_section *at = config->directories; at != NULL; at = at->next) {
		const struct config_target target = {NULL, NULL, ++root, NULL};
		uvtftp_root_init(root);
		root->name = at->name;
		if (!check_required(config, at, error))
			return false;
		apply(at, &target);
	}
	return true;
}

static bool build_rules(struct settings *settings, struct uvtftp_error *error)
{
	struct uvtftp_rule *rule = settings->rules;
	for (const struct config_section *at = settings->config.rules; at != NULL; at = at->next) {
		const struct config_target target = {NULL, NULL, NULL, rule};
		uvtftp_rule_init(rule);
		rule->name = at->name;
		if (!check_reference(settings, at, error))
			return false;
		apply(at, &target);
		rule++;
	}
	return true;
}

static bool build(struct settings *settings, struct uvtftp_error *error)
{
	struct uvtftp_server_options *server = &settings->server;
	uvtftp_server_options_init(server);
	server->root_count = 1 + count_sections(settings->config.directories);
	server->rule_count = count_sections(settings->config.rules);
	server->roots = settings->roots = mem_zalloc(server->root_count, sizeof *settings->roots);
	server->rules = settings->rules = mem_zalloc(server->rule_count, sizeof *settings->rules);
	if (settings->roots == NULL || settings->rules == NULL) {
		error->code = UVTFTP_ERR_NOMEM;
		snprintf(error->text, sizeof error->text, "%s", uvtftp_error_text(UVTFTP_ERR_NOMEM));
		return false;
	}
	return build_roots(settings, error) && build_rules(settings, error);
}

static bool gather(struct config *config, const char *file, const struct config_section *command_line,
		   struct uvtftp_error *error)
{
	error->code = UVTFTP_ERR_NOMEM;
	snprintf(error->text, sizeof error->text, "%s", uvtftp_error_text(UVTFTP_ERR_NOMEM));
	return config_init(config) && (file == NULL || config_file_read(config, file, error)) &&
	       config_override(config, command_line);
}

bool settings_load(struct settings *settings, const char *file,
		   const struct config_section *command_line, struct uvtftp_error *error)
{
	*settings = (struct settings){0};
	if (gather(&settings->config, file, command_line, error) && build(settings, error))
		return true;
	settings_fini(settings);
	return false;
}

void settings_fini(struct settings *settings)
{
	mem_free(settings->roots);
	mem_free(settings->rules);
	config_fini(&settings->config);
	*settings = (struct settings){0};
}

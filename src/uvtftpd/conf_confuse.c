/* Configuration files by libconfuse. It has the grammar; keys, values and most messages are the table's. */
#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "uvtftpd/config_file.h"
#include "uvtftpd/config_scan.h"

struct reader {
	struct config *config;
	struct config_section *open; /* the directory or rule that is being read */
	const char *path;
	struct uvtftp_error *error;
	bool has_failed;
};

/* libconfuse hands its callbacks nothing of ours, and keeps its own state in globals too. */
static struct reader *reader;

static int fail(unsigned line, const char *text)
{
	char room[360];
	if (reader->has_failed)
		return -1;
	reader->has_failed = true;
	snprintf(room, sizeof room, "%s", text);
	reader->error->code = UVTFTP_ERR_USAGE;
	if (line == 0)
		snprintf(reader->error->text, sizeof reader->error->text, "%.120s: %s", reader->path,
			 room);
	else
		snprintf(reader->error->text, sizeof reader->error->text, "%.120s:%u: %s", reader->path,
			 line, room);
	return -1;
}

static enum config_place find_place(cfg_t *cfg)
{
	if (cfg_title(cfg) == NULL)
		return CONFIG_TOP;
	return strcmp(cfg_name(cfg), "rule") == 0 ? CONFIG_RULE : CONFIG_DIRECTORY;
}

/* The section that `cfg` is; it begins with its first key. */
static struct config_section *find_section(cfg_t *cfg)
{
	struct uvtftp_error error;
	enum config_place place = find_place(cfg);
	if (place == CONFIG_TOP)
		return &reader->config->top;
	if (reader->open == NULL) {
		reader->open =
		    config_open(reader->config, place, cfg_title(cfg), (unsigned)cfg->line, &error);
		if (reader->open == NULL)
			fail((unsigned)cfg->line, error.text);
	}
	return reader->open;
}

static int take_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	unsigned line = (unsigned)cfg->line;
	struct uvtftp_error error;
	char text[400];
	struct config_section *section = find_section(cfg);
	if (section == NULL)
		return -1;
	const struct config_key *key = config_find(section->place, opt->name);
	const struct config_entry *entry = config_entry(section, key);
	/* A list that begins anew would replace what stands there. */
	if (key->is_list && entry->count > 0 && cfg_opt_size(opt) == 1)
		snprintf(text, sizeof text, "key '%s': it is set twice, first on line %u; += adds",
			 key->name, entry->line);
	else if (!config_add(section, key, value, line, &error))
		snprintf(text, sizeof text, "key '%s': %.300s", key->name, error.text);
	else {
		*(const char **)result = value;
		return 0;
	}
	return fail(line, text);
}

/* Called at the closing brace, which is all there is of an empty section. */
static int end_section(cfg_t *cfg, cfg_opt_t *opt)
{
	(void)cfg;
	bool is_there = find_section(cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1)) != NULL;
	reader->open = NULL;
	return is_there ? 0 : -1;
}

static void describe_unknown(enum config_place place, const char *name, char *text, size_t room)
{
	static const char *const places[] = {
	    [CONFIG_TOP] = "at the top level",
	    [CONFIG_DIRECTORY] = "in directory NAME { }",
	    [CONFIG_RULE] = "in rule NAME { }",
	};
	for (unsigned other = CONFIG_TOP; other <= CONFIG_RULE; other <<= 1)
		if (config_find(other, name) != NULL) {
			snprintf(text, room, "key '%.60s' must not stand here, but %s", name,
				 places[other]);
			return;
		}
	const char *const words[] = {config_nearest(place, name), "directory", "rule"};
	snprintf(text, room, "there is no key '%.60s'; the nearest is '%s'", name,
		 config_closest(words, place == CONFIG_TOP ? 3 : 1, name));
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 0)))
#endif
static void
take_error(cfg_t *cfg, const char *format, va_list args)
{
	static const char unknown[] = "no such option '";
	char text[300], room[300];
	vsnprintf(text, sizeof text, format, args);
	size_t len = strlen(text);
	if (strncmp(text, unknown, strlen(unknown)) == 0 && text[len - 1] == '\'') {
		text[len - 1] = '\0';
		describe_unknown(find_place(cfg), text + strlen(unknown), room, sizeof room);
		memcpy(text, room, sizeof text);
	}
	fail((unsigned)cfg->line, text);
}

/* The keys of one place as libconfuse wants them: all of them texts, and our own function takes the values. */
static cfg_opt_t *list_keys(enum config_place place, size_t room)
{
	cfg_opt_t *opts = mem_zalloc(config_key_count + room + 1, sizeof *opts);
	size_t count = 0;
	for (size_t i = 0; opts != NULL && i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		cfg_opt_t scalar = CFG_STR_CB(key->name, NULL, CFGF_NODEFAULT, take_value);
		cfg_opt_t list = CFG_STR_LIST_CB(key->name, NULL, CFGF_NODEFAULT, take_value);
		if ((key->places & place) != 0)
			opts[count++] = key->is_list ? list : scalar;
	}
	if (opts != NULL)
		opts[count] = (cfg_opt_t)CFG_END();
	return opts;
}

static void add_section(cfg_opt_t *opts, const char *name, cfg_opt_t *keys)
{
	cfg_opt_t section = CFG_SEC(name, keys, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	section.validcb = end_section;
	while (opts->name != NULL)
		opts++;
	opts[0] = section;
	opts[1] = (cfg_opt_t)CFG_END();
}

static void parse(const char *text)
{
	cfg_opt_t *top = list_keys(CONFIG_TOP, 2);
	cfg_opt_t *directory = list_keys(CONFIG_DIRECTORY, 0);
	cfg_opt_t *rule = list_keys(CONFIG_RULE, 0);
	cfg_t *cfg = NULL;
	if (top != NULL && directory != NULL && rule != NULL) {
		add_section(top, "directory", directory);
		add_section(top, "rule", rule);
		cfg = cfg_init(top, CFGF_NONE);
	}
	if (cfg != NULL) {
		cfg_set_error_function(cfg, take_error);
		if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
			fail((unsigned)cfg->line, "this is not a configuration file");
		cfg_free(cfg);
	} else {
		fail(0, uvtftp_error_text(UVTFTP_ERR_NOMEM));
	}
	mem_free(top);
	mem_free(directory);
	mem_free(rule);
}

/* A whole file, with a NUL behind it. */
static char *read_text(const char *path, size_t *len)
{
	char *text = mem_alloc(CONFIG_FILE_BYTES_MAX + 2);
	FILE *file = text != NULL ? fopen(path, "r") : NULL;
	if (text == NULL)
		errno = ENOMEM;
	if (file == NULL) {
		fail(0, strerror(errno));
		mem_free(text);
		return NULL;
	}
	*len = fread(text, 1, CONFIG_FILE_BYTES_MAX + 1, file);
	text[*len] = '\0';
	int code = ferror(file) ? errno : 0;
	fclose(file);
	if (code == 0 && *len <= CONFIG_FILE_BYTES_MAX)
		return text;
	fail(0, code != 0 ? strerror(code) : "larger than a megabyte; that is no configuration file");
	mem_free(text);
	return NULL;
}

bool config_file_read(struct config *config, const char *path, struct uvtftp_error *error)
{
	struct reader here = {.config = config, .path = path, .error = error};
	char why[CONFIG_SCAN_WHY_MAX];
	unsigned line;
	size_t len;
	reader = &here;
	config->file = mem_copy(path, strlen(path));
	char *text = read_text(path, &len);
	if (text != NULL && config->file == NULL)
		fail(0, uvtftp_error_text(UVTFTP_ERR_NOMEM));
	else if (text != NULL && !config_scan(text, len, &line, why))
		fail(line, why);
	else if (text != NULL)
		parse(text);
	mem_free(text);
	reader = NULL;
	return !here.has_failed;
}

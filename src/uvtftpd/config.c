#include "uvtftpd/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "uvtftpd/config_value.h"

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static bool
refuse(struct uvtftp_error *error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error->code = UVTFTP_ERR_USAGE;
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return false;
}

static bool refuse_memory(struct uvtftp_error *error)
{
	refuse(error, "%s", uvtftp_error_text(UVTFTP_ERR_NOMEM));
	error->code = UVTFTP_ERR_NOMEM;
	return false;
}

static bool init_section(struct config_section *section, enum config_place place)
{
	*section = (struct config_section){.place = place};
	section->entries = mem_zalloc(config_key_count, sizeof *section->entries);
	return section->entries != NULL;
}

static void clear_entry(struct config_entry *entry)
{
	for (size_t i = 0; i < entry->count; i++)
		mem_free(entry->texts[i]);
	mem_free(entry->texts);
	*entry = (struct config_entry){0};
}

static void fini_section(struct config_section *section)
{
	for (size_t i = 0; section->entries != NULL && i < config_key_count; i++)
		clear_entry(&section->entries[i]);
	mem_free(section->entries);
	mem_free(section->name);
}

static void free_sections(struct config_section *section)
{
	while (section != NULL) {
		struct config_section *next = section->next;
		fini_section(section);
		mem_free(section);
		section = next;
	}
}

bool config_init(struct config *config)
{
	*config = (struct config){0};
	return init_section(&config->top, CONFIG_TOP);
}

void config_fini(struct config *config)
{
	fini_section(&config->top);
	free_sections(config->directories);
	free_sections(config->rules);
	mem_free(config->file);
	*config = (struct config){0};
}

static struct config_entry *find_entry(const struct config_section *section,
				       const struct config_key *key)
{
	return &section->entries[key - config_keys];
}

const struct config_entry *config_entry(const struct config_section *section,
					const struct config_key *key)
{
	return find_entry(section, key);
}

void config_clear(struct config_section *section, const struct config_key *key)
{
	clear_entry(find_entry(section, key));
}

/* The whole of a short list again for each item: lists are short. */
static bool append(struct config_entry *entry, const char *text)
{
	char **texts = mem_zalloc(entry->count + 1, sizeof *texts);
	char *copy = mem_copy(text, strlen(text));
	if (texts == NULL || copy == NULL) {
		mem_free(texts);
		mem_free(copy);
		return false;
	}
	if (entry->count > 0)
		memcpy(texts, entry->texts, entry->count * sizeof *texts);
	mem_free(entry->texts);
	entry->texts = texts;
	entry->texts[entry->count++] = copy;
	return true;
}

static bool check(const struct config_entry *entry, const struct config_key *key, const char *text,
		  struct uvtftp_error *error)
{
	struct config_value value;
	char why[CONFIG_WHY_MAX];
	size_t most = !key->is_list ? 1 : key->items_max != 0 ? key->items_max : CONFIG_ITEMS_MAX;
	if (strlen(text) > CONFIG_TEXT_MAX)
		return refuse(error, "the value is too long; at most %d bytes are allowed",
			      CONFIG_TEXT_MAX);
	if (!config_parse(key, text, &value, why))
		return refuse(error, "%s", why);
	if (entry->count < most)
		return true;
	if (key->is_list)
		return refuse(error, "'%.150s' is one too many; at most %zu are allowed", text, most);
	return refuse(error, "it is set twice, first on line %u", entry->line);
}

bool config_add(struct config_section *section, const struct config_key *key, const char *text,
		unsigned line, struct uvtftp_error *error)
{
	struct config_entry *entry = find_entry(section, key);
	char normal[CONFIG_TEXT_MAX + 1];
	if (!check(entry, key, text, error))
		return false;
	config_normalise(key, text, normal, sizeof normal);
	if (!append(entry, normal))
		return refuse_memory(error);
	if (entry->count == 1)
		entry->line = line;
	return true;
}

/* It will stand in log lines. */
static bool is_name(const char *name)
{
	size_t len = 0;
	for (; name[len] != '\0'; len++)
		if ((unsigned char)name[len] < 0x20 || name[len] == 0x7f)
			return false;
	return len > 0 && len <= CONFIG_NAME_MAX;
}

static bool check_name(const struct config_section *first, enum config_place place, const char *name,
		       struct uvtftp_error *error)
{
	const char *what = place == CONFIG_RULE ? "rule" : "directory";
	size_t count = 0;
	if (!is_name(name))
		return refuse(error, "'%.80s' is not a name for a %s; 1 to %d characters are", name,
			      what, CONFIG_NAME_MAX);
	if (place == CONFIG_DIRECTORY && strcmp(name, CONFIG_ROOT_NAME) == 0)
		return refuse(
		    error,
		    "the directory '%s' is the one that the key 'root' names; choose another name",
		    name);
	for (const struct config_section *at = first; at != NULL; at = at->next) {
		if (strcmp(at->name, name) == 0)
			return refuse(error, "there is a %s '%s' already, on line %u", what, name,
				      at->line);
		count++;
	}
	if (count >= CONFIG_SECTIONS_MAX)
		return refuse(error, "the %s '%s' is one too many; at most %d are allowed", what, name,
			      CONFIG_SECTIONS_MAX);
	return true;
}

struct config_section *config_open(struct config *config, enum config_place place, const char *name,
				   unsigned line, struct uvtftp_error *error)
{
	struct config_section **at = place == CONFIG_RULE ? &config->rules : &config->directories;
	if (!check_name(*at, place, name, error))
		return NULL;
	struct config_section *section = mem_alloc(sizeof *section);
	if (section == NULL || !init_section(section, place) ||
	    (section->name = mem_copy(name, strlen(name))) == NULL) {
		if (section != NULL)
			fini_section(section);
		mem_free(section);
		refuse_memory(error);
		return NULL;
	}
	section->line = line;
	while (*at != NULL)
		at = &(*at)->next;
	*at = section;
	return section;
}

bool config_override(struct config *config, const struct config_section *over)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_entry *from = &over->entries[i];
		struct config_entry *entry = &config->top.entries[i];
		if (from->count == 0)
			continue;
		clear_entry(entry);
		for (size_t k = 0; k < from->count; k++)
			if (!append(entry, from->texts[k]))
				return false;
	}
	return true;
}

bool config_is_same(const struct config_section *a, const struct config_section *b,
		    const struct config_key *key)
{
	const struct config_entry *left = find_entry(a, key), *right = find_entry(b, key);
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++)
		if (strcmp(left->texts[i], right->texts[i]) != 0)
			return false;
	return true;
}

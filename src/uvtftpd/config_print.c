#include "uvtftpd/config_print.h"

#include <string.h>

#include "uvtftpd/config_value.h"

#define WIDTH 100

/* libconfuse replaces ${NAME} in such a text and knows C's escapes. */
static void print_text(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		if (byte == '"' || byte == '\\' || byte == '$')
			fprintf(out, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7f)
			fprintf(out, "\\%03o", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

static bool is_quoted(const struct config_key *key)
{
	return key->kind != CONFIG_SWITCH && key->kind != CONFIG_NUMBER && key->kind != CONFIG_SIZE &&
	       key->kind != CONFIG_SECONDS && key->kind != CONFIG_OCTAL;
}

/* "cache = 64M" */
static void print_setting(const struct config_key *key, const char *const *texts, size_t count,
			  const char *before, FILE *out)
{
	fprintf(out, "%s%s = %s", before, key->name, key->is_list ? "{" : "");
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%s", i > 0 ? ", " : "");
		if (is_quoted(key))
			print_text(texts[i], out);
		else
			fprintf(out, "%s", texts[i]);
	}
	fprintf(out, "%s\n", key->is_list ? "}" : "");
}

static void print_section(const struct config_section *section, bool has_defaults, const char *before,
			  FILE *out)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		const struct config_entry *entry = config_entry(section, key);
		if ((key->places & section->place) == 0)
			continue;
		if (entry->count > 0)
			print_setting(key, (const char *const *)entry->texts, entry->count, before, out);
		else if (has_defaults && key->fallback != NULL)
			print_setting(key, &key->fallback, 1, before, out);
		else if (has_defaults)
			fprintf(out, "%s# %s: %s\n", before, key->name, key->without);
	}
}

static void print_sections(const char *what, const struct config_section *section, bool has_defaults,
			   FILE *out)
{
	for (; section != NULL; section = section->next) {
		fprintf(out, "\n%s ", what);
		print_text(section->name, out);
		fprintf(out, " {\n");
		print_section(section, has_defaults, "\t", out);
		fprintf(out, "}\n");
	}
}

static void print_all(const struct config *config, bool has_defaults, FILE *out)
{
	print_section(&config->top, has_defaults, "", out);
	print_sections("directory", config->directories, has_defaults, out);
	print_sections("rule", config->rules, has_defaults, out);
}

void config_print(const struct config *config, FILE *out)
{
	print_all(config, true, out);
}

void config_print_set(const struct config *config, FILE *out)
{
	print_all(config, false, out);
}

/* Comment lines of one screen's width. */
static void print_comment(const char *text, const char *before, FILE *out)
{
	size_t begin = 1 + (before[0] == '\t' ? 8 : 0), column = begin;
	fprintf(out, "%s#", before);
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		if (column + 1 + len > WIDTH) {
			fprintf(out, "\n%s#", before);
			column = begin;
		}
		fprintf(out, " %.*s", (int)len, text);
		column += 1 + len;
		text += len;
		text += *text == ' ';
	}
	fputc('\n', out);
}

/* One key with all that is known of it; `before` is how its lines begin. */
static void print_sample_key(const struct config_key *key, const char *before, FILE *out)
{
	char allowed[200], line[400];
	const char *const *example = key->fallback != NULL ? &key->fallback : &key->example;
	config_describe(key, allowed, sizeof allowed);
	fputc('\n', out);
	print_comment(key->help, before, out);
	if (key->detail != NULL)
		print_comment(key->detail, before, out);
	snprintf(line, sizeof line, "Value: %s%s. Default: %s.%s", key->is_list ? "a list of " : "",
		 allowed, key->fallback != NULL ? key->fallback : key->without,
		 key->needs_restart ? " A change needs a restart." : "");
	print_comment(line, before, out);
	fprintf(out, "#");
	print_setting(key, example, 1, before, out);
}

static void print_sample_place(enum config_place place, const char *before, FILE *out)
{
	for (size_t i = 0; i < config_key_count; i++)
		if ((config_keys[i].places & place) != 0)
			print_sample_key(&config_keys[i], before, out);
}

void config_print_sample(FILE *out)
{
	fprintf(out,
		"# Configuration of uvtftpd, with every key there is. See uvtftpd.conf(5).\n"
		"# A '#' without a space behind it stands before settings: take it away to set them.\n"
		"# SIGHUP makes a running uvtftpd read this file again; 'uvtftpd -c FILE "
		"--check-config' tries it.\n");
	print_sample_place(CONFIG_TOP, "", out);
	fprintf(out, "\n# Another directory, for the rules to choose. It has settings of its own: those "
		     "above are not\n# its defaults.\n#directory \"other\" {\n");
	print_sample_place(CONFIG_DIRECTORY, "\t", out);
	fprintf(out,
		"#}\n\n# Rules are gone through in order. One that has none of client, local, name and "
		"operation is for\n# every request.\n#rule \"example\" {\n");
	print_sample_place(CONFIG_RULE, "\t", out);
	fprintf(out, "#}\n");
}

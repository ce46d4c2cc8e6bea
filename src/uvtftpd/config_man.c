#include "uvtftpd/config_print.h"

#include <string.h>

#include "uvtftpd/config_value.h"

/* Words of mdoc in a text are none: a line of text must not begin with a dot or a quote, and '-' is a hyphen. */
static void print_words(const char *text, FILE *out)
{
	if (*text == '.' || *text == '\'')
		fprintf(out, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fprintf(out, "\\e");
		else if (*text == '~')
			fprintf(out, "\\(ti");
		else
			fputc(*text, out);
		/* Sentences begin on lines of their own. */
		if (text[0] == '.' && text[1] == ' ') {
			fputc('\n', out);
			text++;
		}
	}
}

static void print_sentence(const char *text, FILE *out)
{
	size_t len = strlen(text);
	print_words(text, out);
	fprintf(out, "%s\n", len > 0 && text[len - 1] == '.' ? "" : ".");
}

static void print_key(const struct config_key *key, FILE *out)
{
	char allowed[200], line[400];
	const char *value = key->kind == CONFIG_SWITCH ? "SWITCH" : key->value;
	config_describe(key, allowed, sizeof allowed);
	fprintf(out, ".It Ic %s No = ", key->name);
	if (key->is_list)
		fprintf(out, "{ Ar %s , No ... }\n", value);
	else
		fprintf(out, "Ar %s\n", value);
	snprintf(line, sizeof line, "%c%s",
		 key->help[0] >= 'a' && key->help[0] <= 'z' ? key->help[0] - 'a' + 'A' : key->help[0],
		 key->help + 1);
	print_sentence(line, out);
	if (key->detail != NULL)
		print_sentence(key->detail, out);
	snprintf(line, sizeof line, "Allowed: %s%s", key->is_list ? "a list of " : "", allowed);
	print_sentence(line, out);
	snprintf(line, sizeof line, "Default: %s", key->fallback != NULL ? key->fallback : key->without);
	print_sentence(line, out);
	if (key->needs_restart)
		print_sentence("A change needs a restart", out);
}

static void print_place(enum config_place place, const char *title, FILE *out)
{
	fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", title);
	for (size_t i = 0; i < config_key_count; i++)
		if ((config_keys[i].places & place) != 0)
			print_key(&config_keys[i], out);
	fprintf(out, ".El\n");
}

void config_print_man(FILE *out)
{
	print_place(CONFIG_TOP, "Keys at the top level", out);
	print_place(CONFIG_DIRECTORY, "Keys in directory NAME { }", out);
	print_place(CONFIG_RULE, "Keys in rule NAME { }", out);
}

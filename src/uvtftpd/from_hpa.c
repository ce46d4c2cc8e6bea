/* The file is read by a shell and its words go to in.tftpd: assignments are taken apart as a shell would as far as
 * they are plain texts, then the words as in.tftpd(8) has them. Nothing is run and nothing is expanded. */
#include "uvtftpd/from_hpa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "uvtftpd/config_print.h"

#define BLANKS        " \t\r\n"
#define USUAL_ADDRESS ":69"

struct from {
	struct config config;
	FILE *out;
	char directory[FROM_HPA_LINE_MAX];
	char address[FROM_HPA_LINE_MAX];
	char options[FROM_HPA_LINE_MAX];
	char user[FROM_HPA_LINE_MAX];
	bool is_secure, is_creating, is_permissive, has_umask, wants_v4, wants_v6;
	struct config_section *refusals; /* the rule for --refuse; NULL: none yet */
};

struct flag {
	char letter;
	const char *name;
	bool has_value;
	void (*take)(struct from *from, const char *value); /* NULL: nothing is lost without it */
};

static void note(struct from *from, const char *what, const char *value, const char *why)
{
	fprintf(from->out, "# %s", what);
	for (; *value != '\0'; value++)
		fputc((unsigned char)*value < 0x20 || *value == 0x7f ? '?' : *value, from->out);
	fprintf(from->out, ": %s\n", why);
}

static void set_in(struct from *from, struct config_section *section, const char *name,
		   const char *value)
{
	struct uvtftp_error error;
	const struct config_key *key = config_find(section->place, name);
	if (!key->is_list)
		config_clear(section, key);
	if (!config_add(section, key, value, 0, &error))
		note(from, name, "", error.text);
}

static void set(struct from *from, const char *name, const char *value)
{
	set_in(from, &from->config.top, name, value);
}

/* --- what the options of in.tftpd become ----------------------------------------------------------- */

static void take_v4(struct from *from, const char *value)
{
	(void)value;
	from->wants_v4 = true;
}

static void take_v6(struct from *from, const char *value)
{
	(void)value;
	from->wants_v6 = true;
}

static void take_address(struct from *from, const char *value)
{
	snprintf(from->address, sizeof from->address, "%s", value);
}

static void take_user(struct from *from, const char *value)
{
	snprintf(from->user, sizeof from->user, "%s", value);
}

static void take_create(struct from *from, const char *value)
{
	(void)value;
	from->is_creating = true;
}

static void take_secure(struct from *from, const char *value)
{
	(void)value;
	from->is_secure = true;
}

static void take_permissive(struct from *from, const char *value)
{
	(void)value;
	from->is_permissive = true;
}

static void take_umask(struct from *from, const char *value)
{
	char *end, mode[8];
	unsigned long mask = strtoul(value, &end, 8);
	if (*end != '\0' || end == value || mask > 0777) {
		note(from, "--umask ", value, "not an octal number");
		return;
	}
	snprintf(mode, sizeof mode, "0%lo", 0666 & ~mask);
	set(from, "upload-mode", mode);
	from->has_umask = true;
}

static void take_map(struct from *from, const char *value)
{
	set(from, "map-file", value);
}

static void take_blocksize(struct from *from, const char *value)
{
	set(from, "max-blksize", value);
}

static void take_ports(struct from *from, const char *value)
{
	char text[32];
	snprintf(text, sizeof text, "%s", value);
	char *colon = strchr(text, ':');
	if (colon != NULL)
		*colon = '-';
	set(from, "port-range", text);
}

static void take_refusal(struct from *from, const char *value)
{
	struct uvtftp_error error;
	/* Options that only in.tftpd knows are never granted here. */
	if (strcmp(value, "blksize2") == 0 || strcmp(value, "utimeout") == 0)
		return;
	if (from->refusals == NULL)
		from->refusals = config_open(&from->config, CONFIG_RULE, "refused options", 0, &error);
	if (from->refusals == NULL)
		note(from, "--refuse ", value, error.text);
	else
		set_in(from, from->refusals, "refuse-options", value);
}

static void take_clock(struct from *from, const char *value)
{
	note(from, "--retransmit ", value, "not needed, the interval is measured for each client");
}

static const struct flag flags[] = {
    {'4', "ipv4", false, take_v4},         {'6', "ipv6", false, take_v6},
    {'l', "listen", false, NULL},          {'L', "foreground", false, NULL},
    {'a', "address", true, take_address},  {'c', "create", false, take_create},
    {'s', "secure", false, take_secure},   {'u', "user", true, take_user},
    {'U', "umask", true, take_umask},      {'p', "permissive", false, take_permissive},
    {'P', "pidfile", true, NULL},          {'t', "timeout", true, NULL},
    {'T', "retransmit", true, take_clock}, {'m', "map-file", true, take_map},
    {'v', "verbose", false, NULL},         {0, "verbosity", true, NULL},
    {'r', "refuse", true, take_refusal},   {'B', "blocksize", true, take_blocksize},
    {'R', "port-range", true, take_ports},
};

#define FLAG_COUNT (sizeof flags / sizeof flags[0])

/* The flag of "--name", "--na" or "--name=value"; NULL: there is none, or several begin so. */
static const struct flag *find_long(const char *word)
{
	size_t len = strcspn(word, "=");
	const struct flag *found = NULL;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (strncmp(flags[i].name, word, len) != 0)
			continue;
		if (flags[i].name[len] == '\0')
			return &flags[i];
		if (found != NULL)
			return NULL;
		found = &flags[i];
	}
	return found;
}

static const struct flag *find_letter(char letter)
{
	for (size_t i = 0; i < FLAG_COUNT; i++)
		if (flags[i].letter == letter)
			return &flags[i];
	return NULL;
}

/* The flag at `at`, which ends with `behind` if that has its value. Returns how many of the next words it took. */
static size_t take_flag(struct from *from, const struct flag *flag, const char *behind, const char *next)
{
	const char *value = behind != NULL ? behind : next;
	if (flag->has_value && value == NULL) {
		note(from, "--", flag->name, "its value is missing");
		return 0;
	}
	if (flag->take != NULL)
		flag->take(from, flag->has_value ? value : "");
	return flag->has_value && behind == NULL ? 1 : 0;
}

static size_t take_word(struct from *from, const char *word, const char *next)
{
	const struct flag *flag;
	if (word[0] == '-' && word[1] == '-') {
		const char *value = strchr(word, '=');
		flag = find_long(word + 2);
		if (flag != NULL)
			return take_flag(from, flag, value != NULL ? value + 1 : NULL, next);
	} else if (word[0] == '-' && word[1] != '\0') {
		for (const char *letter = word + 1; *letter != '\0'; letter++) {
			flag = find_letter(*letter);
			if (flag == NULL)
				note(from, "option of ", word, "not understood");
			else if (flag->has_value)
				return take_flag(from, flag, letter[1] != '\0' ? letter + 1 : NULL,
						 next);
			else
				take_flag(from, flag, NULL, NULL);
		}
		return 0;
	}
	note(from, "option ", word, "not understood");
	return 0;
}

static void take_options(struct from *from)
{
	char *words[FROM_HPA_WORDS_MAX + 1], *rest = NULL;
	size_t count = 0;
	for (char *word = strtok_r(from->options, BLANKS, &rest); word != NULL;
	     word = strtok_r(NULL, BLANKS, &rest)) {
		if (count == FROM_HPA_WORDS_MAX) {
			note(from, "option ", word,
			     "too many options: this one and those behind it are left out");
			break;
		}
		words[count++] = word;
	}
	words[count] = NULL;
	for (size_t i = 0; i < count; i++)
		i += take_word(from, words[i], words[i + 1]);
}

/* --- the variables ---------------------------------------------------------------------------------- */

static void settle_directory(struct from *from)
{
	char *rest = NULL;
	char *first = strtok_r(from->directory, BLANKS, &rest);
	if (first == NULL)
		return;
	set(from, "root", first);
	if (!from->is_secure)
		note(from, "without --secure", "",
		     "clients ask by names such as /srv/tftp/file; here each name is taken as beneath "
		     "the root. A "
		     "map file can take the directory away: r ^/srv/tftp/");
	for (char *next; (next = strtok_r(NULL, BLANKS, &rest)) != NULL;)
		note(from, "directory ", next,
		     "only one is served by default; see DIRECTORIES in uvtftpd.conf(5)");
}

static void settle_address(struct from *from)
{
	char text[FROM_HPA_LINE_MAX + 16];
	bool is_port_only = from->address[0] == ':';
	const char *host = !is_port_only || from->wants_v4 == from->wants_v6 ? "" : "0.0.0.0";
	if (is_port_only && from->wants_v6 && !from->wants_v4)
		host = "[::]";
	snprintf(text, sizeof text, "%s%s", host, from->address);
	if (text[0] != '\0' && strcmp(text, USUAL_ADDRESS) != 0)
		set(from, "listen", text);
}

static void settle_uploads(struct from *from)
{
	set(from, "write", from->is_creating ? "create" : "existing");
	if (from->is_creating)
		note(from, "--create", "",
		     "files that everybody may write could be replaced too; write = \"overwrite\" "
		     "replaces any");
	if (!from->has_umask && !from->is_permissive)
		set(from, "upload-mode", "0666");
	if (from->is_permissive)
		set(from, "allow-private", "true");
	if (from->user[0] != '\0')
		note(from, "user ", from->user,
		     "who starts uvtftpd says whom it runs as; its unit says uvtftpd");
}

/* --- the file ----------------------------------------------------------------------------------------- */

/* Takes the quotes and backslashes of one shell word away, in its own room. False: it is more than a plain text. */
static bool unquote(char *text)
{
	char quote = '\0', *to = text;
	for (; *text != '\0'; text++) {
		if (quote == '\0' && strchr(BLANKS ";#", *text) != NULL)
			break;
		if ((*text == '"' || *text == '\'') && (quote == '\0' || quote == *text))
			quote = quote == '\0' ? *text : '\0';
		else if ((*text == '$' || *text == '`') && quote != '\'')
			return false;
		else if (*text == '\\' && quote != '\'' && text[1] != '\0')
			*to++ = *++text;
		else
			*to++ = *text;
	}
	*to = '\0';
	return quote == '\0';
}

static void read_line(struct from *from, char *line)
{
	const struct {
		const char *name;
		char *room;
	} variables[] = {{"TFTP_DIRECTORY=", from->directory},
			 {"TFTP_ADDRESS=", from->address},
			 {"TFTP_OPTIONS=", from->options},
			 {"TFTP_USERNAME=", from->user}};
	line += strspn(line, BLANKS);
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		size_t len = strlen(variables[i].name);
		if (strncmp(line, variables[i].name, len) != 0)
			continue;
		if (unquote(line + len))
			memcpy(variables[i].room, line + len, strlen(line + len) + 1);
		else
			note(from, "line ", line, "only plain texts are taken over");
	}
}

static bool read_file(struct from *from, const char *path, struct uvtftp_error *error)
{
	char line[FROM_HPA_LINE_MAX];
	FILE *file = fopen(path, "r");
	bool is_read = file != NULL;
	if (is_read)
		fprintf(from->out, "# Made from %s by uvtftpd --from-tftpd-hpa.\n", path);
	while (is_read && fgets(line, sizeof line, file) != NULL)
		read_line(from, line);
	if (file != NULL) {
		is_read = ferror(file) == 0;
		fclose(file);
	}
	if (!is_read)
		snprintf(error->text, sizeof error->text, "cannot read %.400s: %s", path,
			 strerror(errno));
	return is_read;
}

bool from_hpa_print(const char *path, FILE *out, struct uvtftp_error *error)
{
	struct from from = {.out = out, .address = USUAL_ADDRESS};
	*error = (struct uvtftp_error){UVTFTP_ERR_SYSTEM, "out of memory"};
	if (!config_init(&from.config)) {
		config_fini(&from.config);
		return false;
	}
	bool is_read = read_file(&from, path, error);
	if (is_read) {
		take_options(&from);
		settle_directory(&from);
		settle_address(&from);
		settle_uploads(&from);
		config_print_set(&from.config, out);
	}
	config_fini(&from.config);
	return is_read;
}

#include "uvtftpd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "uvtftpd/config_print.h"
#include "uvtftpd/from_hpa.h"

/* More rows than the table will ever have. */
#define KEYS_MAX 128
/* getopt_long's value for the key at index 0. */
#define KEY_VALUE 256

struct parser {
	struct options *options;
	struct option longs[KEYS_MAX + 1];
	char shorts[2 * KEYS_MAX + 2];
	enum options_verdict verdict;  /* so far */
	const struct config_key *bare; /* a flag that came without the value it may have */
};

/* The value of the flag where it has none on the command line; NULL: it must have one. */
static const char *find_bare(const struct config_key *key)
{
	return key->kind == CONFIG_SWITCH ? "true" : key->bare;
}

static void prepare(struct parser *parser)
{
	size_t at = 0, count = 0;
	parser->shorts[at++] = ':';
	for (size_t i = 0; i < config_key_count && count < KEYS_MAX; i++) {
		const struct config_key *key = &config_keys[i];
		bool is_switch = key->kind == CONFIG_SWITCH;
		int has_value = is_switch           ? no_argument
				: key->bare != NULL ? optional_argument
						    : required_argument;
		if ((key->places & CONFIG_FLAG) == 0)
			continue;
		parser->longs[count++] = (struct option){key->name, has_value, NULL, KEY_VALUE + (int)i};
		if (key->letter == 0)
			continue;
		parser->shorts[at++] = key->letter;
		if (!is_switch)
			parser->shorts[at++] = ':';
	}
}

static const struct config_key *find_key(int value)
{
	if (value >= KEY_VALUE && value < KEY_VALUE + (int)config_key_count)
		return &config_keys[value - KEY_VALUE];
	for (size_t i = 0; i < config_key_count; i++)
		if (value != 0 && value == config_keys[i].letter)
			return &config_keys[i];
	return NULL;
}

/* `word` is what getopt_long stumbled over, `value` what it made of it. */
static enum options_verdict complain(int result, int value, const char *word)
{
	const struct config_key *key = find_key(value);
	if (result == ':' && key != NULL)
		fprintf(stderr, "uvtftpd: --%s needs a value. 'uvtftpd --help' lists the options\n",
			key->name);
	else if (key != NULL)
		fprintf(stderr, "uvtftpd: --%s takes no value. 'uvtftpd --help' lists the options\n",
			key->name);
	else if (value != 0)
		fprintf(stderr, "uvtftpd: unknown option '-%c'. 'uvtftpd --help' lists the options\n",
			value);
	else
		fprintf(stderr, "uvtftpd: unknown option '%s'. 'uvtftpd --help' lists the options\n",
			word);
	return OPTIONS_BAD;
}

/* On the command line the last one of a key wins; lists grow. */
static bool set(struct options *options, const char *called, const struct config_key *key,
		const char *text)
{
	struct uvtftp_error error;
	if (!key->is_list)
		config_clear(&options->config.top, key);
	if (config_add(&options->config.top, key, text, 0, &error))
		return true;
	fprintf(stderr, "uvtftpd: %s%s: %s\n", key->places & CONFIG_FLAG ? "--" : "", called,
		error.text);
	return false;
}

static enum options_verdict set_flag(struct parser *parser, const struct config_key *key,
				     const char *text)
{
	bool is_set = true;
	if (key->alias != NULL)
		is_set =
		    set(parser->options, key->name, config_find(CONFIG_FLAG, key->alias), key->alias_to);
	else if (text == NULL && key->bare != NULL)
		parser->bare = key;
	else
		is_set = set(parser->options, key->name, key, text != NULL ? text : find_bare(key));
	return is_set ? OPTIONS_RUN : OPTIONS_BAD;
}

static enum options_verdict convert_hpa(const char *path)
{
	struct uvtftp_error error;
	if (from_hpa_print(path, stdout, &error))
		return OPTIONS_EXIT;
	fprintf(stderr, "uvtftpd: --from-tftpd-hpa: %s\n", error.text);
	return OPTIONS_BAD;
}

static enum options_verdict take(struct parser *parser, const struct config_key *key, const char *text)
{
	switch (key->command) {
	case CONFIG_SET:
		return set_flag(parser, key, text);
	case CONFIG_COMMAND_FILE:
		parser->options->file = text;
		return OPTIONS_RUN;
	case CONFIG_COMMAND_CHECK:
		parser->verdict = OPTIONS_CHECK;
		return OPTIONS_RUN;
	case CONFIG_COMMAND_EXPLAIN:
		parser->verdict = OPTIONS_EXPLAIN;
		return OPTIONS_RUN;
	case CONFIG_COMMAND_PRINT:
		parser->verdict = OPTIONS_PRINT;
		return OPTIONS_RUN;
	case CONFIG_COMMAND_SAMPLE:
		config_print_sample(stdout);
		break;
	case CONFIG_COMMAND_MAN:
		config_print_man(stdout);
		break;
	case CONFIG_COMMAND_FROM_HPA:
		return convert_hpa(text);
	case CONFIG_COMMAND_HELP:
		config_print_help(stdout);
		break;
	case CONFIG_COMMAND_VERSION:
		printf("uvtftpd %s\n", uvtftp_version());
		break;
	}
	return OPTIONS_EXIT;
}

/* CLIENT and NAME come first where a request is explained, then ROOT. */
static enum options_verdict take_words(struct parser *parser, int count, char **words)
{
	struct options *options = parser->options;
	bool is_explaining = parser->verdict == OPTIONS_EXPLAIN;
	if (is_explaining && count < 2) {
		fprintf(stderr, "uvtftpd: --explain needs two arguments, CLIENT and NAME, and may have "
				"ROOT behind them\n");
		return OPTIONS_BAD;
	}
	if (is_explaining) {
		options->client = words[0];
		options->name = words[1];
		options->is_write = parser->bare != NULL;
		words += 2;
		count -= 2;
	}
	if (count > 1) {
		fprintf(stderr, "uvtftpd: one directory to serve, please, not '%s' and '%s'\n", words[0],
			words[1]);
		return OPTIONS_BAD;
	}
	if (!is_explaining && parser->bare != NULL &&
	    config_entry(&options->config.top, parser->bare)->count == 0 &&
	    !set(options, parser->bare->name, parser->bare, parser->bare->bare))
		return OPTIONS_BAD;
	if (count == 1 && !set(options, "ROOT", config_find(CONFIG_TOP, "root"), words[0]))
		return OPTIONS_BAD;
	struct stat there;
	if (count == 0 && options->file == NULL && stat(CONFIG_FILE_DEFAULT, &there) == 0)
		options->file = CONFIG_FILE_DEFAULT;
	return parser->verdict;
}

enum options_verdict options_parse(struct options *options, int argc, char **argv)
{
	struct parser parser = {.options = options, .verdict = OPTIONS_RUN};
	*options = (struct options){0};
	if (!config_init(&options->config)) {
		fprintf(stderr, "uvtftpd: %s\n", uvtftp_error_text(UVTFTP_ERR_NOMEM));
		return OPTIONS_BAD;
	}
	prepare(&parser);
	opterr = 0;
	for (;;) {
		int result = getopt_long(argc, argv, parser.shorts, parser.longs, NULL);
		if (result == -1)
			return take_words(&parser, argc - optind, argv + optind);
		if (result == '?' || result == ':')
			return complain(result, optopt, argv[optind - 1]);
		enum options_verdict verdict = take(&parser, find_key(result), optarg);
		if (verdict != OPTIONS_RUN)
			return verdict;
	}
}

void options_fini(struct options *options)
{
	config_fini(&options->config);
}

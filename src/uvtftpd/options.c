#include "uvtftpd/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a value is, and so where its range is written. */
enum kind { KIND_FLAG, KIND_NUMBER, KIND_SIZE, KIND_SPECIAL };

struct row {
	const char *name;
	char letter; /* or 0 */
	enum kind kind;
	const char *value; /* its name in --help */
	const char *help;
	uint64_t min;
	uint64_t max;
	/* Stores the parsed number (flags: 1) or, for KIND_SPECIAL, the text. False: the text is not valid;
	 * `allowed` says what is. */
	bool (*store)(struct options *options, uint64_t number, const char *text);
	const char *allowed;
};

static bool store_listen(struct options *options, uint64_t number, const char *text)
{
	(void)number;
	if (options->server.listen_count == OPTIONS_LISTEN_MAX)
		return false;
	options->listen[options->server.listen_count++] = text;
	return true;
}

static bool store_port_range(struct options *options, uint64_t number, const char *text)
{
	(void)number;
	unsigned low, high;
	char end;
	if (!isdigit((unsigned char)text[0]) || sscanf(text, "%5u-%5u%c", &low, &high, &end) != 2 ||
	    low == 0 || low > high || high > 65535)
		return false;
	options->server.port_low = (uint16_t)low;
	options->server.port_high = (uint16_t)high;
	return true;
}

static bool store_log_level(struct options *options, uint64_t number, const char *text)
{
	(void)number;
	static const char *const names[] = {"error", "warning", "info", "debug"};
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		options->server.log_level = (enum uvtftp_log_level)i;
		return true;
	}
	return false;
}

#define STORE(function, statement)                                                                      \
	static bool function(struct options *options, uint64_t number, const char *text)                \
	{                                                                                               \
		(void)text;                                                                             \
		(void)number;                                                                           \
		statement;                                                                              \
		return true;                                                                            \
	}

STORE(store_workers, options->server.workers = (unsigned)number)
STORE(store_cache, options->server.cache_bytes = number)
STORE(store_single_port, options->server.is_single_port = true)
STORE(store_endpoints, options->server.endpoints = (unsigned)number)
STORE(store_sessions, options->server.sessions_max = (unsigned)number)
STORE(store_private, options->server.allow_private = true)
STORE(store_blksize, options->server.blksize_max = (unsigned)number)
STORE(store_windowsize, options->server.windowsize_max = (unsigned)number)
STORE(store_give_up, options->server.give_up_ms = (unsigned)number * 1000)
STORE(store_drain, options->drain_s = (unsigned)number)
STORE(store_socket_buffer, options->server.socket_buffer_bytes = (unsigned)number)
STORE(store_verbose, options->server.log_level = UVTFTP_LOG_DEBUG)
STORE(store_quiet, options->server.log_level = UVTFTP_LOG_WARNING)

static const struct row rows[] = {
    {"listen", 'l', KIND_SPECIAL, "ADDR:PORT", "where to take requests; may be repeated [:69]", 0, 0,
     store_listen, "at most 16 of ADDR:PORT, [V6ADDR]:PORT or :PORT"},
    {"single-port", 0, KIND_FLAG, NULL, "answer from the port that was asked", 0, 0, store_single_port,
     NULL},
    {"port-range", 0, KIND_SPECIAL, "LO-HI", "ports to answer from [the system chooses]", 0, 0,
     store_port_range, "two ports as LO-HI, 1 to 65535, the lower one first"},
    {"endpoints", 0, KIND_NUMBER, "N", "ports to answer from, per local address [1024]", 1, 32768,
     store_endpoints, NULL},
    {"workers", 'w', KIND_NUMBER, "N", "threads [one a processor]", 1, 256, store_workers, NULL},
    {"max-sessions", 0, KIND_NUMBER, "N", "transfers at once [65536]", 1, 1 << 24, store_sessions, NULL},
    {"cache", 0, KIND_SIZE, "SIZE", "memory for file contents [64M]", 0, UINT64_C(1) << 44, store_cache,
     NULL},
    {"socket-buffer", 0, KIND_SIZE, "SIZE", "receive buffer of each listener [4M]", 4096, 1 << 30,
     store_socket_buffer, NULL},
    {"allow-private", 0, KIND_FLAG, NULL, "serve files that are not world-readable too", 0, 0,
     store_private, NULL},
    {"max-blksize", 0, KIND_NUMBER, "N", "largest block to grant, bytes [65464]", 8, 65464,
     store_blksize, NULL},
    {"max-windowsize", 0, KIND_NUMBER, "N", "largest window to grant, blocks [64]", 1, 65535,
     store_windowsize, NULL},
    {"give-up", 0, KIND_NUMBER, "SECONDS", "silence after which a client is given up [30]", 1, 3600,
     store_give_up, NULL},
    {"drain", 0, KIND_NUMBER, "SECONDS", "time for running transfers after SIGTERM [10]", 0, 86400,
     store_drain, NULL},
    {"log-level", 0, KIND_SPECIAL, "LEVEL", "error, warning, info or debug [info]", 0, 0,
     store_log_level, "error, warning, info or debug"},
    {"verbose", 'v', KIND_FLAG, NULL, "the same as --log-level debug", 0, 0, store_verbose, NULL},
    {"quiet", 'q', KIND_FLAG, NULL, "the same as --log-level warning", 0, 0, store_quiet, NULL},
    {"help", 'h', KIND_FLAG, NULL, "this text", 0, 0, NULL, NULL},
    {"version", 'V', KIND_FLAG, NULL, "the version", 0, 0, NULL, NULL},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])
/* getopt_long's value for the row without a letter at index 0. */
#define ROW_VALUE 256

static void print_help(void)
{
	printf("Usage: uvtftpd [OPTIONS] [ROOT]\n"
	       "Serves the files beneath ROOT [" OPTIONS_ROOT_DEFAULT
	       "] over TFTP, in the foreground.\n\n");
	for (size_t i = 0; i < ROW_COUNT; i++) {
		char left[40];
		snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value != NULL ? " " : "",
			 rows[i].value != NULL ? rows[i].value : "");
		printf("  %c%c%c %-24s %s\n", rows[i].letter != 0 ? '-' : ' ',
		       rows[i].letter != 0 ? rows[i].letter : ' ', rows[i].letter != 0 ? ',' : ' ', left,
		       rows[i].help);
	}
	printf("\nSIZE takes K, M or G. SIGTERM and SIGINT let running transfers finish; a second one\n"
	       "ends at once. Exit code: 0, 1 (cannot serve), 2 (wrong usage).\n");
}

/* Digits, then for a size an optional K, M or G. */
static bool parse_number(const char *text, bool is_size, uint64_t *number)
{
	char *end;
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno != 0)
		return false;
	const char *at = *end == '\0' ? "" : strchr("KkMmGg", *end);
	unsigned shift = 0;
	if (*end != '\0') {
		if (!is_size || at == NULL || end[1] != '\0')
			return false;
		shift = *at == 'K' || *at == 'k' ? 10 : *at == 'M' || *at == 'm' ? 20 : 30;
	}
	if (value > UINT64_MAX >> shift)
		return false;
	*number = (uint64_t)value << shift;
	return true;
}

static bool apply(struct options *options, const struct row *row, const char *text)
{
	uint64_t number = 1;
	bool is_number = row->kind == KIND_NUMBER || row->kind == KIND_SIZE;
	if (is_number && (!parse_number(text, row->kind == KIND_SIZE, &number) || number < row->min ||
			  number > row->max)) {
		fprintf(stderr, "uvtftpd: --%s: '%s' is not allowed; a number from %llu to %llu%s is\n",
			row->name, text, (unsigned long long)row->min, (unsigned long long)row->max,
			row->kind == KIND_SIZE ? ", with K, M or G" : "");
		return false;
	}
	if (row->store(options, number, text))
		return true;
	fprintf(stderr, "uvtftpd: --%s: '%s' is not allowed; %s is\n", row->name, text, row->allowed);
	return false;
}

static void prepare(struct option longs[ROW_COUNT + 1], char shorts[2 * ROW_COUNT + 2])
{
	size_t at = 0;
	shorts[at++] = ':';
	for (size_t i = 0; i < ROW_COUNT; i++) {
		bool has_value = rows[i].kind != KIND_FLAG;
		longs[i] = (struct option){rows[i].name, has_value ? required_argument : no_argument,
					   NULL, ROW_VALUE + (int)i};
		if (rows[i].letter == 0)
			continue;
		shorts[at++] = rows[i].letter;
		if (has_value)
			shorts[at++] = ':';
	}
	shorts[at] = '\0';
	longs[ROW_COUNT] = (struct option){NULL, 0, NULL, 0};
}

static const struct row *find_row(int value)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (value == ROW_VALUE + (int)i || (value != 0 && value == rows[i].letter))
			return &rows[i];
	return NULL;
}

/* `word` is what getopt_long stumbled over, `value` what it made of it. */
static enum options_verdict complain(int result, int value, const char *word)
{
	const struct row *row = find_row(value);
	if (result == ':' && row != NULL)
		fprintf(stderr, "uvtftpd: --%s needs a value. 'uvtftpd --help' lists the options\n",
			row->name);
	else if (row != NULL)
		fprintf(stderr, "uvtftpd: --%s takes no value. 'uvtftpd --help' lists the options\n",
			row->name);
	else if (value != 0)
		fprintf(stderr, "uvtftpd: unknown option '-%c'. 'uvtftpd --help' lists the options\n",
			value);
	else
		fprintf(stderr, "uvtftpd: unknown option '%s'. 'uvtftpd --help' lists the options\n",
			word);
	return OPTIONS_BAD;
}

static enum options_verdict take_root(struct options *options, int argc, char **argv)
{
	if (argc - optind > 1) {
		fprintf(stderr, "uvtftpd: one directory to serve, please, not '%s' and '%s'\n",
			argv[optind], argv[optind + 1]);
		return OPTIONS_BAD;
	}
	options->server.root = optind < argc ? argv[optind] : OPTIONS_ROOT_DEFAULT;
	options->server.listen = options->listen;
	return OPTIONS_RUN;
}

enum options_verdict options_parse(struct options *options, int argc, char **argv)
{
	struct option longs[ROW_COUNT + 1];
	char shorts[2 * ROW_COUNT + 2];
	prepare(longs, shorts);
	*options = (struct options){.drain_s = 10};
	uvtftp_server_options_init(&options->server);
	opterr = 0;
	for (;;) {
		int result = getopt_long(argc, argv, shorts, longs, NULL);
		if (result == -1)
			return take_root(options, argc, argv);
		if (result == '?' || result == ':')
			return complain(result, optopt, argv[optind - 1]);
		const struct row *row = find_row(result);
		if (row->letter == 'h') {
			print_help();
			return OPTIONS_EXIT;
		}
		if (row->letter == 'V') {
			printf("uvtftpd %s\n", uvtftp_version());
			return OPTIONS_EXIT;
		}
		if (!apply(options, row, optarg))
			return OPTIONS_BAD;
	}
}

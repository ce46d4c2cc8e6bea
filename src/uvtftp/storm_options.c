#include "uvtftp/storm_options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "proto/option.h"
#include "uvtftp/command.h"

static const char help[] =
    "Usage: uvtftp storm [OPTIONS] tftp://HOST[:PORT]/PATH...\n"
    "\n"
    "Many clients at once, each on a port of its own, to see what a TFTP server bears.\n"
    "Several URLs are taken in turn. '{n}' in a URL is the number of the client, from 0.\n"
    "All begin at the same moment, and every byte is compared.\n"
    "\n"
    "  -c, --clients N         how many, up to 50000 (default: 1)\n"
    "      --repeat M          transfers of each client (default: 1)\n"
    "      --duration SECONDS  begin transfers for so long\n"
    "      --rate R            transfers that begin in a second (default: all at once)\n"
    "  -b, --blksize N         ask for this many bytes a block\n"
    "  -w, --windowsize N      ask for this many blocks for each acknowledgement\n"
    "      --timeout SECONDS   ask the server to repeat after so long\n"
    "      --tsize             ask for the size\n"
    "      --retry SECONDS     silence after which a client repeats (default: 1)\n"
    "      --tries N           how often it sends in vain before it gives up (default: 5)\n"
    "      --expect FILE       what must come (default: as the first copy); with --put,\n"
    "                          what is sent\n"
    "      --put               send: client 0 to PATH, 1 to PATH.1, ... or as '{n}' says\n"
    "      --size BYTES        of what is made up to be sent (default: 1024)\n"
    "      --stall             take the first answer, then say nothing more till the end\n"
    "      --loss PERCENT      drop so many packets, each way\n"
    "      --seed S            which of them (default: 1)\n"
    "      --fresh-ports       a new port for each transfer, not for each client\n"
    "      --source ADDR       the address to send from\n"
    "      --workers K         threads (default: chosen)\n"
    "  -q, --quiet             no progress line\n"
    "      --json              the outcome as JSON on stdout\n"
    "  -4                      only IPv4\n"
    "  -6                      only IPv6\n"
    "  -h, --help              this text\n"
    "\n"
    "Exit status: 0 all transfers completed, 1 some did not, 2 wrong usage.\n";

enum kind {
	KIND_NUMBER,
	KIND_MILLI, /* a decimal number, stored in thousandths */
	KIND_TEXT,
	KIND_FLAG
};

struct row {
	const char *name;
	char letter; /* or 0 */
	enum kind kind;
	uint64_t min;
	uint64_t max;
	size_t offset; /* in struct storm_options: uint64_t, const char * or bool */
};

#define PLACE(member) offsetof(struct storm_options, member)
#define S_TO_MS       UINT64_C(1000)

static const struct row rows[] = {
    {"clients", 'c', KIND_NUMBER, 1, STORM_CLIENTS_MAX, PLACE(clients)},
    {"repeat", 0, KIND_NUMBER, 1, UINT32_MAX, PLACE(repeat)},
    {"duration", 0, KIND_MILLI, 1, 1000000 * S_TO_MS, PLACE(duration_ms)},
    {"rate", 0, KIND_NUMBER, 1, 10000000, PLACE(rate)},
    {"blksize", 'b', KIND_NUMBER, OPTION_BLKSIZE_MIN, OPTION_BLKSIZE_MAX, PLACE(blksize)},
    {"windowsize", 'w', KIND_NUMBER, 1, OPTION_WINDOWSIZE_MAX, PLACE(windowsize)},
    {"timeout", 0, KIND_NUMBER, 1, 255, PLACE(timeout_s)},
    {"tsize", 0, KIND_FLAG, 0, 0, PLACE(wants_tsize)},
    {"retry", 0, KIND_MILLI, 10, 3600 * S_TO_MS, PLACE(retry_ms)},
    {"tries", 0, KIND_NUMBER, 1, 100, PLACE(tries)},
    {"expect", 0, KIND_TEXT, 0, 0, PLACE(expect)},
    {"put", 0, KIND_FLAG, 0, 0, PLACE(is_upload)},
    {"size", 0, KIND_NUMBER, 0, UINT64_C(1) << 40, PLACE(size_bytes)},
    {"stall", 0, KIND_FLAG, 0, 0, PLACE(is_stall)},
    {"loss", 0, KIND_MILLI, 0, STORM_LOSS_WHOLE, PLACE(loss)},
    {"seed", 0, KIND_NUMBER, 0, UINT64_MAX, PLACE(seed)},
    {"fresh-ports", 0, KIND_FLAG, 0, 0, PLACE(has_fresh_ports)},
    {"source", 0, KIND_TEXT, 0, 0, PLACE(source)},
    {"workers", 0, KIND_NUMBER, 1, STORM_WORKERS_MAX, PLACE(workers)},
    {"quiet", 'q', KIND_FLAG, 0, 0, PLACE(is_quiet)},
    {"json", 0, KIND_FLAG, 0, 0, PLACE(wants_json)},
    {"help", 'h', KIND_FLAG, 0, 0, PLACE(wants_help)},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

void storm_options_print_help(void)
{
	fputs(help, stdout);
}

static bool complain(const char *what, const char *why)
{
	command_complain(what, why, "See 'uvtftp storm --help'");
	return false;
}

/* Digits, perhaps a '.' and up to three more. */
static bool parse_milli(struct text text, uint64_t *value)
{
	struct text whole = text;
	uint64_t part = 0, scale = 1000;
	for (whole.len = 0; whole.len < text.len && text.at[whole.len] != '.'; whole.len++)
		;
	if (!text_number(whole, value) || *value > UINT64_MAX / 2000)
		return false;
	*value *= 1000;
	if (whole.len == text.len)
		return true;
	struct text rest = {text.at + whole.len + 1, text.len - whole.len - 1};
	if (rest.len > 3 || !text_number(rest, &part))
		return false;
	for (size_t i = 0; i < rest.len; i++)
		scale /= 10;
	*value += part * scale;
	return true;
}

static bool refuse_value(const struct row *row)
{
	char what[32], why[96];
	snprintf(what, sizeof what, "--%s", row->name);
	if (row->kind == KIND_MILLI)
		snprintf(why, sizeof why, "the value must be a number from %g to %g",
			 (double)row->min / 1000, (double)row->max / 1000);
	else
		snprintf(why, sizeof why, "the value must be a number from %" PRIu64 " to %" PRIu64,
			 row->min, row->max);
	return complain(what, why);
}

static bool store(struct storm_options *options, const struct row *row, const char *text)
{
	void *place = (char *)options + row->offset;
	uint64_t value = 0;
	if (row->kind == KIND_FLAG) {
		*(bool *)place = true;
		return true;
	}
	if (row->kind == KIND_TEXT) {
		*(const char **)place = text;
		return true;
	}
	bool is_number = row->kind == KIND_MILLI ? parse_milli(text_of(text), &value)
						 : text_number(text_of(text), &value);
	if (!is_number || value < row->min || value > row->max)
		return refuse_value(row);
	*(uint64_t *)place = value;
	return true;
}

/* Options that say nothing together, or contradict each other. */
static bool check(struct storm_options *options, int operands)
{
	if (operands == 0)
		return complain("storm", "the URL is missing");
	if (operands > (int)STORM_URLS_MAX)
		return complain("storm", "there are more than 256 URLs");
	if (options->repeat != 0 && options->duration_ms != 0 && !options->is_stall)
		return complain("--repeat", "it cannot be combined with --duration");
	if (options->is_stall && (options->is_upload || options->repeat != 0))
		return complain("--stall", "it cannot be combined with --put or --repeat");
	if (options->size_bytes != STORM_SIZE_DEFAULT &&
	    (!options->is_upload || options->expect != NULL))
		return complain("--size", "it is for --put without --expect");
	if (options->repeat == 0 && (options->duration_ms == 0 || options->is_stall))
		options->repeat = 1;
	return true;
}

static bool refuse_option(char **argv, int result, int known)
{
	char letter[] = {'-', (char)optopt, '\0'};
	const char *what = optopt == 0 || known >= 0 ? argv[optind - 1] : letter;
	if (result == ':')
		return complain(what, "a value is missing");
	return complain(what, known >= 0 ? "takes no value" : "unknown option");
}

/* Of what getopt_long returned: the row, or -1. */
static int find_row(int result)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (result == 256 + (int)i || (rows[i].letter != 0 && result == rows[i].letter))
			return (int)i;
	return -1;
}

static void list_names(struct option names[ROW_COUNT + 1])
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		names[i] = (struct option){rows[i].name,
					   rows[i].kind == KIND_FLAG ? no_argument : required_argument,
					   NULL, 256 + (int)i};
	names[ROW_COUNT] = (struct option){NULL, 0, NULL, 0};
}

bool storm_options_parse(struct storm_options *options, int argc, char **argv)
{
	struct option names[ROW_COUNT + 1];
	int result;
	*options = (struct storm_options){
	    .clients = 1,
	    .seed = 1,
	    .retry_ms = 1000,
	    .tries = 5,
	    .size_bytes = STORM_SIZE_DEFAULT,
	    .family = AF_UNSPEC,
	};
	list_names(names);
	opterr = 0;
	optind = 1;
	while ((result = getopt_long(argc, argv, ":c:b:w:q46h", names, NULL)) != -1) {
		if (result == '4' || result == '6') {
			options->family = result == '4' ? AF_INET : AF_INET6;
			continue;
		}
		if (result == '?' || result == ':')
			return refuse_option(argv, result, optopt >= 256 ? find_row(optopt) : -1);
		if (!store(options, &rows[find_row(result)], optarg))
			return false;
		if (options->wants_help)
			return true;
	}
	options->urls = argv + optind;
	options->url_count = (uint64_t)(argc - optind);
	return check(options, argc - optind);
}

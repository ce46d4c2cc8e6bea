/* `uvtftp get`: its options. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "uvtftp/command.h"
#include "uvtftp/fetch.h"
#include "uvtftp/resolve.h"
#include "uvtftp/url.h"

#define TIMEOUT_S_MAX (CLIENT_GIVE_UP_MS_MAX / 1000)
/* Added to the letter of an option when its long form was used, so that messages name what was typed. */
#define LONG 256

static const char help[] =
    "Usage: uvtftp get [OPTIONS] tftp://HOST[:PORT]/PATH[;mode=octet|netascii]\n"
    "\n"
    "Fetches one file. The path is sent without its leading '/'; for an absolute\n"
    "path write two, as in tftp://host//srv/file. The file appears under its name\n"
    "only when it is complete.\n"
    "\n"
    "  -o, --output FILE      local file, - for stdout (default: last part of PATH)\n"
    "  -b, --blksize N        bytes a block, 8 to 65464 (default: fits the route)\n"
    "  -w, --windowsize N     blocks for each acknowledgement (default: up to 16)\n"
    "  -t, --timeout SECONDS  give up after this much silence (default: 15)\n"
    "      --netascii         mode netascii: lines end as on this system\n"
    "      --no-options       plain RFC 1350: 512-byte blocks, one at a time\n"
    "  -q, --quiet            no progress line\n"
    "      --json             the outcome as JSON on stdout (with -o - on stderr)\n"
    "  -4                     only IPv4\n"
    "  -6                     only IPv6\n"
    "  -h, --help             this text\n";

enum { FLAG_NETASCII = 1, FLAG_NO_OPTIONS, FLAG_JSON };

static const struct option long_options[] = {
    {"output", required_argument, NULL, LONG + 'o'},
    {"blksize", required_argument, NULL, LONG + 'b'},
    {"windowsize", required_argument, NULL, LONG + 'w'},
    {"timeout", required_argument, NULL, LONG + 't'},
    {"netascii", no_argument, NULL, LONG + FLAG_NETASCII},
    {"no-options", no_argument, NULL, LONG + FLAG_NO_OPTIONS},
    {"quiet", no_argument, NULL, LONG + 'q'},
    {"json", no_argument, NULL, LONG + FLAG_JSON},
    {"help", no_argument, NULL, LONG + 'h'},
    {NULL, 0, NULL, 0},
};

static const char remedy_help[] = "See 'uvtftp get --help'";

struct arguments {
	struct fetch_options fetch;
	int family;
	bool wants_help;
};

static bool complain(const char *what, const char *why)
{
	command_complain(what, why, remedy_help);
	return false;
}

static bool parse_number(const char *what, const char *text, unsigned min, unsigned max,
			 unsigned *number)
{
	uint64_t value;
	char why[64];
	if (text_number(text_of(text), &value) && value >= min && value <= max) {
		*number = (unsigned)value;
		return true;
	}
	snprintf(why, sizeof why, "the value must be a number from %u to %u", min, max);
	return complain(what, why);
}

static bool take_option(struct arguments *arguments, int letter)
{
	struct fetch_options *fetch = &arguments->fetch;
	switch (letter) {
	case 'o':
		fetch->output = optarg;
		return optarg[0] != '\0' || complain("--output", "the file name is empty");
	case 'b':
		return parse_number("--blksize", optarg, CLIENT_BLKSIZE_MIN, CLIENT_BLKSIZE_MAX,
				    &fetch->client.blksize);
	case 'w':
		return parse_number("--windowsize", optarg, 1, CLIENT_WINDOWSIZE_MAX,
				    &fetch->client.windowsize);
	case 't':
		return parse_number("--timeout", optarg, 1, TIMEOUT_S_MAX, &fetch->timeout_s);
	case FLAG_NETASCII:
		fetch->client.is_netascii = true;
		break;
	case FLAG_NO_OPTIONS:
		fetch->client.is_plain = true;
		break;
	case FLAG_JSON:
		fetch->wants_json = true;
		break;
	case 'q':
		fetch->is_quiet = true;
		break;
	case '4':
		arguments->family = AF_INET;
		break;
	case '6':
		arguments->family = AF_INET6;
		break;
	default:
		arguments->wants_help = true;
		break;
	}
	return true;
}

static bool refuse_option(char **argv, int result)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool is_long = optopt == 0 || optopt >= LONG;
	const char *what = is_long ? argv[optind - 1] : letter;
	if (result == ':')
		return complain(what, "a value is missing");
	return complain(what, optopt >= LONG ? "takes no value" : "unknown option");
}

static bool parse_options(struct arguments *arguments, int argc, char **argv)
{
	int result;
	opterr = 0;
	optind = 1;
	while ((result = getopt_long(argc, argv, ":o:b:w:t:q46h", long_options, NULL)) != -1) {
		if (result == '?' || result == ':')
			return refuse_option(argv, result);
		if (!take_option(arguments, result % LONG))
			return false;
		if (arguments->wants_help)
			return true;
	}
	if (optind + 1 == argc)
		return true;
	return optind == argc ? complain("get", "the URL is missing")
			      : complain(argv[optind + 1], "only one URL can be fetched");
}

static int get(struct arguments *arguments, const struct url *url)
{
	struct fetch_options *fetch = &arguments->fetch;
	struct addr servers[CLIENT_SERVERS_MAX];
	int count = resolve_host(url->host, arguments->family, url->port, servers, CLIENT_SERVERS_MAX);
	if (count < 0) {
		char why[512];
		snprintf(why, sizeof why, "the name of the server, %s, has no address (%s)", url->host,
			 uv_strerror(count));
		return fetch_fail(fetch, STATUS_UNRESOLVED, "unresolved", fetch->url, why,
				  "Check the name, and -4 or -6 if given");
	}
	fetch->client.servers = servers;
	fetch->client.server_count = (size_t)count;
	fetch->client.file = url->path;
	fetch->client.give_up_ms = fetch->timeout_s * 1000;
	if (url->is_netascii)
		fetch->client.is_netascii = true;
	return fetch_run(fetch);
}

int get_run(int argc, char **argv)
{
	struct arguments arguments = {
	    .family = AF_UNSPEC,
	    .fetch = {.timeout_s = CLIENT_GIVE_UP_MS / 1000},
	};
	struct url url;
	if (!parse_options(&arguments, argc, argv))
		return STATUS_USAGE;
	if (arguments.wants_help) {
		fputs(help, stdout);
		return STATUS_DONE;
	}
	const char *why = url_parse(&url, argv[optind]);
	if (why != NULL) {
		complain(argv[optind], why);
		return STATUS_USAGE;
	}
	arguments.fetch.url = argv[optind];
	if (arguments.fetch.output == NULL)
		arguments.fetch.output = url_name(&url);
	if (arguments.fetch.output == NULL) {
		command_complain(argv[optind], "the path does not end in a file name",
				 "Name a file with -o FILE");
		return STATUS_USAGE;
	}
	return get(&arguments, &url);
}

#include "uvtftp/arguments.h"

#include <getopt.h>
#include <stdio.h>

#include "base/bytes.h"
#include "uvtftp/command.h"

#define TIMEOUT_S_MAX (CLIENT_GIVE_UP_MS_MAX / 1000)
/* Added to the letter of an option when its long form was used, so that messages name what was typed. */
#define LONG 256

const char arguments_help[] =
    "  -b, --blksize N        bytes a block, 8 to 65464 (default: fits the route)\n"
    "  -w, --windowsize N     blocks for each acknowledgement (default: up to 16)\n"
    "  -t, --timeout SECONDS  give up after this much silence (default: 15)\n"
    "      --netascii         mode netascii: lines end as each system has it\n"
    "      --no-options       plain RFC 1350: 512-byte blocks, one at a time\n"
    "  -q, --quiet            no progress line\n"
    "      --json             the outcome as JSON on stdout\n"
    "  -4                     only IPv4\n"
    "  -6                     only IPv6\n"
    "  -h, --help             this text\n";

enum { FLAG_NETASCII = 1, FLAG_NO_OPTIONS, FLAG_JSON };

/* The first is for downloads only. */
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

bool arguments_complain(const struct arguments *arguments, const char *what, const char *why)
{
	char remedy[64];
	snprintf(remedy, sizeof remedy, "See 'uvtftp %s --help'", arguments->command);
	command_complain(what, why, remedy);
	return false;
}

static bool parse_number(const struct arguments *arguments, const char *what, const char *text,
			 unsigned min, unsigned max, unsigned *number)
{
	uint64_t value;
	char why[64];
	if (text_number(text_of(text), &value) && value >= min && value <= max) {
		*number = (unsigned)value;
		return true;
	}
	snprintf(why, sizeof why, "the value must be a number from %u to %u", min, max);
	return arguments_complain(arguments, what, why);
}

static bool take_option(struct arguments *arguments, int letter)
{
	struct job_options *job = &arguments->job;
	switch (letter) {
	case 'o':
		job->file = optarg;
		return optarg[0] != '\0' ||
		       arguments_complain(arguments, "--output", "the file name is empty");
	case 'b':
		return parse_number(arguments, "--blksize", optarg, CLIENT_BLKSIZE_MIN,
				    CLIENT_BLKSIZE_MAX, &job->client.blksize);
	case 'w':
		return parse_number(arguments, "--windowsize", optarg, 1, CLIENT_WINDOWSIZE_MAX,
				    &job->client.windowsize);
	case 't':
		return parse_number(arguments, "--timeout", optarg, 1, TIMEOUT_S_MAX, &job->timeout_s);
	case FLAG_NETASCII:
		job->client.is_netascii = true;
		break;
	case FLAG_NO_OPTIONS:
		job->client.is_plain = true;
		break;
	case FLAG_JSON:
		job->wants_json = true;
		break;
	case 'q':
		job->is_quiet = true;
		break;
	case '4':
		job->family = AF_INET;
		break;
	case '6':
		job->family = AF_INET6;
		break;
	default:
		arguments->wants_help = true;
		break;
	}
	return true;
}

static bool refuse_option(const struct arguments *arguments, char **argv, int result)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool is_long = optopt == 0 || optopt >= LONG;
	const char *what = is_long ? argv[optind - 1] : letter;
	if (result == ':')
		return arguments_complain(arguments, what, "a value is missing");
	return arguments_complain(arguments, what, optopt >= LONG ? "takes no value" : "unknown option");
}

bool arguments_parse(struct arguments *arguments, bool is_upload, int argc, char **argv)
{
	const char *letters = is_upload ? ":b:w:t:q46h" : ":o:b:w:t:q46h";
	const struct option *names = is_upload ? long_options + 1 : long_options;
	*arguments = (struct arguments){
	    .command = argv[0],
	    .job = {.family = AF_UNSPEC, .timeout_s = CLIENT_GIVE_UP_MS / 1000, .is_upload = is_upload},
	};
	int result;
	opterr = 0;
	optind = 1;
	while ((result = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (result == '?' || result == ':')
			return refuse_option(arguments, argv, result);
		if (!take_option(arguments, result % LONG))
			return false;
		if (arguments->wants_help)
			return true;
	}
	return true;
}

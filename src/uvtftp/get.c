/* `uvtftp get`: its command line. */
#include <getopt.h>
#include <stdio.h>

#include "uvtftp/arguments.h"
#include "uvtftp/command.h"
#include "uvtftp/fetch.h"

static const char help[] =
    "Usage: uvtftp get [OPTIONS] tftp://HOST[:PORT]/PATH[;mode=octet|netascii]\n"
    "\n"
    "Fetches one file. The path is sent without its leading '/'; for an absolute\n"
    "path write two, as in tftp://host//srv/file. The file appears under its name\n"
    "only when it is complete.\n"
    "\n"
    "  -o, --output FILE      local file (default: last part of PATH); - for stdout,\n"
    "                         and what --json says goes to stderr\n";

static bool parse(struct arguments *arguments, struct url *url, int argc, char **argv)
{
	if (optind == argc)
		return arguments_complain(arguments, "get", "the URL is missing");
	if (optind + 1 != argc)
		return arguments_complain(arguments, argv[optind + 1], "only one URL can be fetched");
	const char *why = url_parse(url, argv[optind]);
	if (why != NULL)
		return arguments_complain(arguments, argv[optind], why);
	arguments->job.url = argv[optind];
	if (arguments->job.file == NULL)
		arguments->job.file = url_name(url);
	if (arguments->job.file != NULL)
		return true;
	command_complain(argv[optind], "the path does not end in a file name",
			 "Name a file with -o FILE");
	return false;
}

int get_run(int argc, char **argv)
{
	struct arguments arguments;
	struct addr servers[CLIENT_SERVERS_MAX];
	struct url url;
	if (!arguments_parse(&arguments, false, argc, argv))
		return STATUS_USAGE;
	if (arguments.wants_help) {
		printf("%s%s", help, arguments_help);
		return STATUS_DONE;
	}
	if (!parse(&arguments, &url, argc, argv))
		return STATUS_USAGE;
	int status = job_find_server(&arguments.job, &url, servers);
	return status != STATUS_DONE ? status : fetch_run(&arguments.job);
}

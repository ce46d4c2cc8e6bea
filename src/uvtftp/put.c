/* `uvtftp put`: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "uvtftp/arguments.h"
#include "uvtftp/command.h"
#include "uvtftp/send.h"

static const char help[] =
    "Usage: uvtftp put [OPTIONS] FILE|- tftp://HOST[:PORT]/PATH[;mode=octet|netascii]\n"
    "\n"
    "Sends one file, or standard input. The path is sent without its leading '/'; for\n"
    "an absolute path write two, as in tftp://host//srv/file. To a path that is empty\n"
    "or ends in '/' the name of FILE is added. It is done when the server has\n"
    "acknowledged the whole file.\n"
    "\n";

static bool parse(struct arguments *arguments, struct url *url, int argc, char **argv)
{
	if (argc - optind < 2)
		return arguments_complain(arguments, "put",
					  argc == optind ? "the file and the URL are missing"
							 : "the URL is missing");
	if (argc - optind > 2)
		return arguments_complain(arguments, argv[optind + 2], "only one file can be sent");
	const char *file = argv[optind];
	const char *text = argv[optind + 1];
	if (file[0] == '\0')
		return arguments_complain(arguments, "put", "the file name is empty");
	const char *why = url_parse_target(url, text, strcmp(file, "-") == 0 ? NULL : file);
	arguments->job.url = text;
	arguments->job.file = file;
	return why == NULL || arguments_complain(arguments, text, why);
}

static int put(struct job_options *options, const struct url *url)
{
	struct addr servers[CLIENT_SERVERS_MAX];
	struct source source;
	int error = source_open(&source, options->file);
	int status = error != 0 ? job_fail_local(options, &source.fault, error)
				: job_find_server(options, url, servers);
	if (status == STATUS_DONE) {
		options->client.size_bytes = source.size_bytes;
		status = send_run(options, &source);
	}
	source_close(&source);
	return status;
}

int put_run(int argc, char **argv)
{
	struct arguments arguments;
	struct url url;
	if (!arguments_parse(&arguments, true, argc, argv))
		return STATUS_USAGE;
	if (arguments.wants_help) {
		printf("%s%s", help, arguments_help);
		return STATUS_DONE;
	}
	return parse(&arguments, &url, argc, argv) ? put(&arguments.job, &url) : STATUS_USAGE;
}

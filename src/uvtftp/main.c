/* uvtftp: a table of subcommands. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "uvtftp.h"
#include "uvtftp/command.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"get", "fetch a file from a TFTP server", get_run},
    {"put", "send a file to a TFTP server", put_run},
    {"storm", "see what a TFTP server bears", storm_run},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *out)
{
	fprintf(out, "Usage: uvtftp COMMAND [OPTIONS] ...\n\nCommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nOptions:\n"
		     "  -h, --help     this text; 'uvtftp COMMAND --help' for one command\n"
		     "  -V, --version  the version\n"
		     "\n"
		     "Exit status: 0 done, 1 local error, 2 wrong usage, 3 file not found,\n"
		     "4 refused by the server, 5 no answer, 6 the server's name is unknown.\n");
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		print_help(stdout);
		return STATUS_DONE;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		printf("uvtftp %s\n", UVTFTP_VERSION);
		return STATUS_DONE;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	command_complain(name, name[0] == '-' ? "unknown option" : "unknown command",
			 "See 'uvtftp --help'");
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	/* A reader that goes away is an error of write(2), told once. */
	signal(SIGPIPE, SIG_IGN);
	int status = run(argc, argv);
	if (fflush(stdout) != 0 && status == STATUS_DONE)
		status = STATUS_LOCAL;
	return status;
}

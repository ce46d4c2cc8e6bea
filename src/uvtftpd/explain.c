#include "uvtftpd/explain.h"

#include <stdio.h>

#include "uvtftpd/config_print.h"

int explain_check(const struct settings *settings)
{
	struct uvtftp_error error;
	if (uvtftp_check(&settings->server, &error) != 0) {
		fprintf(stderr, "uvtftpd: %s\n", error.text);
		return 1;
	}
	puts("OK");
	return 0;
}

int explain_settings(const struct settings *settings)
{
	config_print(&settings->config, stdout);
	return 0;
}

static void print_line(void *user, const char *line)
{
	(void)user;
	puts(line);
}

int explain_request(const struct settings *settings, const struct options *options)
{
	struct uvtftp_error error;
	int rc = uvtftp_explain(&settings->server, options->client, options->name, options->is_write,
				print_line, NULL, &error);
	if (rc >= 0)
		return rc;
	fprintf(stderr, "uvtftpd: %s\n", error.text);
	return 2;
}

/* uvtftpd: settings in, a server, signals. Everything else is the library's. */
#include <stdio.h>

#include "base/mem.h"
#include "uvtftpd/explain.h"
#include "uvtftpd/options.h"
#include "uvtftpd/service.h"
#include "uvtftpd/settings.h"

/* Takes over `settings`. */
static int act(enum options_verdict verdict, const struct options *options, struct settings *settings)
{
	int code;
	switch (verdict) {
	case OPTIONS_CHECK:
		code = explain_check(settings);
		break;
	case OPTIONS_EXPLAIN:
		code = explain_request(settings, options);
		break;
	case OPTIONS_PRINT:
		code = explain_settings(settings);
		break;
	default:
		return service_run(options, settings);
	}
	settings_fini(settings);
	mem_free(settings);
	return code;
}

static int run(enum options_verdict verdict, const struct options *options)
{
	struct uvtftp_error error = {UVTFTP_ERR_NOMEM, "out of memory"};
	struct settings *settings = mem_alloc(sizeof *settings);
	if (settings != NULL && settings_load(settings, options->file, &options->config.top, &error))
		return act(verdict, options, settings);
	mem_free(settings);
	fprintf(stderr, "uvtftpd: %s\n", error.text);
	return 1;
}

int main(int argc, char **argv)
{
	struct options options;
	enum options_verdict verdict = options_parse(&options, argc, argv);
	int code = verdict == OPTIONS_EXIT ? 0 : verdict == OPTIONS_BAD ? 2 : run(verdict, &options);
	options_fini(&options);
	return code;
}

#include "uvtftp/fetch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "uvtftp/progress.h"
#include "uvtftp/summary.h"
#include "uvtftp/verdict.h"

#define MESSAGES_MAX 16 /* a download sends an ACK a window */

static const int signal_numbers[] = {SIGINT, SIGTERM, SIGHUP};
#define SIGNAL_COUNT (sizeof signal_numbers / sizeof signal_numbers[0])

struct fetch {
	const struct fetch_options *options;
	uv_loop_t loop;
	struct batch batch;
	struct client *client; /* until its end */
	struct sink sink;
	uv_signal_t signals[SIGNAL_COUNT];
	uv_timer_t redraw;
	struct progress progress;
	unsigned drawn; /* columns of the line that stands there now */
	bool shows_progress;
	int signal_number; /* 0: none came */
	struct verdict verdict;
};

static bool writes_to_stdout(const struct fetch_options *options)
{
	return strcmp(options->output, "-") == 0;
}

static void draw(struct fetch *fetch, const char *line)
{
	unsigned len = (unsigned)strlen(line);
	unsigned rest = fetch->drawn > len ? fetch->drawn - len : 0;
	fprintf(stderr, "\r%s%*s", line, (int)rest, "");
	if (rest > 0)
		fprintf(stderr, "\r%s", line);
	fetch->drawn = len;
	fflush(stderr);
}

/* One column stays free: a full line would wrap on some terminals. */
static void redraw(uv_timer_t *timer)
{
	struct fetch *fetch = timer->data;
	char line[PROGRESS_LINE_MAX];
	unsigned columns = progress_columns(STDERR_FILENO);
	if (fetch->client == NULL || columns < 2)
		return;
	progress_update(&fetch->progress, client_bytes(fetch->client), client_size_bytes(fetch->client),
			uv_hrtime() / 1000);
	progress_format(&fetch->progress, columns - 1, line);
	draw(fetch, line);
}

/* The line that stays, or none. */
static void end_progress(struct fetch *fetch, const struct client_report *report)
{
	char numbers[PROGRESS_LINE_MAX], name[PROGRESS_LINE_MAX], line[2 * PROGRESS_LINE_MAX + 2];
	if (!fetch->shows_progress)
		return;
	if (report->outcome != CLIENT_DONE) {
		draw(fetch, "");
		fputc('\r', stderr);
		return;
	}
	unsigned columns = progress_columns(STDERR_FILENO);
	text_printable(text_of(fetch->options->output), name, sizeof name);
	progress_format_end(report->bytes, report->duration_us, numbers);
	unsigned name_max = columns > strlen(numbers) + 3 ? columns - (unsigned)strlen(numbers) - 3 : 0;
	if (strlen(name) <= name_max)
		snprintf(line, sizeof line, "%s: %s", name, numbers);
	else
		snprintf(line, sizeof line, "%s", numbers);
	draw(fetch, line);
	fputc('\n', stderr);
}

static void tell(const struct fetch_options *options, const struct verdict *verdict,
		 const struct client_report *report)
{
	const char *what = verdict->is_about_file ? options->output : options->url;
	char server[ADDR_TEXT_MAX];
	if (!options->wants_json) {
		if (verdict->why[0] != '\0' && !verdict->is_quiet)
			command_complain(what, verdict->why, verdict->remedy);
		return;
	}
	addr_format(&report->server, server);
	const struct summary summary = {
	    .url = options->url,
	    .file = options->output,
	    .server = server,
	    .outcome = verdict->outcome,
	    .error = verdict->why[0] != '\0' ? verdict->why : NULL,
	    .error_code = report->error_code,
	    .bytes = report->bytes,
	    .duration_us = report->duration_us,
	    .retransmissions = report->retransmissions,
	    .blksize = report->blksize,
	    .windowsize = report->windowsize,
	};
	summary_print(&summary, writes_to_stdout(options) ? stderr : stdout);
}

int fetch_fail(const struct fetch_options *options, int status, const char *outcome, const char *what,
	       const char *why, const char *remedy)
{
	if (options->wants_json) {
		const struct summary summary = {
		    .url = options->url,
		    .file = options->output,
		    .outcome = outcome,
		    .error = why,
		    .error_code = -1,
		};
		summary_print(&summary, writes_to_stdout(options) ? stderr : stdout);
	} else {
		command_complain(what, why, remedy);
	}
	return status;
}

static int on_size(void *user, uint64_t size_bytes)
{
	struct fetch *fetch = user;
	return sink_reserve(&fetch->sink, size_bytes);
}

static int on_data(void *user, const uint8_t *data, size_t len)
{
	struct fetch *fetch = user;
	return sink_write(&fetch->sink, data, len);
}

static int on_complete(void *user)
{
	struct fetch *fetch = user;
	return sink_commit(&fetch->sink);
}

static void stop(struct fetch *fetch)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		uv_close((uv_handle_t *)&fetch->signals[i], NULL);
	uv_close((uv_handle_t *)&fetch->redraw, NULL);
}

static void on_end(void *user, const struct client_report *report)
{
	struct fetch *fetch = user;
	struct client_report seen = *report;
	if (fetch->signal_number != 0 && report->outcome == CLIENT_LOCAL)
		seen.outcome = CLIENT_CANCELLED;
	verdict_find(&fetch->verdict, &seen, &fetch->sink, fetch->options->timeout_s);
	end_progress(fetch, &seen);
	tell(fetch->options, &fetch->verdict, &seen);
	fetch->client = NULL;
	stop(fetch);
}

static const struct client_events events = {
    .on_size = on_size,
    .on_data = on_data,
    .on_complete = on_complete,
    .on_end = on_end,
};

static void on_signal(uv_signal_t *signal, int number)
{
	struct fetch *fetch = signal->data;
	fetch->signal_number = number;
	if (fetch->client != NULL)
		client_cancel(fetch->client);
}

static int start_signals(struct fetch *fetch)
{
	int error = 0;
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		ASSERT(uv_signal_init(&fetch->loop, &fetch->signals[i]) == 0);
		fetch->signals[i].data = fetch;
		if (error == 0)
			error = uv_signal_start(&fetch->signals[i], on_signal, signal_numbers[i]);
		uv_unref((uv_handle_t *)&fetch->signals[i]);
	}
	return error;
}

static void start_progress(struct fetch *fetch)
{
	ASSERT(uv_timer_init(&fetch->loop, &fetch->redraw) == 0);
	fetch->redraw.data = fetch;
	fetch->shows_progress = !fetch->options->is_quiet && !fetch->options->wants_json &&
				progress_columns(STDERR_FILENO) > 0;
	progress_init(&fetch->progress, uv_hrtime() / 1000);
	if (fetch->shows_progress)
		uv_timer_start(&fetch->redraw, redraw, PROGRESS_INTERVAL_MS, PROGRESS_INTERVAL_MS);
}

static int fail_start(struct fetch *fetch, int error)
{
	char why[256];
	bool is_file = fetch->sink.doing != NULL;
	snprintf(why, sizeof why, "%s: %s", is_file ? fetch->sink.doing : "cannot start",
		 uv_strerror(error));
	return fetch_fail(fetch->options, STATUS_LOCAL, "local",
			  is_file ? fetch->options->output : fetch->options->url, why,
			  is_file ? fetch->sink.remedy : "Check the limits of this machine");
}

/* With the loop running: the file, the client, the end. */
static int run(struct fetch *fetch)
{
	int error = start_signals(fetch);
	start_progress(fetch);
	if (error == 0)
		error = sink_create(&fetch->sink);
	if (error == 0)
		error =
		    client_get(&fetch->client, &fetch->batch, &fetch->options->client, &events, fetch);
	if (error != 0) {
		stop(fetch);
		uv_run(&fetch->loop, UV_RUN_DEFAULT);
		return fail_start(fetch, error);
	}
	uv_run(&fetch->loop, UV_RUN_DEFAULT);
	if (fetch->verdict.status != STATUS_DONE && fetch->signal_number != 0)
		return STATUS_SIGNAL + fetch->signal_number;
	return (int)fetch->verdict.status;
}

int fetch_run(const struct fetch_options *options)
{
	struct fetch fetch = {.options = options};
	int status;
	int error = sink_open(&fetch.sink, options->output);
	if (error != 0) {
		status = fail_start(&fetch, error);
		goto closed;
	}
	error = uv_loop_init(&fetch.loop);
	if (error != 0) {
		status = fail_start(&fetch, error);
		goto closed;
	}
	error = batch_open(&fetch.batch, &fetch.loop, MESSAGES_MAX);
	if (error == 0) {
		status = run(&fetch);
		batch_close(&fetch.batch);
		uv_run(&fetch.loop, UV_RUN_DEFAULT);
		batch_fini(&fetch.batch);
	} else {
		uv_run(&fetch.loop, UV_RUN_DEFAULT);
		status = fail_start(&fetch, error);
	}
	ASSERT(uv_loop_close(&fetch.loop) == 0);
closed:
	sink_close(&fetch.sink);
	return status;
}

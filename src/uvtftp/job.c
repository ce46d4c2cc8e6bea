#include "uvtftp/job.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "uvtftp/resolve.h"
#include "uvtftp/summary.h"

#define MESSAGES_MAX 16 /* a download sends an ACK a window; an upload's go on when some have left */

static const int signal_numbers[JOB_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

/* JSON, unless the file itself goes there. */
static FILE *choose_output(const struct job_options *options)
{
	return !options->is_upload && strcmp(options->file, "-") == 0 ? stderr : stdout;
}

static void draw(struct job *job, const char *line)
{
	unsigned len = (unsigned)strlen(line);
	unsigned rest = job->drawn > len ? job->drawn - len : 0;
	fprintf(stderr, "\r%s%*s", line, (int)rest, "");
	if (rest > 0)
		fprintf(stderr, "\r%s", line);
	job->drawn = len;
	fflush(stderr);
}

/* One column stays free: a full line would wrap on some terminals. */
static void redraw(uv_timer_t *timer)
{
	struct job *job = timer->data;
	char line[PROGRESS_LINE_MAX];
	unsigned columns = progress_columns(STDERR_FILENO);
	if (job->client == NULL || columns < 2)
		return;
	progress_update(&job->progress, client_bytes(job->client), client_size_bytes(job->client),
			uv_hrtime() / 1000);
	progress_format(&job->progress, columns - 1, line);
	draw(job, line);
}

/* The line that stays, or none. */
static void end_progress(struct job *job, const struct client_report *report)
{
	char numbers[PROGRESS_LINE_MAX], name[PROGRESS_LINE_MAX], line[2 * PROGRESS_LINE_MAX + 2];
	if (!job->shows_progress)
		return;
	if (report->outcome != CLIENT_DONE) {
		draw(job, "");
		fputc('\r', stderr);
		return;
	}
	unsigned columns = progress_columns(STDERR_FILENO);
	text_printable(text_of(job->options->file), name, sizeof name);
	progress_format_end(report->bytes, report->duration_us, numbers);
	unsigned name_max = columns > strlen(numbers) + 3 ? columns - (unsigned)strlen(numbers) - 3 : 0;
	if (strlen(name) <= name_max)
		snprintf(line, sizeof line, "%s: %s", name, numbers);
	else
		snprintf(line, sizeof line, "%s", numbers);
	draw(job, line);
	fputc('\n', stderr);
}

static void tell(const struct job_options *options, const struct verdict *verdict,
		 const struct client_report *report)
{
	const char *what = verdict->is_about_file ? options->file : options->url;
	char server[ADDR_TEXT_MAX];
	if (!options->wants_json) {
		if (verdict->why[0] != '\0' && !verdict->is_quiet)
			command_complain(what, verdict->why, verdict->remedy);
		return;
	}
	addr_format(&report->server, server);
	const struct summary summary = {
	    .url = options->url,
	    .file = options->file,
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
	summary_print(&summary, choose_output(options));
}

int job_fail(const struct job_options *options, int status, const char *outcome, const char *what,
	     const char *why, const char *remedy)
{
	if (options->wants_json) {
		const struct summary summary = {
		    .url = options->url,
		    .file = options->file,
		    .outcome = outcome,
		    .error = why,
		    .error_code = -1,
		};
		summary_print(&summary, choose_output(options));
	} else {
		command_complain(what, why, remedy);
	}
	return status;
}

int job_fail_local(const struct job_options *options, const struct fault *fault, int error)
{
	char why[256];
	bool is_file = fault->doing != NULL;
	snprintf(why, sizeof why, "%s: %s", is_file ? fault->doing : "cannot start", uv_strerror(error));
	return job_fail(options, STATUS_LOCAL, "local", is_file ? options->file : options->url, why,
			is_file ? fault->remedy : "Check the limits of this machine");
}

int job_find_server(struct job_options *options, const struct url *url,
		    struct addr servers[CLIENT_SERVERS_MAX])
{
	int count = resolve_host(url->host, options->family, url->port, servers, CLIENT_SERVERS_MAX);
	if (count < 0) {
		char why[512];
		snprintf(why, sizeof why, "the name of the server, %s, has no address (%s)", url->host,
			 uv_strerror(count));
		return job_fail(options, STATUS_UNRESOLVED, "unresolved", options->url, why,
				"Check the name, and -4 or -6 if given");
	}
	options->client.servers = servers;
	options->client.server_count = (size_t)count;
	options->client.file = url->path;
	options->client.give_up_ms = options->timeout_s * 1000;
	if (url->is_netascii)
		options->client.is_netascii = true;
	return STATUS_DONE;
}

static void stop(struct job *job)
{
	if (job->way->stop != NULL)
		job->way->stop(job);
	for (size_t i = 0; i < JOB_SIGNALS; i++)
		uv_close((uv_handle_t *)&job->signals[i], NULL);
	uv_close((uv_handle_t *)&job->redraw, NULL);
}

void job_end(struct job *job, const struct client_report *report)
{
	struct client_report seen = *report;
	if (job->signal_number != 0 && report->outcome == CLIENT_LOCAL)
		seen.outcome = CLIENT_CANCELLED;
	verdict_find(&job->verdict, &seen, job->fault, job->options->timeout_s, job->options->is_upload);
	end_progress(job, &seen);
	tell(job->options, &job->verdict, &seen);
	job->client = NULL;
	stop(job);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct job *job = signal->data;
	job->signal_number = number;
	if (job->client != NULL)
		client_cancel(job->client);
}

static int start_signals(struct job *job)
{
	int error = 0;
	for (size_t i = 0; i < JOB_SIGNALS; i++) {
		ASSERT(uv_signal_init(&job->loop, &job->signals[i]) == 0);
		job->signals[i].data = job;
		if (error == 0)
			error = uv_signal_start(&job->signals[i], on_signal, signal_numbers[i]);
		uv_unref((uv_handle_t *)&job->signals[i]);
	}
	return error;
}

static void start_progress(struct job *job)
{
	ASSERT(uv_timer_init(&job->loop, &job->redraw) == 0);
	job->redraw.data = job;
	job->shows_progress =
	    !job->options->is_quiet && !job->options->wants_json && progress_columns(STDERR_FILENO) > 0;
	progress_init(&job->progress, uv_hrtime() / 1000);
	if (job->shows_progress)
		uv_timer_start(&job->redraw, redraw, PROGRESS_INTERVAL_MS, PROGRESS_INTERVAL_MS);
}

/* With the loop running: the client, the end. */
static int run(struct job *job)
{
	int error = start_signals(job);
	start_progress(job);
	if (error == 0)
		error = job->way->start(job);
	if (error != 0) {
		stop(job);
		uv_run(&job->loop, UV_RUN_DEFAULT);
		return job_fail_local(job->options, job->fault, error);
	}
	uv_run(&job->loop, UV_RUN_DEFAULT);
	if (job->verdict.status != STATUS_DONE && job->signal_number != 0)
		return STATUS_SIGNAL + job->signal_number;
	return (int)job->verdict.status;
}

int job_run(struct job *job, const struct job_options *options, const struct job_way *way,
	    const struct fault *fault)
{
	int status;
	*job = (struct job){.options = options, .way = way, .fault = fault};
	int error = uv_loop_init(&job->loop);
	if (error != 0)
		return job_fail_local(options, fault, error);
	error = batch_open(&job->batch, &job->loop, MESSAGES_MAX);
	if (error == 0) {
		status = run(job);
		batch_close(&job->batch);
		uv_run(&job->loop, UV_RUN_DEFAULT);
		batch_fini(&job->batch);
	} else {
		uv_run(&job->loop, UV_RUN_DEFAULT);
		status = job_fail_local(options, fault, error);
	}
	ASSERT(uv_loop_close(&job->loop) == 0);
	return status;
}

#include "uvtftpd/service.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <uv.h>

#include "uvtftpd/inherit.h"
#include "uvtftpd/notify.h"
#include "uvtftpd/output.h"
#include "uvtftpd/reload.h"

/* Threads for blocking file reads. A few slow disks or network mounts must not hold up everybody. */
#define IO_THREADS "16"

struct daemon {
	struct uvtftp_server *server;
	struct reload reload; /* owns the settings */
	uv_loop_t loop;
	uv_signal_t term;
	uv_signal_t interrupt;
	uv_async_t drained;
	uv_timer_t patience; /* --drain */
	int sockets[INHERIT_MAX];
	bool is_draining;
};

static void log_line(void *user, enum uvtftp_log_level level, const char *line)
{
	(void)user;
	output_line(level, "%s", line);
}

static void report(void *user, const struct uvtftp_report *report)
{
	(void)user;
	output_report(report);
}

static void drained(void *user)
{
	struct daemon *daemon = user;
	uv_async_send(&daemon->drained);
}

static void end_on_drained(uv_async_t *async)
{
	uv_stop(async->loop);
}

static void end_on_patience(uv_timer_t *timer)
{
	output_line(UVTFTP_LOG_WARNING, "not all transfers ended in time: ending them");
	uv_stop(timer->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *daemon = handle->data;
	if (daemon->is_draining) {
		uv_stop(&daemon->loop);
		return;
	}
	unsigned drain_s = daemon->reload.now->own.drain_s;
	daemon->is_draining = true;
	notify_say("STOPPING=1");
	reload_end(&daemon->reload);
	output_line(UVTFTP_LOG_INFO,
		    "%s: finishing running transfers for up to %u s; again ends at once",
		    number == SIGINT ? "SIGINT" : "SIGTERM", drain_s);
	uv_timer_start(&daemon->patience, end_on_patience, (uint64_t)drain_s * 1000, 0);
	uvtftp_server_drain(daemon->server);
}

/* TID ports and open files need descriptors; the soft limit is a matter of habit. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur =
	    limit.rlim_max == RLIM_INFINITY || limit.rlim_max > 65536 ? 65536 : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void say_directory(const struct daemon *daemon, const struct uvtftp_root *root, const char *how)
{
	char *path = realpath(root->path, NULL);
	output_line(UVTFTP_LOG_INFO, "serving %s%s%s", path != NULL ? path : root->path, how,
		    daemon->reload.now->server.is_single_port ? ", all on one port" : "");
	free(path);
}

static void say_where(const struct daemon *daemon)
{
	const struct uvtftp_server_options *options = &daemon->reload.now->server;
	const char *address;
	char how[100];
	if (options->socket_count > 0)
		output_line(UVTFTP_LOG_INFO,
			    "the sockets are the service manager's: 'listen' has no effect");
	for (size_t i = 0; (address = uvtftp_server_address(daemon->server, i)) != NULL; i++)
		output_line(UVTFTP_LOG_INFO, "listening on %s", address);
	for (size_t i = options->root_count; i-- > 1;) {
		snprintf(how, sizeof how, " as '%s'", options->roots[i].name);
		say_directory(daemon, &options->roots[i], how);
	}
	say_directory(daemon, &options->roots[0], "");
}

static void prepare_loop(struct daemon *daemon)
{
	uv_loop_init(&daemon->loop);
	uv_async_init(&daemon->loop, &daemon->drained, end_on_drained);
	uv_timer_init(&daemon->loop, &daemon->patience);
	uv_signal_init(&daemon->loop, &daemon->term);
	uv_signal_init(&daemon->loop, &daemon->interrupt);
	daemon->term.data = daemon->interrupt.data = daemon;
	uv_signal_start(&daemon->term, on_signal, SIGTERM);
	uv_signal_start(&daemon->interrupt, on_signal, SIGINT);
}

static void close_handle(uv_handle_t *handle, void *user)
{
	(void)user;
	uv_close(handle, NULL);
}

static int serve(struct daemon *daemon)
{
	struct uvtftp_error error;
	/* Before the workers, who write from their first request on. */
	output_start();
	int rc = uvtftp_server_start(&daemon->server, &daemon->reload.now->server, &error);
	if (rc != 0) {
		output_stop();
		fprintf(stderr, "uvtftpd: %s\n", error.text);
		return rc == UVTFTP_ERR_USAGE ? 2 : 1;
	}
	say_where(daemon);
	reload_begin(&daemon->reload, daemon->server);
	notify_say("READY=1");
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	reload_end(&daemon->reload);
	uvtftp_server_stop(daemon->server);
	output_summary();
	output_stop();
	return 0;
}

int service_run(const struct options *options, struct settings *settings)
{
	static struct daemon daemon;
	setenv("UV_THREADPOOL_SIZE", IO_THREADS, 0);
	signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	/* The journal stamps lines itself. */
	output_init(settings->server.log_level, getenv("JOURNAL_STREAM") == NULL);
	settings->server.on_log = log_line;
	settings->server.on_report = report;
	settings->server.on_drained = drained;
	settings->server.user = &daemon;
	settings->server.sockets = daemon.sockets;
	settings->server.socket_count = inherit_sockets(daemon.sockets);
	prepare_loop(&daemon);
	reload_init(&daemon.reload, &daemon.loop, options, settings);
	int code = serve(&daemon);
	uv_walk(&daemon.loop, close_handle, NULL);
	uv_run(&daemon.loop, UV_RUN_DEFAULT);
	uv_loop_close(&daemon.loop);
	reload_fini(&daemon.reload);
	return code;
}

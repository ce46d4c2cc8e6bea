/* A transfer at work, in either direction: the loop, the client, the progress line, the signals, and what is
 * told at the end. */
#ifndef UVTFTP_UVTFTP_JOB_H
#define UVTFTP_UVTFTP_JOB_H

#include "client/client.h"
#include "uvtftp/progress.h"
#include "uvtftp/url.h"
#include "uvtftp/verdict.h"

#define JOB_SIGNALS 3

struct job_options {
	const char *url;  /* as given, for messages */
	const char *file; /* local path; "-" is standard input or output */
	struct client_options client;
	unsigned timeout_s;
	int family; /* AF_UNSPEC, AF_INET or AF_INET6 */
	bool is_upload;
	bool is_quiet;
	bool wants_json;
};

struct job;

/* What a direction adds. */
struct job_way {
	int (*start)(struct job *job); /* starts job->client; 0 or a negative libuv error */
	void (*stop)(struct job *job); /* the end: closes its own handles on the loop. May be NULL */
};

struct job {
	const struct job_options *options;
	const struct job_way *way;
	const struct fault *fault; /* of the local file; borrowed */
	uv_loop_t loop;
	struct batch batch;
	struct client *client; /* until its end */
	uv_signal_t signals[JOB_SIGNALS];
	uv_timer_t redraw;
	struct progress progress;
	unsigned drawn; /* columns of the line that stands there now */
	bool shows_progress;
	int signal_number; /* 0: none came */
	struct verdict verdict;
};

/* Puts the server and the path into the options. STATUS_DONE, or what was told. */
int job_find_server(struct job_options *options, const struct url *url,
		    struct addr servers[CLIENT_SERVERS_MAX]);
/* From the start to the end. Returns enum command_status, or STATUS_SIGNAL and a signal's number. */
int job_run(struct job *job, const struct job_options *options, const struct job_way *way,
	    const struct fault *fault);
/* client_events.on_end */
void job_end(struct job *job, const struct client_report *report);

/* A failure before anything could be transferred, in the way the options want it told. Returns `status`. */
int job_fail(const struct job_options *options, int status, const char *outcome, const char *what,
	     const char *why, const char *remedy);
/* The same of the local file, or of this machine if there is no fault. Returns STATUS_LOCAL. */
int job_fail_local(const struct job_options *options, const struct fault *fault, int error);

#endif

#include "uvtftp/send.h"

#include "base/list.h"

struct send {
	struct job job;
	struct source *source; /* borrowed */
};

static ssize_t on_read(void *user, uint8_t *room, size_t len)
{
	struct send *send = user;
	return source_read(send->source, room, len);
}

static void on_end(void *user, const struct client_report *report)
{
	struct send *send = user;
	job_end(&send->job, report);
}

static const struct client_events events = {.on_read = on_read, .on_end = on_end};

static void on_ready(void *user)
{
	struct send *send = user;
	if (send->job.client != NULL)
		client_continue(send->job.client);
}

static int start(struct job *job)
{
	struct send *send = LIST_OWNER(job, struct send, job);
	source_watch(send->source, &job->loop, on_ready, send);
	return client_put(&job->client, &job->batch, &job->options->client, &events, send);
}

static void stop(struct job *job)
{
	struct send *send = LIST_OWNER(job, struct send, job);
	source_unwatch(send->source);
}

static const struct job_way way = {.start = start, .stop = stop};

int send_run(const struct job_options *options, struct source *source)
{
	struct send send = {.source = source};
	return job_run(&send.job, options, &way, &source->fault);
}

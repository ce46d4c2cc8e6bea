#include "uvtftp/fetch.h"

#include "base/list.h"
#include "uvtftp/download.h"

struct fetch {
	struct job job;
	struct download download;
};

static int on_size(void *user, uint64_t size_bytes)
{
	struct fetch *fetch = user;
	return download_reserve(&fetch->download, size_bytes);
}

static int on_data(void *user, const uint8_t *data, size_t len)
{
	struct fetch *fetch = user;
	return download_write(&fetch->download, data, len);
}

static int on_complete(void *user)
{
	struct fetch *fetch = user;
	return download_commit(&fetch->download);
}

static void on_end(void *user, const struct client_report *report)
{
	struct fetch *fetch = user;
	job_end(&fetch->job, report);
}

static const struct client_events events = {
    .on_size = on_size,
    .on_data = on_data,
    .on_complete = on_complete,
    .on_end = on_end,
};

static int start(struct job *job)
{
	struct fetch *fetch = LIST_OWNER(job, struct fetch, job);
	int error = download_create(&fetch->download);
	if (error != 0)
		return error;
	return client_get(&job->client, &job->batch, &job->options->client, &events, fetch);
}

static const struct job_way way = {.start = start};

int fetch_run(const struct job_options *options)
{
	struct fetch fetch;
	int error = download_open(&fetch.download, options->file);
	int status = error != 0 ? job_fail_local(options, &fetch.download.fault, error)
				: job_run(&fetch.job, options, &way, &fetch.download.fault);
	download_close(&fetch.download);
	return status;
}

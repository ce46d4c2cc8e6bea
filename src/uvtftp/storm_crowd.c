#include "uvtftp/storm_crowd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "uvtftp/progress.h"
#include "uvtftp/storm_worker.h"

#define SIGNALS 3

static const int signal_numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

struct crowd {
	const struct storm_plan *plan;
	struct storm_shared shared;
	struct storm_worker *workers; /* own */
	uint32_t thread_count;        /* started and not joined */
	uv_loop_t loop;
	uv_signal_t signals[SIGNALS];
	uv_timer_t redraw;
	uint64_t begun_ns;
	uint64_t cpu_begun_us; /* of the process */
	unsigned drawn;        /* columns */
	int signal_number;
	bool is_stall_told;
};

static void draw(struct crowd *crowd, const char *line)
{
	unsigned len = (unsigned)strlen(line);
	fprintf(stderr, "\r%s%*s", line, crowd->drawn > len ? (int)(crowd->drawn - len) : 0, "");
	crowd->drawn = len;
	fflush(stderr);
}

/* Only what the workers let others read. */
static void sum_up(const struct crowd *crowd, struct storm_tally *sum)
{
	for (uint32_t i = 0; i < crowd->plan->worker_count; i++) {
		const struct storm_tally *tally = &crowd->workers[i].tally;
		count_add(&sum->begun, count_get(&tally->begun));
		count_add(&sum->completed, count_get(&tally->completed));
		count_add(&sum->failed, count_get(&tally->failed));
		count_add(&sum->bytes, count_get(&tally->bytes));
	}
}

static void redraw(uv_timer_t *timer)
{
	static struct storm_tally sum; /* large */
	struct crowd *crowd = timer->data;
	char line[STORM_LINE_MAX];
	unsigned columns = progress_columns(STDERR_FILENO);
	if (columns < 2)
		return;
	memset(&sum, 0, sizeof sum);
	sum_up(crowd, &sum);
	storm_report_line(&sum, uv_hrtime() - crowd->begun_ns, columns - 1, line);
	draw(crowd, line);
}

static void join(struct crowd *crowd)
{
	while (crowd->thread_count > 0)
		uv_thread_join(&crowd->workers[--crowd->thread_count].thread);
}

static void stop(struct crowd *crowd)
{
	for (unsigned i = 0; i < SIGNALS; i++)
		uv_close((uv_handle_t *)&crowd->signals[i], NULL);
	uv_close((uv_handle_t *)&crowd->redraw, NULL);
	uv_close((uv_handle_t *)&crowd->shared.news, NULL);
}

static void on_news(uv_async_t *news)
{
	struct crowd *crowd = news->data;
	bool are_stalled = atomic_load(&crowd->shared.stalled) == crowd->plan->options->clients;
	if (are_stalled && !crowd->is_stall_told) {
		crowd->is_stall_told = true;
		fprintf(stderr, "uvtftp: all %u clients have an answer and are silent now\n",
			(unsigned)crowd->plan->options->clients);
	}
	if (atomic_load(&crowd->shared.workers_left) > 0)
		return;
	/* They may still be about to send this news. */
	join(crowd);
	stop(crowd);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct crowd *crowd = signal->data;
	crowd->signal_number = number;
	atomic_store(&crowd->shared.must_stop, true);
}

static void open_loop(struct crowd *crowd)
{
	const struct storm_options *options = crowd->plan->options;
	ASSERT(uv_async_init(&crowd->loop, &crowd->shared.news, on_news) == 0);
	crowd->shared.news.data = crowd;
	for (unsigned i = 0; i < SIGNALS; i++) {
		ASSERT(uv_signal_init(&crowd->loop, &crowd->signals[i]) == 0);
		crowd->signals[i].data = crowd;
		uv_signal_start(&crowd->signals[i], on_signal, signal_numbers[i]);
	}
	ASSERT(uv_timer_init(&crowd->loop, &crowd->redraw) == 0);
	crowd->redraw.data = crowd;
	if (!options->is_quiet && !options->wants_json && progress_columns(STDERR_FILENO) > 0)
		uv_timer_start(&crowd->redraw, redraw, PROGRESS_INTERVAL_MS, PROGRESS_INTERVAL_MS);
}

/* All of them, and when each has its sockets, all at once. */
static int start_threads(struct crowd *crowd)
{
	struct storm_shared *shared = &crowd->shared;
	int error = 0;
	while (error == 0 && crowd->thread_count < crowd->plan->worker_count) {
		struct storm_worker *worker = &crowd->workers[crowd->thread_count];
		error = uv_thread_create(&worker->thread, storm_worker_run, worker);
		if (error == 0)
			crowd->thread_count++;
	}
	for (uint32_t i = 0; i < crowd->thread_count; i++)
		uv_sem_wait(&shared->ready);
	if (error != 0)
		atomic_store(&shared->setup_error, error);
	crowd->cpu_begun_us = storm_cpu_us();
	crowd->begun_ns = uv_hrtime();
	for (uint32_t i = 0; i < crowd->thread_count; i++)
		uv_sem_post(&shared->go);
	return error;
}

static void collect(const struct crowd *crowd, struct storm_result *result)
{
	uint64_t first_ns = UINT64_MAX, last_ns = 0;
	for (uint32_t i = 0; i < crowd->plan->worker_count; i++) {
		const struct storm_worker *worker = &crowd->workers[i];
		storm_tally_merge(&result->tally, &worker->tally);
		first_ns = worker->started_ns < first_ns ? worker->started_ns : first_ns;
		last_ns = worker->ended_ns > last_ns ? worker->ended_ns : last_ns;
	}
	result->clients = crowd->plan->options->clients;
	result->workers = crowd->plan->worker_count;
	result->duration_ns = last_ns - first_ns;
	result->cpu_us = crowd->shared.cpu_ended_us - crowd->cpu_begun_us;
	result->is_upload = crowd->plan->options->is_upload;
	result->is_stall = crowd->plan->options->is_stall;
}

static int run(struct crowd *crowd, struct storm_result *result)
{
	int error = uv_loop_init(&crowd->loop);
	if (error != 0)
		return error;
	open_loop(crowd);
	error = start_threads(crowd);
	if (error != 0) {
		join(crowd);
		stop(crowd);
	}
	uv_run(&crowd->loop, UV_RUN_DEFAULT);
	ASSERT(uv_loop_close(&crowd->loop) == 0);
	if (crowd->drawn > 0) {
		draw(crowd, "");
		fputc('\r', stderr);
	}
	if (error == 0)
		error = atomic_load(&crowd->shared.setup_error);
	if (error == 0)
		collect(crowd, result);
	return error;
}

int storm_crowd_run(const struct storm_plan *plan, struct storm_result *result, int *signal_number)
{
	static struct crowd crowd;
	crowd = (struct crowd){.plan = plan, .shared = {.plan = plan}};
	atomic_init(&crowd.shared.workers_left, plan->worker_count);
	crowd.workers = mem_zalloc(plan->worker_count, sizeof *crowd.workers);
	if (crowd.workers == NULL)
		return -ENOMEM;
	ASSERT(uv_sem_init(&crowd.shared.ready, 0) == 0 && uv_sem_init(&crowd.shared.go, 0) == 0);
	int error = 0;
	for (uint32_t i = 0; error == 0 && i < plan->worker_count; i++)
		error = storm_worker_init(&crowd.workers[i], &crowd.shared, i);
	if (error == 0)
		error = run(&crowd, result);
	*signal_number = crowd.signal_number;
	for (uint32_t i = 0; i < plan->worker_count; i++)
		storm_worker_fini(&crowd.workers[i]);
	uv_sem_destroy(&crowd.shared.ready);
	uv_sem_destroy(&crowd.shared.go);
	mem_free(crowd.workers);
	return error;
}

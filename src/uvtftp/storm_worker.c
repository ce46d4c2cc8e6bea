/* First all sockets, then, with the other workers, all requests; then what comes, until every client has done
 * what it was to do. The deadlines are looked at a few times in each interval, all of them: cheaper than timers
 * that every packet moves. */
#include "uvtftp/storm_worker.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/mem.h"

#define NS_OF_MS        UINT64_C(1000000)
#define SWEEPS_OF_RETRY 20u /* so deadlines are met within a twentieth */
#define SWEEP_MS_MAX    50u
#define PACE_MS         1
/* After a storm with losses the server may lack some last ACKs: its repetitions are answered until none came for
 * so long. */
#define LINGER_QUIET_MS 300u
#define LINGER_MS_MAX   3000u
/* Servers repeat an answer after a second: one of two will come. */
#define HEAR_OUT_MS 2000u

uint64_t storm_cpu_us(void)
{
	struct rusage usage;
	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return 0;
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* splitmix64: neighbours get unlike dice, and none gets 0. */
static uint64_t throw_seed(uint64_t seed, uint32_t number)
{
	uint64_t mixed = seed + (number + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return (mixed ^ mixed >> 31) | 1;
}

int storm_worker_init(struct storm_worker *worker, struct storm_shared *shared, uint32_t index)
{
	const struct storm_plan *plan = shared->plan;
	uint32_t clients = (uint32_t)plan->options->clients;
	uint32_t share = clients / plan->worker_count, rest = clients % plan->worker_count;
	uint32_t first = index * share + (index < rest ? index : rest);
	worker->shared = shared;
	worker->plan = plan;
	worker->index = index;
	worker->spare_port = index;
	worker->client_count = share + (index < rest ? 1 : 0);
	worker->idle_end = &worker->idle_first;
	worker->clients = mem_zalloc(worker->client_count, sizeof *worker->clients);
	worker->inbox = storm_inbox_new(plan->has_windows);
	if (worker->clients == NULL || worker->inbox == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < worker->client_count; i++) {
		struct storm_client *client = &worker->clients[i];
		client->worker = worker;
		client->number = first + i;
		client->dice = throw_seed(plan->options->seed, client->number);
		client->fd = -1;
	}
	return 0;
}

void storm_worker_fini(struct storm_worker *worker)
{
	storm_inbox_free(worker->inbox);
	mem_free(worker->clients);
}

static void wait_to_begin(struct storm_worker *worker, struct storm_client *client)
{
	client->next_idle = NULL;
	*worker->idle_end = client;
	worker->idle_end = &client->next_idle;
}

static bool is_time_up(const struct storm_worker *worker)
{
	uint64_t duration_ms = worker->plan->options->duration_ms;
	return duration_ms != 0 && worker->now_ns - worker->started_ns >= duration_ms * NS_OF_MS;
}

void storm_worker_ended(struct storm_worker *worker, struct storm_client *client)
{
	uint64_t repeat = worker->plan->options->repeat;
	bool is_over = repeat != 0 ? client->begun >= repeat : is_time_up(worker);
	if (is_over || client->is_broken)
		worker->unfinished--;
	else
		wait_to_begin(worker, client);
}

/* How many may begin by now. */
static uint64_t find_allowance(const struct storm_worker *worker)
{
	const struct storm_plan *plan = worker->plan;
	uint64_t begun = count_get(&worker->tally.begun);
	if (plan->options->rate == 0)
		return UINT64_MAX;
	double seconds = (double)(worker->now_ns - worker->started_ns) / 1e9;
	double share = (double)worker->client_count / (double)plan->options->clients;
	uint64_t due = 1 + (uint64_t)(seconds * (double)plan->options->rate * share);
	return due > begun ? due - begun : 0;
}

static void begin_waiting(struct storm_worker *worker)
{
	if (worker->idle_first == NULL)
		return;
	uint64_t allowance = find_allowance(worker);
	while (worker->idle_first != NULL && allowance-- > 0) {
		struct storm_client *client = worker->idle_first;
		worker->idle_first = client->next_idle;
		if (worker->idle_first == NULL)
			worker->idle_end = &worker->idle_first;
		if (is_time_up(worker))
			worker->unfinished--;
		else
			storm_client_begin(client);
	}
}

static void on_ready(void *user)
{
	struct storm_client *client = user;
	storm_client_ready(client);
	begin_waiting(client->worker);
}

static bool is_due(const struct storm_client *client)
{
	return client->deadline_ns != 0 && client->deadline_ns <= client->worker->now_ns;
}

static void sweep(struct storm_worker *worker)
{
	uint64_t pause_ms = worker->plan->options->retry_ms / SWEEPS_OF_RETRY + 1;
	worker->sweep_ns =
	    worker->now_ns + (pause_ms < SWEEP_MS_MAX ? pause_ms : SWEEP_MS_MAX) * NS_OF_MS;
	for (uint32_t i = 0; i < worker->client_count; i++) {
		struct storm_client *client = &worker->clients[i];
		if (!is_due(client))
			continue;
		/* The answer may be there, behind many others. */
		storm_client_ready(client);
		if (is_due(client))
			storm_client_expire(client);
	}
}

static void turn(struct storm_worker *worker)
{
	int timeout_ms = 0;
	if (worker->sweep_ns > worker->now_ns)
		timeout_ms = (int)((worker->sweep_ns - worker->now_ns) / NS_OF_MS) + 1;
	if (worker->idle_first != NULL && timeout_ms > PACE_MS)
		timeout_ms = PACE_MS;
	storm_poller_wait(worker->poller, timeout_ms, on_ready);
	worker->now_ns = uv_hrtime();
	if (worker->now_ns >= worker->sweep_ns)
		sweep(worker);
	begin_waiting(worker);
}

static bool must_go_on(const struct storm_worker *worker)
{
	if (atomic_load_explicit(&worker->shared->must_stop, memory_order_relaxed))
		return false;
	return worker->plan->options->is_stall ? !is_time_up(worker) : worker->unfinished > 0;
}

static void linger(struct storm_worker *worker)
{
	worker->heard_ns = worker->ended_ns;
	while (!atomic_load(&worker->shared->must_stop) &&
	       worker->now_ns - worker->heard_ns < LINGER_QUIET_MS * NS_OF_MS &&
	       worker->now_ns - worker->ended_ns < LINGER_MS_MAX * NS_OF_MS)
		turn(worker);
}

static bool is_anybody_asking(const struct storm_worker *worker)
{
	for (uint32_t i = 0; i < worker->client_count; i++)
		if (worker->clients[i].phase == STORM_ASKING)
			return true;
	return false;
}

static void on_late_answer(void *user)
{
	storm_client_ready(user);
}

void storm_worker_hear_out(struct storm_worker *worker, uint32_t patience_ms)
{
	uint64_t until_ns = worker->now_ns + patience_ms * NS_OF_MS;
	while (is_anybody_asking(worker) && worker->now_ns < until_ns) {
		int left_ms = (int)((until_ns - worker->now_ns) / NS_OF_MS) + 1;
		storm_poller_wait(worker->poller, left_ms, on_late_answer);
		worker->now_ns = uv_hrtime();
	}
}

static int open_clients(struct storm_worker *worker)
{
	int error = storm_poller_open(&worker->poller);
	for (uint32_t i = 0; error == 0 && i < worker->client_count; i++)
		error = storm_client_open(&worker->clients[i]);
	return error;
}

static void close_clients(struct storm_worker *worker)
{
	for (uint32_t i = 0; i < worker->client_count; i++) {
		storm_client_abandon(&worker->clients[i]);
		storm_client_close(&worker->clients[i]);
	}
	storm_poller_close(worker->poller);
}

static void work(struct storm_worker *worker)
{
	worker->unfinished = worker->client_count;
	for (uint32_t i = 0; i < worker->client_count; i++)
		wait_to_begin(worker, &worker->clients[i]);
	worker->started_ns = worker->now_ns = uv_hrtime();
	begin_waiting(worker);
	while (must_go_on(worker))
		turn(worker);
	worker->ended_ns = worker->now_ns = uv_hrtime();
	storm_worker_hear_out(worker, HEAR_OUT_MS);
	if (worker->plan->options->loss != 0)
		linger(worker);
}

void storm_worker_run(void *user)
{
	struct storm_worker *worker = user;
	struct storm_shared *shared = worker->shared;
	int none = 0;
	if (worker->plan->has_own_tables)
		storm_socket_own_table();
	int error = open_clients(worker);
	if (error != 0)
		atomic_compare_exchange_strong(&shared->setup_error, &none, error);
	uv_sem_post(&shared->ready);
	uv_sem_wait(&shared->go);
	if (atomic_load(&shared->setup_error) == 0)
		work(worker);
	if (atomic_fetch_sub(&shared->workers_left, 1) == 1)
		shared->cpu_ended_us = storm_cpu_us();
	close_clients(worker);
	uv_async_send(&shared->news);
}

/* The swarm: begins the clients, all at once or so many at a time, and counts how they end.
 *
 * Bounded: every client gives up after SWARM_TRIES silences, and all of them at --limit. One line on standard
 * output; exit status 0 if what was demanded holds, 1 if not, 2 for wrong usage. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "swarm.h"

#define TICK_MS        20
#define COMPLAINTS_MAX 5

static const char usage[] =
    "Usage: swarm [OPTIONS] HOST PORT ROOT NAME...\n"
    "Client number i fetches the NAME number i (they go round) and compares with ROOT/NAME; where "
    "there\n"
    "is no such file, ERROR 1 is the right answer.\n"
    "  --clients N              in all [1]\n"
    "  --at-once N              at most so many at a time [all]\n"
    "  --blksize N --windowsize N --tsize\n"
    "  --abort P --vanish P     so many of 100 clients say ERROR or fall silent in the middle\n"
    "  --seed N                 of those dice\n"
    "  --seconds S              begin no client later\n"
    "  --limit S                what runs then has failed [60]\n"
    "  --single-port            only what comes from the port that was asked is an answer\n"
    "  --must-complete          no client may fail\n"
    "  --max-retransmissions K  of the clients, in all\n";

struct demands {
	bool must_complete;
	uint64_t retransmissions_max;
};

uint64_t swarm_now(void)
{
	return uv_hrtime() / 1000;
}

void swarm_complain(struct crowd *crowd, const struct client *client, const char *what)
{
	if (crowd->complaints++ < COMPLAINTS_MAX)
		fprintf(stderr, "swarm: client %zu, %s, after %" PRIu64 " blocks: %s\n",
			(size_t)(client - crowd->clients), client->target->name, client->blocks, what);
}

/* xorshift64: the same seed, the same run, as far as the network lets it. */
static uint64_t throw_dice(struct crowd *crowd, uint64_t sides)
{
	crowd->random ^= crowd->random << 13;
	crowd->random ^= crowd->random >> 7;
	crowd->random ^= crowd->random << 17;
	return crowd->random % sides;
}

static void prepare(struct crowd *crowd, size_t i)
{
	struct client *client = &crowd->clients[i];
	client->crowd = crowd;
	client->target = &crowd->targets[i % crowd->target_count];
	client->leave_as = FATE_DONE;
	unsigned blksize = crowd->ask.blksize != 0 ? crowd->ask.blksize : WIRE_BLKSIZE;
	uint64_t full_blocks = client->target->len / blksize;
	uint64_t dice = throw_dice(crowd, 100);
	if (full_blocks == 0)
		return;
	client->leave_after = 1 + throw_dice(crowd, full_blocks);
	if (dice < crowd->abort_percent)
		client->leave_as = FATE_ABORTED;
	else if (dice < crowd->abort_percent + crowd->vanish_percent)
		client->leave_as = FATE_VANISHED;
}

static bool may_begin(const struct crowd *crowd)
{
	return crowd->begun < crowd->client_count && crowd->running < crowd->at_once &&
	       swarm_now() < crowd->begin_until_us;
}

static void begin(struct crowd *crowd)
{
	size_t first = crowd->begun;
	for (; may_begin(crowd); crowd->begun++) {
		prepare(crowd, crowd->begun);
		if (client_open(&crowd->clients[crowd->begun]))
			continue;
		fprintf(stderr, "swarm: no socket for client %zu: %s\n", crowd->begun, strerror(errno));
		exit(2);
	}
	/* All sockets first: the requests leave as one burst. */
	for (size_t i = first; i < crowd->begun; i++)
		client_ask(&crowd->clients[i]);
}

void swarm_ended(struct crowd *crowd)
{
	begin(crowd);
	if (crowd->running == 0)
		uv_close((uv_handle_t *)&crowd->timer, NULL);
}

static void tick(uv_timer_t *timer)
{
	struct crowd *crowd = timer->data;
	uint64_t now_us = swarm_now();
	size_t end = crowd->begun;
	while (crowd->first_running < end && crowd->clients[crowd->first_running].fate > FATE_RUNNING)
		crowd->first_running++;
	for (size_t i = crowd->first_running; i < end; i++) {
		struct client *client = &crowd->clients[i];
		if (client->fate != FATE_RUNNING)
			continue;
		if (now_us >= crowd->stop_us) {
			swarm_complain(crowd, client, "time is up");
			client_end(client, FATE_FAILED);
		} else if (now_us >= client->deadline_us) {
			client_expire(client);
		}
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* The whole-transfer times of the clients that completed, sorted. */
static uint64_t *collect_times(const struct crowd *crowd, size_t *count)
{
	uint64_t *times = calloc(crowd->client_count, sizeof *times);
	*count = 0;
	if (times == NULL)
		exit(2);
	for (size_t i = 0; i < crowd->begun; i++)
		if (crowd->clients[i].fate == FATE_DONE)
			times[(*count)++] = crowd->clients[i].took_us;
	qsort(times, *count, sizeof *times, compare);
	return times;
}

static void summarise(const struct crowd *crowd)
{
	size_t count;
	uint64_t *times = collect_times(crowd, &count);
	uint64_t p50 = count > 0 ? times[(count - 1) * 50 / 100] : 0;
	uint64_t p99 = count > 0 ? times[(count - 1) * 99 / 100] : 0;
	printf("swarm: clients=%zu completed=%zu failed=%zu aborted=%zu vanished=%zu "
	       "retransmissions=%" PRIu64 " repeated=%" PRIu64 " strangers=%" PRIu64 " p50_us=%" PRIu64
	       " p99_us=%" PRIu64 " max_us=%" PRIu64 " all_us=%" PRIu64 " bytes=%" PRIu64 "\n",
	       crowd->begun, crowd->fates[FATE_DONE], crowd->fates[FATE_FAILED],
	       crowd->fates[FATE_ABORTED], crowd->fates[FATE_VANISHED], crowd->retransmissions,
	       crowd->repeated, crowd->strangers, p50, p99, count > 0 ? times[count - 1] : 0,
	       swarm_now() - crowd->started_us, crowd->bytes);
	free(times);
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int run(struct crowd *crowd, const struct demands *demands, unsigned long limit_s)
{
	raise_descriptor_limit();
	crowd->clients = calloc(crowd->client_count, sizeof *crowd->clients);
	if (crowd->clients == NULL || uv_loop_init(&crowd->loop) != 0)
		return 2;
	uv_timer_init(&crowd->loop, &crowd->timer);
	crowd->timer.data = crowd;
	uv_timer_start(&crowd->timer, tick, TICK_MS, TICK_MS);
	crowd->started_us = swarm_now();
	crowd->stop_us = crowd->started_us + limit_s * 1000000u;
	crowd->begin_until_us += crowd->started_us;
	begin(crowd);
	uv_run(&crowd->loop, UV_RUN_DEFAULT);
	uv_loop_close(&crowd->loop);
	summarise(crowd);
	bool is_fine = crowd->begun > 0 && (!demands->must_complete || crowd->fates[FATE_FAILED] == 0) &&
		       crowd->retransmissions <= demands->retransmissions_max;
	free(crowd->clients);
	return is_fine ? 0 : 1;
}

static void map_target(struct target *target, const char *root, const char *name)
{
	char path[4096];
	struct stat stat;
	target->name = name;
	snprintf(path, sizeof path, "%s/%s", root, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		target->is_missing = true;
		return;
	}
	if (fd >= 0 && fstat(fd, &stat) == 0) {
		target->len = (size_t)stat.st_size;
		void *bytes =
		    target->len > 0 ? mmap(NULL, target->len, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
		if (bytes != MAP_FAILED) {
			target->bytes = target->len > 0 ? bytes : (const uint8_t *)"";
			close(fd);
			return;
		}
	}
	perror(path);
	exit(2);
}

static bool take_names(struct crowd *crowd, int argc, char **argv)
{
	if (argc < 4 || !wire_parse_addr(&crowd->server, argv[0], argv[1]))
		return false;
	crowd->target_count = (size_t)argc - 3;
	crowd->targets = calloc(crowd->target_count, sizeof *crowd->targets);
	for (size_t i = 0; crowd->targets != NULL && i < crowd->target_count; i++)
		map_target(&crowd->targets[i], argv[2], argv[3 + i]);
	return crowd->targets != NULL;
}

enum option_id {
	OPTION_CLIENTS,
	OPTION_AT_ONCE,
	OPTION_BLKSIZE,
	OPTION_WINDOWSIZE,
	OPTION_TSIZE,
	OPTION_ABORT,
	OPTION_VANISH,
	OPTION_SEED,
	OPTION_SECONDS,
	OPTION_LIMIT,
	OPTION_SINGLE_PORT,
	OPTION_MUST_COMPLETE,
	OPTION_MAX_RETRANSMISSIONS,
	OPTION_COUNT
};

static const struct option options[] = {
    {"clients", required_argument, NULL, 0},
    {"at-once", required_argument, NULL, 0},
    {"blksize", required_argument, NULL, 0},
    {"windowsize", required_argument, NULL, 0},
    {"tsize", no_argument, NULL, 0},
    {"abort", required_argument, NULL, 0},
    {"vanish", required_argument, NULL, 0},
    {"seed", required_argument, NULL, 0},
    {"seconds", required_argument, NULL, 0},
    {"limit", required_argument, NULL, 0},
    {"single-port", no_argument, NULL, 0},
    {"must-complete", no_argument, NULL, 0},
    {"max-retransmissions", required_argument, NULL, 0},
    {NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	static const unsigned long max[OPTION_COUNT] = {1000000,  1000000, 65464, 65535, 1, 100,     100,
							1u << 30, 3600,    3600,  1,     1, 1u << 30};
	unsigned long value[OPTION_COUNT] = {
	    [OPTION_CLIENTS] = 1, [OPTION_AT_ONCE] = 1000000,
	    [OPTION_SEED] = 1,    [OPTION_SECONDS] = 3600,
	    [OPTION_LIMIT] = 60,  [OPTION_MAX_RETRANSMISSIONS] = 1u << 30};
	static struct crowd crowd;
	int at, result;
	while ((result = getopt_long(argc, argv, "", options, &at)) == 0)
		value[at] = options[at].has_arg == no_argument
				? 1
				: wire_number(options[at].name, optarg, 0, max[at]);
	if (result != -1 || value[OPTION_CLIENTS] == 0 || value[OPTION_AT_ONCE] == 0 ||
	    !take_names(&crowd, argc - optind, argv + optind)) {
		fputs(usage, stderr);
		return 2;
	}
	crowd.ask = (struct wire_ask){.mode = "octet",
				      .blksize = (unsigned)value[OPTION_BLKSIZE],
				      .windowsize = (unsigned)value[OPTION_WINDOWSIZE],
				      .wants_tsize = value[OPTION_TSIZE] != 0};
	crowd.client_count = value[OPTION_CLIENTS];
	crowd.at_once = value[OPTION_AT_ONCE];
	crowd.abort_percent = (unsigned)value[OPTION_ABORT];
	crowd.vanish_percent = (unsigned)value[OPTION_VANISH];
	crowd.random = value[OPTION_SEED] * UINT64_C(0x9E3779B97F4A7C15) | 1;
	crowd.begin_until_us = value[OPTION_SECONDS] * UINT64_C(1000000);
	crowd.is_single_port = value[OPTION_SINGLE_PORT] != 0;
	struct demands demands = {value[OPTION_MUST_COMPLETE] != 0, value[OPTION_MAX_RETRANSMISSIONS]};
	return run(&crowd, &demands, value[OPTION_LIMIT]);
}

#include "sim/lab.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/client.h"
#include "sim/run.h"

#define SEEDS_MAX    11u
#define SEEDS_IMAGE  5u
#define PERCENT      (DICE_CERTAIN / 100)
#define BOOT_BYTES   (1214u * 1468u + 700u) /* 1.78 MB: 1,215 blocks of 1468 */
#define IMAGE_BYTES  (16u << 20)
#define RTT_LAN_US   200u
#define RTT_LOOP_US  100u /* loopback, with the time a client takes */
#define RTT_FAR_US   300000u
#define LATE_US      40u /* what is overtaken is so by three packets at most */
#define RATE_MBPS    1000u
#define QUEUE_MAX    1000u
#define NO_GOAL      UINT32_MAX
#define COUNT_OF(of) (sizeof(of) / sizeof *(of))

struct lab_case {
	const char *client;
	uint32_t window;
	uint32_t blksize;
	uint64_t size_bytes;
	uint64_t rtt_us;
	uint64_t jitter_us;
	uint32_t lost_down, lost_up; /* percent */
	uint32_t late;               /* percent, to the client */
	uint32_t rate_mbps;          /* 0: RATE_MBPS */
	uint32_t queue_max;          /* packets that wait for it; 0: QUEUE_MAX */
	uint32_t seeds;
	/* Goals; NO_GOAL: none. */
	uint32_t time_worst_ms;
	uint32_t time_median_ms;
	uint32_t traffic_median; /* percent of the ideal */
	uint32_t needless_worst; /* DATA the client had already, and nobody had to doubt it */
};

enum verdict { GOALS_MET, GOALS_MISSED };

struct lab {
	const struct lab_choice *choice;
	uint64_t row;
	int count[GOALS_MISSED + 1];
};

/* Over the seeds, in order. */
struct spread {
	uint64_t value[SEEDS_MAX];
	size_t count;
};

struct lab_result {
	struct spread time_us, traffic, had; /* traffic: DATA a million blocks */
	struct spread needless;              /* of what it had, without what true time-outs excuse */
	struct spread timeouts, early;
	uint32_t failed;  /* seeds in which the client did not get the file */
	uint32_t refuted; /* seeds in which an oracle objected */
	char text[ORACLE_TEXT_MAX];
};

static void insert(struct spread *spread, uint64_t value)
{
	size_t at = spread->count++;
	for (; at > 0 && spread->value[at - 1] > value; at--)
		spread->value[at] = spread->value[at - 1];
	spread->value[at] = value;
}

static uint64_t find_median(const struct spread *spread)
{
	return spread->value[spread->count / 2];
}

static uint64_t find_highest(const struct spread *spread)
{
	return spread->value[spread->count - 1];
}

static void set_up(struct scenario *scenario, const struct lab_case *what, uint64_t seed)
{
	scenario_plain(scenario, seed, client_model_find(what->client), what->window, what->blksize);
	scenario->size_bytes = what->size_bytes;
	scenario->up.delay_us = scenario->down.delay_us = what->rtt_us / 2;
	scenario->up.jitter_us = scenario->down.jitter_us = what->jitter_us;
	scenario->up.rate_mbps = scenario->down.rate_mbps =
	    what->rate_mbps == 0 ? RATE_MBPS : what->rate_mbps;
	scenario->up.queue_max = scenario->down.queue_max =
	    what->queue_max == 0 ? QUEUE_MAX : what->queue_max;
	scenario->down.loss_ppm = what->lost_down * PERCENT;
	scenario->up.loss_ppm = what->lost_up * PERCENT;
	scenario->down.late_ppm = what->late * PERCENT;
	scenario->down.late_us = LATE_US;
}

/* Who does not hear cannot know which blocks of a window have arrived: a true time-out repeats it, and if the
 * answer is for the last but one, nobody knows about the last. */
static uint64_t find_needless(const struct run_result *run, uint32_t window)
{
	uint64_t excused = window == 1 ? 0 : window * (run->timeouts - run->early);
	return run->had > excused ? run->had - excused : 0;
}

static void run_case(struct lab_result *result, const struct lab_case *what,
		     const struct lab_choice *choice)
{
	*result = (struct lab_result){.failed = 0};
	for (uint64_t seed = 1; seed <= what->seeds; seed++) {
		struct scenario scenario;
		struct run_result run;
		if (choice->seed != 0 && choice->seed != seed)
			continue;
		set_up(&scenario, what, seed);
		run_play(&run, &scenario, choice->has_trace);
		insert(&result->time_us, run.client_us);
		insert(&result->traffic, run.data * 1000000 / run.blocks);
		insert(&result->had, run.had);
		insert(&result->needless, find_needless(&run, what->window));
		insert(&result->timeouts, run.timeouts);
		insert(&result->early, run.early);
		result->failed += !run.is_client_done;
		if (run.kind != ORACLE_FINE && result->refuted++ == 0)
			snprintf(result->text, sizeof result->text, "%s", run.text);
	}
}

static bool is_above(uint64_t value, uint32_t goal, uint64_t unit)
{
	return goal != NO_GOAL && value > goal * unit;
}

/* Prints what is missed. */
static enum verdict judge(const struct lab_case *what, const struct lab_result *result)
{
	bool is_late = is_above(find_highest(&result->time_us), what->time_worst_ms, 1000);
	bool is_slow = is_above(find_median(&result->time_us), what->time_median_ms, 1000);
	bool is_wasteful = is_above(find_median(&result->traffic), what->traffic_median, 10000);
	bool is_needless = is_above(find_highest(&result->needless), what->needless_worst, 1);
	if (result->failed > 0)
		printf("**%u fail** ", result->failed);
	if (result->refuted > 0)
		printf("**%u: %s** ", result->refuted, result->text);
	if (is_late)
		printf("**> %.2f s** ", what->time_worst_ms / 1e3);
	if (is_slow)
		printf("**median > %.2f s** ", what->time_median_ms / 1e3);
	if (is_wasteful)
		printf("**traffic > %.2f** ", what->traffic_median / 1e2);
	if (is_needless)
		printf("**sent without need** ");
	if (result->failed + result->refuted > 0 || is_late || is_slow || is_wasteful || is_needless)
		return GOALS_MISSED;
	printf("met ");
	return GOALS_MET;
}

static void print_network(const struct lab_case *what)
{
	if (what->lost_down > 0 && what->lost_up > 0)
		printf("%u %% lost each way", what->lost_down);
	else if (what->lost_down > 0)
		printf("%u %% lost", what->lost_down);
	else if (what->late > 0)
		printf("%u %% reordered", what->late);
	else
		printf("no loss");
	if (what->queue_max > 0)
		printf(", queue of %u, %u Mbit/s, %.0f ms", what->queue_max, what->rate_mbps,
		       (double)what->rtt_us / 1e3);
	if (what->jitter_us > 0)
		printf(", jitter %.0f ms", (double)what->jitter_us / 1e3);
}

/* Of millionths: the median, from the lowest to the highest. */
static void print_spread(const struct spread *spread)
{
	printf(" | %.3f (%.3f–%.3f)", (double)find_median(spread) / 1e6, (double)spread->value[0] / 1e6,
	       (double)find_highest(spread) / 1e6);
}

static void show_case(struct lab *lab, const struct lab_case *what)
{
	struct lab_result result;
	lab->row++;
	if (lab->choice->row != 0 && lab->choice->row != lab->row)
		return;
	run_case(&result, what, lab->choice);
	if (result.time_us.count == 0)
		return;
	printf("| %" PRIu64 " | %s | %u | ", lab->row, what->client, what->window);
	print_network(what);
	print_spread(&result.time_us);
	printf(" | %.1f", (double)what->size_bytes / (double)find_median(&result.time_us));
	print_spread(&result.traffic);
	printf(" | %" PRIu64 " | %" PRIu64 ", %" PRIu64 " | ", find_highest(&result.had),
	       find_highest(&result.timeouts), find_highest(&result.early));
	lab->count[judge(what, &result)]++;
	puts("|");
}

static void print_heading(const struct lab *lab, const char *title)
{
	if (lab->choice->row != 0)
		return;
	printf("\n%s\n\n"
	       "| # | client | window | network | time, s | MB/s | DATA / ideal | had already | "
	       "time-outs, early | goal |\n"
	       "|---|---|---|---|---|---|---|---|---|---|\n",
	       title);
}

/* INTEROP's table: what is lost or overtaken is so on the way to the client. */
static void show_lab(struct lab *lab)
{
	static const struct {
		uint32_t lost, late;
	} networks[] = {{0, 0}, {1, 0}, {0, 1}};
	static const uint32_t windows[] = {1, 4, 16, 64};
	static const char *const clients[] = {"EDK2", "U-Boot", "lockstep"};
	print_heading(lab, "1.78 MB, blksize 1468, round trip 0.2 ms, 1 Gbit/s");
	for (size_t n = 0; n < COUNT_OF(networks); n++)
		for (size_t c = 0; c < COUNT_OF(clients); c++)
			for (size_t w = 0; w < (c < 2 ? COUNT_OF(windows) : 1); w++)
				show_case(lab, &(struct lab_case){
						   .client = clients[c],
						   .window = windows[w],
						   .blksize = 1468,
						   .size_bytes = BOOT_BYTES,
						   .rtt_us = RTT_LAN_US,
						   .lost_down = networks[n].lost,
						   .late = networks[n].late,
						   .seeds = SEEDS_MAX,
						   .time_worst_ms = 1000,
						   .time_median_ms = NO_GOAL,
						   .traffic_median = windows[w] == 64 ? 115 : 105,
						   .needless_worst = NO_GOAL,
					       });
}

/* Nothing is sent twice without need. Each ACK arrives here, so whatever the client had already was. */
static void show_far(struct lab *lab)
{
	static const struct lab_case cases[] = {
	    {.client = "EDK2", .window = 4},
	    {.client = "U-Boot", .window = 16},
	    {.client = "lockstep", .window = 1},
	    {.client = "GRUB", .window = 1},
	    {.client = "iPXE", .window = 1},
	    {.client = "PXELINUX", .window = 1},
	    {.client = "busybox", .window = 1},
	    {.client = "EDK2", .window = 4, .lost_down = 1},
	    {.client = "lockstep", .window = 1, .lost_down = 1},
	    {.client = "PXELINUX", .window = 1, .lost_down = 1},
	    {.client = "EDK2", .window = 4, .jitter_us = 20000},
	    {.client = "lockstep", .window = 1, .jitter_us = 20000},
	};
	print_heading(lab, "300 blocks, round trip 300 ms: nothing is sent that the client has");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct lab_case what = cases[i];
		what.blksize = 1024;
		what.size_bytes = 300 * 1024 - 100;
		what.rtt_us = RTT_FAR_US;
		what.seeds = SEEDS_MAX;
		what.time_worst_ms = what.time_median_ms = what.traffic_median = NO_GOAL;
		/* The tail of the jitter is beyond four mean deviations. */
		what.needless_worst = what.jitter_us > 0 ? 3 : 0;
		show_case(lab, &what);
	}
}

static void show_image(struct lab *lab)
{
	static const struct {
		uint32_t window, lost, time_median_ms, traffic_median;
	} cases[] = {
	    /* 3, 15, 0.7 and 3 MB/s. */
	    {1, 1, IMAGE_BYTES / 3000, 105},
	    {16, 1, IMAGE_BYTES / 15000, NO_GOAL},
	    {1, 5, IMAGE_BYTES / 700, NO_GOAL},
	    {16, 5, IMAGE_BYTES / 3000, NO_GOAL},
	};
	print_heading(lab, "16 MiB, blksize 1428, round trip 0.1 ms, 1 Gbit/s");
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		show_case(lab, &(struct lab_case){
				   .client = "lockstep",
				   .window = cases[i].window,
				   .blksize = 1428,
				   .size_bytes = IMAGE_BYTES,
				   .rtt_us = RTT_LOOP_US,
				   .lost_down = cases[i].lost,
				   .lost_up = cases[i].lost,
				   .seeds = SEEDS_IMAGE,
				   .time_worst_ms = NO_GOAL,
				   .time_median_ms = cases[i].time_median_ms,
				   .traffic_median = cases[i].traffic_median,
				   .needless_worst = NO_GOAL,
			       });
}

/* The link itself takes 1.5 s for the file at 10 Mbit/s. */
struct slow_case {
	uint32_t window, rate_mbps, rtt_us, queue, lost, time_median_ms, traffic_median;
};

static void show_slow_cases(struct lab *lab, const struct slow_case *cases, size_t count)
{
	static const char *const clients[] = {"EDK2", "U-Boot", "lockstep"};
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < COUNT_OF(clients); c++)
			show_case(lab, &(struct lab_case){
					   .client = clients[c],
					   .window = cases[i].window,
					   .blksize = 1468,
					   .size_bytes = BOOT_BYTES,
					   .rtt_us = cases[i].rtt_us,
					   .lost_down = cases[i].lost,
					   .rate_mbps = cases[i].rate_mbps,
					   .queue_max = cases[i].queue,
					   .seeds = SEEDS_MAX,
					   .time_worst_ms = NO_GOAL,
					   .time_median_ms = cases[i].time_median_ms,
					   .traffic_median = cases[i].traffic_median,
					   .needless_worst = NO_GOAL,
				       });
}

/* A window fills the queue in front of a slow link, each repetition waits behind it, and EDK2 answers every block of
 * it. */
static void show_slow(struct lab *lab)
{
	static const struct slow_case cases[] = {
	    {4, 10, 1000, 0, 0, 1900, 100},  {16, 10, 1000, 0, 0, 1600, 100},
	    {64, 10, 1000, 0, 0, 1600, 100}, {4, 10, 1000, 0, 1, 2000, 105},
	    {16, 10, 1000, 0, 1, 1800, 110}, {64, 10, 1000, 0, 1, 2000, 120},
	    {4, 10, 1000, 0, 5, 2500, 125},  {16, 10, 1000, 0, 5, 2800, 145},
	};
	print_heading(lab, "1.78 MB, blksize 1468, round trip 1 ms, 10 Mbit/s");
	show_slow_cases(lab, cases, COUNT_OF(cases));
}

/* The queue in front of a slow link is shorter than a window, so that what goes out at once never arrives whole; or so
 * much is lost that hardly a window does. */
static void show_queue(struct lab *lab)
{
	static const struct slow_case cases[] = {
	    {16, 10, 1000, 10, 0, 2200, 105},        {64, 10, 1000, 10, 0, 2300, 120},
	    {64, 10, 1000, 20, 0, 2200, 115},        {16, 10, 1000, 10, 1, 2400, 110},
	    {64, 10, 1000, 20, 1, 2300, 115},        {64, 10, 20000, 20, 0, 2600, 115},
	    {64, 100, 1000, 20, 0, 700, 110},        {64, 1, 20000, 20, 0, 18000, 140},
	    {64, 10, 1000, QUEUE_MAX, 5, 4000, 190}, {64, 10, 1000, 20, 5, 4000, 190},
	    {64, 10, 20000, 20, 5, 10000, 275},      {64, 100, 1000, 20, 5, 1500, 195},
	};
	print_heading(lab, "1.78 MB, blksize 1468, a short queue in front of a slow link");
	show_slow_cases(lab, cases, COUNT_OF(cases));
}

int lab_print(const struct lab_choice *choice)
{
	struct lab lab = {.choice = choice};
	if (choice->row == 0)
		printf("Virtual time, %u seeds a case (%u of the image): median (lowest–highest).\n",
		       SEEDS_MAX, SEEDS_IMAGE);
	show_lab(&lab);
	show_far(&lab);
	show_image(&lab);
	show_slow(&lab);
	show_queue(&lab);
	printf("\n%d cases met, %d missed\n", lab.count[GOALS_MET], lab.count[GOALS_MISSED]);
	return lab.count[GOALS_MISSED];
}

#include "sim/scenario.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/block.h"
#include "sim/client.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define TIMEOUTS_MIN    4u
#define PERCENT         (DICE_CERTAIN / 100)
/* Packets of one run, roughly, so that thousands of runs take seconds. */
#define BLOCKS_MAX      3000u
#define BLOCKS_SENT_MAX 12000u
#define BYTES_MAX       200000u
#define AGE_SUM                                                                                         \
	65470u /* a window, the age of a stray, and SENDER_AHEAD_MAX, in blocks: below a period */

static uint64_t pick(struct dice *dice, const uint32_t *from, size_t count)
{
	return from[dice_roll(dice, count)];
}
#define PICK(dice, ...)                                                                                 \
	pick((dice), (const uint32_t[]){__VA_ARGS__}, COUNT_OF(((const uint32_t[]){__VA_ARGS__})))

static bool flip(struct dice *dice, uint32_t percent)
{
	return dice_hits(dice, percent * PERCENT);
}

static void draw_options(struct scenario *scenario, struct dice *dice)
{
	struct option_set *asked = &scenario->asked;
	if (flip(dice, 12))
		return;
	uint64_t any_blksize = dice_between(dice, OPTION_BLKSIZE_MIN, OPTION_BLKSIZE_MAX);
	if (flip(dice, 80))
		option_put(asked, OPTION_BLKSIZE,
			   PICK(dice, 8, 64, 512, 1024, 1428, 1468, 8192, 65464, (uint32_t)any_blksize));
	uint64_t any_window = dice_between(dice, 1, OPTION_WINDOWSIZE_MAX);
	if (flip(dice, 65))
		option_put(asked, OPTION_WINDOWSIZE,
			   PICK(dice, 1, 2, 4, 7, 16, 16, 64, 64, (uint32_t)any_window));
	if (flip(dice, 12))
		option_put(asked, OPTION_TIMEOUT, PICK(dice, 1, 1, 2, 3, 5, 10, 60, 255));
	if (flip(dice, 60))
		option_put(asked, OPTION_TSIZE, 0);
	if (flip(dice, 20))
		option_put(asked, OPTION_ROLLOVER, dice_roll(dice, 2));
}

static void draw_host(struct host_plan *host, struct dice *dice)
{
	struct transfer_limits *limits = &host->limits;
	limits->options.blksize_max = (uint32_t)PICK(dice, 65464, 65464, 1468, 512, 333);
	limits->options.windowsize_max = (uint32_t)PICK(dice, 64, 64, 65535, 16);
	limits->rto_floor_us =
	    (uint32_t)PICK(dice, TRANSFER_RTO_FLOOR_US, TRANSFER_RTO_FLOOR_US, 2000, 50000);
	limits->rto_cap_us = (uint32_t)PICK(dice, TRANSFER_RTO_CAP_US, TRANSFER_RTO_CAP_US, 1000000);
	limits->give_up_us = (uint32_t)PICK(dice, TRANSFER_GIVE_UP_US, TRANSFER_GIVE_UP_US, 8000000);
	limits->dally_us = (uint32_t)PICK(dice, 1000000, 5000000, 10000000);
	host->tick_us = PICK(dice, 1, 1000);
	host->near_tick_us = host->tick_us == 1 ? 1 : 100;
	if (flip(dice, 25))
		host->open_us = PICK(dice, 100, 20000, 900000, 1100000, 2500000);
	if (flip(dice, 25))
		host->store_us = PICK(dice, 100, 15000, 300000, 4000000);
	if (flip(dice, 15)) {
		host->wait_us = PICK(dice, 100, 5000, 60000);
		host->wait_ppm = (uint32_t)PICK(dice, 1, 10, 50) * PERCENT;
		host->part_ppm = (uint32_t)PICK(dice, 0, 10, 60) * PERCENT;
	}
}

static void draw_loss(struct link_plan *link, struct dice *dice)
{
	static const uint8_t m_of_n[][2] = {{1, 10}, {1, 50}, {3, 20}, {1, 3}, {1, 200}};
	if (flip(dice, 30)) {
		const uint8_t *chosen = m_of_n[dice_roll(dice, COUNT_OF(m_of_n))];
		link->lose_m = chosen[0];
		link->lose_n = chosen[1];
	} else {
		link->loss_ppm = (uint32_t)PICK(dice, 1, 1, 5, 20) * PERCENT;
	}
}

static uint64_t draw_delay(struct dice *dice)
{
	uint64_t low = PICK(dice, 100, 100, 1000, 10000, 100000);
	return dice_between(dice, low, low == 100000 ? 300000 : 10 * low);
}

static void draw_link(struct link_plan *link, struct dice *dice, uint32_t window)
{
	*link = (struct link_plan){
	    .delay_us = draw_delay(dice),
	    .dead_from_us = WORLD_FAR,
	    .age_max_blocks = AGE_SUM > window ? AGE_SUM - window : 0,
	};
	if (flip(dice, 35))
		link->jitter_us = link->delay_us / PICK(dice, 2, 5, 20);
	if (flip(dice, 45))
		draw_loss(link, dice);
	if (flip(dice, 20))
		link->copy_ppm = (uint32_t)PICK(dice, 1, 10, 50) * PERCENT;
	if (flip(dice, 20)) {
		link->replay_ppm = (uint32_t)PICK(dice, 1, 10) * PERCENT;
		link->replay_us = link->delay_us * PICK(dice, 1, 10, 50);
	}
	if (flip(dice, 15)) {
		link->late_ppm = (uint32_t)PICK(dice, 1, 5, 20) * PERCENT;
		link->late_us = link->delay_us * 2;
	}
}

/* Each ACK, each DATA, or both arrive twice, and nothing else goes wrong: the Sorcerer's Apprentice. */
static void draw_lockstep(struct scenario *scenario, struct dice *dice)
{
	struct link_plan *links[2] = {&scenario->up, &scenario->down};
	uint64_t which = dice_between(dice, 1, 3);
	bool replays = flip(dice, 30);
	for (size_t i = 0; i < 2; i++) {
		struct link_plan *link = links[i];
		link->loss_ppm = link->lose_n = link->late_ppm = link->replay_ppm = link->copy_ppm = 0;
		link->jitter_us = 0;
		link->copies_all_acks = which & 1;
		link->copies_all_data = which & 2;
		if (replays) {
			link->replay_ppm = DICE_CERTAIN;
			link->replay_us = link->delay_us * 10;
		}
	}
	scenario->server.wait_ppm = scenario->client.wait_ppm = 0;
	scenario->server.part_ppm = scenario->client.part_ppm = 0;
}

static void settle_options(struct scenario *scenario)
{
	struct option_set granted = scenario->asked;
	option_limit(&granted, &scenario->server.limits.options);
	if (scenario->serves_plain)
		granted.count = 0;
	scenario->has_options = granted.count > 0;
	scenario->blksize = (uint32_t)option_value(&granted, OPTION_BLKSIZE);
	scenario->window = (uint32_t)option_value(&granted, OPTION_WINDOWSIZE);
	scenario->rollover = (uint32_t)option_value(&granted, OPTION_ROLLOVER);
	scenario->timeout_us = (uint32_t)option_value(&granted, OPTION_TIMEOUT) * 1000000u;
}

/* Who agrees on a long `timeout`, which is the first interval too, has the patience for several of them. */
static void settle_patience(struct host_plan *host, uint32_t timeout_us)
{
	if (host->limits.give_up_us < TIMEOUTS_MIN * timeout_us)
		host->limits.give_up_us = TIMEOUTS_MIN * timeout_us;
}

static uint32_t find_loss(const struct link_plan *link)
{
	uint32_t loss = link->lose_n != 0 ? DICE_CERTAIN / link->lose_n * link->lose_m : link->loss_ppm;
	return loss + link->late_ppm;
}

/* What the client asks, in the order most have. */
static void ask_as(struct scenario *scenario, const struct client_model *model, uint32_t window,
		   uint32_t blksize)
{
	struct option_set *asked = &scenario->asked;
	*asked = (struct option_set){.count = 0};
	if (model->timeout_s != 0)
		option_put(asked, OPTION_TIMEOUT, model->timeout_s);
	if (model->asks_tsize)
		option_put(asked, OPTION_TSIZE, 0);
	if (blksize != 0 || model->blksize != 0)
		option_put(asked, OPTION_BLKSIZE, blksize != 0 ? blksize : model->blksize);
	if (window == 0)
		window = model->window;
	if (model->can_window && window > 1)
		option_put(asked, OPTION_WINDOWSIZE, window);
	scenario->model = model;
	scenario->op = PACKET_RRQ;
	scenario->mode = PACKET_OCTET;
	scenario->early_requests = 0;
	scenario->client.store_us = 0;
	scenario->client.wait_us = scenario->client.wait_ppm = scenario->client.part_ppm = 0;
	settle_options(scenario);
}

void scenario_plain(struct scenario *scenario, uint64_t seed, const struct client_model *model,
		    uint32_t window, uint32_t blksize)
{
	static const struct host_plan plan = {
	    .limits =
		{
		    .options = {.blksize_max = OPTION_BLKSIZE_MAX, .windowsize_max = 64},
		    .rto_floor_us = TRANSFER_RTO_FLOOR_US,
		    .rto_cap_us = TRANSFER_RTO_CAP_US,
		    .give_up_us = TRANSFER_GIVE_UP_US,
		    .dally_us = TRANSFER_GIVE_UP_US,
		},
	    .tick_us = 1000, /* as libuv's, and as a worker's for what is due soon */
	    .near_tick_us = 100,
	};
	static const struct link_plan link = {.dead_from_us = WORLD_FAR, .age_max_blocks = AGE_SUM / 2};
	*scenario = (struct scenario){
	    .seed = seed,
	    .is_size_known = true,
	    .server = plan,
	    .client = plan,
	    .up = link,
	    .down = link,
	};
	ask_as(scenario, model, window, blksize);
}

static void draw_size(struct scenario *scenario, struct dice *dice)
{
	uint64_t loss = find_loss(&scenario->up) + find_loss(&scenario->down);
	uint64_t blksize = scenario->blksize;
	/* Each loss costs up to a window: the blocks that may be sent bound those that may be drawn. */
	uint64_t blocks =
	    BLOCKS_SENT_MAX * (uint64_t)DICE_CERTAIN /
	    (DICE_CERTAIN + 2 * loss * (scenario->window < 2000 ? scenario->window : 2000));
	blocks = blocks < BLOCKS_MAX ? blocks : BLOCKS_MAX;
	if (blocks * blksize > BYTES_MAX)
		blocks = BYTES_MAX / blksize;
	uint64_t some = 1 + dice_roll(dice, blocks);
	uint64_t sizes[] = {0,
			    1,
			    blksize - 1,
			    blksize,
			    blksize + 1,
			    some * blksize,
			    some * blksize,
			    some * blksize + dice_roll(dice, blksize),
			    some * blksize + dice_roll(dice, blksize),
			    some * blksize + dice_roll(dice, blksize)};
	scenario->size_bytes = sizes[dice_roll(dice, COUNT_OF(sizes))];
}

static void lower_loss(struct link_plan *link)
{
	link->lose_n = 0;
	link->loss_ppm = link->loss_ppm != 0 ? 40 : 0;
	link->late_ppm = link->late_ppm != 0 ? 40 : 0;
}

/* Block numbers wrap, once or twice. */
static void draw_wrap(struct scenario *scenario, struct dice *dice)
{
	uint64_t window = PICK(dice, 16, 64, 64, 500, 4096, 16383, 32767, 65534, 65535, 65535);
	scenario->serves_plain = false;
	scenario->mode = PACKET_OCTET;
	scenario->server.limits.options.windowsize_max = OPTION_WINDOWSIZE_MAX;
	option_put(&scenario->asked, OPTION_BLKSIZE, PICK(dice, 8, 8, 13, 64));
	option_put(&scenario->asked, OPTION_WINDOWSIZE, window);
	if (flip(dice, 50))
		option_put(&scenario->asked, OPTION_ROLLOVER, window > 65000 ? 1 : dice_roll(dice, 2));
	settle_options(scenario);
	/* Old and new meet in a window of half the numbers: such a network must keep the order. */
	lower_loss(&scenario->up);
	lower_loss(&scenario->down);
	if (window > 16383)
		scenario->up.late_ppm = scenario->down.late_ppm = 0;
	scenario->up.age_max_blocks = scenario->down.age_max_blocks =
	    window < AGE_SUM ? AGE_SUM - window : 0;
	scenario->server.wait_ppm = scenario->client.wait_ppm = 0;
	scenario->server.part_ppm = scenario->client.part_ppm = 0;
	scenario->size_bytes =
	    scenario->blksize * dice_between(dice, 70000, 140000) + dice_roll(dice, scenario->blksize);
}

static void draw_dead_link(struct scenario *scenario, struct dice *dice)
{
	uint64_t at_us = dice_roll(dice, 30) * (scenario->up.delay_us + scenario->down.delay_us);
	uint64_t which = dice_between(dice, 1, 3);
	scenario->has_dead_link = true;
	if (which & 1)
		scenario->up.dead_from_us = at_us;
	if (which & 2)
		scenario->down.dead_from_us = at_us;
}

/* A bottleneck with a queue that a window may overflow. */
static void draw_rate(struct link_plan *link, struct dice *dice)
{
	if (flip(dice, 90))
		return;
	link->rate_mbps = (uint32_t)PICK(dice, 10, 100, 1000);
	link->queue_max = (uint32_t)PICK(dice, 10, 20, 20, 100);
}

/* Nothing but a loss now and then: here the oracles know to the packet what may happen. */
static void draw_quiet(struct scenario *scenario, struct dice *dice)
{
	struct link_plan *links[2] = {&scenario->up, &scenario->down};
	for (size_t i = 0; i < 2; i++)
		*links[i] = (struct link_plan){
		    .delay_us = links[i]->delay_us,
		    .dead_from_us = WORLD_FAR,
		    .age_max_blocks = links[i]->age_max_blocks,
		};
	scenario->down.loss_ppm = (uint32_t)PICK(dice, 0, 1, 1, 5) * PERCENT;
	scenario->up.loss_ppm = (uint32_t)PICK(dice, 0, 0, 1) * PERCENT;
	scenario->server.wait_ppm = scenario->server.part_ppm = 0;
	scenario->server.open_us = 0;
}

/* Somebody else's client. Draws from dice of its own, so that the rest of the case stays what it was. */
static void draw_model(struct scenario *scenario)
{
	struct dice dice;
	dice_init(&dice, scenario->seed, 2);
	draw_rate(&scenario->up, &dice);
	draw_rate(&scenario->down, &dice);
	if (scenario->op != PACKET_RRQ || flip(&dice, 30))
		return;
	const struct client_model *model = &client_models[dice_roll(&dice, client_model_count)];
	uint32_t window = (uint32_t)PICK(&dice, 0, 1, 4, 16, 64);
	uint32_t blksize = flip(&dice, 80) ? 0 : (uint32_t)PICK(&dice, 8, 512, 1428, 8192);
	ask_as(scenario, model, window, blksize);
	if (!scenario->has_dead_link && flip(&dice, 25))
		draw_quiet(scenario, &dice);
	if (model->queue_max != 0 && flip(&dice, 60)) {
		scenario->busy_ppm = (uint32_t)PICK(&dice, 1000, 5000, 20000);
		scenario->busy_us = PICK(&dice, 100000, 1000000, 3500000);
	}
	draw_size(scenario, &dice);
}

void scenario_draw(struct scenario *scenario, uint64_t seed)
{
	struct dice dice;
	dice_init(&dice, seed, 0);
	*scenario = (struct scenario){.seed = seed};
	scenario->op = flip(&dice, 50) ? PACKET_RRQ : PACKET_WRQ;
	scenario->mode = flip(&dice, 15) ? PACKET_NETASCII : PACKET_OCTET;
	draw_options(scenario, &dice);
	draw_host(&scenario->server, &dice);
	draw_host(&scenario->client, &dice);
	scenario->client.open_us = 0;
	scenario->is_size_known = flip(&dice, 75);
	scenario->serves_plain = flip(&dice, 5);
	scenario->early_requests = flip(&dice, 10) ? (uint32_t)dice_between(&dice, 1, 3) : 0;
	scenario->noise_count = flip(&dice, 30) ? (uint32_t)dice_between(&dice, 1, 100) : 0;
	settle_options(scenario);
	settle_patience(&scenario->server, scenario->timeout_us);
	settle_patience(&scenario->client, scenario->timeout_us);
	draw_link(&scenario->up, &dice, scenario->window);
	draw_link(&scenario->down, &dice, scenario->window);
	draw_size(scenario, &dice);
	uint64_t kind = dice_roll(&dice, 100);
	if (kind == 0)
		draw_wrap(scenario, &dice);
	else if (kind < 4)
		draw_dead_link(scenario, &dice);
	else if (kind < 12)
		draw_lockstep(scenario, &dice);
	if (kind != 0)
		draw_model(scenario);
}

static void print_link(const char *name, const struct link_plan *link)
{
	printf("  %-4s delay %" PRIu64 "+%" PRIu64
	       " us, loss %u ppm or %u of %u, copies %u ppm, replays %u ppm "
	       "within %" PRIu64 " us, late %u ppm by %" PRIu64 " us%s%s\n",
	       name, link->delay_us, link->jitter_us, link->loss_ppm, link->lose_m, link->lose_n,
	       link->copy_ppm, link->replay_ppm, link->replay_us, link->late_ppm, link->late_us,
	       link->copies_all_acks ? ", each ACK twice" : "",
	       link->copies_all_data ? ", each DATA twice" : "");
	if (link->rate_mbps != 0)
		printf("       %u Mbit/s, %u packets wait\n", link->rate_mbps, link->queue_max);
	if (link->dead_from_us != WORLD_FAR)
		printf("       dead from %" PRIu64 " us on\n", link->dead_from_us);
}

static void print_host(const char *name, const struct host_plan *host)
{
	printf("  %-6s opens in %" PRIu64 " us, stores in %" PRIu64 " us, waits %u ppm for %" PRIu64
	       " us, parts %u ppm, tick %" PRIu64
	       " us, RTO %u to %u us, gives up at %u us, dallies %u us\n",
	       name, host->open_us, host->store_us, host->wait_ppm, host->wait_us, host->part_ppm,
	       host->tick_us, host->limits.rto_floor_us, host->limits.rto_cap_us,
	       host->limits.give_up_us, host->limits.dally_us);
}

void scenario_print(const struct scenario *scenario)
{
	printf("seed %" PRIu64 ": %s of %" PRIu64
	       " bytes%s%s, %s, blksize %u, windowsize %u, timeout %u us, "
	       "rollover %u%s, %u early requests, %u forged\n",
	       scenario->seed, scenario->op == PACKET_RRQ ? "read" : "write", scenario->size_bytes,
	       scenario->is_size_known ? "" : " (unknown)",
	       scenario->mode == PACKET_NETASCII ? " in netascii" : "",
	       scenario->has_options ? "options" : "no options", scenario->blksize, scenario->window,
	       scenario->timeout_us, scenario->rollover,
	       scenario->serves_plain ? " (a plain server)" : "", scenario->early_requests,
	       scenario->noise_count);
	if (scenario->model != NULL)
		printf("  the client is %s, busy %u ppm for up to %" PRIu64 " us\n",
		       scenario->model->name, scenario->busy_ppm, scenario->busy_us);
	print_host("server", &scenario->server);
	print_host("client", &scenario->client);
	print_link("up", &scenario->up);
	print_link("down", &scenario->down);
}

#include "sim/run.h"

#include <stdio.h>

#include "sim/noise.h"

/* No run comes near it; one that does goes round in circles. */
#define EVENTS_PER_BLOCK 60u
#define EVENTS_LEAST     200000u

struct stage {
	struct world world;
	struct oracle oracle;
	struct content content;
	struct link up, down;
	struct host client, server;
	struct noise noise;
	uint64_t events_max;
};

static void start(struct stage *stage, const struct scenario *scenario)
{
	struct host_setup setup = {&stage->world,   &stage->oracle, scenario,
				   &stage->content, &stage->server, &stage->up};
	link_init(&stage->up, &stage->world, &scenario->up, scenario->seed, 1, host_receive,
		  &stage->server);
	link_init(&stage->down, &stage->world, &scenario->down, scenario->seed, 2, host_receive,
		  &stage->client);
	host_init(&stage->client, &setup, false);
	setup.other = &stage->client;
	setup.out = &stage->down;
	host_init(&stage->server, &setup, true);
	host_start(&stage->client);
	stage->noise = (struct noise){
	    .world = &stage->world,
	    .oracle = &stage->oracle,
	    .scenario = scenario,
	    .client = &stage->client,
	    .server = &stage->server,
	    .data = scenario->op == PACKET_RRQ ? &stage->down : &stage->up,
	};
	noise_start(&stage->noise, stage->oracle.rtt_us);
}

static void finish(struct stage *stage, struct run_result *result)
{
	struct oracle *oracle = &stage->oracle;
	if (oracle->kind == ORACLE_FINE && stage->world.fired >= stage->events_max)
		oracle_fail(oracle, ORACLE_PACKETS, "no end after %llu events",
			    (unsigned long long)stage->world.fired);
	if (stage->world.is_out_of_memory)
		oracle_fail(oracle, ORACLE_BYTES, "out of memory");
	if (oracle->kind == ORACLE_FINE)
		oracle_check_end(oracle, &stage->client, &stage->server);
	result->kind = oracle->kind;
	for (size_t i = 0; i < sizeof result->text; i++)
		result->text[i] = oracle->text[i];
	result->digest = stage->world.digest;
	result->events = stage->world.fired;
	result->is_done = stage->client.transfer.outcome == TRANSFER_DONE &&
			  stage->server.transfer.outcome == TRANSFER_DONE;
}

static void play(struct run_result *result, const struct scenario *scenario, bool has_trace)
{
	static struct stage stage;
	stage = (struct stage){.up.plan.delay_us = 0};
	world_init(&stage.world);
	stage.world.is_out_of_memory |= !content_init(
	    &stage.content, scenario->seed, scenario->size_bytes, scenario->mode == PACKET_NETASCII);
	oracle_init(&stage.oracle, scenario, &stage.world, &stage.content);
	stage.oracle.has_trace = has_trace;
	stage.world.watch = oracle_watch;
	stage.world.watcher = &stage.oracle;
	stage.events_max = EVENTS_LEAST + EVENTS_PER_BLOCK * stage.oracle.blocks;
	start(&stage, scenario);
	while (stage.oracle.kind == ORACLE_FINE && stage.world.fired < stage.events_max &&
	       world_step(&stage.world))
		;
	finish(&stage, result);
	content_fini(&stage.content);
	world_fini(&stage.world);
}

void run_seed(struct run_result *result, uint64_t seed, bool has_trace)
{
	struct scenario scenario;
	scenario_draw(&scenario, seed);
	if (scenario.op == PACKET_WRQ && option_has(&scenario.asked, OPTION_TSIZE)) {
		/* A client says the size it knows, in the file's own bytes or not at all. */
		if (scenario.is_size_known && scenario.mode == PACKET_OCTET)
			option_put(&scenario.asked, OPTION_TSIZE, scenario.size_bytes);
		else
			option_remove(&scenario.asked, OPTION_TSIZE);
	}
	if (has_trace)
		scenario_print(&scenario);
	play(result, &scenario, has_trace);
	if (result->kind != ORACLE_FINE || scenario.noise_count == 0)
		return;
	struct run_result quiet;
	scenario.noise_count = 0;
	play(&quiet, &scenario, false);
	result->events += quiet.events;
	if (quiet.digest == result->digest)
		return;
	result->kind = ORACLE_FORGER;
	snprintf(result->text, sizeof result->text, "without the noise other packets are sent");
}

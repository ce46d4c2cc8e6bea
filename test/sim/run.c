#include "sim/run.h"

#include <stdio.h>

#include "sim/client.h"
#include "sim/host.h"
#include "sim/noise.h"

/* No run comes near it; one that does goes round in circles. */
#define EVENTS_PER_BLOCK 60u
#define EVENTS_LEAST     200000u

struct stage {
	struct world world;
	struct oracle oracle;
	struct content content;
	struct link up, down;
	struct host server, host;
	struct client model;
	struct end *client; /* host or model */
	struct noise noise;
	uint64_t events_max;
};

static void deliver_up(void *context, const struct datagram *datagram)
{
	struct stage *stage = context;
	stage->server.end.receive(&stage->server.end, datagram);
}

static void deliver_down(void *context, const struct datagram *datagram)
{
	struct stage *stage = context;
	stage->client->receive(stage->client, datagram);
}

static void start_client(struct stage *stage, const struct end_setup *setup)
{
	if (setup->scenario->model == NULL) {
		stage->client = &stage->host.end;
		host_init(&stage->host, setup, false);
		host_start(&stage->host);
		return;
	}
	stage->client = &stage->model.end;
	stage->oracle.client = &stage->model;
	client_init(&stage->model, setup);
	client_start(&stage->model);
}

static void start(struct stage *stage, const struct scenario *scenario)
{
	struct end_setup setup = {&stage->world,   &stage->oracle,     scenario,
				  &stage->content, &stage->server.end, &stage->up};
	link_init(&stage->up, &stage->world, &scenario->up, scenario->seed, 1, deliver_up, stage);
	link_init(&stage->down, &stage->world, &scenario->down, scenario->seed, 2, deliver_down, stage);
	start_client(stage, &setup);
	setup.other = stage->client;
	setup.out = &stage->down;
	host_init(&stage->server, &setup, true);
	stage->noise = (struct noise){
	    .world = &stage->world,
	    .oracle = &stage->oracle,
	    .scenario = scenario,
	    .client = stage->client,
	    .server = &stage->server.end,
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
		oracle_check_end(oracle, stage->client, &stage->server.end);
	result->kind = oracle->kind;
	for (size_t i = 0; i < sizeof result->text; i++)
		result->text[i] = oracle->text[i];
	result->digest = stage->world.digest;
	result->events = stage->world.fired;
	result->is_done =
	    stage->client->outcome == TRANSFER_DONE && stage->server.end.outcome == TRANSFER_DONE;
	result->client_us = stage->client->closed_at_us;
	result->is_client_done = stage->client->outcome == TRANSFER_DONE;
	result->blocks = oracle->blocks;
	result->data = oracle->data;
	result->had = stage->model.had;
	result->timeouts = stage->server.transfer.counts.timeouts;
	result->early = stage->server.transfer.counts.timeouts_early;
}

void run_play(struct run_result *result, const struct scenario *scenario, bool has_trace)
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
	run_play(result, &scenario, has_trace);
	if (result->kind != ORACLE_FINE || scenario.noise_count == 0)
		return;
	struct run_result quiet;
	scenario.noise_count = 0;
	run_play(&quiet, &scenario, false);
	result->events += quiet.events;
	if (quiet.digest == result->digest)
		return;
	result->kind = ORACLE_FORGER;
	snprintf(result->text, sizeof result->text, "without the noise other packets are sent");
}

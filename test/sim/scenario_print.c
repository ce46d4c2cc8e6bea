#include "sim/scenario.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/client.h"

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

#include "uvtftp/storm_plan.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "net/addr.h"

/* Linux gives away 28,232 ports of an address by itself. Fewer than all are taken: near the end the search for
 * a free one becomes slow. */
#define PORTS_OF_ADDRESS 16000u
#define PORTS_CHOSEN_MAX 20000u
#define PORT_MAX         65535u
/* A thread that has less to do than this makes the others only wait. */
#define CLIENTS_OF_WORKER 32u
#define WORKERS_CHOSEN    16u
/* What the default buffer holds (212,992 bytes on Linux), and what a kernel charges for a datagram. */
#define WINDOW_BYTES_DEFAULT 100000u
#define CHARGE_FACTOR        2u
#define CHARGE_FIXED         1024u
#define RECEIVE_BYTES_MAX    (64u << 20)

static bool is_loopback(const struct addr *addr)
{
	return addr->sa.sa_family == AF_INET ? ntohl(addr->in4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
					     : IN6_IS_ADDR_LOOPBACK(&addr->in6.sin6_addr) != 0;
}

/* This machine serves, too: half of the cores are for that. */
static uint32_t choose_workers(const struct storm_plan *plan, bool is_local)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t useful = (plan->options->clients + CLIENTS_OF_WORKER - 1) / CLIENTS_OF_WORKER;
	uint64_t workers = cores < 1 ? 1 : (uint64_t)cores;
	if (is_local && workers > 1)
		workers /= 2;
	if (workers > WORKERS_CHOSEN)
		workers = WORKERS_CHOSEN;
	return (uint32_t)(workers < useful ? workers : useful);
}

static void ask_options(struct storm_plan *plan)
{
	const struct storm_options *options = plan->options;
	plan->asked.count = 0;
	if (options->wants_tsize)
		option_put(&plan->asked, OPTION_TSIZE,
			   options->is_upload ? plan->targets[0].bytes->len : 0);
	if (options->blksize != 0)
		option_put(&plan->asked, OPTION_BLKSIZE, options->blksize);
	if (options->timeout_s != 0)
		option_put(&plan->asked, OPTION_TIMEOUT, options->timeout_s);
	if (options->windowsize != 0)
		option_put(&plan->asked, OPTION_WINDOWSIZE, options->windowsize);
}

static void size_windows(struct storm_plan *plan)
{
	uint64_t window = option_value(&plan->asked, OPTION_WINDOWSIZE);
	uint64_t charged =
	    window * (option_value(&plan->asked, OPTION_BLKSIZE) * CHARGE_FACTOR + CHARGE_FIXED);
	plan->has_windows = window > 1 && !plan->options->is_upload;
	if (plan->options->is_upload || charged <= WINDOW_BYTES_DEFAULT)
		return;
	plan->receive_bytes = charged < RECEIVE_BYTES_MAX ? (unsigned)charged : RECEIVE_BYTES_MAX;
}

const char *storm_plan_settle(struct storm_plan *plan)
{
	const struct storm_options *options = plan->options;
	int family = plan->targets[0].server.sa.sa_family;
	bool is_local = true;
	for (uint32_t i = 0; i < plan->target_count; i++) {
		if (plan->targets[i].server.sa.sa_family != family)
			return "the servers have addresses of two families: choose one with -4 or -6";
		is_local = is_local && is_loopback(&plan->targets[i].server);
	}
	addr_any(&plan->source, family, 0);
	if (options->source != NULL) {
		if (addr_parse(&plan->source, options->source, 0) != 0 || addr_port(&plan->source) != 0)
			return "--source is not a numeric address";
		if (plan->source.sa.sa_family != family)
			return "--source is of another family than the server";
	}
	if (options->clients > PORTS_CHOSEN_MAX) {
		if (options->source == NULL && family == AF_INET && is_local) {
			plan->source.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
			plan->clients_per_address = PORTS_OF_ADDRESS;
		} else {
			plan->has_explicit_ports = true;
		}
	}
	plan->worker_count =
	    options->workers != 0 ? (uint32_t)options->workers : choose_workers(plan, is_local);
	if (plan->worker_count > options->clients)
		plan->worker_count = (uint32_t)options->clients;
	ask_options(plan);
	size_windows(plan);
	return NULL;
}

void storm_plan_local(const struct storm_plan *plan, uint32_t number, struct addr *local)
{
	*local = plan->source;
	if (plan->clients_per_address != 0)
		local->in4.sin_addr.s_addr =
		    htonl(ntohl(local->in4.sin_addr.s_addr) + number / plan->clients_per_address);
	if (plan->has_explicit_ports)
		addr_set_port(local, (uint16_t)(PORT_MAX - number));
}

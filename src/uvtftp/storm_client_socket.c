/* The socket of a client. */
#include <errno.h>

#include "uvtftp/storm_worker.h"

/* Where ports are chosen, those below all clients' own are tried for one that is taken. */
#define SPARE_PORT_MIN 1024u
#define SPARE_PORT_MAX 15000u

static int open_socket(struct storm_client *client)
{
	struct storm_worker *worker = client->worker;
	const struct storm_plan *plan = worker->plan;
	struct storm_socket_options options = {
	    .has_windows = plan->has_windows,
	    .receive_bytes = plan->receive_bytes,
	};
	storm_plan_local(plan, client->number, &options.local);
	int fd = storm_socket_open(&options);
	while (fd == -EADDRINUSE && plan->has_explicit_ports &&
	       SPARE_PORT_MIN + worker->spare_port <= SPARE_PORT_MAX) {
		addr_set_port(&options.local, (uint16_t)(SPARE_PORT_MIN + worker->spare_port));
		worker->spare_port += plan->worker_count;
		fd = storm_socket_open(&options);
	}
	return fd;
}

int storm_client_open(struct storm_client *client)
{
	int fd = open_socket(client);
	if (fd < 0)
		return fd;
	int error = storm_poller_add(client->worker->poller, fd, client, &client->watch);
	if (error != 0) {
		storm_socket_close(fd);
		return error;
	}
	client->fd = fd;
	return 0;
}

void storm_client_close(struct storm_client *client)
{
	if (client->fd < 0)
		return;
	if (client->phase != STORM_STALLED)
		storm_poller_remove(client->worker->poller, client->fd, client->watch);
	storm_socket_close(client->fd);
	client->fd = -1;
}

/* What all workers of a server share: settings that never change while it runs, the store, the callbacks. */
#ifndef UVTFTP_SERVER_SERVER_H
#define UVTFTP_SERVER_SERVER_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/log.h"
#include "net/endpoint.h"
#include "server/setup.h"
#include "store/cache.h"

struct worker;

#define SERVER_WORKERS_MAX  256
#define SERVER_LISTEN_MAX   64                        /* addresses bound by each worker */
#define SERVER_LISTEN_TEXTS 16                        /* addresses asked for */
#define SERVER_HOLDS_MAX    (2 * SERVER_LISTEN_TEXTS) /* one for each family of each of them */

/* An address every worker binds. */
struct server_listen {
	struct addr addr;
	bool is_catch_all;
	bool may_be_absent;
	const int *inherited; /* NULL: it is bound by us. Borrowed until the workers are open. */
};

struct server {
	struct log log;
	void (*on_log)(void *user, enum uvtftp_log_level level, const char *line);
	void (*on_report)(void *user, const struct uvtftp_report *report);
	void (*on_drained)(void *user);
	void *user;
	struct setup *setup; /* held: what workers begin with */
	uint64_t hash_key[2];
	struct cache *cache; /* own */
	struct sink_memory upload_memory;
	struct worker *workers; /* own */
	unsigned worker_count;
	unsigned sessions_max; /* of each worker; the first sessions_rest have one more */
	unsigned sessions_rest;
	unsigned sessions_per_client_max; /* of each worker; 0: no limit */
	unsigned request_rate;            /* of each worker; 0: no limit */
	unsigned endpoints_max;           /* of each worker, per local address */
	unsigned receive_buffer_bytes;
	uint16_t port_low; /* 0: the system chooses TID ports */
	uint16_t port_high;
	bool is_single_port;
	struct server_listen listens[SERVER_LISTEN_MAX];
	size_t listen_count;
	char (*addresses)[ADDR_TEXT_MAX]; /* own; what was asked for, as bound */
	size_t address_count;
	int holds[SERVER_HOLDS_MAX]; /* own; sockets that keep ports for the workers */
	size_t hold_count;
	_Atomic unsigned workers_busy; /* not yet drained */
};

/* Turns what the caller asked for into server->listens and server->addresses: parses, finds free ports for
 * port 0 and holds them, and makes sure that nobody else holds an address. 0 or an error code. */
int listen_prepare(struct server *server, const struct uvtftp_server_options *options,
		   struct uvtftp_error *error);
/* Lets go of the ports: the workers have them, or never will. */
void listen_release(struct server *server);

#endif

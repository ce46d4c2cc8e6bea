/* A thread of a storm with its share of the clients. */
#ifndef UVTFTP_UVTFTP_STORM_WORKER_H
#define UVTFTP_UVTFTP_STORM_WORKER_H

#include <stdatomic.h>
#include <uv.h>

#include "uvtftp/storm_client.h"
#include "uvtftp/storm_plan.h"
#include "uvtftp/storm_socket.h"
#include "uvtftp/storm_tally.h"

/* What the workers and the main thread share. */
struct storm_shared {
	const struct storm_plan *plan;
	uv_sem_t ready;  /* one for each worker: its sockets are there */
	uv_sem_t go;     /* one for each worker: all are ready, or none shall begin */
	uv_async_t news; /* a worker has ended, or all its clients are stalled */
	atomic_bool must_stop;
	atomic_int setup_error; /* negative errno of the first thing that could not be had */
	atomic_uint workers_left;
	atomic_uint stalled;   /* clients */
	uint64_t cpu_ended_us; /* of the process, when the last worker had ended */
};

uint64_t storm_cpu_us(void); /* of the process, user and system */

struct storm_worker {
	struct storm_shared *shared; /* borrowed */
	const struct storm_plan *plan;
	struct storm_client *clients; /* own */
	uint32_t client_count;
	uint32_t index;
	uint32_t unfinished;                         /* clients */
	uint32_t spare_port;                         /* to be tried next where a chosen one is taken */
	struct storm_client *idle_first, **idle_end; /* wait to begin */
	struct storm_poller *poller;                 /* own, and the thread's, as the sockets are */
	struct storm_inbox *inbox;                   /* own */
	struct storm_parcel parcels[STORM_PARCELS_MAX];
	uint64_t now_ns; /* of this turn */
	uint64_t started_ns;
	uint64_t ended_ns; /* the last transfer's end */
	uint64_t heard_ns; /* the last time a lost ACK was repeated */
	uint64_t sweep_ns; /* the next look at the deadlines */
	struct storm_tally tally;
	uv_thread_t thread;
};

/* 0 or a negative errno; the worker has a share of the clients then, and storm_worker_fini frees it. */
int storm_worker_init(struct storm_worker *worker, struct storm_shared *shared, uint32_t index);
void storm_worker_fini(struct storm_worker *worker);
/* The thread. */
void storm_worker_run(void *worker);

/* When the storm is interrupted: waits for the answers to requests that are under way, begins nothing. A server whose
 * answer meets nobody would repeat it, and when told to end would wait for that transfer. */
void storm_worker_hear_out(struct storm_worker *worker, uint32_t patience_ms);

/* From a client: its transfer has ended. */
void storm_worker_ended(struct storm_worker *worker, struct storm_client *client);

#endif

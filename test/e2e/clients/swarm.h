/* Many clients in one process, each with its own socket, as a rack of machines at power-on. */
#ifndef UVTFTP_TEST_E2E_SWARM_H
#define UVTFTP_TEST_E2E_SWARM_H

#include <stdio.h>
#include <uv.h>

#include "wire.h"

/* As a PXE ROM does: so long a wait, so often asked in all. */
#define SWARM_PATIENCE_MS 1000
#define SWARM_TRIES       5

/* What one client is to fetch. */
struct target {
	const char *name;
	const uint8_t *bytes; /* mapped for as long as the program runs */
	size_t len;
	bool is_missing; /* ERROR 1 is the right answer */
};

enum fate {
	FATE_WAITING, /* not begun */
	FATE_RUNNING,
	FATE_DONE,
	FATE_FAILED,
	FATE_ABORTED, /* said ERROR 0 in the middle, as it was told to */
	FATE_VANISHED /* fell silent in the middle, as it was told to */
};

struct crowd;

struct client {
	struct crowd *crowd;
	const struct target *target;
	uv_poll_t poll;
	int fd;
	struct wire_addr peer; /* len 0: nothing heard yet */
	enum fate fate;
	enum fate leave_as;   /* FATE_DONE: stays to the end */
	uint64_t leave_after; /* blocks */
	uint64_t begun_us;
	uint64_t took_us;
	uint64_t deadline_us;
	uint64_t blocks; /* received in order */
	unsigned in_window;
	unsigned blksize;
	unsigned windowsize;
	unsigned tries;
	bool has_complained; /* of this gap */
};

struct crowd {
	uv_loop_t loop;
	uv_timer_t timer;
	struct wire_addr server;
	struct wire_ask ask;
	struct target *targets;
	size_t target_count;
	struct client *clients;
	size_t client_count;
	size_t at_once;
	size_t begun;         /* clients are begun in order */
	size_t first_running; /* none before it runs */
	size_t running;
	size_t fates[FATE_VANISHED + 1]; /* how many ended so */
	uint64_t retransmissions;        /* ours, after silence */
	uint64_t repeated;               /* packets that came again or out of order */
	uint64_t strangers; /* packets from another host or port than the transfer's, ignored */
	uint64_t bytes;
	uint64_t started_us;
	uint64_t begin_until_us; /* no client is begun later */
	uint64_t stop_us;        /* what runs then has failed */
	uint64_t random;
	unsigned abort_percent;
	unsigned vanish_percent;
	bool is_single_port; /* only what comes from the port that was asked is an answer */
	unsigned complaints;
};

uint64_t swarm_now(void); /* microseconds */
/* Says why a client failed, the first few times. */
void swarm_complain(struct crowd *crowd, const struct client *client, const char *what);
/* A client has ended: counts it and begins the next. */
void swarm_ended(struct crowd *crowd);

/* The socket; false: the system has no more. */
bool client_open(struct client *client);
/* The request. */
void client_ask(struct client *client);
/* Silence has lasted: asks again, or gives up. */
void client_expire(struct client *client);
void client_end(struct client *client, enum fate fate);

#endif

/* A model of somebody else's client that downloads: a struct of parameters and a small reaction to DATA that
 * is not the next block. What is common to all is in client.c, what each one does in client_models.c. */
#ifndef UVTFTP_SIM_CLIENT_H
#define UVTFTP_SIM_CLIENT_H

#include "sim/end.h"

struct client;

struct client_model {
	const char *name;
	/* What it asks; 0: the option is left out. */
	uint32_t blksize;
	uint32_t window;
	uint32_t timeout_s;
	bool asks_tsize;
	bool can_window; /* its windowsize can be set */
	/* Its timer, restarted by each packet it sends and each block it takes. */
	uint32_t interval_us;
	uint32_t growth_percent; /* 100: always the same interval */
	uint32_t step_us;        /* and so much more each time */
	uint32_t interval_max_us;
	uint32_t tries;          /* intervals without news, and it gives up */
	bool counts_all_tries;   /* over the whole transfer */
	bool never_repeats_acks; /* its timer only repeats the request */
	bool answers_any; /* with an ACK in the middle of a window, whatever it is that it cannot use */
	bool answers_old; /* an old block makes it ACK: a lost ACK is mended by the server's timer */
	/* Blocks its reader has not fetched yet, from which on it acknowledges no more; 0: no limit. */
	uint32_t queue_max;
	/* DATA that is not the next block. */
	void (*unexpected)(struct client *client, uint64_t block);
};

extern const struct client_model client_models[];
extern const size_t client_model_count;
const struct client_model *client_model_find(const char *name); /* there must be one */

struct client {
	struct end end;
	const struct client_model *model;
	struct dice dice;
	uint32_t blksize;
	uint32_t window;
	uint64_t got;       /* every block up to it was taken */
	uint64_t confirmed; /* where the window began: it ends `window` blocks behind it */
	uint64_t acked;     /* the last ACK sent */
	uint64_t last_nack; /* U-Boot: one for each block */
	bool has_gap;       /* an ACK for the present gap was sent */
	bool has_answer;
	bool is_busy; /* flashing: nobody fetches what was received */
	uint32_t queued;
	uint32_t tries;
	uint32_t interval_us;
	uint64_t timer_at_us;
	uint64_t event_at_us; /* when the timer is looked at next; WORLD_FAR: never */
	uint64_t news_at_us;
	uint64_t received;  /* DATA */
	uint64_t had;       /* of them those it had already */
	uint64_t discarded; /* and those that came too early */
};

void client_init(struct client *client, const struct end_setup *setup);
void client_start(struct client *client);
/* For the reactions: says ACK `block`. The window restarts behind what was taken. */
void client_ack(struct client *client, uint64_t block);
/* The longest its timer may run now. */
uint64_t client_patience_us(const struct client *client);

#endif

/* Shared by client.c (attempts, from the first to the end) and exchange.c (packets of one attempt). */
#ifndef UVTFTP_CLIENT_CLIENT_INSIDE_H
#define UVTFTP_CLIENT_CLIENT_INSIDE_H

#include "client/client.h"
#include "net/endpoint.h"
#include "proto/transfer.h"

struct client {
	struct batch *batch;                /* borrowed */
	const struct client_events *events; /* borrowed */
	void *user;
	struct endpoint endpoint; /* of the present attempt */
	uv_timer_t timer;
	struct transfer transfer; /* of the present attempt */
	struct client_options options;
	struct addr servers[CLIENT_SERVERS_MAX];
	char file[CLIENT_FILE_MAX + 1];
	size_t server_at;         /* index of the one being asked */
	struct addr peer;         /* as asked; from the first answer on the server's TID */
	uint32_t netascii;        /* state of the translation */
	uint64_t started_us;      /* of the whole */
	uint64_t ended_us;        /* the outcome was known; 0: it is not */
	uint64_t news_us;         /* the last progress of this attempt */
	uint64_t armed_us;        /* the timer fires then; TRANSFER_NEVER: it does not run */
	uint64_t give_up_us;      /* without progress, this attempt */
	uint64_t retransmissions; /* of earlier attempts */
	int local_error;
	const char *local_reason; /* static */
	bool is_plain;            /* this attempt asks without options */
	bool has_tid;
	bool is_closing; /* this attempt is over */
	bool is_cancelled;
};

void client_on_timer(uv_timer_t *timer);

/* Asks the present server through the open endpoint. */
void exchange_start(struct client *client);
/* Sends what is due and sets the timer. */
void exchange_pump(struct client *client);
void exchange_datagram(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data,
		       size_t len);
/* The time has come: repeats or gives up. */
void exchange_expire(struct client *client);
uint64_t exchange_now_us(void);

#endif

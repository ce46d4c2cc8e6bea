/* Shared by client.c (attempts, from the first to the end), exchange.c (packets of one attempt) and
 * exchange_send.c (its DATA, if we send). */
#ifndef UVTFTP_CLIENT_CLIENT_INSIDE_H
#define UVTFTP_CLIENT_CLIENT_INSIDE_H

#include "client/client.h"
#include "client/supply.h"
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
	uint32_t netascii;        /* state of the translation, receiving */
	struct supply supply;     /* sending, from the first answer on */
	uint64_t size_bytes;      /* sending, as it goes out; CLIENT_SIZE_UNKNOWN */
	uint64_t started_us;      /* of the whole */
	uint64_t ended_us;        /* the outcome was known; 0: it is not */
	uint64_t news_us;         /* the last progress of this attempt */
	uint64_t armed_us;        /* the timer fires then; TRANSFER_NEVER: it does not run */
	uint64_t give_up_us;      /* without progress, this attempt */
	uint64_t retransmissions; /* of earlier attempts */
	int local_error;
	const char *local_reason; /* static */
	bool is_upload;
	bool is_plain; /* this attempt asks without options */
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
/* The owner failed: ends it with an ERROR. */
void exchange_fail(struct client *client, int error);
uint64_t exchange_now_us(void);

/* Sends a message of the run. False: not now - the socket is full, or the bytes are not there yet. */
bool exchange_send_data(struct client *client, const struct transfer_out *out);
/* Has the owner give more, if there is room. True: something changed, so more may be sent. */
bool exchange_refill(struct client *client);
/* True: it is the owner's turn, and nobody else's time runs. */
bool exchange_is_starved(const struct client *client);
void exchange_writable(struct endpoint *endpoint);

#endif

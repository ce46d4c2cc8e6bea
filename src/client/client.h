/* One TFTP transfer as a client, over UDP on a libuv loop.
 *
 * It asks the servers in order until one answers, once more without options if a server refuses the request
 * because of them, and hands what comes to its owner or takes from it what goes. Everything happens on the
 * batch's loop. */
#ifndef UVTFTP_CLIENT_CLIENT_H
#define UVTFTP_CLIENT_CLIENT_H

#include "net/addr.h"
#include "net/batch.h"

#define CLIENT_SERVERS_MAX    8   /* addresses tried for one name */
#define CLIENT_FILE_MAX       440 /* bytes of a name: RFC 2347 allows a request 512, options included */
#define CLIENT_SIZE_UNKNOWN   UINT64_MAX

#define CLIENT_BLKSIZE_MIN    8u
#define CLIENT_BLKSIZE_MAX    65464u
#define CLIENT_WINDOWSIZE_MAX 65535u
#define CLIENT_WINDOWSIZE     16u /* asked by default, fewer where a socket's buffer holds fewer */
#define CLIENT_SEND_BYTES_MAX                                                                           \
	(32u << 20) /* of a window asked for to send: it is kept until acknowledged */
#define CLIENT_GIVE_UP_MS     15000u
#define CLIENT_GIVE_UP_MS_MAX 3600000u

struct client;

struct client_options {
	const struct addr *servers; /* copied; the port is the one to ask */
	size_t server_count;        /* 1 to CLIENT_SERVERS_MAX */
	const char *file;           /* copied; the name as sent */
	bool is_netascii;           /* mode netascii: bytes handed out or in are local text */
	bool is_plain;              /* ask without options (RFC 1350) */
	uint32_t blksize;           /* 0: what the route carries unfragmented */
	uint32_t windowsize;        /* 0: the default */
	uint64_t size_bytes;        /* client_put: as it is told the server, or CLIENT_SIZE_UNKNOWN;
				       in netascii it is not told and not looked at */
	uint32_t
	    give_up_ms; /* without progress; a third of it moves on to the next address. 0: default */
};

enum client_outcome {
	CLIENT_DONE,
	CLIENT_REFUSED,   /* the server ended it with an ERROR: error_code, reason */
	CLIENT_BROKEN,    /* the server broke the protocol and was sent an ERROR: error_code, reason */
	CLIENT_TIMEOUT,   /* no answer, or no progress any more */
	CLIENT_LOCAL,     /* local_error: of the network, or what an event returned */
	CLIENT_CANCELLED, /* client_cancel */
};

/* Borrowed for the call. */
struct client_report {
	enum client_outcome outcome;
	int error_code;     /* TFTP code received or sent; -1 none */
	int local_error;    /* negative errno; 0 none */
	bool has_answered;  /* a server has answered the request that counted */
	const char *reason; /* why it did not end well, or ""; printable */
	struct addr server; /* who answered, with its TID; else the last one asked */
	uint64_t bytes;     /* taken from the network, or acknowledged by the server */
	uint64_t duration_us;
	uint64_t retransmissions; /* packets that we repeated, or that came again */
	uint32_t blksize;         /* in force; 0 without an answer */
	uint32_t windowsize;
};

/* What happens; a negative errno ends the transfer with an ERROR to the server and CLIENT_LOCAL. */
struct client_events {
	/* --- client_get */
	/* The server said how many bytes will come. Before any data; may never run. May be NULL. */
	int (*on_size)(void *user, uint64_t size_bytes);
	/* The next bytes, borrowed for the call. */
	int (*on_data)(void *user, const uint8_t *data, size_t len);
	/* All are there: the last ACK promises that they are kept. May be NULL. */
	int (*on_complete)(void *user);
	/* --- client_put */
	/* The next bytes: how many there are (at least 1), at most len; 0: there are no more; UV_EAGAIN: none
	 * now, and client_continue will follow. Asked once for each byte, and first after the server's answer.
	 * With a size said before, no more are asked for than that; less is UV_EOF to the report. */
	ssize_t (*on_read)(void *user, uint8_t *room, size_t len);
	/* --- both */
	/* The end, once. The client is gone when it returns; until then it may be asked. */
	void (*on_end)(void *user, const struct client_report *report);
};

/* Starts to fetch a file. `batch` and `events` are borrowed until on_end. 0: on_end runs once, later.
 * UV_EINVAL, UV_ENAMETOOLONG, UV_ENOMEM: nothing happened, it never runs. */
int client_get(struct client **client, struct batch *batch, const struct client_options *options,
	       const struct client_events *events, void *user);
/* Starts to send a file, else as client_get. CLIENT_DONE: the server has acknowledged all of it. */
int client_put(struct client **client, struct batch *batch, const struct client_options *options,
	       const struct client_events *events, void *user);
/* After UV_EAGAIN from on_read: there may be bytes again. Not from an event. */
void client_continue(struct client *client);
/* Ends it early and tells the server. on_end still runs. Not from an event. */
void client_cancel(struct client *client);

uint64_t client_bytes(const struct client *client);      /* as in the report, so far */
uint64_t client_size_bytes(const struct client *client); /* CLIENT_SIZE_UNKNOWN */

#endif

/* Who may begin now and who waits: the limits of transfers at once, and the queue before them. */
#ifndef UVTFTP_SERVER_SEATS_H
#define UVTFTP_SERVER_SEATS_H

#include "server/session.h"

/* Requests that can wait at a worker. Less than 700 bytes each, touched when used. */
#define SEATS_WAITING_MAX 16384u

/* True: a transfer of this client may begin now, and nobody waits for it. */
bool seats_are_free(const struct worker *worker, const struct ledger_client *client);
/* Lets the request wait. */
void seats_wait(struct worker *worker, const struct session_request *request, const uint8_t *data,
		size_t len);
/* What waits begins as far as it can, soon or when a session may be ended for it, but not before this returns. */
void seats_serve_soon(struct worker *worker);
/* A session of this client has ended: the same. */
void seats_left(struct worker *worker, const struct addr *peer);

#endif

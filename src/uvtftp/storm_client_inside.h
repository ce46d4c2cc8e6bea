/* What the files of a client share. */
#ifndef UVTFTP_UVTFTP_STORM_CLIENT_INSIDE_H
#define UVTFTP_UVTFTP_STORM_CLIENT_INSIDE_H

#include "uvtftp/storm_worker.h"

static inline const struct storm_options *client_options_of(const struct storm_client *client)
{
	return client->worker->plan->options;
}

/* Whether --loss takes this packet. */
bool storm_client_is_lost(struct storm_client *client);
/* Nothing can be sent, or no socket be had: no transfer of this client any more. */
void storm_client_break(struct storm_client *client, int error);

/* What comes is left in the socket. */
void storm_client_unwatch(struct storm_client *client);

/* Each may end the transfer: when nothing can be sent. */
void storm_client_send(struct storm_client *client, const struct addr *to, const void *data, size_t len);
void storm_client_send_request(struct storm_client *client);
void storm_client_acknowledge(struct storm_client *client, uint16_t wire);
/* As much of the window as may go. */
void storm_client_send_window(struct storm_client *client);

#endif

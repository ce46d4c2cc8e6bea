/* The wildcard kind of endpoint: one socket, a view for each local address that is asked. */
#ifndef UVTFTP_NET_CATCH_ALL_H
#define UVTFTP_NET_CATCH_ALL_H

#include "net/endpoint.h"

/* Takes over the bound socket; 0 or a negative errno (the socket is still the caller's). */
int catch_all_open(struct endpoint *catch_all, uv_loop_t *loop, int fd);
void catch_all_close(struct endpoint *catch_all);
/* Polls for what is wanted now: datagrams unless paused, room when blocked. */
void catch_all_watch(struct endpoint *catch_all);
/* The socket is full and this view has more to send. */
void catch_all_block(struct endpoint *catch_all, struct endpoint *view);

#endif

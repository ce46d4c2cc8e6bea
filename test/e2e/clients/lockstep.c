#include "lockstep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static void send_again(struct lockstep *lockstep)
{
	const struct wire_addr *to = lockstep->peer.len != 0 ? &lockstep->peer : &lockstep->server;
	ssize_t sent = sendto(lockstep->fd, lockstep->sent, lockstep->sent_len, 0,
			      (const struct sockaddr *)&to->storage, to->len);
	if (sent < 0)
		perror("sendto");
}

void lockstep_ask(struct lockstep *lockstep, const struct wire_addr *server, const struct wire_ask *ask)
{
	const struct timeval patience = {.tv_sec = 1};
	memset(lockstep, 0, offsetof(struct lockstep, room));
	lockstep->server = *server;
	lockstep->oack = (struct wire_oack){-1, -1, -1};
	lockstep->blksize = WIRE_BLKSIZE;
	lockstep->fd = socket(server->storage.ss_family, SOCK_DGRAM, 0);
	if (lockstep->fd < 0 ||
	    setsockopt(lockstep->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
		perror("socket");
		exit(2);
	}
	lockstep->sent_len = wire_request(lockstep->sent, ask);
	send_again(lockstep);
}

/* The next datagram from the peer, 0 for silence. */
static size_t receive(struct lockstep *lockstep)
{
	for (unsigned tries = 0; tries < LOCKSTEP_TRIES;) {
		struct wire_addr from = {.len = sizeof from.storage};
		ssize_t len = recvfrom(lockstep->fd, lockstep->room, WIRE_PACKET_MAX, 0,
				       (struct sockaddr *)&from.storage, &from.len);
		if (len < 0) {
			lockstep->resent++;
			if (++tries < LOCKSTEP_TRIES)
				send_again(lockstep);
			continue;
		}
		if (!wire_same_host(&from, &lockstep->server) ||
		    (lockstep->peer.len != 0 && wire_port(&from) != wire_port(&lockstep->peer)))
			continue;
		lockstep->peer = from;
		lockstep->room[len] = 0; /* so that texts end */
		if (len >= 4)
			return (size_t)len;
	}
	return 0;
}

static enum lockstep_event complain(struct lockstep *lockstep, const char *what)
{
	lockstep->data = (const uint8_t *)what;
	lockstep->len = strlen(what);
	return LOCKSTEP_NONSENSE;
}

static void acknowledge(struct lockstep *lockstep)
{
	lockstep->sent_len = wire_ack(lockstep->sent, lockstep->blocks);
	send_again(lockstep);
}

static enum lockstep_event take_oack(struct lockstep *lockstep, size_t len)
{
	if (!wire_parse_oack(&lockstep->oack, lockstep->room, len))
		return complain(lockstep, "the OACK is malformed");
	if (lockstep->oack.blksize > 0)
		lockstep->blksize = (unsigned)lockstep->oack.blksize;
	return LOCKSTEP_OACK;
}

static enum lockstep_event take_data(struct lockstep *lockstep, size_t len)
{
	lockstep->data = lockstep->room + 4;
	lockstep->len = len - 4;
	if (lockstep->len > lockstep->blksize)
		return complain(lockstep, "a block is longer than negotiated");
	lockstep->blocks++;
	if (lockstep->len == lockstep->blksize)
		return LOCKSTEP_DATA;
	acknowledge(lockstep);
	return LOCKSTEP_LAST;
}

static enum lockstep_event take(struct lockstep *lockstep)
{
	for (;;) {
		size_t len = receive(lockstep);
		if (len == 0)
			return LOCKSTEP_SILENCE;
		unsigned number = wire_get16(lockstep->room + 2);
		switch (wire_get16(lockstep->room)) {
		case WIRE_OACK:
			if (lockstep->blocks == 0 && lockstep->sent[1] == WIRE_RRQ)
				return take_oack(lockstep, len);
			continue; /* a repetition */
		case WIRE_DATA:
			if (number == ((lockstep->blocks + 1) & 0xffff))
				return take_data(lockstep, len);
			continue;
		case WIRE_ERROR:
			lockstep->error_code = number;
			lockstep->data = lockstep->room + 4;
			lockstep->len = strnlen((const char *)lockstep->data, len - 4);
			return LOCKSTEP_ERROR;
		default:
			return complain(lockstep, "neither OACK nor DATA nor ERROR");
		}
	}
}

enum lockstep_event lockstep_first(struct lockstep *lockstep)
{
	return take(lockstep);
}

enum lockstep_event lockstep_next(struct lockstep *lockstep)
{
	acknowledge(lockstep);
	return take(lockstep);
}

void lockstep_abort(struct lockstep *lockstep)
{
	uint8_t packet[64];
	size_t len = wire_error(packet, 0, "enough");
	memcpy(lockstep->sent, packet, len);
	lockstep->sent_len = len;
	send_again(lockstep);
}

void lockstep_close(struct lockstep *lockstep)
{
	close(lockstep->fd);
}

/* One client of the swarm: what a datagram or silence makes it do. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "swarm.h"

static void fail(struct client *client, const char *what)
{
	swarm_complain(client->crowd, client, what);
	client_end(client, FATE_FAILED);
}

void client_end(struct client *client, enum fate fate)
{
	struct crowd *crowd = client->crowd;
	client->fate = fate;
	client->took_us = swarm_now() - client->begun_us;
	uv_close((uv_handle_t *)&client->poll, NULL);
	/* Who left in the middle keeps the port: what is still sent there is not for a later client. */
	if (fate == FATE_DONE || fate == FATE_FAILED)
		close(client->fd);
	crowd->fates[fate]++;
	crowd->running--;
	swarm_ended(crowd);
}

static void send_packet(const struct client *client, const uint8_t *packet, size_t len)
{
	const struct wire_addr *to = client->peer.len != 0 ? &client->peer : &client->crowd->server;
	/* What the kernel does not take is lost, as on a wire. */
	ssize_t sent =
	    sendto(client->fd, packet, len, 0, (const struct sockaddr *)&to->storage, to->len);
	(void)sent;
}

static void send_request(const struct client *client)
{
	uint8_t packet[WIRE_REQUEST_MAX];
	struct wire_ask ask = client->crowd->ask;
	ask.name = client->target->name;
	send_packet(client, packet, wire_request(packet, &ask));
}

static void acknowledge(struct client *client)
{
	uint8_t packet[4];
	client->in_window = 0;
	client->deadline_us = swarm_now() + SWARM_PATIENCE_MS * 1000u;
	send_packet(client, packet, wire_ack(packet, client->blocks));
}

static void hear(struct client *client);

void client_expire(struct client *client)
{
	/* Timers run before sockets are read: if this process was held up, the answer may be here already. */
	hear(client);
	if (client->fate != FATE_RUNNING || swarm_now() < client->deadline_us)
		return;
	if (++client->tries >= SWARM_TRIES) {
		fail(client, client->peer.len == 0 ? "no answer at all" : "silence in the middle");
		return;
	}
	client->crowd->retransmissions++;
	client->has_complained = false;
	client->deadline_us = swarm_now() + SWARM_PATIENCE_MS * 1000u;
	if (client->peer.len == 0)
		send_request(client);
	else
		acknowledge(client);
}

static void leave(struct client *client)
{
	uint8_t packet[64];
	if (client->leave_as == FATE_ABORTED)
		send_packet(client, packet, wire_error(packet, 0, "enough"));
	client_end(client, client->leave_as);
}

/* Something was repeated or is missing: the last in-order block once more, once for each gap. */
static void complain(struct client *client)
{
	client->crowd->repeated++;
	if (client->has_complained)
		return;
	client->has_complained = true;
	acknowledge(client);
}

static void take_data(struct client *client, const uint8_t *packet, size_t len)
{
	const struct target *target = client->target;
	uint64_t offset = client->blocks * client->blksize;
	if (wire_get16(packet + 2) != ((client->blocks + 1) & 0xffff)) {
		complain(client);
		return;
	}
	size_t left = target->len - (size_t)offset;
	size_t expected = left < client->blksize ? left : client->blksize;
	if (target->is_missing || len - 4 != expected) {
		fail(client, "a block has the wrong length");
		return;
	}
	if (memcmp(packet + 4, target->bytes + offset, expected) != 0) {
		fail(client, "wrong bytes");
		return;
	}
	client->blocks++;
	client->in_window++;
	client->tries = 0;
	client->has_complained = false;
	client->crowd->bytes += expected;
	client->deadline_us = swarm_now() + SWARM_PATIENCE_MS * 1000u;
	bool is_last = expected < client->blksize;
	if (is_last || client->in_window == client->windowsize)
		acknowledge(client);
	if (is_last)
		client_end(client, FATE_DONE);
	else if (client->leave_as != FATE_DONE && client->blocks >= client->leave_after)
		leave(client);
}

static bool is_granted(int64_t granted, unsigned asked)
{
	return granted == -1 || (granted >= 1 && granted <= asked);
}

static void take_oack(struct client *client, const uint8_t *packet, size_t len)
{
	const struct wire_ask *ask = &client->crowd->ask;
	struct wire_oack oack;
	if (client->blocks > 0) {
		client->crowd->repeated++;
		return;
	}
	if (!wire_parse_oack(&oack, packet, len) || !is_granted(oack.blksize, ask->blksize) ||
	    !is_granted(oack.windowsize, ask->windowsize) || (oack.tsize != -1 && !ask->wants_tsize)) {
		fail(client, "the OACK grants what was not asked for");
		return;
	}
	if (oack.tsize != -1 && (uint64_t)oack.tsize != client->target->len) {
		fail(client, "tsize is not the size of the file");
		return;
	}
	if (oack.blksize != -1)
		client->blksize = (unsigned)oack.blksize;
	if (oack.windowsize != -1)
		client->windowsize = (unsigned)oack.windowsize;
	client->tries = 0;
	acknowledge(client);
}

static void take_error(struct client *client, const uint8_t *packet, size_t len)
{
	char what[160];
	if (client->target->is_missing && wire_get16(packet + 2) == 1) {
		client_end(client, FATE_DONE);
		return;
	}
	snprintf(what, sizeof what, "ERROR %u %.*s", wire_get16(packet + 2),
		 (int)strnlen((const char *)packet + 4, len - 4), (const char *)packet + 4);
	fail(client, what);
}

/* Whether it is from whom this client talks to. */
static bool is_ours(struct client *client, const struct wire_addr *from)
{
	struct crowd *crowd = client->crowd;
	unsigned port = wire_port(from);
	if (wire_same_host(from, &crowd->server) &&
	    (client->peer.len == 0 ? !crowd->is_single_port || port == wire_port(&crowd->server)
				   : port == wire_port(&client->peer)))
		return true;
	crowd->strangers++;
	return false;
}

/* What a transfer can begin with. Anything else is left of an earlier one, of a process that had this port. */
static bool is_opening(const uint8_t *packet)
{
	unsigned op = wire_get16(packet);
	return op == WIRE_OACK || op == WIRE_ERROR || (op == WIRE_DATA && wire_get16(packet + 2) == 1);
}

static void take(struct client *client, const struct wire_addr *from, const uint8_t *packet, size_t len)
{
	if (!is_ours(client, from))
		return;
	if (len < 4) {
		fail(client, "a packet of less than 4 bytes");
		return;
	}
	if (client->peer.len == 0 && !is_opening(packet)) {
		client->crowd->repeated++;
		return;
	}
	client->peer = *from;
	switch (wire_get16(packet)) {
	case WIRE_DATA:
		take_data(client, packet, len);
		break;
	case WIRE_OACK:
		take_oack(client, packet, len);
		break;
	case WIRE_ERROR:
		take_error(client, packet, len);
		break;
	default:
		fail(client, "neither DATA nor OACK nor ERROR");
	}
}

static void hear(struct client *client)
{
	static uint8_t room[WIRE_PACKET_MAX];
	while (client->fate == FATE_RUNNING) {
		struct wire_addr from = {.len = sizeof from.storage};
		ssize_t len = recvfrom(client->fd, room, sizeof room, 0,
				       (struct sockaddr *)&from.storage, &from.len);
		if (len < 0)
			return;
		take(client, &from, room, (size_t)len);
	}
}

static void heard(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	hear(poll->data);
}

bool client_open(struct client *client)
{
	struct crowd *crowd = client->crowd;
	client->blksize = WIRE_BLKSIZE;
	client->windowsize = 1;
	client->fd = socket(crowd->server.storage.ss_family, SOCK_DGRAM, 0);
	if (client->fd < 0)
		return false;
	fcntl(client->fd, F_SETFD, FD_CLOEXEC);
	if (uv_poll_init(&crowd->loop, &client->poll, client->fd) != 0) {
		close(client->fd);
		return false;
	}
	client->poll.data = client;
	uv_poll_start(&client->poll, UV_READABLE, heard);
	client->fate = FATE_RUNNING;
	crowd->running++;
	return true;
}

void client_ask(struct client *client)
{
	client->begun_us = swarm_now();
	client->deadline_us = client->begun_us + SWARM_PATIENCE_MS * 1000u;
	send_request(client);
}

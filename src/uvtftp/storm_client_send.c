/* What a client sends. */
#include <errno.h>

#include "proto/block.h"
#include "uvtftp/storm_client_inside.h"

/* xorshift64: the packets of one client are lost the same way whatever the others do. */
bool storm_client_is_lost(struct storm_client *client)
{
	uint64_t loss = client_options_of(client)->loss;
	if (loss == 0)
		return false;
	client->dice ^= client->dice << 13;
	client->dice ^= client->dice >> 7;
	client->dice ^= client->dice << 17;
	return (client->dice >> 32) % STORM_LOSS_WHOLE < loss;
}

void storm_client_send(struct storm_client *client, const struct addr *to, const void *data, size_t len)
{
	if (storm_client_is_lost(client))
		return;
	client->worker->tally.packets_sent++;
	if (!storm_socket_send(client->fd, to, data, len))
		storm_client_break(client, errno);
}

void storm_client_send_request(struct storm_client *client)
{
	uint8_t room[STORM_REQUEST_MAX];
	const struct storm_plan *plan = client->worker->plan;
	size_t len = storm_target_request(client->target, plan->options->is_upload, &plan->asked,
					  client->number, room);
	storm_client_send(client, &client->target->server, room, len);
}

void storm_client_acknowledge(struct storm_client *client, uint16_t wire)
{
	uint8_t room[PACKET_HEADER_BYTES];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	packet_write_ack(&out, wire);
	storm_client_send(client, &client->peer, room, sizeof room);
}

/* Sends `count` blocks from sender.next on, all but the file's last of the full size. */
static bool send_blocks(struct storm_client *client, uint32_t count)
{
	uint8_t headers[STORM_TRAIN_MAX][PACKET_HEADER_BYTES];
	struct iovec iov[2 * STORM_TRAIN_MAX];
	const struct storm_bytes *bytes = client->target->bytes;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t block = client->sender.next + i;
		uint64_t offset = (block - 1) * client->blksize;
		uint64_t left = bytes->len - offset;
		packet_write_data_header(headers[i], block_to_wire(block, 0));
		iov[2 * i] = (struct iovec){headers[i], PACKET_HEADER_BYTES};
		iov[2 * i + 1] = (struct iovec){(void *)(uintptr_t)(bytes->at + offset),
						left < client->blksize ? (size_t)left : client->blksize};
	}
	sender_sent(&client->sender, count, client->worker->now_ns / 1000);
	client->worker->tally.packets_sent += count;
	return storm_socket_send_train(client->fd, &client->peer, iov, 2 * count, 2,
				       PACKET_HEADER_BYTES + client->blksize);
}

void storm_client_send_window(struct storm_client *client)
{
	uint32_t allowed;
	uint32_t train = STORM_TRAIN_BYTES / (PACKET_HEADER_BYTES + client->blksize);
	if (train > STORM_TRAIN_MAX)
		train = STORM_TRAIN_MAX;
	if (train == 0 || client_options_of(client)->loss != 0)
		train = 1;
	for (;;) {
		/* A load tool does not spare the network: no pauses. */
		if (sender_is_paused(&client->sender))
			sender_resume(&client->sender);
		allowed = sender_allowed(&client->sender);
		if (allowed == 0)
			return;
		if (storm_client_is_lost(client)) {
			sender_sent(&client->sender, 1, client->worker->now_ns / 1000);
			continue;
		}
		if (!send_blocks(client, allowed < train ? allowed : train)) {
			storm_client_break(client, errno);
			return;
		}
	}
}

/* The way out: the core says which blocks may go, the supply has them, a train a message takes them. */
#include <uv.h>

#include "client/client_inside.h"

/* What is in the supply stays there until its messages have left; see refill. */
static bool add_block(struct client *client, struct message *message, uint64_t block)
{
	const struct transfer *transfer = &client->transfer;
	uint32_t len = transfer_block_bytes(transfer, block);
	if (!message_begin_segment(message))
		return false;
	transfer_data_header(transfer, block, message_add_inline(message, PACKET_HEADER_BYTES));
	message_add(message, supply_block(&client->supply, block),
		    len < transfer->blksize ? len : transfer->blksize);
	return true;
}

/* Another chance when all messages are in use: most can leave at once. */
static struct message *take_message(struct client *client)
{
	struct message *message = batch_message(client->batch, &client->endpoint, &client->peer);
	if (message != NULL)
		return message;
	batch_flush(client->batch);
	return batch_message(client->batch, &client->endpoint, &client->peer);
}

bool exchange_send_data(struct client *client, const struct transfer_out *out)
{
	uint64_t end = supply_end(&client->supply);
	uint32_t count = 0;
	if (out->first_block >= end || endpoint_is_blocked(&client->endpoint))
		return false;
	struct message *message = take_message(client);
	if (message == NULL)
		return false;
	while (count < out->block_count && out->first_block + count < end &&
	       add_block(client, message, out->first_block + count))
		count++;
	batch_queue(client->batch, message);
	transfer_sent(&client->transfer, out, count, exchange_now_us());
	return true;
}

bool exchange_refill(struct client *client)
{
	struct transfer *transfer = &client->transfer;
	struct supply *supply = &client->supply;
	if (transfer->direction != TRANSFER_SEND || transfer->phase != TRANSFER_MOVING ||
	    !supply_has_room(supply, transfer->sender.acked))
		return false;
	/* A message that waits may hold a block that was acknowledged since: its room is not free. */
	batch_flush(client->batch);
	if (endpoint_is_blocked(&client->endpoint))
		return false;
	uint64_t made = supply->made;
	int error = supply_fill(supply, transfer->sender.acked, client->events->on_read, client->user);
	if (error != 0)
		exchange_fail(client, error);
	else if (supply->has_ended)
		transfer_ends_at(transfer, supply->made);
	return error != 0 || supply->has_ended || supply->made != made;
}

bool exchange_is_starved(const struct client *client)
{
	struct transfer_out out;
	return client->supply.is_dry && client->transfer.phase == TRANSFER_MOVING &&
	       transfer_next(&client->transfer, &out) && out.kind == TRANSFER_OUT_DATA &&
	       out.first_block >= supply_end(&client->supply);
}

void exchange_writable(struct endpoint *endpoint)
{
	struct client *client = endpoint->user;
	if (!client->is_closing)
		exchange_pump(client);
}

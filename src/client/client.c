/* A client's life: attempts one after the other, each from a fresh port, until one counts.
 *
 * Another attempt is made at the next address if nobody answered or no socket could be had, and at the same
 * one but without options if the server refused the request and the options may be why. */
#include "client/client.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "client/client_inside.h"

#define RECEIVE_BUFFER_BYTES (1u << 20) /* a window of large blocks; systems give less */

static enum client_outcome find_outcome(const struct client *client)
{
	if (client->transfer.outcome == TRANSFER_DONE)
		return CLIENT_DONE;
	if (client->local_error != 0)
		return CLIENT_LOCAL;
	if (client->is_cancelled)
		return CLIENT_CANCELLED;
	switch (client->transfer.outcome) {
	case TRANSFER_TIMEOUT:
		return CLIENT_TIMEOUT;
	case TRANSFER_FAILED:
		return CLIENT_BROKEN;
	default:
		return CLIENT_REFUSED;
	}
}

static uint64_t count_retransmissions(const struct client *client)
{
	const struct transfer *transfer = &client->transfer;
	uint64_t blocks =
	    client->is_upload ? transfer->sender.blocks_resent : transfer->receiver.blocks_repeated;
	return client->retransmissions + transfer->packets_repeated + blocks;
}

static void end(uv_handle_t *timer)
{
	struct client *client = timer->data;
	const struct transfer *transfer = &client->transfer;
	struct client_report report = {
	    .outcome = find_outcome(client),
	    .error_code = transfer->error_code,
	    .local_error = client->local_error,
	    .has_answered = client->has_tid,
	    .reason = transfer_reason(transfer),
	    .server = client->peer,
	    .bytes = transfer_bytes(transfer),
	    .duration_us = client->ended_us - client->started_us,
	    .retransmissions = count_retransmissions(client),
	    .blksize = transfer->blksize,
	    .windowsize = client->is_upload ? transfer->sender.window : transfer->receiver.window,
	};
	if (report.outcome == CLIENT_LOCAL)
		report.reason = client->local_reason;
	client->events->on_end(client->user, &report);
	mem_free(client);
}

/* No server is left to ask, or one has settled it. */
static void finish(struct client *client)
{
	if (client->ended_us == 0)
		client->ended_us = exchange_now_us();
	uv_close((uv_handle_t *)&client->timer, end);
}

/* Asks the server whose turn it is; where there is no socket for it, the next one. */
static void begin_attempt(struct client *client)
{
	struct endpoint_options options = {.receive_buffer_bytes = RECEIVE_BUFFER_BYTES};
	for (;;) {
		client->peer = client->servers[client->server_at];
		addr_any(&options.local, client->peer.sa.sa_family, 0);
		int error =
		    endpoint_open(&client->endpoint, client->batch, &options, exchange_datagram, client);
		client->local_error = error;
		if (error == 0)
			break;
		client->local_reason = "no UDP socket can be opened";
		if (client->server_at + 1 == client->options.server_count) {
			finish(client);
			return;
		}
		client->server_at++;
	}
	client->endpoint.on_writable = exchange_writable;
	client->ended_us = 0;
	client->has_tid = false;
	client->is_closing = false;
	exchange_start(client);
}

/* RFC 2347 has servers ignore what they do not know; some refuse it, with ERROR 8 or an older code. */
static bool may_fear_options(const struct client *client)
{
	int code = client->transfer.error_code;
	return client->transfer.outcome == TRANSFER_REFUSED && !client->is_plain &&
	       (code == PACKET_ERROR_OPTION || code == PACKET_ERROR_OTHER ||
		code == PACKET_ERROR_ILLEGAL);
}

static void close_attempt(struct endpoint *endpoint)
{
	struct client *client = endpoint->user;
	bool has_next = client->server_at + 1 < client->options.server_count;
	bool is_silent = client->transfer.outcome == TRANSFER_TIMEOUT && !client->has_tid;
	supply_fini(&client->supply);
	if (client->is_cancelled || client->local_error != 0) {
		finish(client);
		return;
	}
	if (may_fear_options(client)) {
		client->is_plain = true;
	} else if (is_silent && has_next) {
		client->is_plain = client->options.is_plain;
		client->server_at++;
	} else {
		finish(client);
		return;
	}
	client->retransmissions = count_retransmissions(client);
	begin_attempt(client);
}

void client_on_timer(uv_timer_t *timer)
{
	struct client *client = timer->data;
	client->armed_us = TRANSFER_NEVER;
	if (client->is_closing)
		return;
	if (client->transfer.phase != TRANSFER_OVER) {
		exchange_expire(client);
		return;
	}
	client->is_closing = true;
	batch_flush(client->batch);
	endpoint_close(&client->endpoint, close_attempt);
}

static int copy_options(struct client *client, const struct client_options *options)
{
	size_t file_len = strlen(options->file);
	if (file_len > CLIENT_FILE_MAX)
		return UV_ENAMETOOLONG;
	if (file_len == 0 || options->server_count == 0 || options->server_count > CLIENT_SERVERS_MAX ||
	    options->windowsize > CLIENT_WINDOWSIZE_MAX || options->give_up_ms > CLIENT_GIVE_UP_MS_MAX ||
	    (options->blksize != 0 &&
	     (options->blksize < CLIENT_BLKSIZE_MIN || options->blksize > CLIENT_BLKSIZE_MAX)))
		return UV_EINVAL;
	client->options = *options;
	if (options->give_up_ms == 0)
		client->options.give_up_ms = CLIENT_GIVE_UP_MS;
	memcpy(client->servers, options->servers, options->server_count * sizeof client->servers[0]);
	memcpy(client->file, options->file, file_len + 1);
	client->options.servers = client->servers;
	client->options.file = client->file;
	client->is_plain = options->is_plain;
	return 0;
}

static int start(struct client **out, struct batch *batch, const struct client_options *options,
		 const struct client_events *events, void *user, bool is_upload)
{
	struct client *client = mem_zalloc(1, sizeof *client);
	if (client == NULL)
		return UV_ENOMEM;
	int error = copy_options(client, options);
	if (error != 0) {
		mem_free(client);
		return error;
	}
	client->batch = batch;
	client->events = events;
	client->user = user;
	client->is_upload = is_upload;
	client->size_bytes = options->is_netascii ? CLIENT_SIZE_UNKNOWN : options->size_bytes;
	client->started_us = exchange_now_us();
	client->armed_us = TRANSFER_NEVER;
	client->transfer.error_code = -1;
	ASSERT(uv_timer_init(batch->loop, &client->timer) == 0);
	client->timer.data = client;
	begin_attempt(client);
	*out = client;
	return 0;
}

int client_get(struct client **client, struct batch *batch, const struct client_options *options,
	       const struct client_events *events, void *user)
{
	return start(client, batch, options, events, user, false);
}

int client_put(struct client **client, struct batch *batch, const struct client_options *options,
	       const struct client_events *events, void *user)
{
	return start(client, batch, options, events, user, true);
}

void client_continue(struct client *client)
{
	client->supply.is_dry = false;
	if (client->is_closing || client->transfer.phase != TRANSFER_MOVING)
		return;
	client->news_us = exchange_now_us();
	exchange_pump(client);
}

void client_cancel(struct client *client)
{
	struct transfer *transfer = &client->transfer;
	client->is_cancelled = true;
	if (client->is_closing || uv_is_closing((uv_handle_t *)&client->timer))
		return;
	if (transfer->phase == TRANSFER_MOVING)
		transfer_fail(transfer, PACKET_ERROR_OTHER, "the client was interrupted");
	else
		transfer_abandon(transfer, TRANSFER_FAILED);
	exchange_pump(client);
}

uint64_t client_bytes(const struct client *client)
{
	return transfer_bytes(&client->transfer);
}

uint64_t client_size_bytes(const struct client *client)
{
	return client->transfer.size_bytes;
}

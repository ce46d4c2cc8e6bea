/* Endpoints with something to send are in `dirty`; a flush takes each in turn and sends until its queue
 * is empty or its socket full. A full socket of libuv's is left to libuv: it gets the first datagram to
 * send when there is room, and its answer starts us again. A full catch-all is polled for room. Either
 * way nothing else is sent on that socket before, so the order holds. */
#include "net/batch.h"

#include "base/err.h"
#include "base/mem.h"
#include "net/catch_all.h"
#include "net/endpoint.h"

/* Queued messages are sent before the loop has handled all its events: their memory is used again while
 * it is warm, and the peers do not wait for the rest. */
#define FRESH_MAX 256

static void flush_after_events(uv_check_t *check)
{
	batch_flush(check->data);
}

static void flush_before_poll(uv_prepare_t *prepare)
{
	batch_flush(prepare->data);
}

int batch_open(struct batch *batch, uv_loop_t *loop, size_t messages_max)
{
	*batch = (struct batch){.loop = loop};
	list_init(&batch->dirty);
	list_init(&batch->spare);
	if (pool_init(&batch->messages, sizeof(struct message), messages_max) != 0)
		return UV_ENOMEM;
	batch->receive_room_bytes = (size_t)BATCH_RECEIVE_MAX * BATCH_DATAGRAM_BYTES;
	batch->receive_room = mem_zalloc(BATCH_RECEIVE_MAX + 1, BATCH_DATAGRAM_BYTES);
	if (batch->receive_room == NULL) {
		pool_fini(&batch->messages);
		return UV_ENOMEM;
	}
	uv_check_init(loop, &batch->check);
	uv_prepare_init(loop, &batch->prepare);
	batch->check.data = batch;
	batch->prepare.data = batch;
	uv_check_start(&batch->check, flush_after_events);
	uv_prepare_start(&batch->prepare, flush_before_poll);
	uv_unref((uv_handle_t *)&batch->check);
	uv_unref((uv_handle_t *)&batch->prepare);
	return 0;
}

void batch_close(struct batch *batch)
{
	ASSERT(batch->queued == 0 && list_is_empty(&batch->dirty));
	uv_close((uv_handle_t *)&batch->check, NULL);
	uv_close((uv_handle_t *)&batch->prepare, NULL);
}

void batch_fini(struct batch *batch)
{
	pool_fini(&batch->messages);
	mem_free(batch->receive_room);
	batch->receive_room = NULL;
}

struct message *batch_message(struct batch *batch, struct endpoint *endpoint, const struct addr *peer)
{
	struct list *link = list_take_first(&batch->spare);
	struct message *message =
	    link != NULL ? LIST_OWNER(link, struct message, link) : pool_take(&batch->messages);
	if (message == NULL)
		return NULL;
	list_init(&message->link);
	message->endpoint = endpoint;
	message->peer = *peer;
	message->segment_count = 0;
	message->segment_bytes = 0;
	message->sent_count = 0;
	message->iov_count = 0;
	message->total_bytes = 0;
	message->inline_used = 0;
	message->hold_count = 0;
	return message;
}

void batch_discard(struct batch *batch, struct message *message)
{
	struct message_hold holds[MESSAGE_HOLDS_MAX];
	unsigned count = message->hold_count;
	for (unsigned i = 0; i < count; i++)
		holds[i] = message->holds[i];
	/* To the front: the warmest is used next. */
	list_append(batch->spare.next, &message->link);
	for (unsigned i = 0; i < count; i++)
		holds[i].drop(holds[i].thing);
}

void batch_done(struct batch *batch, struct message *message)
{
	list_remove(&message->link);
	batch->queued--;
	batch_discard(batch, message);
}

struct message *batch_first(const struct endpoint *endpoint)
{
	if (list_is_empty(&endpoint->queue))
		return NULL;
	return LIST_OWNER(endpoint->queue.next, struct message, link);
}

void batch_advance(struct batch *batch, struct endpoint *endpoint, unsigned segments)
{
	struct message *message = batch_first(endpoint);
	message->sent_count = (uint16_t)(message->sent_count + segments);
	ASSERT(message->sent_count <= message->segment_count);
	if (message->sent_count == message->segment_count)
		batch_done(batch, message);
}

void batch_drop_queue(struct batch *batch, struct endpoint *endpoint)
{
	struct message *message;
	list_remove(&endpoint->dirty);
	while ((message = batch_first(endpoint)) != NULL)
		batch_done(batch, message);
}

void batch_mark(struct batch *batch, struct endpoint *endpoint)
{
	if (list_is_empty(&endpoint->dirty))
		list_append(&batch->dirty, &endpoint->dirty);
}

void batch_queue(struct batch *batch, struct message *message)
{
	struct endpoint *endpoint = message->endpoint;
	unsigned count = message->segment_count;
	ASSERT(count > 0 && message_segment_len(message, count - 1) <= message->segment_bytes);
	if (endpoint->is_closing) {
		batch_discard(batch, message);
		return;
	}
	list_append(&endpoint->queue, &message->link);
	batch->queued++;
	if (endpoint_is_blocked(endpoint))
		return;
	batch_mark(batch, endpoint);
	if (++batch->fresh > FRESH_MAX)
		batch_flush(batch);
}

static void refuse(struct batch *batch, struct endpoint *endpoint)
{
	count_add(&batch->datagrams_refused, 1);
	batch_advance(batch, endpoint, 1);
}

/* libuv has sent the datagram it was waiting with, or given it up. */
static void continue_sending(uv_udp_send_t *request, int status)
{
	struct endpoint *endpoint = request->data;
	struct batch *batch = endpoint->batch;
	if (endpoint->is_closing)
		return;
	endpoint->is_blocked = false;
	if (status < 0) {
		refuse(batch, endpoint);
	} else {
		count_add(&batch->datagrams_sent, 1);
		batch_advance(batch, endpoint, 1);
	}
	batch_mark(batch, endpoint);
	batch_flush(batch);
	if (!endpoint->is_blocked && endpoint->on_writable != NULL)
		endpoint->on_writable(endpoint);
}

/* The socket is full: waits for it. False: waiting is not possible, the first datagram is lost. */
static bool block(struct batch *batch, struct endpoint *endpoint)
{
	const struct message *message = batch_first(endpoint);
	uv_buf_t bufs[MESSAGE_PIECES_MAX];
	count_add(&batch->send_blocked, 1);
	if (endpoint->catch_all != NULL) {
		catch_all_block(endpoint->catch_all, endpoint);
		return true;
	}
	unsigned count = message_bufs(message, message->sent_count, bufs);
	endpoint->blocked_send.data = endpoint;
	if (uv_udp_send(&endpoint->blocked_send, &endpoint->udp, bufs, count, &message->peer.sa,
			continue_sending) != 0)
		return false;
	endpoint->is_blocked = true;
	return true;
}

static void send_all(struct batch *batch, struct endpoint *endpoint)
{
	int err;
	while ((err = batch_send(batch, endpoint)) != 0) {
		if (err == UV_EAGAIN && block(batch, endpoint))
			return;
		refuse(batch, endpoint);
	}
}

void batch_flush(struct batch *batch)
{
	struct list *link;
	if (batch->is_flushing)
		return;
	batch->is_flushing = true;
	while ((link = list_take_first(&batch->dirty)) != NULL) {
		struct endpoint *endpoint = LIST_OWNER(link, struct endpoint, dirty);
		if (!endpoint_is_blocked(endpoint))
			send_all(batch, endpoint);
	}
	batch->fresh = 0;
	batch->is_flushing = false;
}

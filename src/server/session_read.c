/* The reading half: the open, the chunks, DATA from them. */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "proto/block.h"
#include "proto/netascii.h"
#include "server/session_inside.h"
#include "server/worker.h"

static const struct store_filter netascii = {.translate = netascii_encode, .id = 1};

static enum packet_error choose_code(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -ENAMETOOLONG:
		return PACKET_ERROR_NOT_FOUND;
	case -EACCES:
	case -EPERM:
	case -EISDIR:
	case -ELOOP:
	case -EXDEV:
		return PACKET_ERROR_ACCESS;
	default:
		return PACKET_ERROR_OTHER;
	}
}

static void take_answer(struct session *session, const struct answer *answer)
{
	session->waits = SESSION_WAITS_NOT;
	if (answer->error == 0) {
		session->content = answer->content;
		transfer_opened(&session->transfer, session->content->size_bytes,
				worker_now(session->worker));
	} else if (answer->error != -ENOENT || !session_read_open(session)) {
		transfer_fail(&session->transfer, choose_code(answer->error), answer->why);
	}
}

static void opened(struct opening *opening)
{
	struct session *session = LIST_OWNER(opening, struct session, opening);
	struct answer answer = {opening->content, opening->error, opening->why};
	take_answer(session, &answer);
	session_pump(session);
}

static bool recall(const struct worker *worker, struct source *source, const char *path,
		   struct answer *answer)
{
	const struct open_memo *memo = &worker->open_memo;
	if (memo->receive_call != worker->batch.receive_calls || memo->source != source ||
	    strcmp(memo->path, path) != 0)
		return false;
	*answer = (struct answer){.content = source->ops->find(source, &memo->key)};
	return answer->content != NULL;
}

/* The answer, if nothing has to be waited for. */
static bool try_open(struct worker *worker, struct source *source, const char *path,
		     const struct store_filter *filter, struct answer *answer)
{
	struct open_memo *memo = &worker->open_memo;
	if (filter == NULL && recall(worker, source, path, answer))
		return true;
	if (!source->ops->try_open(source, path, filter, answer))
		return false;
	size_t len = strlen(path);
	if (answer->content != NULL && filter == NULL && len < sizeof memo->path) {
		memo->receive_call = worker->batch.receive_calls;
		memo->source = source;
		memo->key = answer->content->key;
		memcpy(memo->path, path, len + 1);
	}
	return true;
}

/* Not deeper than a decision has paths. */
bool session_read_open(struct session *session)
{
	if (*session->tries == '\0')
		return false;
	const char *path = session->tries;
	struct source *source = session->setup->roots[session->root].source;
	const struct store_filter *filter = session->transfer.mode == PACKET_NETASCII ? &netascii : NULL;
	struct answer answer;
	session->tries += strlen(path) + 1;
	if (try_open(session->worker, source, path, filter, &answer)) {
		take_answer(session, &answer);
		return true;
	}
	session->opening = (struct opening){.mailbox = &session->worker->mailbox, .done = opened};
	if (source->ops->open(source, path, filter, &session->opening) != 0)
		return false;
	session->waits = SESSION_WAITS_FOR_OPEN;
	return true;
}

static void drop_chunk(void *chunk)
{
	chunk_drop(chunk);
}

static void chunk_came(struct chunk_wait *wait)
{
	struct session *session = LIST_OWNER(wait, struct session, chunk_wait);
	session->waits = SESSION_WAITS_NOT;
	struct chunk *chunk = wait->chunk;
	if (wait->error == -ESTALE)
		transfer_fail(&session->transfer, PACKET_ERROR_OTHER,
			      "the file changed while it was sent");
	else if (wait->error != 0)
		transfer_fail(&session->transfer, PACKET_ERROR_OTHER, "the file cannot be read");
	else
		session->near[wait->name.index & 1] = (struct session_chunk){
		    chunk, wait->name.index,
		    atomic_load_explicit(&chunk->generation, memory_order_relaxed)};
	/* The hold lasts while the blocks at hand are queued; the messages keep their own. */
	session_pump(session);
	chunk_drop(chunk);
}

/* DATA packets of a size and a way to number them, and as many in a chunk as last. */
static struct framing choose_framing(const struct session *session)
{
	const struct transfer *transfer = &session->transfer;
	return (struct framing){transfer->blksize, transfer->sender.rollover,
				session->portion.chunk_frames};
}

void session_write_frame(uint8_t *header, uint64_t number, uint32_t rollover)
{
	_Static_assert(FRAME_HEADER_BYTES == PACKET_HEADER_BYTES, "a frame is not a DATA packet");
	packet_write_data_header(header, block_to_wire(number + 1, rollover));
}

static bool is_near(const struct session_chunk *near, uint64_t index)
{
	return near->chunk != NULL && near->index == index;
}

/* The chunk with this frame is not at hand: it was given up while it was of use, or is the next one. Maybe chunks shall
 * be of another size from here on. */
static void adapt(struct session *session, uint64_t frame)
{
	struct framing framing = choose_framing(session);
	uint64_t index = frame / framing_chunk_frames(framing);
	bool has_changed;
	if (is_near(&session->near[index & 1], index)) {
		struct chunk_range range = framing_range(framing, session->content->size_bytes, index);
		has_changed = portion_shrink(&session->portion, range.frame_count,
					     session->transfer.sender.window);
	} else {
		has_changed = portion_grow(&session->portion, framing_frames_max(framing));
	}
	if (has_changed)
		session->near[0].chunk = session->near[1].chunk = NULL;
}

/* The chunk, held; or NULL: it has been asked for, or that failed and the transfer with it. */
static struct chunk *ask_chunk(struct session *session, uint64_t frame)
{
	adapt(session, frame);
	struct worker *worker = session->worker;
	struct cache *cache = worker->server->cache;
	struct framing framing = choose_framing(session);
	struct chunk_name name = {session->content, framing, frame / framing_chunk_frames(framing)};
	struct session_chunk *near = &session->near[name.index & 1];
	struct chunk *chunk = cache_take(cache, &name, &worker->loop);
	if (chunk == NULL) {
		session->chunk_wait =
		    (struct chunk_wait){.mailbox = &worker->mailbox, .done = chunk_came};
		if (cache_want(cache, &name, &session->chunk_wait) == 0)
			session->waits = SESSION_WAITS_FOR_CHUNK;
		else
			transfer_fail(&session->transfer, PACKET_ERROR_OTHER,
				      "the server is out of memory");
	} else {
		*near = (struct session_chunk){
		    chunk, name.index, atomic_load_explicit(&chunk->generation, memory_order_relaxed)};
	}
	name.index++;
	/* What does not last until it is sent is not worth reading before. */
	if (framing.chunk_frames == 0)
		cache_read_ahead(cache, &name, &worker->loop);
	return chunk;
}

/* The chunk with this frame, likewise. */
static struct chunk *hold_chunk(struct session *session, uint64_t frame)
{
	uint64_t index = frame / framing_chunk_frames(choose_framing(session));
	struct session_chunk *near = &session->near[index & 1];
	if (is_near(near, index) && chunk_hold_again(near->chunk, near->generation))
		return near->chunk;
	return session->waits == SESSION_WAITS_NOT ? ask_chunk(session, frame) : NULL;
}

/* Adds the frames of the chunk from `first`, `count` of them; the message takes over the hold. */
static void add_frames(struct message *message, struct chunk *chunk, uint32_t frame_bytes,
		       uint32_t first, uint32_t count)
{
	bool is_kept = message_keep(message, drop_chunk, chunk);
	ASSERT(is_kept);
	uint32_t at = first * frame_bytes;
	uint32_t len = chunk->len - at;
	if (len > count * frame_bytes)
		len = count * frame_bytes;
	message_add_run(message, chunk->data + at, len, frame_bytes);
}

/* No block lies in two chunks, so a session that waits for a chunk needs no other: were all memory held by
 * those who wait, nobody would get on. */
uint32_t session_fill_data(struct session *session, struct message *message,
			   const struct transfer_out *out)
{
	uint32_t frame_bytes = FRAME_HEADER_BYTES + session->transfer.blksize;
	uint32_t n = 0;
	while (n < out->block_count) {
		uint64_t frame = out->first_block - 1 + n;
		uint32_t count = message_room(message, frame_bytes);
		/* Parts of two chunks are the rule, of more only where the chunks become smaller. */
		if (message->hold_count == MESSAGE_HOLDS_MAX)
			break;
		struct chunk *chunk = count > 0 ? hold_chunk(session, frame) : NULL;
		if (chunk == NULL)
			break;
		uint32_t chunk_frames = framing_chunk_frames(choose_framing(session));
		uint32_t first = (uint32_t)(frame % chunk_frames);
		if (count > out->block_count - n)
			count = out->block_count - n;
		if (count > chunk_frames - first)
			count = chunk_frames - first;
		add_frames(message, chunk, frame_bytes, first, count);
		n += count;
	}
	return n;
}

/* The reading half: the open, the chunks, DATA from them. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
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
		session->near[wait->index & 1] = (struct session_chunk){
		    chunk, wait->index, atomic_load_explicit(&chunk->generation, memory_order_relaxed)};
	/* The hold lasts while the blocks at hand are queued; the messages keep their own. */
	session_pump(session);
	chunk_drop(chunk);
}

/* The chunk, held; or NULL: it has been asked for, or that failed and the transfer with it. */
static struct chunk *hold_chunk(struct session *session, uint64_t index)
{
	struct session_chunk *near = &session->near[index & 1];
	if (near->chunk != NULL && near->index == index &&
	    chunk_hold_again(near->chunk, near->generation))
		return near->chunk;
	if (session->waits != SESSION_WAITS_NOT)
		return NULL;
	struct worker *worker = session->worker;
	struct cache *cache = worker->server->cache;
	struct content *content = session->content;
	struct chunk *chunk = cache_take(cache, content, index, &worker->loop);
	if (chunk == NULL) {
		session->chunk_wait =
		    (struct chunk_wait){.mailbox = &worker->mailbox, .done = chunk_came};
		if (cache_want(cache, content, index, &session->chunk_wait) == 0)
			session->waits = SESSION_WAITS_FOR_CHUNK;
		else
			transfer_fail(&session->transfer, PACKET_ERROR_OTHER,
				      "the server is out of memory");
	} else {
		*near = (struct session_chunk){
		    chunk, index, atomic_load_explicit(&chunk->generation, memory_order_relaxed)};
	}
	if ((index + 1) * CHUNK_BYTES < content->size_bytes)
		cache_read_ahead(cache, content, index + 1, &worker->loop);
	return chunk;
}

/* A block may lie in two chunks, and a session that waits for the second must not hold the first: with all
 * memory held by those who wait nobody would get on, and without a hold each would push out what another needs.
 * So what it has of such a block is copied. */
static void keep_head(struct session *session, const struct chunk *chunk, uint64_t offset)
{
	uint32_t at = (uint32_t)(offset % CHUNK_BYTES), len = CHUNK_BYTES - at;
	session_drop_head(session);
	struct session_head *head = session->worker->head_bytes + len > SESSION_HEAD_BYTES_MAX
					? NULL
					: mem_alloc(sizeof *head + len);
	if (head == NULL)
		return;
	head->offset = offset;
	head->len = len;
	memcpy(head->bytes, chunk->data + at, len);
	session->head = head;
	session->worker->head_bytes += len;
}

/* The part of the block at `offset` that was copied, or NULL. */
static struct session_head *find_head(const struct session *session, uint64_t offset)
{
	return session->head != NULL && session->head->offset == offset ? session->head : NULL;
}

void session_drop_head(struct session *session)
{
	if (session->head == NULL)
		return;
	session->worker->head_bytes -= session->head->len;
	mem_free(session->head);
	session->head = NULL;
}

/* Holds the chunks of [offset, offset + len) for the message: one or two, by parity of their index. False:
 * not all can be had now. */
static bool hold_chunks(struct session *session, struct message *message, uint64_t offset, uint32_t len,
			struct chunk *held[2])
{
	uint64_t first = offset / CHUNK_BYTES;
	if (len == 0)
		return true;
	for (uint64_t index = first; index <= (offset + len - 1) / CHUNK_BYTES; index++) {
		struct chunk **slot = &held[index & 1];
		bool is_copied = index == first && find_head(session, offset) != NULL;
		if (is_copied || (*slot != NULL && (*slot)->index == index))
			continue;
		struct chunk *chunk = hold_chunk(session, index);
		if (chunk == NULL) {
			if (index > first && find_head(session, offset) == NULL)
				keep_head(session, held[first & 1], offset);
			return false;
		}
		if (!message_keep(message, drop_chunk, chunk)) {
			chunk_drop(chunk);
			return false;
		}
		*slot = chunk;
	}
	return true;
}

/* The copied part goes to the message, which frees it. Returns its length; 0: nothing was copied. */
static uint32_t add_head(struct session *session, struct message *message, uint64_t offset)
{
	struct session_head *head = find_head(session, offset);
	if (head == NULL || !message_keep(message, mem_free, head))
		return 0;
	message_add(message, head->bytes, head->len);
	session->worker->head_bytes -= head->len;
	session->head = NULL;
	return head->len;
}

static void add_file_bytes(struct message *message, struct chunk *const held[2], uint64_t offset,
			   uint32_t len)
{
	while (len > 0) {
		const struct chunk *chunk = held[offset / CHUNK_BYTES & 1];
		uint32_t at = (uint32_t)(offset % CHUNK_BYTES);
		uint32_t piece = CHUNK_BYTES - at < len ? CHUNK_BYTES - at : len;
		message_add(message, chunk->data + at, piece);
		offset += piece;
		len -= piece;
	}
}

/* Fills the message with DATA from the front of the run. Returns the blocks it holds. */
uint32_t session_fill_data(struct session *session, struct message *message,
			   const struct transfer_out *out)
{
	struct transfer *transfer = &session->transfer;
	struct chunk *held[2] = {NULL, NULL};
	size_t total = 0;
	uint32_t n = 0;
	for (; n < out->block_count; n++) {
		uint64_t offset = out->offset + (uint64_t)n * out->blksize;
		uint32_t len = transfer_block_bytes(transfer, out->first_block + n);
		total += PACKET_HEADER_BYTES + len;
		/* A hold for the copied part of a block is kept free. */
		if (total > MESSAGE_BYTES_MAX || message->hold_count == MESSAGE_HOLDS_MAX ||
		    !hold_chunks(session, message, offset, len, held) || !message_begin_segment(message))
			break;
		transfer_data_header(transfer, out->first_block + n,
				     message_add_inline(message, PACKET_HEADER_BYTES));
		uint32_t copied = len > 0 ? add_head(session, message, offset) : 0;
		add_file_bytes(message, held, offset + copied, len - copied);
	}
	return n;
}

/* Filling in a message. Its segments lie behind each other in the pieces, wherever one piece ends: where a
 * segment begins follows from its number. */
#include <string.h>

#include "base/err.h"
#include "net/batch.h"

/* A train is one IP packet to the kernel until it is cut up, and IPv6 counts differently. */
#define TRAIN_BYTES_MAX_V6 65487

size_t message_segment_len(const struct message *message, unsigned segment)
{
	size_t at = (size_t)segment * message->segment_bytes;
	size_t left = message->total_bytes - at;
	return left < message->segment_bytes ? left : message->segment_bytes;
}

unsigned message_room(const struct message *message, size_t segment_bytes)
{
	unsigned count = message->segment_count;
	bool is_v6 = message->peer.sa.sa_family == AF_INET6;
	size_t fit = (is_v6 ? TRAIN_BYTES_MAX_V6 : MESSAGE_BYTES_MAX) / segment_bytes;
	if (fit > MESSAGE_SEGMENTS_MAX)
		fit = MESSAGE_SEGMENTS_MAX;
	if (message->iov_count + MESSAGE_PIECES_MAX > MESSAGE_IOV_MAX)
		return 0;
	return fit > count ? (unsigned)fit - count : 0;
}

static bool is_whole(const struct message *message)
{
	return message->total_bytes == (size_t)message->segment_count * message->segment_bytes;
}

bool message_begin_segment(struct message *message)
{
	ASSERT(is_whole(message));
	size_t len = message->segment_bytes;
	if (message->segment_count > 0 && (len == 0 || message_room(message, len) == 0))
		return false;
	message->segment_count++;
	return true;
}

static void append(struct message *message, const void *bytes, size_t len)
{
	message->total_bytes += (uint32_t)len;
	if (message->iov_count > 0) {
		struct iovec *last = &message->iov[message->iov_count - 1];
		if ((const char *)last->iov_base + last->iov_len == bytes) {
			last->iov_len += len;
			return;
		}
	}
	ASSERT(message->iov_count < MESSAGE_IOV_MAX);
	struct iovec *next = &message->iov[message->iov_count++];
	next->iov_base = (void *)(uintptr_t)bytes; /* sending does not write */
	next->iov_len = len;
}

void message_add(struct message *message, const void *bytes, size_t len)
{
	ASSERT(message->segment_count > 0);
	if (len == 0)
		return;
	if (message->segment_count == 1) {
		ASSERT(len <= MESSAGE_BYTES_MAX - (size_t)message->segment_bytes);
		message->segment_bytes = (uint16_t)(message->segment_bytes + len);
	}
	append(message, bytes, len);
}

void message_add_run(struct message *message, const void *bytes, size_t len, size_t segment_bytes)
{
	size_t count = (len + segment_bytes - 1) / segment_bytes;
	ASSERT(count >= 1 && count <= message_room(message, segment_bytes) && is_whole(message));
	if (message->segment_count == 0)
		message->segment_bytes = (uint16_t)(len < segment_bytes ? len : segment_bytes);
	ASSERT(count == 1 || message->segment_bytes == segment_bytes);
	message->segment_count = (uint16_t)(message->segment_count + count);
	append(message, bytes, len);
}

uint8_t *message_add_inline(struct message *message, size_t len)
{
	if (len > MESSAGE_INLINE_BYTES - (size_t)message->inline_used)
		return NULL;
	uint8_t *room = message->inline_bytes + message->inline_used;
	message_add(message, room, len);
	message->inline_used = (uint16_t)(message->inline_used + len);
	return room;
}

bool message_add_packet(struct message *message, const void *packet, size_t len)
{
	if (len > MESSAGE_INLINE_BYTES || !message_begin_segment(message))
		return false;
	memcpy(message_add_inline(message, len), packet, len);
	return true;
}

bool message_keep(struct message *message, void (*drop)(void *), void *thing)
{
	if (message->hold_count == MESSAGE_HOLDS_MAX)
		return false;
	message->holds[message->hold_count++] = (struct message_hold){drop, thing};
	return true;
}

unsigned message_cut(const struct message *message, unsigned segment,
		     struct iovec pieces[MESSAGE_PIECES_MAX])
{
	size_t skip = (size_t)segment * message->segment_bytes;
	size_t left = message_segment_len(message, segment);
	unsigned count = 0;
	for (const struct iovec *iov = message->iov; left > 0; iov++) {
		if (skip >= iov->iov_len) {
			skip -= iov->iov_len;
			continue;
		}
		size_t len = iov->iov_len - skip < left ? iov->iov_len - skip : left;
		ASSERT(count < MESSAGE_PIECES_MAX);
		pieces[count].iov_base = (char *)iov->iov_base + skip;
		pieces[count++].iov_len = len;
		left -= len;
		skip = 0;
	}
	return count;
}

unsigned message_bufs(const struct message *message, unsigned segment, uv_buf_t bufs[MESSAGE_PIECES_MAX])
{
	struct iovec pieces[MESSAGE_PIECES_MAX];
	unsigned count = message_cut(message, segment, pieces);
	for (unsigned i = 0; i < count; i++)
		bufs[i] = uv_buf_init(pieces[i].iov_base, (unsigned)pieces[i].iov_len);
	if (count == 0) /* an empty datagram: libuv insists on a piece */
		bufs[count++] = uv_buf_init((char *)(uintptr_t)message->inline_bytes, 0);
	return count;
}

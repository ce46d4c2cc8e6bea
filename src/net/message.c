/* Filling in a message. */
#include <string.h>

#include "base/err.h"
#include "net/batch.h"

/* A train is one IP packet to the kernel until it is cut up, and IPv6 counts differently. */
#define TRAIN_BYTES_MAX_V6 65487
/* Header, end of one chunk, start of the next: what a segment may need. */
#define SEGMENT_PIECES 3

size_t message_segment_len(const struct message *message, unsigned segment)
{
	size_t len = 0;
	for (unsigned i = message->segment_iov[segment]; i < message->segment_iov[segment + 1]; i++)
		len += message->iov[i].iov_len;
	return len;
}

bool message_begin_segment(struct message *message)
{
	unsigned count = message->segment_count;
	size_t len_max = message->peer.sa.sa_family == AF_INET6 ? TRAIN_BYTES_MAX_V6 : MESSAGE_BYTES_MAX;
	if (count == MESSAGE_SEGMENTS_MAX || message->iov_count + SEGMENT_PIECES > MESSAGE_IOV_MAX)
		return false;
	if (count > 0 && (count + 1) * (size_t)message->segment_bytes > len_max)
		return false;
	if (count > 1)
		ASSERT(message_segment_len(message, count - 1) == message->segment_bytes);
	message->segment_iov[count] = (uint8_t)message->iov_count;
	message->segment_iov[count + 1] = (uint8_t)message->iov_count;
	message->segment_count++;
	return true;
}

void message_add(struct message *message, const void *bytes, size_t len)
{
	unsigned count = message->segment_count;
	ASSERT(count > 0);
	if (len == 0)
		return;
	if (count == 1) {
		ASSERT(len <= MESSAGE_BYTES_MAX - (size_t)message->segment_bytes);
		message->segment_bytes = (uint16_t)(message->segment_bytes + len);
	}
	if (message->iov_count > message->segment_iov[count - 1]) {
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
	message->segment_iov[count] = (uint8_t)message->iov_count;
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

unsigned message_bufs(const struct message *message, unsigned segment, uv_buf_t bufs[MESSAGE_IOV_MAX])
{
	unsigned count = 0;
	for (unsigned i = message->segment_iov[segment]; i < message->segment_iov[segment + 1]; i++) {
		bufs[count].base = message->iov[i].iov_base;
		bufs[count].len = message->iov[i].iov_len;
		count++;
	}
	if (count == 0) /* an empty datagram: libuv insists on a piece */
		bufs[count++] = uv_buf_init((char *)(uintptr_t)message->inline_bytes, 0);
	return count;
}

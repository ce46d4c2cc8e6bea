/* Everything that one turn sends leaves in one sendmmsg: a window as messages that the kernel cuts up. */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "light.h"

static struct {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	union {
		struct cmsghdr header; /* aligns */
		uint8_t space[CMSG_SPACE(sizeof(uint16_t))];
	} controls[BATCH];
	uint8_t answers[BATCH][ANSWER_MAX];
	unsigned count;
} out;

void light_flush(int fd)
{
	unsigned gone = 0;

	while (gone < out.count) {
		int n = sendmmsg(fd, out.messages + gone, out.count - gone, 0);

		tally.calls++;
		if (n > 0)
			gone += (unsigned)n;
		else if (errno == EINVAL || errno == EMSGSIZE || errno == EIO)
			die("sendmmsg"); /* no UDP_SEGMENT here */
		else if (errno != EINTR)
			gone++; /* the peer is gone */
	}
	tally.messages += out.count;
	out.count = 0;
}

static struct msghdr *append(int fd, const struct session *session, const uint8_t *bytes, size_t len)
{
	struct msghdr *message;

	if (out.count == BATCH)
		light_flush(fd);
	out.parts[out.count].iov_base = (void *)(uintptr_t)bytes;
	out.parts[out.count].iov_len = len;
	message = &out.messages[out.count].msg_hdr;
	message->msg_name = (void *)(uintptr_t)&session->peer;
	message->msg_namelen = sizeof(session->peer);
	message->msg_iov = &out.parts[out.count];
	message->msg_iovlen = 1;
	message->msg_control = NULL;
	message->msg_controllen = 0;
	out.count++;
	return message;
}

static void cut_into(struct msghdr *message, unsigned segment)
{
	struct cmsghdr *control = &out.controls[out.count - 1].header;
	uint16_t bytes = (uint16_t)segment;

	control->cmsg_level = SOL_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof(bytes));
	memcpy(CMSG_DATA(control), &bytes, sizeof(bytes));
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(sizeof(bytes));
}

void light_blocks(int fd, const struct session *session, uint64_t first, uint64_t count)
{
	const struct image *image = session->image;
	unsigned packet_len = image->blksize + 4;
	uint64_t at_once =
	    MESSAGE_MAX / packet_len < SEGMENTS_MAX ? MESSAGE_MAX / packet_len : SEGMENTS_MAX;

	if (first + count > image->last + 1)
		count = image->last + 1 - first;
	tally.sent += count;
	while (count > 0) {
		uint64_t slot = (first - 1) % NUMBERS;
		uint64_t n = count < at_once ? count : at_once;
		struct msghdr *message;
		size_t len;

		if (slot + n > NUMBERS)
			n = NUMBERS - slot;
		len = (size_t)n * packet_len;
		if (first + n > image->last)
			len -= image->blksize - image->last_len;
		message = append(fd, session, image->packets + slot * packet_len, len);
		if (n > 1)
			cut_into(message, packet_len);
		first += n;
		count -= n;
	}
}

uint8_t *light_answer(int fd, const struct session *session)
{
	append(fd, session, NULL, 0);
	out.parts[out.count - 1].iov_base = out.answers[out.count - 1];
	tally.sent++;
	return out.answers[out.count - 1];
}

void light_answered(size_t len)
{
	out.parts[out.count - 1].iov_len = len;
}

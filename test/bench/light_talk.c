/* As much TFTP as real clients need to be content. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "light.h"

enum { RRQ = 1, WRQ, DATA, ACK, FAULT, OACK };

static void acknowledge(int fd, struct session *session)
{
	uint8_t *answer = light_answer(fd, session);

	answer[0] = 0;
	answer[1] = ACK;
	answer[2] = (uint8_t)(session->done >> 8);
	answer[3] = (uint8_t)session->done;
	light_answered(4);
	session->pending = 0;
}

/* The string at *at, which goes behind it; NULL: there is none. The request ends with a NUL. */
static const char *next(const char **at, const char *end)
{
	const char *text = *at;

	if (text >= end)
		return NULL;
	*at += strlen(text) + 1;
	return text;
}

/* Grants what is asked. The answer's length, 2 if it is empty. */
static size_t grant(struct session *session, unsigned *blksize, char *answer, const char *at,
		    const char *end)
{
	size_t len = 2;
	const char *name, *value;

	while ((name = next(&at, end)) && (value = next(&at, end))) {
		uint64_t number = strtoull(value, NULL, 10);

		if (strcasecmp(name, "blksize") == 0)
			*blksize = (unsigned)(number = number < BLKSIZE_MAX ? number : BLKSIZE_MAX);
		else if (strcasecmp(name, "windowsize") == 0)
			session->window = number ? (unsigned)number : 1;
		else if (strcasecmp(name, "tsize") == 0)
			number = session->is_upload ? number : image_size();
		else if (strcasecmp(name, "timeout") != 0)
			continue;
		if (len + strlen(name) + 24 > ANSWER_MAX)
			break;
		len += (size_t)sprintf(answer + len, "%s", name) + 1;
		len += (size_t)sprintf(answer + len, "%llu", (unsigned long long)number) + 1;
	}
	return len;
}

bool talk_begin(int fd, struct session *session, const uint8_t *request, size_t len)
{
	const char *at = (const char *)request + 2;
	const char *end = (const char *)request + len;
	unsigned blksize = BLKSIZE_DEFAULT;
	uint8_t granted[ANSWER_MAX] = {0, OACK};
	size_t granted_len;

	session->done = 0;
	session->window = 1;
	session->pending = 0;
	session->has_told = false;
	session->is_upload = request[1] == WRQ;
	next(&at, end); /* whatever it is */
	next(&at, end); /* octet, let us hope */
	granted_len = grant(session, &blksize, (char *)granted, at, end);
	session->image = image_for(blksize < 8 ? 8 : blksize);
	if (granted_len > 2) {
		memcpy(light_answer(fd, session), granted, granted_len);
		light_answered(granted_len);
	} else if (session->is_upload) {
		acknowledge(fd, session);
	} else {
		light_blocks(fd, session, 1, 1);
	}
	return true;
}

/* Blocks in order, an ACK a window; a gap or a repetition is answered once by where we are. */
static bool take(int fd, struct session *session, uint16_t number, size_t len)
{
	bool is_next = number == (uint16_t)(session->done + 1);
	bool is_last = is_next && len < session->image->blksize;

	if (is_next) {
		session->done++;
		session->has_told = false;
		if (++session->pending == session->window || is_last)
			acknowledge(fd, session);
	} else if (!session->has_told) {
		session->has_told = true;
		acknowledge(fd, session);
	}
	return !is_last;
}

bool talk_go_on(int fd, struct session *session, const uint8_t *packet, size_t len)
{
	uint16_t number = (uint16_t)(packet[2] << 8 | packet[3]);

	if (!session->image || packet[1] == FAULT)
		return false;
	if (packet[1] == DATA)
		return !session->is_upload || take(fd, session, number, len - 4);
	if (packet[1] != ACK || session->is_upload)
		return true;
	session->done += (uint64_t)(int16_t)(number - (uint16_t)session->done);
	if (session->done >= session->image->last)
		return false;
	light_blocks(fd, session, session->done + 1, session->window);
	return true;
}

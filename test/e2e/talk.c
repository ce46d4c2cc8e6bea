#include "e2e/talk.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* check keeps a record of each assertion passed, which a hundred thousand packets would feel. */
#define MUST(condition, ...)                                                                            \
	do {                                                                                            \
		if (!(condition))                                                                       \
			ck_abort_msg(__VA_ARGS__);                                                      \
	} while (0)

bool talk_open_at(struct talk *talk, const char *from, const char *to, uint16_t port)
{
	talk->has_tid = false;
	udp_address(&talk->asked, to, port);
	talk->fd = udp_open(from);
	return talk->fd >= 0;
}

void talk_open(struct talk *talk, const struct daemon *daemon)
{
	ck_assert(talk_open_at(talk, "127.0.0.1", "127.0.0.1", daemon->port));
}

void talk_close(struct talk *talk)
{
	close(talk->fd);
}

void talk_ask_raw(struct talk *talk, const void *bytes, size_t len)
{
	talk->has_tid = false;
	udp_send(talk->fd, &talk->asked, bytes, len);
}

void talk_ask(struct talk *talk, enum talk_op op, const char *const *strings)
{
	uint8_t bytes[4096] = {0, (uint8_t)op};
	size_t len = 2;
	for (; *strings != NULL; strings++) {
		size_t more = strlen(*strings) + 1;
		ck_assert_uint_le(len + more, sizeof bytes);
		memcpy(bytes + len, *strings, more);
		len += more;
	}
	talk_ask_raw(talk, bytes, len);
}

void talk_send(struct talk *talk, const void *bytes, size_t len)
{
	MUST(talk->has_tid, "a test that answers nobody");
	udp_send(talk->fd, &talk->tid, bytes, len);
}

void talk_ack(struct talk *talk, unsigned number)
{
	const uint8_t bytes[] = {0, ACK, (uint8_t)(number >> 8), (uint8_t)number};
	talk_send(talk, bytes, sizeof bytes);
}

void talk_error(struct talk *talk, unsigned code, const char *text)
{
	uint8_t bytes[128] = {0, ERROR, (uint8_t)(code >> 8), (uint8_t)code};
	size_t len = strlen(text) + 1;
	ck_assert_uint_le(4 + len, sizeof bytes);
	memcpy(bytes + 4, text, len);
	talk_send(talk, bytes, 4 + len);
}

bool talk_next(struct talk *talk, unsigned wait_ms)
{
	char from[UDP_TEXT_MAX], tid[UDP_TEXT_MAX];
	if (!udp_receive(talk->fd, &talk->in, wait_ms))
		return false;
	if (!talk->has_tid) {
		talk->tid = talk->in.from;
		talk->has_tid = true;
	}
	MUST(udp_equal(&talk->in.from, &talk->tid), "a packet from %s in a transfer with %s (1350-11)",
	     udp_text(&talk->in.from, from), udp_text(&talk->tid, tid));
	MUST(talk->in.len >= 4, "a packet of %zu bytes", talk->in.len);
	return true;
}

unsigned talk_op(const struct talk *talk)
{
	return (unsigned)talk->in.bytes[0] << 8 | talk->in.bytes[1];
}

unsigned talk_number(const struct talk *talk)
{
	return (unsigned)talk->in.bytes[2] << 8 | talk->in.bytes[3];
}

const char *talk_text(const struct talk *talk)
{
	return (const char *)talk->in.bytes + 4;
}

/* Something from before DATA `number`, sent again. */
static bool is_repeat(const struct talk *talk, unsigned number)
{
	unsigned behind = (number - talk_number(talk)) & 0xffff;
	return talk_op(talk) == OACK || (talk_op(talk) == DATA && behind != 0 && behind < 0x8000);
}

/* The next packet but for what the timer sent while we were slow: repetitions and, behind those of a whole window, one
 * block behind a gap, which asks for our ACK. Counts them. False: nothing else came. */
static bool next_new(struct talk *talk, unsigned number, unsigned *wasted)
{
	bool may_be_nudged = false;
	while (talk_next(talk, DEADLINE_MS)) {
		bool is_nudge = may_be_nudged && talk_op(talk) == DATA &&
				talk_number(talk) == ((number + 1) & 0xffff);
		if (!is_nudge && !is_repeat(talk, number))
			return true;
		may_be_nudged = !is_nudge;
		(*wasted)++;
	}
	return false;
}

void talk_expect_data(struct talk *talk, unsigned number, size_t len)
{
	unsigned wasted = 0;
	ck_assert_msg(next_new(talk, number, &wasted), "DATA %u did not come", number);
	ck_assert_msg(talk_op(talk) == DATA && talk_number(talk) == number && talk->in.len == 4 + len,
		      "opcode %u, number %u, %zu bytes instead of DATA %u with %zu", talk_op(talk),
		      talk_number(talk), talk->in.len - 4, number, len);
}

void talk_expect_oack(struct talk *talk, const char *const *strings)
{
	char expected[512], got[512];
	size_t len = 0;
	for (size_t i = 0; strings[i] != NULL; i++)
		len += (size_t)snprintf(expected + len, sizeof expected - len, "%s|", strings[i]);
	ck_assert_msg(talk_next(talk, DEADLINE_MS), "the OACK did not come");
	ck_assert_msg(talk_op(talk) == OACK, "opcode %u instead of an OACK", talk_op(talk));
	ck_assert_uint_lt(talk->in.len - 2, sizeof got);
	for (size_t i = 2; i < talk->in.len; i++)
		got[i - 2] = talk->in.bytes[i] == 0 ? '|' : (char)talk->in.bytes[i];
	got[talk->in.len - 2] = '\0';
	ck_assert_str_eq(got, expected);
}

void talk_expect_error(struct talk *talk, unsigned code)
{
	ck_assert_msg(talk_next(talk, DEADLINE_MS), "the ERROR did not come");
	ck_assert_msg(talk_op(talk) == ERROR && talk_number(talk) == code,
		      "opcode %u, number %u instead of ERROR %u", talk_op(talk), talk_number(talk),
		      code);
	/* 1350-17 */
	ck_assert_uint_gt(talk->in.len, 4 + 5);
	ck_assert_uint_eq(talk->in.bytes[talk->in.len - 1], 0);
	for (size_t i = 4; i < talk->in.len - 1; i++)
		ck_assert_msg(talk->in.bytes[i] >= ' ' && talk->in.bytes[i] <= '~',
			      "byte 0x%02x in the text of an ERROR", talk->in.bytes[i]);
}

void talk_barrier(const union udp_addr *asked)
{
	static struct udp_packet packet;
	static const uint8_t nonsense[] = {0, 99};
	int fd = udp_open(asked->sa.sa_family == AF_INET ? "0.0.0.0" : "::");
	ck_assert_int_ge(fd, 0);
	for (int i = 0; i < 2; i++) {
		udp_send(fd, asked, nonsense, sizeof nonsense);
		ck_assert_msg(udp_receive(fd, &packet, DEADLINE_MS), "the daemon does not answer");
	}
	close(fd);
}

void talk_expect_silence(struct talk *talk)
{
	talk_barrier(&talk->asked);
	bool has_come = udp_receive(talk->fd, &talk->in, 0);
	ck_assert_msg(!has_come, "opcode %u, number %u instead of silence", talk_op(talk),
		      talk_number(talk));
}

struct talk_tally talk_tally(struct talk *talk, unsigned number)
{
	struct talk_tally tally = {0};
	talk_barrier(&talk->asked);
	while (talk_next(talk, 0)) {
		switch (talk_op(talk)) {
		case DATA:
			tally.data++;
			tally.of_block += talk_number(talk) == number;
			break;
		case OACK:
			tally.oack++;
			break;
		case ERROR:
			tally.error++;
			break;
		default:
			tally.other++;
			break;
		}
	}
	return tally;
}

static unsigned granted(const struct talk *talk, const char *option, unsigned absent)
{
	const char *at = (const char *)talk->in.bytes + 2;
	const char *end = (const char *)talk->in.bytes + talk->in.len;
	while (talk_op(talk) == OACK && at < end) {
		const char *value = at + strlen(at) + 1;
		if (strcmp(at, option) == 0)
			return (unsigned)atoi(value);
		at = value + strlen(value) + 1;
	}
	return absent;
}

/* A file on its way to us. */
struct fetch {
	const uint8_t *expected;
	size_t len;
	size_t offset;
	size_t blksize;
	unsigned window;
	unsigned in_window;
	unsigned rollover;
	uint64_t block; /* the next */
};

static unsigned on_wire(const struct fetch *fetch)
{
	return (unsigned)(fetch->rollover == 0 ? fetch->block % 65536 : (fetch->block - 1) % 65535 + 1);
}

/* The packet is the next block. False: it was the last. */
static bool take_block(struct fetch *fetch, struct talk *talk)
{
	unsigned number = on_wire(fetch);
	size_t left = fetch->len - fetch->offset;
	size_t piece = left < fetch->blksize ? left : fetch->blksize;
	MUST(talk_op(talk) == DATA && talk_number(talk) == number && talk->in.len == 4 + piece,
	     "opcode %u, number %u, %zu bytes instead of DATA %u with %zu", talk_op(talk),
	     talk_number(talk), talk->in.len - 4, number, piece);
	MUST(memcmp(talk->in.bytes + 4, fetch->expected + fetch->offset, piece) == 0,
	     "block %u has other bytes", number);
	fetch->offset += piece;
	fetch->block++;
	if (++fetch->in_window == fetch->window || piece < fetch->blksize) {
		talk_ack(talk, number);
		fetch->in_window = 0;
	}
	return piece == fetch->blksize;
}

unsigned talk_fetch(struct talk *talk, const char *const *strings, const void *expected, size_t len)
{
	struct fetch fetch = {.expected = expected, .len = len, .blksize = 512, .window = 1, .block = 1};
	unsigned wasted = 0;
	talk_ask(talk, RRQ, strings);
	MUST(talk_next(talk, DEADLINE_MS), "no answer for %s", strings[0]);
	bool has_oack = talk_op(talk) == OACK;
	if (has_oack) {
		fetch.blksize = granted(talk, "blksize", 512);
		fetch.window = granted(talk, "windowsize", 1);
		fetch.rollover = granted(talk, "rollover", 0);
		talk_ack(talk, 0);
	}
	while (has_oack || take_block(&fetch, talk)) {
		MUST(next_new(talk, on_wire(&fetch), &wasted), "block %u did not come",
		     (unsigned)fetch.block);
		has_oack = false;
	}
	/* What the timer sent before the last ACK was seen must not be taken for the next answer. */
	talk_barrier(&talk->asked);
	while (talk_next(talk, 0))
		wasted++;
	return wasted;
}

unsigned talk_expiries_max(uint64_t elapsed_us, uint64_t rto_us)
{
	unsigned count = 0;
	for (uint64_t at_us = rto_us; at_us <= elapsed_us; rto_us *= 2, at_us += rto_us)
		count++;
	return count;
}

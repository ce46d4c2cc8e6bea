/* A sender driven by hand. */
#ifndef UVTFTP_TEST_SENDER_KIT_H
#define UVTFTP_TEST_SENDER_KIT_H

#include "unit/suite.h"

#include "proto/sender.h"

static inline struct sender start_sender(uint32_t window, uint64_t last)
{
	struct sender sender;
	sender_init(&sender, window, 0);
	sender.last = last;
	return sender;
}

/* Sends all that may be sent. Returns the first block and how many. */
static inline uint64_t send_all(struct sender *sender, uint32_t *count, uint64_t now_us)
{
	uint64_t first = sender->next;
	*count = sender_allowed(sender);
	if (*count > 0)
		sender_sent(sender, *count, now_us);
	return first;
}

static inline void assert_sends(struct sender *sender, uint64_t first, uint32_t count, uint64_t now_us)
{
	uint32_t got;
	uint64_t got_first = send_all(sender, &got, now_us);
	ck_assert_uint_eq(got, count);
	if (count > 0)
		ck_assert_uint_eq(got_first, first);
	ck_assert_uint_eq(sender_allowed(sender), 0);
}

/* A time-out that waited for nothing, from which no rate can be guessed. */
static inline void rewind_at_once(struct sender *sender, bool may_nudge)
{
	sender_rewind(sender, may_nudge, sender->runs[0].at_us);
}

/* `shortest_us`: the shortest round trip so far. */
static inline enum sender_event take_ack(struct sender *sender, uint16_t wire, uint32_t shortest_us,
					 uint64_t now_us, struct sender_answer *answer)
{
	sender->shortest_us = shortest_us;
	return sender_ack(sender, wire, now_us, answer);
}

/* Packets are sent at 0 and take 100 at least. */
static inline void assert_ack(struct sender *sender, uint16_t wire, enum sender_event wanted)
{
	struct sender_answer answer;
	ck_assert_int_eq(take_ack(sender, wire, 100, 1000, &answer), wanted);
}

#endif

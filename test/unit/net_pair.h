/* One endpoint that sends to another. */
#ifndef UVTFTP_TEST_NET_PAIR_H
#define UVTFTP_TEST_NET_PAIR_H

#include "unit/net_messages.h"

/* Two endpoints of one batch: `from` sends, `to` records. */
static struct endpoint from, to;

static inline void open_pair(size_t messages_max)
{
	rig_init(messages_max);
	rig_open(&from, "127.0.0.1:0");
	rig_open(&to, "127.0.0.1:0");
}

static inline void close_pair(void)
{
	rig_close(&from);
	rig_close(&to);
	ck_assert_uint_eq(rig.batch.queued, 0);
	rig_fini();
}

static inline bool has_trains(void)
{
	return from.gso_segment_max > 0;
}

static inline void send_numbers(unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		rig_send(&from, &to.local, first + i);
}

static inline void expect_numbers(unsigned count)
{
	rig_wait(&rig.parcel_count, count);
	for (unsigned i = 0; i < count; i++)
		rig_expect(i, i, 100);
}

#endif

/* Messages of known contents, and what must arrive of them. */
#ifndef UVTFTP_TEST_NET_MESSAGES_H
#define UVTFTP_TEST_NET_MESSAGES_H

#include "unit/net_rig.h"

static inline void rig_drop(void *thing)
{
	ck_assert_ptr_eq(thing, &rig);
	rig.dropped_count++;
}

/* Bytes that differ by position and by salt. */
static inline const uint8_t *rig_payload(unsigned salt)
{
	static uint8_t pattern[256 + 65536];
	if (pattern[1] == 0) {
		for (size_t i = 0; i < sizeof pattern; i++)
			pattern[i] = (uint8_t)(i * 7 + i / 251);
	}
	return pattern + salt % 256;
}

/* A message of `count` segments with a hold on the rig: each segment is its number in two inline bytes,
 * then borrowed bytes. All have `len` bytes, the last has `last_len`. */
static inline struct message *rig_train(struct endpoint *from, const struct addr *to,
					unsigned first_number, unsigned count, size_t len,
					size_t last_len)
{
	struct message *message = batch_message(&rig.batch, from, to);
	ck_assert_ptr_nonnull(message);
	for (unsigned i = 0; i < count; i++) {
		unsigned number = first_number + i;
		ck_assert(message_begin_segment(message));
		uint8_t *head = message_add_inline(message, 2);
		ck_assert_ptr_nonnull(head);
		head[0] = (uint8_t)(number >> 8);
		head[1] = (uint8_t)number;
		message_add(message, rig_payload(number), (i + 1 == count ? last_len : len) - 2);
	}
	ck_assert(message_keep(message, rig_drop, &rig));
	return message;
}

static inline void rig_send(struct endpoint *from, const struct addr *to, unsigned number)
{
	batch_queue(&rig.batch, rig_train(from, to, number, 1, 100, 100));
}

static inline void rig_expect(size_t index, unsigned number, size_t len)
{
	const struct parcel *parcel = &rig.parcels[index];
	ck_assert_uint_lt(index, rig.parcel_count);
	ck_assert_uint_eq(parcel->len, len);
	ck_assert_uint_eq((unsigned)parcel->bytes[0] << 8 | parcel->bytes[1], number);
	ck_assert_mem_eq(parcel->bytes + 2, rig_payload(number), len - 2);
}

#endif

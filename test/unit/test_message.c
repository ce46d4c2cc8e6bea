#include "unit/net_messages.h"

static struct message *fresh(const char *peer_text)
{
	static struct endpoint endpoint;
	struct addr peer = rig_addr(peer_text);
	return batch_message(&rig.batch, &endpoint, &peer);
}

START_TEST(takes_at_most_64_segments)
{
	rig_init(1);
	struct message *message = fresh("127.0.0.1:9");
	for (unsigned i = 0; i < MESSAGE_SEGMENTS_MAX; i++) {
		ck_assert(message_begin_segment(message));
		message_add(message, rig_payload(0), 10);
		message_add(message, rig_payload(100), 10);
	}
	ck_assert_uint_eq(message->iov_count, MESSAGE_IOV_MAX);
	ck_assert(!message_begin_segment(message));
	ck_assert_uint_eq(message->segment_count, MESSAGE_SEGMENTS_MAX);
	ck_assert_uint_eq(message->segment_bytes, 20);
	for (unsigned i = 0; i < MESSAGE_SEGMENTS_MAX; i++)
		ck_assert_uint_eq(message_segment_len(message, i), 20);
	batch_discard(&rig.batch, message);
	rig_fini();
}
END_TEST

static unsigned segments_that_fit(const char *peer, size_t len)
{
	struct message *message = fresh(peer);
	while (message_begin_segment(message))
		message_add(message, rig_payload(0), len);
	unsigned count = message->segment_count;
	batch_discard(&rig.batch, message);
	return count;
}

START_TEST(takes_no_more_bytes_than_one_packet_has)
{
	rig_init(1);
	ck_assert_uint_eq(segments_that_fit("127.0.0.1:9", 65507), 1);
	ck_assert_uint_eq(segments_that_fit("127.0.0.1:9", 32754), 1);
	ck_assert_uint_eq(segments_that_fit("127.0.0.1:9", 32753), 2);
	ck_assert_uint_eq(segments_that_fit("127.0.0.1:9", 1424), 46);
	ck_assert_uint_eq(segments_that_fit("127.0.0.1:9", 65507 / 13), 13);
	ck_assert_uint_eq(segments_that_fit("[::1]:9", 65507), 1);
	ck_assert_uint_eq(segments_that_fit("[::1]:9", 65487 / 3), 3);
	ck_assert_uint_eq(segments_that_fit("[::1]:9", 32744), 1);
	ck_assert_uint_eq(segments_that_fit("[::1]:9", 32743), 2);
	ck_assert_uint_eq(segments_that_fit("[::1]:9", 1424), 45);
	rig_fini();
}
END_TEST

/* Pieces that touch are one; the cut finds the segments in them. */
START_TEST(segments_are_found_wherever_the_pieces_end)
{
	rig_init(1);
	struct message *message = fresh("127.0.0.1:9");
	const uint8_t *bytes = rig_payload(0);
	uv_buf_t bufs[MESSAGE_PIECES_MAX];
	message_begin_segment(message);
	message_add(message, bytes, 10);
	message_add(message, bytes + 10, 10);
	message_add(message, bytes, 0);
	message_begin_segment(message);
	message_add(message, bytes + 20, 10);
	message_add(message, bytes + 31, 10);
	message_add_run(message, bytes + 41, 47, 20);
	ck_assert_uint_eq(message->iov_count, 2);
	ck_assert_uint_eq(message->segment_count, 5);
	ck_assert_uint_eq(message->segment_bytes, 20);
	ck_assert_uint_eq(message_bufs(message, 0, bufs), 1);
	ck_assert_ptr_eq(bufs[0].base, bytes);
	ck_assert_uint_eq(bufs[0].len, 20);
	ck_assert_uint_eq(message_bufs(message, 1, bufs), 2);
	ck_assert_ptr_eq(bufs[0].base, bytes + 20);
	ck_assert_uint_eq(bufs[0].len, 10);
	ck_assert_ptr_eq(bufs[1].base, bytes + 31);
	ck_assert_uint_eq(bufs[1].len, 10);
	ck_assert_uint_eq(message_bufs(message, 3, bufs), 1);
	ck_assert_ptr_eq(bufs[0].base, bytes + 61);
	ck_assert_uint_eq(bufs[0].len, 20);
	ck_assert_uint_eq(message_bufs(message, 4, bufs), 1);
	ck_assert_ptr_eq(bufs[0].base, bytes + 81);
	ck_assert_uint_eq(bufs[0].len, 7);
	ck_assert_uint_eq(message_segment_len(message, 4), 7);
	batch_discard(&rig.batch, message);
	rig_fini();
}
END_TEST

START_TEST(a_run_is_as_long_as_there_is_room)
{
	rig_init(1);
	struct message *message = fresh("127.0.0.1:9");
	ck_assert_uint_eq(message_room(message, 1432), 45);
	ck_assert_uint_eq(message_room(message, 12), 64);
	ck_assert_uint_eq(message_room(message, 65468), 1);
	message_add_run(message, rig_payload(0), 44 * 1432, 1432);
	ck_assert_uint_eq(message->segment_count, 44);
	ck_assert_uint_eq(message_room(message, 1432), 1);
	message_add_run(message, rig_payload(0), 4, 1432);
	ck_assert_uint_eq(message->segment_count, 45);
	ck_assert_uint_eq(message_room(message, 1432), 0);
	ck_assert_uint_eq(message_segment_len(message, 43), 1432);
	ck_assert_uint_eq(message_segment_len(message, 44), 4);
	batch_discard(&rig.batch, message);
	message = fresh("[::1]:9");
	ck_assert_uint_eq(message_room(message, 65468), 1);
	message_add_run(message, rig_payload(0), 4, 1432); /* alone, and shorter than it could be */
	ck_assert_uint_eq(message->segment_bytes, 4);
	batch_discard(&rig.batch, message);
	rig_fini();
}
END_TEST

START_TEST(an_empty_segment_is_the_last)
{
	rig_init(1);
	struct message *message = fresh("127.0.0.1:9");
	ck_assert(message_begin_segment(message));
	ck_assert(!message_begin_segment(message));
	batch_discard(&rig.batch, message);
	rig_fini();
}
END_TEST

START_TEST(inline_room_ends)
{
	rig_init(1);
	struct message *message = fresh("127.0.0.1:9");
	message_begin_segment(message);
	uint8_t *first = message_add_inline(message, 1000);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(message_add_inline(message, 25));
	uint8_t *second = message_add_inline(message, 24);
	ck_assert_ptr_eq(second, first + 1000);
	ck_assert_ptr_null(message_add_inline(message, 1));
	ck_assert_uint_eq(message_segment_len(message, 0), 1024);
	batch_discard(&rig.batch, message);
	rig_fini();
}
END_TEST

START_TEST(keeps_a_bounded_number_of_holds_and_drops_each_once)
{
	rig_init(1);
	struct message *message = fresh("127.0.0.1:9");
	for (unsigned i = 0; i < MESSAGE_HOLDS_MAX; i++)
		ck_assert(message_keep(message, rig_drop, &rig));
	ck_assert(!message_keep(message, rig_drop, &rig));
	ck_assert_uint_eq(rig.dropped_count, 0);
	batch_discard(&rig.batch, message);
	ck_assert_uint_eq(rig.dropped_count, MESSAGE_HOLDS_MAX);
	message = fresh("127.0.0.1:9");
	batch_discard(&rig.batch, message); /* the holds of its earlier life are gone */
	ck_assert_uint_eq(rig.dropped_count, MESSAGE_HOLDS_MAX);
	rig_fini();
}
END_TEST

START_TEST(a_message_used_again_is_empty)
{
	rig_init(1);
	struct message *message = fresh("127.0.0.1:9");
	message_begin_segment(message);
	message_add_inline(message, 500);
	message_begin_segment(message);
	message_add_inline(message, 500);
	batch_discard(&rig.batch, message);
	struct message *again = fresh("[::1]:9");
	ck_assert_ptr_eq(again, message);
	ck_assert_uint_eq(again->segment_count, 0);
	ck_assert(message_begin_segment(again));
	ck_assert_ptr_nonnull(message_add_inline(again, MESSAGE_INLINE_BYTES));
	ck_assert_uint_eq(again->segment_bytes, MESSAGE_INLINE_BYTES);
	ck_assert_uint_eq(message_segment_len(again, 0), MESSAGE_INLINE_BYTES);
	batch_discard(&rig.batch, again);
	rig_fini();
}
END_TEST

SUITE("message", takes_at_most_64_segments, takes_no_more_bytes_than_one_packet_has,
      segments_are_found_wherever_the_pieces_end, a_run_is_as_long_as_there_is_room,
      an_empty_segment_is_the_last, inline_room_ends,
      keeps_a_bounded_number_of_holds_and_drops_each_once, a_message_used_again_is_empty)

#include "unit/net_pair.h"
#include "unit/send_faults.h"

static void send_train_of_64(void)
{
	batch_queue(&rig.batch, rig_train(&from, &to.local, 0, 64, 1000, 17));
	rig_wait(&rig.parcel_count, 64);
	for (unsigned i = 0; i < 64; i++)
		rig_expect(i, i, i == 63 ? 17 : 1000);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_sent), 64);
	ck_assert_uint_eq(count_get(&rig.batch.datagrams_refused), 0);
	ck_assert_uint_eq(rig.dropped_count, 1);
	close_pair();
}

START_TEST(a_train_arrives_as_intact_datagrams_in_order)
{
	open_pair(4);
	send_train_of_64();
	if (has_trains())
		ck_assert_uint_eq(count_get(&rig.batch.send_calls), 1);
}
END_TEST

START_TEST(a_train_goes_plainly_where_there_are_none)
{
	open_pair(4);
	from.gso_segment_max = 0;
	send_train_of_64();
	ck_assert_uint_eq(from.gso_segment_max, 0);
}
END_TEST

/* The kernel refuses the train: all of it still arrives. */
static void refuse_train(int error, uint32_t segment_max_after)
{
	open_pair(4);
	if (!has_trains()) {
		close_pair();
		return;
	}
	PLAN_FAULTS(error);
	send_train_of_64();
	ck_assert_uint_eq(from.gso_segment_max, segment_max_after);
	ck_assert_uint_eq(count_get(&rig.batch.send_calls), 2);
}

START_TEST(a_train_the_device_cannot_send_goes_plainly_from_then_on)
{
	static const int errors[] = {EIO, ENOPROTOOPT, EOPNOTSUPP};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		refuse_train(errors[i], 0);
}
END_TEST

START_TEST(a_train_wider_than_the_route_goes_plainly_and_narrower_ones_do_not)
{
	static const int errors[] = {EINVAL, EMSGSIZE};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		refuse_train(errors[i], 999);
}
END_TEST

START_TEST(wide_trains_are_tried_again_after_many_plain_ones)
{
	open_pair(4);
	unsigned narrow = has_trains() ? 99 : 0;
	from.gso_segment_max = narrow;
	for (unsigned i = 0; i < 999; i++) {
		batch_queue(&rig.batch, rig_train(&from, &to.local, 0, 2, 100, 100));
		rig_wait(&rig.parcel_count, 2 * (i + 1));
	}
	ck_assert_uint_eq(from.gso_segment_max, narrow);
	batch_queue(&rig.batch, rig_train(&from, &to.local, 0, 2, 100, 100));
	rig_wait(&rig.parcel_count, 2000);
	if (to.gso_segment_max > 0)
		ck_assert_uint_gt(from.gso_segment_max, 1000);
	close_pair();
}
END_TEST

START_TEST(a_train_the_socket_was_full_for_goes_on_after_its_first_datagram)
{
	open_pair(4);
	PLAN_FAULTS(EAGAIN);
	send_train_of_64();
}
END_TEST

SUITE("train", a_train_arrives_as_intact_datagrams_in_order, a_train_goes_plainly_where_there_are_none,
      a_train_the_device_cannot_send_goes_plainly_from_then_on,
      a_train_wider_than_the_route_goes_plainly_and_narrower_ones_do_not,
      wide_trains_are_tried_again_after_many_plain_ones,
      a_train_the_socket_was_full_for_goes_on_after_its_first_datagram)

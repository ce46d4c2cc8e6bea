/* A client of a storm that sends, stalls, loses packets or changes its port. */
#include "unit/storm_kit.h"

START_TEST(sends_a_file_in_windows)
{
	options.is_upload = true;
	options.blksize = 8;
	options.windowsize = 2;
	begin("0123456789abcdef!");
	expect(PACKET("\0\2f\0octet\0blksize\0"
		      "8\0windowsize\0"
		      "2\0"));
	say(PACKET("\0\6blksize\0"
		   "8\0windowsize\0"
		   "2\0"));
	expect(PACKET("\0\3\0\1"
		      "01234567"));
	expect(PACKET("\0\3\0\2"
		      "89abcdef"));
	expect_silence();
	pass_time();
	expect(PACKET("\0\3\0\1"
		      "01234567"));
	expect(PACKET("\0\3\0\2"
		      "89abcdef"));
	say(PACKET("\0\4\0\2"));
	expect(PACKET("\0\3\0\3!"));
	say(PACKET("\0\4\0\2"));
	expect_silence();
	ck_assert_uint_eq(completed(), 0);
	say(PACKET("\0\4\0\3"));
	ck_assert_uint_eq(completed(), 1);
	ck_assert_uint_eq(count_get(&worker.tally.bytes), 17);
	finish();
}
END_TEST

START_TEST(sends_a_file_to_a_server_without_options)
{
	options.is_upload = true;
	options.windowsize = 16;
	begin("text");
	expect(PACKET("\0\2f\0octet\0windowsize\0"
		      "16\0"));
	say(PACKET("\0\4\0\0"));
	expect(PACKET("\0\3\0\1text"));
	say(PACKET("\0\4\0\1"));
	ck_assert_uint_eq(completed(), 1);
	finish();
}
END_TEST

START_TEST(stalls_when_it_has_an_answer)
{
	uv_loop_t loop;
	options.is_stall = true;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(uv_async_init(&loop, &shared.news, NULL), 0);
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0\3\0\1text"));
	expect_silence();
	ck_assert_uint_eq(completed(), 1);
	ck_assert_uint_eq(client->deadline_ns, 0);
	ck_assert_uint_eq(atomic_load(&shared.stalled), 1);
	say(PACKET("\0\3\0\1text"));
	expect_silence();
	storm_client_abandon(client);
	expect(PACKET("\0\5\0\0the storm is over\0"));
	finish();
	uv_close((uv_handle_t *)&shared.news, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

START_TEST(loses_the_same_packets_with_the_same_seed)
{
	uint64_t sent[2];
	options.loss = STORM_LOSS_WHOLE / 2;
	for (unsigned i = 0; i < 2; i++) {
		memset(&worker, 0, sizeof worker);
		begin("text");
		options.tries = 100;
		for (unsigned k = 0; k < 50; k++)
			pass_time();
		sent[i] = worker.tally.packets_sent;
		finish();
	}
	ck_assert_uint_eq(sent[0], sent[1]);
	ck_assert_uint_gt(sent[0], 10);
	ck_assert_uint_lt(sent[0], 40);
}
END_TEST

START_TEST(takes_a_new_port_for_each_transfer_if_told)
{
	struct addr before;
	options.repeat = 2;
	options.has_fresh_ports = true;
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0\3\0\1text"));
	expect(PACKET("\0\4\0\1"));
	before = client_addr;
	storm_client_begin(client);
	expect(request, sizeof request);
	ck_assert(!addr_equal(&before, &client_addr));
	say(PACKET("\0\3\0\1text"));
	ck_assert_uint_eq(completed(), 2);
	finish();
}
END_TEST

SUITE("storm_client_ways", sends_a_file_in_windows, sends_a_file_to_a_server_without_options,
      stalls_when_it_has_an_answer, loses_the_same_packets_with_the_same_seed,
      takes_a_new_port_for_each_transfer_if_told)

/* A client of a storm that fetches. */
#include "unit/storm_kit.h"

START_TEST(fetches_a_small_file)
{
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0\3\0\1text"));
	expect(PACKET("\0\4\0\1"));
	ck_assert_uint_eq(completed(), 1);
	ck_assert_uint_eq(count_get(&worker.tally.bytes), 4);
	ck_assert_uint_eq(worker.unfinished, 0);
	ck_assert_uint_eq(worker.tally.whole.count, 1);
	ck_assert_uint_eq(worker.tally.first_data.count, 1);
	ck_assert_uint_eq(worker.tally.packets_sent, 2);
	ck_assert_uint_eq(worker.tally.packets_received, 1);
	finish();
}
END_TEST

START_TEST(tells_other_bytes_and_ends_the_servers_transfer)
{
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0\3\0\1tex!"));
	expect(PACKET("\0\5\0\0not the bytes that were expected\0"));
	ck_assert_uint_eq(failed(STORM_MISMATCH), 1);
	ck_assert_uint_eq(completed(), 0);
	finish();
}
END_TEST

START_TEST(tells_a_file_that_is_too_short_or_too_long)
{
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0\3\0\1tex"));
	ck_assert_uint_eq(failed(STORM_MISMATCH), 1);
	finish();
	memset(&worker, 0, sizeof worker);
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0\3\0\1text!"));
	ck_assert_uint_eq(failed(STORM_MISMATCH), 1);
	finish();
}
END_TEST

START_TEST(tells_a_block_that_is_too_long)
{
	char block[517] = "\0\3\0\1";
	begin(NULL);
	expect(request, sizeof request);
	say(block, sizeof block);
	expect(PACKET("\0\5\0\4"
		      "a block is too long\0"));
	ck_assert_uint_eq(failed(STORM_MISMATCH), 1);
	finish();
}
END_TEST

START_TEST(keeps_the_servers_error)
{
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0\5\0\1gone\0"));
	expect_silence();
	ck_assert_uint_eq(failed(STORM_ERROR), 1);
	ck_assert_uint_eq(worker.tally.errors[0].code, 1);
	ck_assert_str_eq(worker.tally.errors[0].text, "gone");
	finish();
}
END_TEST

START_TEST(moves_windows_as_granted)
{
	char block[12] = "\0\3\0\1";
	options.blksize = 8;
	options.windowsize = 3;
	begin("0123456789abcdef!");
	expect(PACKET("\0\1f\0octet\0blksize\0"
		      "8\0windowsize\0"
		      "3\0"));
	say(PACKET("\0\6windowsize\0"
		   "2\0blksize\0"
		   "8\0"));
	expect(PACKET("\0\4\0\0"));
	memcpy(block + 4, "01234567", 8);
	say(block, sizeof block);
	expect_silence();
	block[3] = 2;
	memcpy(block + 4, "89abcdef", 8);
	say(block, sizeof block);
	expect(PACKET("\0\4\0\2"));
	say(PACKET("\0\3\0\3!"));
	expect(PACKET("\0\4\0\3"));
	ck_assert_uint_eq(completed(), 1);
	finish();
}
END_TEST

START_TEST(refuses_an_oack_that_grants_more)
{
	options.windowsize = 3;
	begin("text");
	expect(PACKET("\0\1f\0octet\0windowsize\0"
		      "3\0"));
	say(PACKET("\0\6windowsize\0"
		   "4\0"));
	expect(PACKET("\0\5\0\10the server granted another value than it may\0"));
	ck_assert_uint_eq(failed(STORM_ERROR), 1);
	finish();
}
END_TEST

START_TEST(asks_again_and_gives_up)
{
	begin("text");
	for (unsigned i = 0; i < 2; i++) {
		expect(request, sizeof request);
		pass_time();
	}
	expect(request, sizeof request);
	pass_time();
	expect_silence();
	ck_assert_uint_eq(failed(STORM_TIMEOUT), 1);
	ck_assert_uint_eq(worker.tally.retransmissions, 2);
	ck_assert_uint_eq(client->deadline_ns, 0);
	finish();
}
END_TEST

START_TEST(acknowledges_again_after_silence)
{
	char block[516] = "\0\3\0\1";
	begin(NULL);
	expect(request, sizeof request);
	say(block, sizeof block);
	expect(PACKET("\0\4\0\1"));
	pass_time();
	expect(PACKET("\0\4\0\1"));
	say(PACKET("\0\3\0\2"));
	expect(PACKET("\0\4\0\2"));
	ck_assert_uint_eq(completed(), 1);
	ck_assert_uint_eq(worker.tally.retransmissions, 1);
	finish();
}
END_TEST

START_TEST(hears_no_strangers)
{
	char block[516] = "\0\3\0\1";
	begin(NULL);
	expect(request, sizeof request);
	say(block, sizeof block);
	expect(PACKET("\0\4\0\1"));
	say_from(stranger, PACKET("\0\3\0\2"));
	say_from(stranger, PACKET("\0\5\0\0no\0"));
	ck_assert_uint_eq(count_get(&worker.tally.failed), 0);
	ck_assert_uint_eq(completed(), 0);
	say(PACKET("\0\3\0\2"));
	ck_assert_uint_eq(completed(), 1);
	finish();
}
END_TEST

START_TEST(hears_nothing_that_is_no_answer)
{
	begin("text");
	expect(request, sizeof request);
	say(PACKET("\0"));
	say(PACKET("\0\3\0\2text"));
	say(PACKET("\0\4\0\0"));
	say(PACKET("\0\5\0\5of another transfer\0"));
	say(PACKET("\0\1f\0octet\0"));
	expect_silence();
	ck_assert_int_eq(client->phase, STORM_ASKING);
	say(PACKET("\0\3\0\1text"));
	ck_assert_uint_eq(completed(), 1);
	finish();
}
END_TEST

/* The server has not got the last ACK, and the next request is on its way already. */
START_TEST(repeats_the_last_ack_of_the_transfer_before)
{
	char block[516] = "\0\3\0\1";
	options.repeat = 2;
	begin(NULL);
	expect(request, sizeof request);
	say(block, sizeof block);
	expect(PACKET("\0\4\0\1"));
	say(PACKET("\0\3\0\2end"));
	expect(PACKET("\0\4\0\2"));
	say(PACKET("\0\3\0\2end"));
	expect(PACKET("\0\4\0\2"));
	ck_assert_ptr_eq(worker.idle_first, client);
	storm_client_begin(client);
	expect(request, sizeof request);
	say(PACKET("\0\3\0\2end"));
	expect(PACKET("\0\4\0\2"));
	say(PACKET("\0\5\0\5unknown\0"));
	ck_assert_int_eq(client->phase, STORM_ASKING);
	ck_assert_uint_eq(completed(), 1);
	say(PACKET("\0\3\0\1end"));
	expect(PACKET("\0\4\0\1"));
	ck_assert_uint_eq(completed(), 2);
	ck_assert_uint_eq(worker.unfinished, 0);
	finish();
}
END_TEST

START_TEST(interrupted_it_hears_the_answer_before_it_goes)
{
	char block[516] = "\0\3\0\1";
	begin(NULL);
	expect(request, sizeof request);
	ck_assert_int_eq(sendto(server, block, sizeof block, 0, &client_addr.sa, addr_len(&client_addr)),
			 sizeof block);
	storm_worker_hear_out(&worker, 60000);
	expect(PACKET("\0\4\0\1"));
	storm_client_abandon(client);
	expect(PACKET("\0\5\0\0the storm is over\0"));
	finish();
}
END_TEST

START_TEST(interrupted_it_waits_for_no_answer_for_ever)
{
	begin("text");
	expect(request, sizeof request);
	storm_worker_hear_out(&worker, 20);
	ck_assert_int_eq(client->phase, STORM_ASKING);
	expect_silence();
	finish();
}
END_TEST

SUITE("storm_client", fetches_a_small_file, tells_other_bytes_and_ends_the_servers_transfer,
      tells_a_file_that_is_too_short_or_too_long, tells_a_block_that_is_too_long,
      keeps_the_servers_error, moves_windows_as_granted, refuses_an_oack_that_grants_more,
      asks_again_and_gives_up, acknowledges_again_after_silence, hears_no_strangers,
      hears_nothing_that_is_no_answer, repeats_the_last_ack_of_the_transfer_before,
      interrupted_it_hears_the_answer_before_it_goes, interrupted_it_waits_for_no_answer_for_ever)

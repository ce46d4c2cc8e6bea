/* Uploads: whole files, what is to be seen of them and when, and what goes wrong on the way. */
#include <string.h>

#include "e2e/upload.h"
#include "unit/suite.h"

/* Of 8 bytes, more than there are block numbers. */
#define WRAP_BYTES (65538 * 8 + 3)

static uint8_t content[WRAP_BYTES];
static struct tree tree;
static struct daemon server;
static struct talk talk;
static struct upload upload;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_fill(content, sizeof content);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
}

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

/* 1350-13 */
START_TEST(every_size_around_a_block_is_stored_whole)
{
	static const size_t sizes[] = {0, 1, 511, 512, 513, 1023, 1024, 65535, 65536, 65537, 131072};
	char names[2][32];
	begin(STRINGS("--write"));
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		snprintf(names[0], sizeof names[0], "plain-%zu", sizes[i]);
		snprintf(names[1], sizeof names[1], "window-%zu", sizes[i]);
		upload_whole(&talk, STRINGS(names[0], "octet"), content, sizes[i]);
		upload_whole(&talk, STRINGS(names[1], "octet", "blksize", "1428", "windowsize", "8"),
			     content, sizes[i]);
		for (int n = 0; n < 2; n++)
			ck_assert_msg(upload_is_there(&tree, names[n], content, sizes[i]),
				      "%s is not what was sent", names[n]);
	}
	ck_assert_uint_eq(upload_entries(&tree, ""), 22);
	daemon_await(&server, "write done client=127.0.0.1:");
	end(22, 22);
}
END_TEST

static void upload_wrapping(const char *const *strings, size_t len)
{
	begin(STRINGS("--write"));
	upload_whole(&talk, strings, content, len);
	ck_assert(upload_is_there(&tree, strings[0], content, len));
	end(1, 1);
}

/* 7440-14 */
START_TEST(block_numbers_wrap_to_0_in_lockstep)
{
	upload_wrapping(STRINGS("long", "octet", "blksize", "8"), WRAP_BYTES);
}
END_TEST

START_TEST(block_numbers_wrap_to_0_inside_a_window)
{
	upload_wrapping(STRINGS("long", "octet", "blksize", "8", "windowsize", "64"), WRAP_BYTES);
}
END_TEST

START_TEST(block_numbers_wrap_to_1_when_asked)
{
	upload_wrapping(STRINGS("long", "octet", "blksize", "8", "windowsize", "16", "rollover", "1"),
			WRAP_BYTES);
}
END_TEST

START_TEST(an_upload_that_ends_where_numbers_wrap_ends_with_an_empty_block_0)
{
	upload_wrapping(STRINGS("long", "octet", "blksize", "8", "windowsize", "16"), 65535 * 8);
}
END_TEST

/* 2347-7, 2349-5: what was granted comes back, tsize as announced. */
START_TEST(options_of_an_upload_are_answered)
{
	begin(STRINGS("--write", "--max-blksize", "1000", "--max-windowsize", "4"));
	talk_ask(&talk, WRQ,
		 STRINGS("file", "octet", "tsize", "700", "blksize", "1428", "windowsize", "9"));
	talk_expect_oack(&talk, STRINGS("tsize", "700", "blksize", "1000", "windowsize", "4"));
	upload = (struct upload){.talk = &talk, .bytes = content, .len = 700, .blksize = 1000};
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	ck_assert(upload_is_there(&tree, "file", content, 700));
	daemon_await(&server, "write done");
	ck_assert_ptr_nonnull(strstr(server.line, "file=\"file\" bytes=700 "));
	ck_assert_ptr_nonnull(strstr(server.line, "tsize=700 blksize=1000 windowsize=4"));
	end(1, 1);
}
END_TEST

/* An ACK of the last block is a promise that the file is there. */
START_TEST(the_file_is_there_when_the_last_ack_is_and_not_before)
{
	char name[16];
	begin(STRINGS("--write"));
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "file%u", i);
		upload_begin(&upload, &talk, STRINGS(name, "octet", "windowsize", "4"), content, 5000);
		for (unsigned block = 1; block < upload_last(&upload); block++)
			upload_send(&upload, block);
		upload_expect_ack(&talk, 8);
		ck_assert(upload_is_nothing_there(&tree, name));
		upload_send(&upload, upload_last(&upload));
		upload_expect_ack(&talk, upload_last(&upload));
		ck_assert(upload_is_there(&tree, name, content, 5000));
	}
	ck_assert_uint_eq(upload_entries(&tree, ""), 20);
	end(20, 20);
}
END_TEST

START_TEST(an_upload_under_way_cannot_be_read)
{
	static struct talk reader;
	begin(STRINGS("--write"));
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 2000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	talk_open(&reader, &server);
	talk_ask(&reader, RRQ, STRINGS("file", "octet"));
	talk_expect_error(&reader, 1);
	upload_finish(&upload, 2);
	talk_fetch(&reader, STRINGS("file", "octet"), content, 2000);
	talk_close(&reader);
	end(3, 2);
}
END_TEST

/* 7440-9: one ACK for a gap, which names the last block before it, and the window begins behind it. */
START_TEST(a_lost_block_of_a_window_is_asked_for_once)
{
	begin(STRINGS("--write"));
	upload_begin(&upload, &talk, STRINGS("file", "octet", "windowsize", "8"), content, 20 * 512);
	ck_assert_uint_eq(upload.window, 8);
	uint64_t began_us = udp_now_us();
	for (unsigned block = 1; block <= 8; block++)
		if (block != 4)
			upload_send(&upload, block);
	unsigned acks = upload_count_acks(&talk, 3);
	ck_assert_uint_ge(acks, 1);
	ck_assert_uint_le(acks, 1 + talk_expiries_max(udp_now_us() - began_us, TALK_RTO_FLOOR_US));
	upload_finish(&upload, 4);
	ck_assert(upload_is_there(&tree, "file", content, 20 * 512));
	end(1, 1);
}
END_TEST

START_TEST(blocks_lost_again_and_again_change_nothing_of_the_content)
{
	begin(STRINGS("--write"));
	upload_begin(&upload, &talk, STRINGS("file", "octet", "windowsize", "8"), content, 65536);
	for (unsigned lost = 3; lost + 8 < upload_last(&upload); lost += 5) {
		unsigned from = lost > 5 ? lost - 5 : 1;
		for (unsigned block = from; block < from + 8; block++)
			if (block != lost)
				upload_send(&upload, block);
		upload_expect_ack(&talk, lost - 1);
	}
	/* All from before the last one lost is there. */
	upload_finish(&upload, talk_number(&talk) + 1);
	ck_assert(upload_is_there(&tree, "file", content, 65536));
	end(1, 1);
}
END_TEST

/* 1350-11 */
START_TEST(data_of_a_stranger_is_refused_and_spoils_nothing)
{
	static struct talk stranger;
	begin(STRINGS("--write"));
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 1500);
	talk_open(&stranger, &server);
	stranger.tid = talk.tid;
	stranger.has_tid = true;
	talk_send(&stranger, "\0\3\0\1evil", 8);
	talk_expect_error(&stranger, 5);
	upload_finish(&upload, 1);
	ck_assert(upload_is_there(&tree, "file", content, 1500));
	talk_close(&stranger);
	end(1, 1);
}
END_TEST

START_TEST(a_block_that_is_too_long_ends_it)
{
	static const uint8_t packet[4 + 600] = {0, DATA, 0, 1};
	begin(STRINGS("--write"));
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 1500);
	talk_send(&talk, packet, sizeof packet);
	upload_expect_error(&talk, 4);
	daemon_await(&server, "write failed");
	ck_assert_uint_eq(upload_entries(&tree, ""), 0);
	end(1, 0);
}
END_TEST

START_TEST(acks_in_an_upload_are_ignored)
{
	begin(STRINGS("--write"));
	upload_begin(&upload, &talk, STRINGS("file", "octet"), content, 1500);
	talk_ack(&talk, 0);
	talk_ack(&talk, 1);
	upload_finish(&upload, 1);
	ck_assert(upload_is_there(&tree, "file", content, 1500));
	end(1, 1);
}
END_TEST

/* 1350-4 */
START_TEST(netascii_is_translated_also_across_blocks)
{
	static const char sent[] = "one\r\ntwo\r\0three\r\0\r\nseven77\r\n\r\n\r\n\r\n\r\n\r\n";
	static const char file[] = "one\ntwo\rthree\r\nseven77\n\n\n\n\n\n";
	begin(STRINGS("--write=overwrite"));
	upload_whole(&talk, STRINGS("text", "netascii"), sent, sizeof sent - 1);
	ck_assert(upload_is_there(&tree, "text", file, sizeof file - 1));
	for (unsigned blksize = 8; blksize < 16; blksize++) {
		char value[8];
		snprintf(value, sizeof value, "%u", blksize);
		upload_whole(&talk, STRINGS("again", "NetASCII", "blksize", value, "windowsize", "3"),
			     sent, sizeof sent - 1);
		ck_assert(upload_is_there(&tree, "again", file, sizeof file - 1));
	}
	/* A CR at the very end has nothing to go with it. */
	upload_whole(&talk, STRINGS("end", "netascii"), "x\r", 2);
	ck_assert(upload_is_there(&tree, "end", "x\r", 2));
	end(10, 10);
}
END_TEST

START_TEST(many_uploads_at_once_over_several_workers)
{
	enum { CLIENTS = 48 };
	static struct talk talks[CLIENTS];
	static struct upload uploads[CLIENTS];
	char name[16];
	tree_make(&tree);
	tree_fill(content, sizeof content);
	daemon_start(&server,
		     STRINGS("--listen", "127.0.0.1:0", "--workers", "4", "--write", tree.root));
	for (unsigned i = 0; i < CLIENTS; i++) {
		snprintf(name, sizeof name, "file%u", i);
		talk_open(&talks[i], &server);
		upload_begin(&uploads[i], &talks[i], STRINGS(name, "octet"), content + i, 1500);
	}
	for (unsigned block = 1; block <= 3; block++) {
		for (unsigned i = 0; i < CLIENTS; i++)
			upload_send(&uploads[i], block);
		for (unsigned i = 0; i < CLIENTS; i++)
			upload_expect_ack(&talks[i], block);
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		snprintf(name, sizeof name, "file%u", i);
		ck_assert(upload_is_there(&tree, name, content + i, 1500));
		talk_close(&talks[i]);
	}
	ck_assert_uint_eq(upload_entries(&tree, ""), CLIENTS);
	daemon_stop(&server, CLIENTS, CLIENTS);
	tree_remove(&tree);
}
END_TEST

SUITE("e2e.write", every_size_around_a_block_is_stored_whole, block_numbers_wrap_to_0_in_lockstep,
      block_numbers_wrap_to_0_inside_a_window, block_numbers_wrap_to_1_when_asked,
      an_upload_that_ends_where_numbers_wrap_ends_with_an_empty_block_0,
      options_of_an_upload_are_answered, the_file_is_there_when_the_last_ack_is_and_not_before,
      an_upload_under_way_cannot_be_read, a_lost_block_of_a_window_is_asked_for_once,
      blocks_lost_again_and_again_change_nothing_of_the_content,
      data_of_a_stranger_is_refused_and_spoils_nothing, a_block_that_is_too_long_ends_it,
      acks_in_an_upload_are_ignored, netascii_is_translated_also_across_blocks,
      many_uploads_at_once_over_several_workers)

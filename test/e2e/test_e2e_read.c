/* Whole files, and how a transfer ends. */
#include <stdio.h>
#include <string.h>

#include "e2e/talk.h"
#include "unit/suite.h"

/* Of 8 bytes, more than there are block numbers. */
#define WRAP_BYTES (65538 * 8 + 3)

static uint8_t content[WRAP_BYTES];
static struct tree tree;
static struct daemon server;
static struct talk talk;

static void begin(const char *const *args)
{
	tree_make(&tree);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
}

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

/* 1350-13, 2348-3 */
START_TEST(every_size_around_a_block_arrives_whole)
{
	static const size_t sizes[] = {0, 1, 511, 512, 513, 1023, 1024, 65535, 65536, 65537, 131072};
	begin(NOTHING);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char name[32];
		snprintf(name, sizeof name, "size-%zu", sizes[i]);
		tree_write_filled(&tree, name, content, sizes[i]);
		talk_fetch(&talk, STRINGS(name, "octet"), content, sizes[i]);
	}
	end(11, 11);
}
END_TEST

/* 1350-7, 1350-8, 1350-13 */
START_TEST(a_file_of_whole_blocks_ends_with_an_empty_one)
{
	begin(NOTHING);
	tree_write_filled(&tree, "two", content, 1024);
	talk_ask(&talk, RRQ, STRINGS("two", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	talk_ack(&talk, 2);
	talk_expect_data(&talk, 3, 0);
	talk_ack(&talk, 3);
	daemon_await(&server, "read done");
	end(1, 1);
}
END_TEST

static void fetch_wrapping(const char *rollover, const char *window, size_t len)
{
	begin(NOTHING);
	tree_write_filled(&tree, "long", content, len);
	if (rollover == NULL)
		talk_fetch(&talk, STRINGS("long", "octet", "blksize", "8", "windowsize", window),
			   content, len);
	else
		talk_fetch(
		    &talk,
		    STRINGS("long", "octet", "blksize", "8", "windowsize", window, "rollover", rollover),
		    content, len);
	end(1, 1);
}

/* 7440-14 */
START_TEST(block_numbers_wrap_to_0_in_lockstep)
{
	fetch_wrapping(NULL, "1", WRAP_BYTES);
}
END_TEST

START_TEST(block_numbers_wrap_to_0_inside_a_window)
{
	fetch_wrapping("0", "64", WRAP_BYTES);
}
END_TEST

START_TEST(block_numbers_wrap_to_1_when_asked)
{
	fetch_wrapping("1", "16", WRAP_BYTES);
}
END_TEST

START_TEST(a_file_that_ends_where_numbers_wrap_ends_with_an_empty_block_0)
{
	fetch_wrapping(NULL, "16", 65535 * 8);
	ck_assert_uint_eq(talk_number(&talk), 0);
}
END_TEST

/* What is in memory for one of them is not what another must get. */
START_TEST(clients_with_other_blocks_and_numbers_share_a_file)
{
	begin(NOTHING);
	tree_write_filled(&tree, "long", content, WRAP_BYTES);
	/* Until this one is over, the file is so new that nobody shares it. */
	talk_fetch(&talk, STRINGS("long", "octet"), content, WRAP_BYTES);
	talk_fetch(&talk, STRINGS("long", "octet", "blksize", "8", "windowsize", "64"), content,
		   WRAP_BYTES);
	talk_fetch(&talk, STRINGS("long", "octet", "blksize", "8", "windowsize", "64", "rollover", "1"),
		   content, WRAP_BYTES);
	talk_fetch(&talk, STRINGS("long", "octet", "blksize", "1428", "windowsize", "64"), content,
		   WRAP_BYTES);
	talk_fetch(&talk, STRINGS("long", "octet", "blksize", "1429", "windowsize", "7"), content,
		   WRAP_BYTES);
	end(5, 5);
}
END_TEST

/* 64 KiB hold 45 packets with 1428 bytes, one with 65464. */
START_TEST(every_size_around_what_is_read_at_once_arrives_whole)
{
	static const struct {
		const char *blksize, *window;
		size_t size;
	} cases[] = {{"1428", "64", 45 * 1428 - 1},  {"1428", "64", 45 * 1428},
		     {"1428", "64", 45 * 1428 + 1},  {"1428", "44", 90 * 1428},
		     {"1428", "1", 45 * 1428},       {"65464", "4", 65463},
		     {"65464", "4", 2 * 65464},      {"65464", "4", 2 * 65464 + 1},
		     {"32764", "3", 4 * 32764 - 10}, {"1428", "64", 0}};
	enum { COUNT = sizeof cases / sizeof cases[0] };
	begin(NOTHING);
	for (size_t i = 0; i < COUNT; i++) {
		char name[32];
		snprintf(name, sizeof name, "size-%zu", cases[i].size);
		tree_write_filled(&tree, name, content, cases[i].size);
		talk_fetch(
		    &talk,
		    STRINGS(name, "octet", "blksize", cases[i].blksize, "windowsize", cases[i].window),
		    content, cases[i].size);
	}
	end(COUNT, COUNT);
}
END_TEST

/* Everything the daemon may do with its memory ends in the same bytes. */
START_TEST(small_limits_change_nothing_of_the_content)
{
	begin(STRINGS("--cache", "0", "--endpoints", "1", "--max-sessions", "1"));
	tree_write_filled(&tree, "file", content, 300000);
	talk_fetch(&talk, STRINGS("file", "octet", "windowsize", "8"), content, 300000);
	talk_fetch(&talk, STRINGS("file", "octet", "blksize", "1428"), content, 300000);
	end(2, 2);
}
END_TEST

/* Bytes the daemon has read, from sockets not counted. False: this system does not say. */
static bool ask_bytes_read(unsigned long long *bytes)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%ld/io", (long)server.pid);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return false;
	bool is_known = fscanf(file, "rchar: %llu", bytes) == 1;
	fclose(file);
	return is_known;
}

enum { CACHED_BYTES = 512 << 10 };

/* Whether a fetch of the whole file had the daemon read nearly nothing, as far as this system says. */
static bool is_fetched_from_memory(void)
{
	unsigned long long before = 0, after = 0;
	bool is_known = ask_bytes_read(&before);
	talk_fetch(&talk, STRINGS("file", "octet", "blksize", "512", "windowsize", "64"), content,
		   CACHED_BYTES);
	return !is_known || (ask_bytes_read(&after) && after - before < CACHED_BYTES / 10);
}

/* Headers and book-keeping are not what --cache is about. */
START_TEST(a_file_as_large_as_the_cache_is_kept)
{
	enum { FETCHES_MAX = 2000 };
	unsigned fetches = 1;
	begin(STRINGS("--cache", "512K"));
	tree_write_filled(&tree, "file", content, CACHED_BYTES);
	/* At first the file is too new to be known by its times, and then what was read of it pushes by chance what
	 * is read now out, or is pushed out. */
	while (!is_fetched_from_memory())
		ck_assert_uint_lt(fetches++, FETCHES_MAX);
	for (int i = 0; i < 3; i++, fetches++)
		ck_assert(is_fetched_from_memory());
	end(fetches, fetches);
}
END_TEST

START_TEST(many_clients_at_once_are_served_by_several_workers)
{
	enum { CLIENTS = 24 };
	static struct talk talks[CLIENTS];
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, 1500);
	daemon_start(&server, STRINGS("--listen", "127.0.0.1:0", "--workers", "4", tree.root));
	for (int i = 0; i < CLIENTS; i++) {
		talk_open(&talks[i], &server);
		talk_ask(&talks[i], RRQ, STRINGS("file", "octet"));
	}
	for (unsigned block = 1; block <= 3; block++)
		for (int i = 0; i < CLIENTS; i++) {
			talk_expect_data(&talks[i], block, block == 3 ? 1500 - 1024 : 512);
			talk_ack(&talks[i], block);
		}
	for (int i = 0; i < CLIENTS; i++)
		talk_close(&talks[i]);
	daemon_stop(&server, CLIENTS, CLIENTS);
	tree_remove(&tree);
}
END_TEST

/* 1350-4: CR LF for a newline, CR NUL for a CR, also where a block ends between the two. */
START_TEST(netascii_translates_line_ends_also_across_blocks)
{
	static const char file[] = "one\ntwo\rthree\r\nseven77\n\n\n\n\n\n";
	static const char sent[] = "one\r\ntwo\r\0three\r\0\r\nseven77\r\n\r\n\r\n\r\n\r\n\r\n";
	begin(NOTHING);
	tree_write(&tree, "text", file, sizeof file - 1);
	talk_fetch(&talk, STRINGS("text", "netascii"), sent, sizeof sent - 1);
	/* 1350-3 */
	talk_fetch(&talk, STRINGS("text", "NetASCII", "blksize", "8"), sent, sizeof sent - 1);
	talk_fetch(&talk, STRINGS("text", "netascii", "blksize", "9", "windowsize", "4"), sent,
		   sizeof sent - 1);
	talk_fetch(&talk, STRINGS("text", "OcTeT"), file, sizeof file - 1);
	end(4, 4);
}
END_TEST

START_TEST(netascii_of_any_length_arrives_whole)
{
	static uint8_t sent[2 * 200000];
	size_t len = 0;
	begin(NOTHING);
	for (size_t i = 0; i < 200000; i++) {
		content[i] = (uint8_t)("ab\ncd\re"[(i * i + i / 7) % 8]);
		sent[len++] = content[i] == '\n' ? '\r' : content[i];
		if (content[i] == '\n' || content[i] == '\r')
			sent[len++] = content[i] == '\n' ? '\n' : '\0';
	}
	tree_write(&tree, "text", content, 200000);
	talk_fetch(&talk, STRINGS("text", "netascii", "blksize", "1428", "windowsize", "64"), sent, len);
	talk_fetch(&talk, STRINGS("text", "netascii", "blksize", "999"), sent, len);
	end(2, 2);
}
END_TEST

/* 2349-6 */
START_TEST(tsize_for_netascii_is_the_translated_size)
{
	begin(NOTHING);
	memset(content, '\n', 700);
	tree_write(&tree, "text", content, 700);
	talk_ask(&talk, RRQ, STRINGS("text", "netascii", "tsize", "0"));
	talk_expect_oack(&talk, STRINGS("tsize", "1400"));
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 1, 512);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	talk_ack(&talk, 2);
	talk_expect_data(&talk, 3, 1400 - 1024);
	talk_ack(&talk, 3);
	end(1, 1);
}
END_TEST

START_TEST(uploads_are_refused_with_error_2)
{
	begin(NOTHING);
	talk_ask(&talk, WRQ, STRINGS("new", "octet", "tsize", "100"));
	talk_expect_error(&talk, 2);
	daemon_await(&server, "write refused");
	end(1, 0);
}
END_TEST

/* 2347-11: how firmware asks for the size only. */
START_TEST(error_8_or_0_instead_of_the_first_ack_is_a_probe)
{
	begin(NOTHING);
	tree_write_filled(&tree, "file", content, 3000);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "tsize", "0"));
	talk_expect_oack(&talk, STRINGS("tsize", "3000"));
	talk_error(&talk, 8, "User aborted the transfer");
	daemon_await(&server, "read probe");
	ck_assert_ptr_nonnull(strstr(server.line, "error=8 reason=\"User aborted the transfer\""));
	/* 1350-16 */
	struct talk_tally tally = talk_tally(&talk, 0);
	ck_assert_uint_eq(tally.error + tally.other + tally.data, 0);
	talk_expect_silence(&talk);

	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_error(&talk, 0, "closed");
	daemon_await(&server, "error=0 reason=\"closed\"");
	ck_assert_uint_eq(daemon_count(&server, "read probe"), 2);
	end(2, 2);
}
END_TEST

/* 1350-16, 1350-22 */
START_TEST(an_error_after_progress_ends_it_and_is_not_answered)
{
	begin(NOTHING);
	tree_write_filled(&tree, "file", content, 3000);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 512);
	talk_error(&talk, 3, "disk full");
	daemon_await(&server, "read aborted");
	ck_assert_ptr_nonnull(strstr(server.line, "bytes=512 "));
	ck_assert_ptr_nonnull(strstr(server.line, "error=3 reason=\"disk full\""));
	struct talk_tally tally = talk_tally(&talk, 2);
	ck_assert_uint_eq(tally.error + tally.other + tally.oack, 0);
	ck_assert_uint_eq(tally.data, tally.of_block);
	talk_ack(&talk, 2);
	talk_expect_silence(&talk);
	end(1, 0);
}
END_TEST

/* 8085-10 */
static void finish_and_repeat_the_last_ack(const char *const *args)
{
	begin(args);
	tree_write_filled(&tree, "file", content, 700);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(&talk, 1, 512);
	talk_ack(&talk, 1);
	talk_expect_data(&talk, 2, 700 - 512);
	talk_ack(&talk, 2);
	daemon_await(&server, "read done");
	talk_tally(&talk, 0);
	for (int i = 0; i < 3; i++)
		talk_ack(&talk, 2);
	talk_expect_silence(&talk);
	end(1, 1);
}

START_TEST(a_late_duplicate_of_the_last_ack_is_met_with_silence)
{
	finish_and_repeat_the_last_ack(NOTHING);
}
END_TEST

START_TEST(so_it_is_on_a_single_port)
{
	finish_and_repeat_the_last_ack(STRINGS("--single-port"));
}
END_TEST

SUITE("e2e.read", every_size_around_a_block_arrives_whole, a_file_of_whole_blocks_ends_with_an_empty_one,
      block_numbers_wrap_to_0_in_lockstep, block_numbers_wrap_to_0_inside_a_window,
      block_numbers_wrap_to_1_when_asked, a_file_that_ends_where_numbers_wrap_ends_with_an_empty_block_0,
      clients_with_other_blocks_and_numbers_share_a_file,
      every_size_around_what_is_read_at_once_arrives_whole, netascii_of_any_length_arrives_whole,
      small_limits_change_nothing_of_the_content, a_file_as_large_as_the_cache_is_kept,
      many_clients_at_once_are_served_by_several_workers,
      netascii_translates_line_ends_also_across_blocks, tsize_for_netascii_is_the_translated_size,
      uploads_are_refused_with_error_2, error_8_or_0_instead_of_the_first_ack_is_a_probe,
      an_error_after_progress_ends_it_and_is_not_answered,
      a_late_duplicate_of_the_last_ack_is_met_with_silence, so_it_is_on_a_single_port)

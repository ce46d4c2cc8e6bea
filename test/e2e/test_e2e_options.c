/* What is granted, and how requests that are not quite in form are read. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "e2e/talk.h"
#include "unit/suite.h"

static uint8_t content[70000];
static struct tree tree;
static struct daemon server;
static struct talk talk;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	tree_write(&tree, "empty", "", 0);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
}

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

/* Asks and ends it with the ERROR of a client that only looks. */
static void expect_granted(const char *const *asked, const char *const *granted)
{
	talk_ask(&talk, RRQ, asked);
	talk_expect_oack(&talk, granted);
	talk_error(&talk, 8, "thanks");
}

static void expect_nothing_granted(const char *const *asked)
{
	talk_ask(&talk, RRQ, asked);
	talk_expect_data(&talk, 1, 512);
	talk_error(&talk, 0, "thanks");
}

/* 2347-1, 2347-4, 2347-13 */
START_TEST(an_oack_keeps_order_and_letter_case)
{
	begin(NOTHING);
	expect_granted(STRINGS("file", "octet", "BlkSize", "1024", "tsize", "0", "TIMEOUT", "3",
			       "WindowSize", "4", "rOLLOVER", "1"),
		       STRINGS("BlkSize", "1024", "tsize", "70000", "TIMEOUT", "3", "WindowSize", "4",
			       "rOLLOVER", "1"));
	expect_granted(
	    STRINGS("file", "octet", "windowsize", "4", "timeout", "3", "tsize", "0", "blksize", "1468"),
	    STRINGS("windowsize", "4", "timeout", "3", "tsize", "70000", "blksize", "1468"));
	end(2, 2);
}
END_TEST

/* 2347-5, 2347-6 */
START_TEST(unknown_options_are_left_out)
{
	begin(NOTHING);
	expect_granted(STRINGS("file", "octet", "multicast", "", "blksize", "1024", "blksize2", "8",
			       "x-new", "yes", "tsize", "0", "", ""),
		       STRINGS("blksize", "1024", "tsize", "70000"));
	expect_nothing_granted(STRINGS("file", "octet", "multicast", ""));
	expect_nothing_granted(STRINGS("file", "octet", "hello", "world"));
	end(3, 3);
}
END_TEST

/* 2347-7, 2348-1, 2348-5, 2349-1, 7440-1 */
START_TEST(malformed_and_impossible_values_are_left_out)
{
	static const char *const bad[][2] = {
	    {"blksize", "7"},
	    {"blksize", "0"},
	    {"blksize", "65465"},
	    {"blksize", "-1"},
	    {"blksize", "+1024"},
	    {"blksize", " 1024"},
	    {"blksize", "1024 "},
	    {"blksize", "0x400"},
	    {"blksize", "1e3"},
	    {"blksize", "1024.0"},
	    {"blksize", ""},
	    {"blksize", "99999999999999999999"},
	    {"blksize", "4294968320"},
	    {"timeout", "0"},
	    {"timeout", "256"},
	    {"timeout", "1.5"},
	    {"windowsize", "0"},
	    {"windowsize", "65536"},
	    {"windowsize", "four"},
	    {"rollover", "2"},
	    {"tsize", "-1"},
	    {"tsize", "zero"},
	    {"tsize", "18446744073709551616"},
	};
	unsigned count = sizeof bad / sizeof bad[0];
	begin(NOTHING);
	for (unsigned i = 0; i < count; i++) {
		const char *good = strcmp(bad[i][0], "timeout") == 0 ? "windowsize" : "timeout";
		expect_nothing_granted(STRINGS("file", "octet", bad[i][0], bad[i][1]));
		/* The others are granted nevertheless. */
		expect_granted(STRINGS("file", "octet", bad[i][0], bad[i][1], good, "9"),
			       STRINGS(good, "9"));
	}
	end(2 * count, 2 * count);
}
END_TEST

/* 2347-3 */
START_TEST(of_an_option_that_comes_twice_the_first_counts)
{
	begin(NOTHING);
	expect_granted(STRINGS("file", "octet", "blksize", "1024", "BLKSIZE", "2048"),
		       STRINGS("blksize", "1024"));
	end(1, 1);
}
END_TEST

/* 2348-2, 7440-2 */
START_TEST(caps_are_granted_instead_of_more)
{
	begin(STRINGS("--max-blksize", "1400", "--max-windowsize", "8"));
	expect_granted(STRINGS("file", "octet", "blksize", "1468", "windowsize", "64"),
		       STRINGS("blksize", "1400", "windowsize", "8"));
	expect_granted(STRINGS("file", "octet", "blksize", "1400", "windowsize", "8"),
		       STRINGS("blksize", "1400", "windowsize", "8"));
	expect_granted(STRINGS("file", "octet", "blksize", "512", "windowsize", "1"),
		       STRINGS("blksize", "512", "windowsize", "1"));
	talk_fetch(&talk, STRINGS("file", "octet", "blksize", "65464", "windowsize", "65535"), content,
		   sizeof content);
	end(4, 4);
}
END_TEST

START_TEST(the_extremes_are_granted)
{
	begin(NOTHING);
	expect_granted(STRINGS("file", "octet", "blksize", "8", "timeout", "1", "windowsize", "1"),
		       STRINGS("blksize", "8", "timeout", "1", "windowsize", "1"));
	expect_granted(
	    STRINGS("file", "octet", "blksize", "65464", "timeout", "255", "windowsize", "64"),
	    STRINGS("blksize", "65464", "timeout", "255", "windowsize", "64"));
	expect_granted(STRINGS("file", "octet", "blksize", "0000000000000001024"),
		       STRINGS("blksize", "1024"));
	end(3, 3);
}
END_TEST

/* 2348-1: curl asks for it. */
START_TEST(the_largest_block_arrives_whole)
{
	begin(NOTHING);
	if (!udp_try_send(talk.fd,
			  &(union udp_addr){.in4 = {.sin_family = AF_INET,
						    .sin_port = htons(udp_local_port(talk.fd)),
						    .sin_addr = talk.asked.in4.sin_addr}},
			  content, 65468)) {
		end(0, 0);
		NOT_HERE("the loopback takes no datagrams of 65468 bytes");
	}
	ck_assert(udp_receive(talk.fd, &talk.in, DEADLINE_MS));
	talk_fetch(&talk, STRINGS("file", "octet", "blksize", "65464"), content, sizeof content);
	end(1, 1);
}
END_TEST

/* 2349-3 */
START_TEST(tsize_is_answered_with_the_size_whatever_was_asked)
{
	char path[TREE_PATH_MAX];
	begin(NOTHING);
	expect_granted(STRINGS("file", "octet", "tsize", "0"), STRINGS("tsize", "70000"));
	expect_granted(STRINGS("file", "octet", "tsize", "123"), STRINGS("tsize", "70000"));
	tree_write(&tree, "huge", "", 0);
	if (truncate(tree_path(&tree, "huge", path), (off_t)5 << 30) != 0) {
		end(2, 2);
		NOT_HERE("no files of 5 GiB in the temporary directory");
	}
	expect_granted(STRINGS("huge", "octet", "tsize", "0"), STRINGS("tsize", "5368709120"));
	end(3, 3);
}
END_TEST

/* curl takes "tsize 0" for a failure. */
START_TEST(tsize_of_an_empty_file_is_left_out)
{
	begin(NOTHING);
	talk_fetch(&talk, STRINGS("empty", "octet", "tsize", "0"), "", 0);
	expect_granted(STRINGS("empty", "octet", "tsize", "0", "blksize", "1024"),
		       STRINGS("blksize", "1024"));
	end(2, 2);
}
END_TEST

static void ask_bytes(const char *bytes, size_t len)
{
	talk_ask_raw(&talk, bytes, len);
}

/* 1785-1 */
START_TEST(what_follows_the_mode_never_breaks_a_transfer)
{
	static const char *const tails[] = {"garbage", "blksize", "\xff\xfe\x01", " ", "blksize=1024"};
	begin(NOTHING);
	for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
		char bytes[64] = "\0\1file\0octet";
		size_t len = 2 + 5 + 6;
		memcpy(bytes + len, tails[i], strlen(tails[i]));
		/* Without its NUL, with it, and with more of them. */
		for (size_t nuls = 0; nuls <= 1; nuls++) {
			ask_bytes(bytes, len + strlen(tails[i]) + nuls);
			talk_expect_data(&talk, 1, 512);
			talk_error(&talk, 0, "thanks");
		}
	}
	ask_bytes("\0\1file\0octet\0\0\0\0\0\0\0", 2 + 5 + 6 + 7);
	talk_expect_data(&talk, 1, 512);
	talk_error(&talk, 0, "thanks");
	end(11, 11);
}
END_TEST

START_TEST(the_last_value_may_lack_its_nul)
{
	static const char bytes[] = "\0\1file\0octet\0timeout\0007\0blksize\0001024";
	begin(NOTHING);
	ask_bytes(bytes, sizeof bytes - 1);
	talk_expect_oack(&talk, STRINGS("timeout", "7", "blksize", "1024"));
	talk_error(&talk, 8, "thanks");
	end(1, 1);
}
END_TEST

/* 2347-2 */
START_TEST(a_request_of_more_than_512_bytes_is_served)
{
	char padding[601];
	memset(padding, 'p', sizeof padding - 1);
	padding[600] = '\0';
	begin(NOTHING);
	expect_granted(STRINGS("file", "octet", "x-padding", padding, "blksize", "1024"),
		       STRINGS("blksize", "1024"));
	expect_granted(STRINGS("file", "octet", "blksize", "1024", padding, "value"),
		       STRINGS("blksize", "1024"));
	end(2, 2);
}
END_TEST

START_TEST(hundreds_of_options_do_no_harm)
{
	enum { PAIRS = 400 };
	char bytes[2 + 5 + 6 + 8 + 5 + 4 * PAIRS] = "\0\1file\0octet\0blksize\0001024";
	begin(NOTHING);
	for (size_t i = 0; i < PAIRS; i++)
		memcpy(bytes + sizeof bytes - 4 * PAIRS + 4 * i, "o\0v", 4);
	ask_bytes(bytes, sizeof bytes);
	talk_expect_oack(&talk, STRINGS("blksize", "1024"));
	talk_error(&talk, 8, "thanks");
	end(1, 1);
}
END_TEST

SUITE("e2e.options", an_oack_keeps_order_and_letter_case, unknown_options_are_left_out,
      malformed_and_impossible_values_are_left_out, of_an_option_that_comes_twice_the_first_counts,
      caps_are_granted_instead_of_more, the_extremes_are_granted, the_largest_block_arrives_whole,
      tsize_is_answered_with_the_size_whatever_was_asked, tsize_of_an_empty_file_is_left_out,
      what_follows_the_mode_never_breaks_a_transfer, the_last_value_may_lack_its_nul,
      a_request_of_more_than_512_bytes_is_served, hundreds_of_options_do_no_harm)

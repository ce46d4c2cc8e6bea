/* Packets that are no requests: the right ERROR or silence, and the daemon lives on. */
#include <signal.h>
#include <string.h>

#include "e2e/talk.h"
#include "unit/suite.h"

static struct tree tree;
static struct daemon server;
static struct talk talk;
static unsigned fetched;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_write(&tree, "file", "content", 7);
	daemon_serve(&server, &tree, args);
	talk_open(&talk, &server);
	fetched = 0;
}

/* On its own socket: it must be served whatever the other one did. */
static void assert_serves(void)
{
	struct talk other;
	talk_open(&other, &server);
	talk_fetch(&other, STRINGS("file", "octet"), "content", 7);
	talk_close(&other);
	fetched++;
}

static void end(unsigned more_requests)
{
	assert_serves();
	talk_close(&talk);
	daemon_stop(&server, fetched + more_requests, fetched);
	tree_remove(&tree);
}

#define PACKET(bytes) (bytes), sizeof(bytes) - 1

static void expect_error(const char *bytes, size_t len, unsigned code)
{
	talk_ask_raw(&talk, bytes, len);
	talk_expect_error(&talk, code);
	talk_expect_silence(&talk);
}

static void expect_silence(const char *bytes, size_t len)
{
	talk_ask_raw(&talk, bytes, len);
	talk_expect_silence(&talk);
}

/* 1350-2 */
START_TEST(a_request_without_its_ends_gets_error_4)
{
	begin(NOTHING);
	expect_error(PACKET("\0\1"), 4);
	expect_error(PACKET("\0\1f"), 4);
	expect_error(PACKET("\0\1file"), 4);
	expect_error(PACKET("\0\1file\0"), 4);
	expect_error(PACKET("\0\1file\0octet"), 4);
	expect_error(PACKET("\0\1\0octet"), 4);
	expect_error(PACKET("\0\2"), 4);
	expect_error(PACKET("\0\2file\0octet"), 4);
	end(0);
}
END_TEST

/* 1350-6, 1123-2 */
START_TEST(mail_and_unknown_modes_get_error_4)
{
	begin(NOTHING);
	expect_error(PACKET("\0\1file\0mail\0"), 4);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "mail"));
	expect_error(PACKET("\0\2root\0MAIL\0"), 4);
	expect_error(PACKET("\0\1file\0binary\0"), 4);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), "mode"));
	expect_error(PACKET("\0\1file\0octets\0"), 4);
	expect_error(PACKET("\0\1file\0octe\0"), 4);
	expect_error(PACKET("\0\1file\0\0"), 4);
	expect_error(PACKET("\0\1file\0octet \0"), 4);
	end(0);
}
END_TEST

/* 1350-1 */
START_TEST(unknown_opcodes_get_error_4)
{
	begin(NOTHING);
	expect_error(PACKET("\0\0file\0octet\0"), 4);
	expect_error(PACKET("\0\7file\0octet\0"), 4);
	expect_error(PACKET("\1\0file\0octet\0"), 4); /* little-endian */
	expect_error(PACKET("\1\1file\0octet\0"), 4);
	expect_error(PACKET("\xff\xff"), 4);
	expect_error(PACKET("GET / HTTP/1.0\r\n\r\n"), 4);
	end(0);
}
END_TEST

START_TEST(packets_too_short_to_mean_anything_meet_silence)
{
	begin(NOTHING);
	expect_silence(PACKET(""));
	expect_silence(PACKET("\0"));
	expect_silence(PACKET("\1"));
	expect_silence(PACKET("\xff"));
	expect_silence(PACKET("\0\3"));
	expect_silence(PACKET("\0\4\0"));
	expect_silence(PACKET("\0\5\0"));
	end(0);
}
END_TEST

/* 1350-11 and 1350-16: what belongs to no transfer. */
START_TEST(data_and_acks_out_of_nowhere_get_error_5_and_errors_silence)
{
	begin(NOTHING);
	expect_error(PACKET("\0\3\0\1data"), 5);
	expect_error(PACKET("\0\4\0\1"), 5);
	expect_error(PACKET("\0\4\0\0"), 5);
	expect_silence(PACKET("\0\5\0\0closed\0"));
	expect_silence(PACKET("\0\5\0\5"));
	expect_silence(PACKET("\0\6blksize\0001024\0"));
	expect_silence(PACKET("\0\6"));
	end(0);
}
END_TEST

/* 8085-15: a forged address cannot make us flood its owner. */
START_TEST(errors_to_strangers_are_limited)
{
	enum { TIMES = 2000 };
	static const uint8_t ack[] = {0, ACK, 0, 1};
	begin(NOTHING);
	uint64_t began_us = udp_now_us();
	unsigned answers = 0;
	for (int i = 0; i < TIMES; i++) {
		talk_ask_raw(&talk, ack, sizeof ack);
		if (i % 50 == 49)
			answers += talk_tally(&talk, 0).error;
	}
	/* A hundred a second. */
	uint64_t seconds = (udp_now_us() - began_us) / 1000000 + 2;
	ck_assert_uint_ge(answers, 50);
	ck_assert_uint_le(answers, 100 * seconds);
	end(0);
}
END_TEST

START_TEST(huge_packets_do_no_harm)
{
	static char bytes[65507];
	static const char *const heads[] = {"\0\1", "\0\2", "\0\3", "\0\4", "\0\5", "\0\6", "\0\7"};
	static const unsigned codes[] = {4, 4, 5, 5, 0, 0, 4};
	begin(NOTHING);
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		memset(bytes, 'x', sizeof bytes);
		memcpy(bytes, heads[i], 2);
		if (!udp_try_send(talk.fd, &talk.asked, bytes, sizeof bytes)) {
			end(0);
			NOT_HERE("the loopback takes no datagrams of 65507 bytes");
		}
		talk.has_tid = false;
		if (codes[i] != 0)
			talk_expect_error(&talk, codes[i]);
		talk_expect_silence(&talk);
	}
	/* A well-formed one with a name of 65 KB. */
	memcpy(bytes, "\0\1", 2);
	memcpy(bytes + sizeof bytes - 7, "\0octet", 7);
	talk_ask_raw(&talk, bytes, sizeof bytes);
	talk_expect_error(&talk, 2);
	daemon_await(&server, "read refused");
	end(1);
}
END_TEST

/* A fixed sequence, so that what once failed fails again. Lengths from 0 to 600. */
START_TEST(noise_does_no_harm)
{
	enum { PACKETS = 5000, BLOCK = 100 };
	uint8_t bytes[600];
	uint32_t state = 12345;
	begin(STRINGS("--single-port", "--give-up", "1"));
	for (unsigned i = 0; i < PACKETS; i++) {
		size_t len = (state >> 8) % (sizeof bytes + 1);
		tree_fill(bytes, len);
		for (size_t at = 0; at < len; at++) {
			state = state * 1664525u + 1013904223u;
			bytes[at] = (uint8_t)(bytes[at] ^ state >> 24);
		}
		if (len > 1 && i % 4 != 0) {
			bytes[0] = 0;
			bytes[1] = (uint8_t)(1 + i % 6);
		}
		state = state * 1664525u + 1013904223u;
		udp_send(talk.fd, &talk.asked, bytes, len);
		if (i % BLOCK != BLOCK - 1)
			continue;
		talk_barrier(&talk.asked);
		while (udp_receive(talk.fd, &talk.in, 0))
			continue;
	}
	assert_serves();
	talk_close(&talk);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
}
END_TEST

SUITE("e2e.malformed", a_request_without_its_ends_gets_error_4, mail_and_unknown_modes_get_error_4,
      unknown_opcodes_get_error_4, packets_too_short_to_mean_anything_meet_silence,
      data_and_acks_out_of_nowhere_get_error_5_and_errors_silence, errors_to_strangers_are_limited,
      huge_packets_do_no_harm, noise_does_no_harm)

/* Requests with a forged address yield little. */
#include <unistd.h>

#include "e2e/forger.h"
#include "e2e/upload.h"

/* Longer than three answers take, a second and then two apart. */
#define WATCH_US 6000000u

static const char plain[] = "\0\1file\0octet";
static const char large[] = "\0\1file\0octet\0blksize\0"
			    "65464\0windowsize\0"
			    "64";

/* One block, and what the timer repeats of it. */
START_TEST(a_request_is_answered_three_times_at_most)
{
	begin(STRINGS("--drain", "0"));
	forge_request(plain, sizeof plain);
	watch(WATCH_US);
	end("a request");
	ck_assert_uint_le(forger.packets, 3);
	ck_assert_uint_le(forger.received, 3 * (516 + HEADERS));
}
END_TEST

START_TEST(a_request_with_options_yields_less_than_5_times_its_bytes)
{
	begin(STRINGS("--drain", "0"));
	forge_request(large, sizeof large);
	watch(WATCH_US);
	ck_assert_uint_gt(forger.packets, 0);
	ck_assert(end("a request with options") < 5);
}
END_TEST

/* Each from another port of the victim, which is what one who forges can choose. */
START_TEST(over_the_limit_answers_are_not_repeated_and_far_over_it_not_given)
{
	enum { RATE = 5, BURST = 64, REQUESTS = 1000 };
	static int fds[REQUESTS];
	unsigned packets = 0;
	begin(STRINGS("--drain", "0", "--request-rate", "5"));
	uint64_t began_us = udp_now_us();
	for (unsigned i = 0; i < REQUESTS; i++) {
		fds[i] = udp_open("127.0.0.1");
		ck_assert_int_ge(fds[i], 0);
		udp_send(fds[i], &forger.talk.asked, plain, sizeof plain);
		forger.sent += sizeof plain + HEADERS;
	}
	daemon_await(&server, "--request-rate");
	talk_barrier(&forger.talk.asked);
	watch(1500000);
	uint64_t seconds = (udp_now_us() - began_us) / 1000000 + 1;
	for (unsigned i = 0; i < REQUESTS; i++) {
		for (; udp_receive(fds[i], &forger.talk.in, 0); packets++)
			forger.received += forger.talk.in.len + HEADERS;
		close(fds[i]);
	}
	forger.packets = packets;
	end("1,000 requests over the limit");
	ck_assert_uint_ge(packets, RATE * BURST);
	/* The first few are repeated, no others. */
	ck_assert_uint_le(packets, RATE * (BURST + seconds) + 2 * RATE);
}
END_TEST

/* A client that is there is served meanwhile, and none of the network's limits is for it. */
static void begin_often(const char *const *args)
{
	begin(args);
	tree_write_filled(&tree, "tiny", content, 100);
}

static void do_often(void (*talk_once)(struct talk *talk))
{
	/* All open at a time, for no two have the same port: a request that comes again so soon is a repetition. */
	static struct talk talks[500];
	enum { TIMES = sizeof talks / sizeof talks[0] };
	for (unsigned i = 0; i < TIMES; i++) {
		talk_open(&talks[i], &server);
		talk_once(&talks[i]);
	}
	for (unsigned i = 0; i < TIMES; i++)
		talk_close(&talks[i]);
	ck_assert_uint_eq(daemon_count(&server, "--request-rate"), 0);
	forger.sent = 1;
	end("who acknowledges");
}

static void read_two_blocks(struct talk *talk)
{
	talk_ask(talk, RRQ, STRINGS("file", "octet"));
	talk_expect_data(talk, 1, 512);
	talk_ack(talk, 1);
	talk_expect_data(talk, 2, 512);
	talk_error(talk, 0, "enough");
}

/* The first word of the client is its last. */
static void read_only_block(struct talk *talk)
{
	talk_ask(talk, RRQ, STRINGS("tiny", "octet"));
	talk_expect_data(talk, 1, 100);
	talk_ack(talk, 1);
}

static void write_only_block(struct talk *talk)
{
	upload_whole(talk, STRINGS("tiny", "octet"), content, 100);
}

START_TEST(who_acknowledges_is_not_limited)
{
	begin_often(STRINGS("--drain", "0", "--request-rate", "1"));
	do_often(read_two_blocks);
}
END_TEST

START_TEST(nor_is_he_on_a_single_port)
{
	begin_often(STRINGS("--drain", "0", "--request-rate", "1", "--single-port"));
	do_often(read_two_blocks);
}
END_TEST

START_TEST(nor_is_who_acknowledges_the_only_block)
{
	begin_often(STRINGS("--drain", "0", "--request-rate", "1"));
	do_often(read_only_block);
}
END_TEST

START_TEST(nor_is_who_sends_the_only_block)
{
	begin_often(STRINGS("--drain", "0", "--request-rate", "1", "--write=overwrite"));
	do_often(write_only_block);
}
END_TEST

/* A forged ACK or ERROR behind each request is none of his: on a single port it would be easy. */
START_TEST(blind_words_on_a_single_port_lift_no_limit)
{
	enum { BURST = 64, REQUESTS = 1000 };
	static const uint8_t ack[] = {0, ACK, 0, 1};
	static const char error[] = "\0\5\0\0no";
	unsigned blocks = 0;
	begin(STRINGS("--drain", "0", "--request-rate", "1", "--single-port"));
	uint64_t began_us = udp_now_us();
	for (unsigned i = 0; i < REQUESTS; i++) {
		int fd = udp_open("127.0.0.1");
		udp_send(fd, &forger.talk.asked, plain, sizeof plain);
		talk_barrier(&forger.talk.asked);
		udp_send(fd, &forger.talk.asked, ack, sizeof ack);
		udp_send(fd, &forger.talk.asked, error, sizeof error);
		forger.sent += sizeof plain + sizeof ack + sizeof error + 3 * HEADERS;
		for (; udp_receive(fd, &forger.talk.in, 0); forger.packets++) {
			forger.received += forger.talk.in.len + HEADERS;
			blocks += forger.talk.in.bytes[1] == DATA;
		}
		close(fd);
	}
	daemon_await(&server, "--request-rate");
	uint64_t seconds = (udp_now_us() - began_us) / 1000000 + 1;
	end("1,000 requests with blind words, over the limit");
	ck_assert_uint_gt(blocks, 0);
	ck_assert_uint_le(blocks, 2 * (BURST + seconds));
}
END_TEST

static void acknowledge_oack_only(const char *what, uint64_t bytes_max)
{
	forge_request(large, sizeof large);
	watch_first();
	forge_ack(0);
	watch(WATCH_US);
	end(what);
	ck_assert_uint_le(forger.received, bytes_max);
}

/* His ACK goes to the port he asked; the transfer is elsewhere. */
START_TEST(a_blind_ack_of_the_oack_misses_its_port)
{
	begin(STRINGS("--drain", "0"));
	acknowledge_oack_only("ACK 0 at random", 5 * sizeof large + 200);
}
END_TEST

/* On a single port it does not miss: a window and its repetitions, but a small one. */
START_TEST(a_blind_ack_of_the_oack_on_a_single_port_yields_little)
{
	begin(STRINGS("--drain", "0", "--single-port"));
	acknowledge_oack_only("ACK 0 on a single port", 3 * 65536 + 2000);
}
END_TEST

SUITE("e2e.forged", a_request_is_answered_three_times_at_most,
      a_request_with_options_yields_less_than_5_times_its_bytes,
      over_the_limit_answers_are_not_repeated_and_far_over_it_not_given, who_acknowledges_is_not_limited,
      nor_is_he_on_a_single_port, nor_is_who_acknowledges_the_only_block,
      nor_is_who_sends_the_only_block, blind_words_on_a_single_port_lift_no_limit,
      a_blind_ack_of_the_oack_misses_its_port, a_blind_ack_of_the_oack_on_a_single_port_yields_little)

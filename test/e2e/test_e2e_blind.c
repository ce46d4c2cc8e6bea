/* Someone writes another's address on his packets, and sees nothing of what he has sent there. Here he sends from
 * the victim's own socket and does not look at what comes back; it is only weighed. What a byte of his yields is
 * printed: packets with their 28 bytes of IP and UDP headers. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "e2e/talk.h"
#include "unit/suite.h"

#define HEADERS       28
#define CONTENT_BYTES (8u << 20)
#define ACKS          80

/* The latest that the test may come, one more window, and what is under way. */
#define BLIND_BYTES_MAX 400000u
#define PORTS_MAX       16
#define ROOM_BYTES      (64 << 20)

/* Longer than three answers take, a second and then two apart. */
#define WATCH_US 6000000u

static uint8_t content[CONTENT_BYTES];
static struct tree tree;
static struct daemon server;

struct forger {
	struct talk talk; /* has_tid stays false: answers are not looked at */
	uint64_t sent, received;
	unsigned packets;
	union udp_addr ports[PORTS_MAX]; /* where he believes the transfer to be */
	unsigned port_count;
};

static struct forger forger;

static void begin(const char *const *args)
{
	int room = ROOM_BYTES;
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	daemon_serve(&server, &tree, args);
	memset(&forger, 0, sizeof forger);
	talk_open(&forger.talk, &server);
	if (setsockopt(forger.talk.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
		setsockopt(forger.talk.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	forger.ports[forger.port_count++] = forger.talk.asked;
}

/* Weighs what comes in this time. */
static void watch(uint64_t us)
{
	uint64_t until_us = udp_now_us() + us, now_us;
	while ((now_us = udp_now_us()) < until_us) {
		if (!udp_receive(forger.talk.fd, &forger.talk.in,
				 (unsigned)((until_us - now_us) / 1000 + 1)))
			continue;
		forger.received += forger.talk.in.len + HEADERS;
		forger.packets++;
	}
}

/* Until the first answer: whoever forges for long finds out how long that takes. */
static void watch_first(void)
{
	for (uint64_t until_us = udp_now_us() + DEADLINE_MS * 1000u; forger.packets == 0;) {
		ck_assert_uint_lt(udp_now_us(), until_us);
		watch(10000);
	}
}

static double end(const char *what)
{
	double yield = (double)forger.received / (double)forger.sent;
	printf("%s: %llu bytes sent, %llu bytes in %u packets received: x%.1f\n", what,
	       (unsigned long long)forger.sent, (unsigned long long)forger.received, forger.packets,
	       yield);
	talk_close(&forger.talk);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
	return yield;
}

static void forge(const void *bytes, size_t len, const union udp_addr *to)
{
	udp_send(forger.talk.fd, to, bytes, len);
	forger.sent += len + HEADERS;
}

static void forge_request(const void *bytes, size_t len)
{
	forge(bytes, len, &forger.talk.asked);
}

/* To each port where the transfer may be. */
static void forge_ack(unsigned number)
{
	uint8_t ack[4] = {0, ACK, (uint8_t)(number >> 8), (uint8_t)number};
	for (unsigned i = 0; i < forger.port_count; i++)
		forge(ack, sizeof ack, &forger.ports[i]);
}

/* He asked before, as himself, and remembers which ports answered. */
static void learn_ports(unsigned count)
{
	struct talk talk;
	forger.port_count = 0;
	for (unsigned tries = 0; forger.port_count < count && tries < 500; tries++) {
		talk_open(&talk, &server);
		talk_ask(&talk, RRQ, STRINGS("file", "octet"));
		talk_expect_data(&talk, 1, 512);
		unsigned i = 0;
		while (i < forger.port_count && !udp_equal(&forger.ports[i], &talk.tid))
			i++;
		if (i == forger.port_count)
			forger.ports[forger.port_count++] = talk.tid;
		talk_error(&talk, 0, "enough");
		talk_close(&talk);
	}
	ck_assert_uint_eq(forger.port_count, count);
}

static const char plain[] = "\0\1file\0octet";
static const char large[] = "\0\1file\0octet\0blksize\0"
			    "65464\0windowsize\0"
			    "64";
static const char usual[] = "\0\1file\0octet\0blksize\0"
			    "1428\0windowsize\0"
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
static void read_often(void)
{
	enum { TIMES = 500 };
	for (unsigned i = 0; i < TIMES; i++) {
		struct talk talk;
		talk_open(&talk, &server);
		talk_ask(&talk, RRQ, STRINGS("file", "octet"));
		talk_expect_data(&talk, 1, 512);
		talk_ack(&talk, 1);
		talk_expect_data(&talk, 2, 512);
		talk_error(&talk, 0, "enough");
		talk_close(&talk);
	}
	ck_assert_uint_eq(daemon_count(&server, "--request-rate"), 0);
	forger.sent = 1;
	end("who acknowledges");
}

START_TEST(who_acknowledges_is_not_limited)
{
	begin(STRINGS("--drain", "0", "--request-rate", "1"));
	read_often();
}
END_TEST

START_TEST(nor_is_he_on_a_single_port)
{
	begin(STRINGS("--drain", "0", "--request-rate", "1", "--single-port"));
	read_often();
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

/* The daemon has said that an address may be forged. */
static bool is_found_out;

/* An ACK every so often, for ever: as a client with this round trip. */
static uint64_t acknowledge_all(const char *what, unsigned step, uint64_t pause_us)
{
	forge_request(usual, sizeof usual);
	watch_first();
	for (unsigned i = 0; i < ACKS; i++) {
		forge_ack(i * step);
		watch(pause_us);
	}
	watch(1000000);
	is_found_out = daemon_count(&server, "forged") > 0;
	end(what);
	return forger.received;
}

/* A forger who by chance is not given the processor while he is put to the test passes it. */
#define CHANCES 3

static void acknowledge_windows(const char *what, uint64_t pause_us)
{
	uint64_t received = UINT64_MAX;
	for (int i = 0; i < CHANCES && (received > BLIND_BYTES_MAX || !is_found_out); i++) {
		begin(STRINGS("--drain", "0", "--single-port"));
		received = acknowledge_all(what, 64, pause_us);
	}
	ck_assert(is_found_out);
	ck_assert_uint_le(received, BLIND_BYTES_MAX);
}

START_TEST(blind_acks_on_a_single_port_are_found_out)
{
	acknowledge_windows("all ACKs on a single port, 5 ms apart", 5000);
}
END_TEST

START_TEST(slow_ones_as_well)
{
	acknowledge_windows("all ACKs on a single port, 50 ms apart", 50000);
}
END_TEST

/* Each restarts the window behind it, as after a loss. */
START_TEST(those_that_restart_the_window_are_slowed_down)
{
	begin(STRINGS("--drain", "0", "--single-port"));
	uint64_t received =
	    acknowledge_all("ACKs of single blocks on a single port, 20 ms apart", 1, 20000);
	ck_assert_uint_le(received, 1500000);
}
END_TEST

START_TEST(acks_to_every_port_are_found_out)
{
	uint64_t received = UINT64_MAX;
	for (int i = 0; i < CHANCES && (received > 2 * BLIND_BYTES_MAX || !is_found_out); i++) {
		begin(STRINGS("--drain", "0", "--endpoints", "16"));
		learn_ports(16);
		received = acknowledge_all("all ACKs to 16 ports, 5 ms apart", 64, 5000);
	}
	ck_assert(is_found_out);
	ck_assert_uint_le(received, 2 * BLIND_BYTES_MAX);
}
END_TEST

SUITE("e2e.blind", a_request_is_answered_three_times_at_most,
      a_request_with_options_yields_less_than_5_times_its_bytes,
      over_the_limit_answers_are_not_repeated_and_far_over_it_not_given, who_acknowledges_is_not_limited,
      nor_is_he_on_a_single_port, blind_words_on_a_single_port_lift_no_limit,
      a_blind_ack_of_the_oack_misses_its_port, a_blind_ack_of_the_oack_on_a_single_port_yields_little,
      blind_acks_on_a_single_port_are_found_out, slow_ones_as_well,
      those_that_restart_the_window_are_slowed_down, acks_to_every_port_are_found_out)

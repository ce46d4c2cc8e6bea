/* Who acknowledges forged requests without seeing what comes is found out. */
#include "e2e/forger.h"

#define ACKS 80

/* The latest that the test may come, one more window, and what is under way. */
#define BLIND_BYTES_MAX 400000u

static const char usual[] = "\0\1file\0octet\0blksize\0"
			    "1428\0windowsize\0"
			    "64";

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

SUITE("e2e.blind", blind_acks_on_a_single_port_are_found_out, slow_ones_as_well,
      those_that_restart_the_window_are_slowed_down, acks_to_every_port_are_found_out)

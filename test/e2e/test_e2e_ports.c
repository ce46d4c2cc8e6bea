/* The ports from which transfers are answered. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/talk.h"
#include "unit/suite.h"

static uint8_t content[3000];
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

/* The port from which a new client is answered. */
static unsigned find_server_port(const char *file)
{
	struct talk one;
	talk_open(&one, &server);
	talk_ask(&one, RRQ, STRINGS(file, "octet"));
	talk_expect_data(&one, 1, 0);
	unsigned port = udp_port(&one.tid);
	talk_ack(&one, 1);
	talk_close(&one);
	return port;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* How many different values there are. */
static unsigned count_different(int *values, unsigned count)
{
	unsigned different = 1;
	qsort(values, count, sizeof *values, compare);
	for (unsigned i = 1; i < count; i++)
		different += values[i] != values[i - 1];
	return different;
}

/* 1350-9, 1350-10, 8085-13 */
START_TEST(transfers_are_answered_from_many_ports_in_no_order)
{
	enum { SAMPLE = 200 };
	int ports[SAMPLE], steps[SAMPLE - 1];
	begin(NOTHING);
	for (int i = 0; i < SAMPLE; i++) {
		ports[i] = (int)find_server_port("empty");
		ck_assert_int_ne(ports[i], server.port);
		ck_assert_int_ge(ports[i], 1024);
		if (i > 0)
			steps[i - 1] = ports[i] - ports[i - 1];
	}
	/* Of 400 ports or more about 155 are hit, of 1024 about 182; in a sequence steps would be alike. */
	ck_assert_uint_ge(count_different(ports, SAMPLE), SAMPLE / 2);
	ck_assert_uint_ge(count_different(steps, SAMPLE - 1), SAMPLE / 2);
	end(SAMPLE, SAMPLE);
}
END_TEST

/* Downloads that run, and stay so until talks are closed. Without an interval as long as can be, who says nothing is given
 * up after seven seconds, and a full machine may take longer than that for what is done meanwhile. */
enum { BUSY = 8, CROWD = 320 };
static struct talk running[CROWD];
static unsigned running_count;

static void keep_busy(unsigned count)
{
	running_count = count;
	for (unsigned i = 0; i < count; i++) {
		talk_open(&running[i], &server);
		talk_ask(&running[i], RRQ, STRINGS("file", "octet", "timeout", "255"));
		talk_expect_oack(&running[i], STRINGS("timeout", "255"));
	}
}

static void close_busy(void)
{
	for (unsigned i = 0; i < running_count; i++) {
		talk_error(&running[i], 0, "enough");
		talk_close(&running[i]);
	}
}

static void end_busy(unsigned done)
{
	close_busy();
	end(done + running_count, done + running_count); /* a client that had enough is done */
}

START_TEST(when_many_run_a_network_is_answered_from_few_ports)
{
	enum { SAMPLE = 100 };
	int ports[SAMPLE];
	begin(NOTHING);
	keep_busy(BUSY);
	for (int i = 0; i < SAMPLE; i++)
		ports[i] = (int)find_server_port("empty");
	/* Twice as many, should the turn come to others just now. */
	ck_assert_uint_le(count_different(ports, SAMPLE), 16);
	ck_assert_uint_ge(count_different(ports, SAMPLE), 6);
	end_busy(SAMPLE);
}
END_TEST

START_TEST(a_crowd_has_a_port_for_32)
{
	enum { SAMPLE = 200 };
	int ports[SAMPLE];
	begin(NOTHING);
	keep_busy(CROWD);
	for (int i = 0; i < SAMPLE; i++)
		ports[i] = (int)find_server_port("empty");
	ck_assert_uint_ge(count_different(ports, SAMPLE), CROWD / 32);
	ck_assert_uint_le(count_different(ports, SAMPLE), 2 * (CROWD / 32 + 1));
	end_busy(SAMPLE);
}
END_TEST

/* What comes in fills buffers, so it is spread. */
START_TEST(when_many_run_uploads_still_come_to_many_ports)
{
	enum { SAMPLE = 60 };
	int ports[SAMPLE];
	char name[32];
	begin(STRINGS("--write"));
	keep_busy(BUSY);
	for (int i = 0; i < SAMPLE; i++) {
		struct talk one;
		snprintf(name, sizeof name, "new-%d", i);
		talk_open(&one, &server);
		talk_ask(&one, WRQ, STRINGS(name, "octet"));
		ck_assert(talk_next(&one, DEADLINE_MS));
		ck_assert_uint_eq(talk_op(&one), ACK);
		ports[i] = (int)udp_port(&one.tid);
		talk_error(&one, 0, "enough");
		talk_close(&one);
	}
	ck_assert_uint_ge(count_different(ports, SAMPLE), SAMPLE / 2);
	close_busy();
	talk_close(&talk);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
}
END_TEST

/* 1350-9: as PXE ROMs do that ask from one port for name after name. */
START_TEST(a_client_port_does_not_meet_the_same_port_soon_again)
{
	int ports[8];
	begin(NOTHING);
	keep_busy(BUSY);
	for (int i = 0; i < 8; i++) {
		talk_ask(&talk, RRQ, STRINGS("empty", "octet"));
		talk_expect_data(&talk, 1, 0);
		ports[i] = (int)udp_port(&talk.tid);
		talk_ack(&talk, 1);
		daemon_await_count(&server, "read done", (unsigned)i + 1);
	}
	ck_assert_uint_eq(count_different(ports, 8), 8);
	end_busy(8);
}
END_TEST

START_TEST(a_single_port_answers_everything)
{
	struct talk other;
	begin(STRINGS("--single-port"));
	talk_open(&other, &server);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "blksize", "1000"));
	talk_expect_oack(&talk, STRINGS("blksize", "1000"));
	ck_assert_uint_eq(udp_port(&talk.tid), server.port);
	talk_fetch(&other, STRINGS("file", "octet", "windowsize", "4"), content, sizeof content);
	ck_assert_uint_eq(udp_port(&other.tid), server.port);
	talk_ask(&other, RRQ, STRINGS("missing", "octet"));
	talk_expect_error(&other, 1);
	ck_assert_uint_eq(udp_port(&other.tid), server.port);
	for (unsigned block = 0; block < 3; block++) {
		talk_ack(&talk, block);
		talk_expect_data(&talk, block + 1, 1000);
	}
	talk_ack(&talk, 3);
	talk_expect_data(&talk, 4, 0);
	talk_ack(&talk, 4);
	talk_close(&other);
	end(3, 2);
}
END_TEST

/* The first of this many ports in a row that nobody has; below those the system gives to others. */
static unsigned find_free_ports(unsigned count)
{
	unsigned first = 20000 + (unsigned)getpid() % 10000, found = 0;
	for (unsigned port = first; port < 32000; port++) {
		union udp_addr addr;
		udp_address(&addr, "127.0.0.1", (uint16_t)port);
		int fd = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_ge(fd, 0);
		found = bind(fd, &addr.sa, sizeof addr.in4) == 0 ? found + 1 : 0;
		close(fd);
		if (found == count)
			return port - count + 1;
	}
	return 0;
}

static void stay_in_range(unsigned width, const char *workers)
{
	enum { SAMPLE = 60 };
	bool is_used[16] = {false};
	unsigned low = find_free_ports(width), used = 0;
	char range[32];
	if (low == 0)
		NOT_HERE("all ports are taken");
	snprintf(range, sizeof range, "%u-%u", low, low + width - 1);
	begin(STRINGS("--port-range", range, "--workers", workers));
	for (int i = 0; i < SAMPLE; i++) {
		unsigned port = find_server_port("empty");
		ck_assert_uint_ge(port, low);
		ck_assert_uint_lt(port, low + width);
		used += !is_used[port - low];
		is_used[port - low] = true;
	}
	ck_assert_uint_ge(used, (width + 1) / 2);
	end(SAMPLE, SAMPLE);
}

START_TEST(a_port_range_is_obeyed)
{
	stay_in_range(8, "1");
}
END_TEST

START_TEST(a_port_range_is_shared_by_workers)
{
	stay_in_range(16, "3");
}
END_TEST

START_TEST(a_port_range_of_one_port_serves)
{
	stay_in_range(1, "2");
}
END_TEST

/* More than the receive buffer holds, while the daemon cannot read. */
START_TEST(what_the_kernel_drops_is_logged)
{
	enum { MANY = 300 };
	union udp_addr listener;
	int status;
	if (!E2E_HAS_FREEBIND)
		NOT_HERE("the system does not say what it drops");
	begin(STRINGS("--socket-buffer", "4096"));
	udp_address(&listener, "127.0.0.1", server.port);
	daemon_signal(&server, SIGSTOP);
	/* The signal is only on its way until then. */
	ck_assert_int_eq(waitpid(server.pid, &status, WUNTRACED), server.pid);
	ck_assert(WIFSTOPPED(status));
	for (int i = 0; i < MANY; i++)
		udp_send(talk.fd, &listener, "?", 1);
	daemon_signal(&server, SIGCONT);
	const char *line = daemon_await(&server, "the kernel dropped ");
	ck_assert_uint_gt(strtoul(strstr(line, "dropped ") + strlen("dropped "), NULL, 10), MANY / 2);
	end(0, 0);
}
END_TEST

SUITE("e2e.ports", what_the_kernel_drops_is_logged, transfers_are_answered_from_many_ports_in_no_order,
      a_crowd_has_a_port_for_32, when_many_run_a_network_is_answered_from_few_ports,
      when_many_run_uploads_still_come_to_many_ports,
      a_client_port_does_not_meet_the_same_port_soon_again, a_single_port_answers_everything,
      a_port_range_is_obeyed, a_port_range_is_shared_by_workers, a_port_range_of_one_port_serves)

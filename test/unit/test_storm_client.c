/* One client of a storm against a server played by hand, step by step and without threads. */
#include "unit/suite.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "uvtftp/storm_worker.h"

#define PACKET(literal) literal, sizeof literal - 1
#define SECOND_NS       UINT64_C(1000000000)

static struct storm_options options;
static struct storm_target target;
static struct storm_bytes bytes;
static struct storm_plan plan;
static struct storm_shared shared;
static struct storm_worker worker;
static struct storm_client *client;
static char urls[64];
static int server, stranger;
static struct addr server_addr, client_addr;

static int open_server(struct addr *addr)
{
	struct addr any;
	socklen_t len = sizeof *addr;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(addr_parse(&any, "127.0.0.1:0", 0), 0);
	ck_assert_int_eq(bind(fd, &any.sa, addr_len(&any)), 0);
	ck_assert_int_eq(getsockname(fd, &addr->sa, &len), 0);
	return fd;
}

/* A client that has begun, of a server that has the text. */
static void begin(const char *text)
{
	struct addr stranger_addr;
	server = open_server(&server_addr);
	stranger = open_server(&stranger_addr);
	snprintf(urls, sizeof urls, "tftp://127.0.0.1:%u/f", addr_port(&server_addr));
	ck_assert_ptr_null(url_parse(&target.url, urls));
	target.server = server_addr;
	bytes = (struct storm_bytes){(const uint8_t *)text, text != NULL ? strlen(text) : 0, true};
	target.bytes = &bytes;
	options.clients = 1;
	options.repeat = options.repeat != 0 ? options.repeat : 1;
	options.retry_ms = 1000;
	options.tries = 3;
	storm_target_name(&target, options.is_upload);
	plan = (struct storm_plan){.options = &options, .targets = &target, .target_count = 1};
	ck_assert_ptr_null(storm_plan_settle(&plan));
	shared.plan = &plan;
	ck_assert_int_eq(storm_worker_init(&worker, &shared, 0), 0);
	ck_assert_int_eq(storm_poller_open(&worker.poller), 0);
	worker.unfinished = 1;
	client = &worker.clients[0];
	ck_assert_int_eq(storm_client_open(client), 0);
	storm_client_begin(client);
}

static void finish(void)
{
	storm_client_close(client);
	storm_poller_close(worker.poller);
	storm_worker_fini(&worker);
	close(server);
	close(stranger);
}

static bool is_waiting(int fd)
{
	struct pollfd slot = {.fd = fd, .events = POLLIN};
	return poll(&slot, 1, 0) == 1;
}

/* On loopback what was sent is there. */
static void expect(const char *wanted, size_t wanted_len)
{
	uint8_t room[2048];
	socklen_t len = sizeof client_addr;
	ck_assert_msg(is_waiting(server), "nothing was sent");
	ssize_t got = recvfrom(server, room, sizeof room, 0, &client_addr.sa, &len);
	ck_assert_int_eq(got, (ssize_t)wanted_len);
	ck_assert_mem_eq(room, wanted, wanted_len);
}

static void expect_silence(void)
{
	ck_assert_msg(!is_waiting(server), "something was sent");
}

static void say_from(int fd, const char *packet, size_t len)
{
	ck_assert_int_eq(sendto(fd, packet, len, 0, &client_addr.sa, addr_len(&client_addr)),
			 (ssize_t)len);
	storm_client_ready(client);
}

static void say(const char *packet, size_t len)
{
	say_from(server, packet, len);
}

static uint64_t completed(void)
{
	return count_get(&worker.tally.completed);
}

static uint64_t failed(enum storm_failure failure)
{
	ck_assert_uint_eq(count_get(&worker.tally.failed), worker.tally.failures[failure]);
	return worker.tally.failures[failure];
}

static const char request[] = "\0\1f\0octet";

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

/* As the clock would: nothing came until then. */
static void pass_time(void)
{
	worker.now_ns += SECOND_NS;
	ck_assert_uint_ne(client->deadline_ns, 0);
	ck_assert_uint_le(client->deadline_ns, worker.now_ns);
	storm_client_expire(client);
}

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

SUITE("storm_client", fetches_a_small_file, tells_other_bytes_and_ends_the_servers_transfer,
      tells_a_file_that_is_too_short_or_too_long, tells_a_block_that_is_too_long,
      keeps_the_servers_error, moves_windows_as_granted, refuses_an_oack_that_grants_more,
      asks_again_and_gives_up, acknowledges_again_after_silence, hears_no_strangers,
      hears_nothing_that_is_no_answer, repeats_the_last_ack_of_the_transfer_before,
      sends_a_file_in_windows, sends_a_file_to_a_server_without_options, stalls_when_it_has_an_answer,
      loses_the_same_packets_with_the_same_seed, takes_a_new_port_for_each_transfer_if_told)

/* One client of a storm, and a server played by hand, step by step and without threads. */
#ifndef UVTFTP_TEST_STORM_KIT_H
#define UVTFTP_TEST_STORM_KIT_H

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

static inline int open_server(struct addr *addr)
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
static inline void begin(const char *text)
{
	struct addr stranger_addr;
	server = open_server(&server_addr);
	stranger = open_server(&stranger_addr);
	snprintf(urls, sizeof urls, "tftp://127.0.0.1:%u/f", addr_port(&server_addr));
	ck_assert_ptr_null(url_parse(&target.url, urls));
	target.server = server_addr;
	bytes = (struct storm_bytes){
	    .at = (const uint8_t *)text, .len = text != NULL ? strlen(text) : 0, .is_mapped = true};
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

static inline void finish(void)
{
	storm_client_close(client);
	storm_poller_close(worker.poller);
	storm_worker_fini(&worker);
	close(server);
	close(stranger);
}

static inline bool is_waiting(int fd)
{
	struct pollfd slot = {.fd = fd, .events = POLLIN};
	return poll(&slot, 1, 0) == 1;
}

/* On loopback what was sent is there. */
static inline void expect(const char *wanted, size_t wanted_len)
{
	uint8_t room[2048];
	socklen_t len = sizeof client_addr;
	ck_assert_msg(is_waiting(server), "nothing was sent");
	ssize_t got = recvfrom(server, room, sizeof room, 0, &client_addr.sa, &len);
	ck_assert_int_eq(got, (ssize_t)wanted_len);
	ck_assert_mem_eq(room, wanted, wanted_len);
}

static inline void expect_silence(void)
{
	ck_assert_msg(!is_waiting(server), "something was sent");
}

static inline void say_from(int fd, const char *packet, size_t len)
{
	ck_assert_int_eq(sendto(fd, packet, len, 0, &client_addr.sa, addr_len(&client_addr)),
			 (ssize_t)len);
	storm_client_ready(client);
}

static inline void say(const char *packet, size_t len)
{
	say_from(server, packet, len);
}

static inline uint64_t completed(void)
{
	return count_get(&worker.tally.completed);
}

static inline uint64_t failed(enum storm_failure failure)
{
	ck_assert_uint_eq(count_get(&worker.tally.failed), worker.tally.failures[failure]);
	return worker.tally.failures[failure];
}

/* Of a read without options, but for the NUL that the array has anyhow. */
static const char request[] = "\0\1f\0octet";

/* As the clock would: nothing came until then. */
static inline void pass_time(void)
{
	worker.now_ns += SECOND_NS;
	ck_assert_uint_ne(client->deadline_ns, 0);
	ck_assert_uint_le(client->deadline_ns, worker.now_ns);
	storm_client_expire(client);
}

#endif

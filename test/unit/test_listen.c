/* From the addresses asked for to those the workers open, and what others can do in between. */
#include "unit/suite.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/server.h"

static struct server server;
static struct uvtftp_server_options options;
static struct uvtftp_error error;

static int prepare(const char *text)
{
	static const char *texts[1];
	memset(&server, 0, sizeof server);
	uvtftp_server_options_init(&options);
	texts[0] = text;
	options.listen = texts;
	options.listen_count = 1;
	return listen_prepare(&server, &options, &error);
}

static void finish(void)
{
	listen_release(&server);
	ck_assert_uint_eq(server.hold_count, 0);
	mem_free(server.addresses);
}

static bool has(int family, bool is_catch_all)
{
	for (size_t i = 0; i < server.listen_count; i++)
		if (server.listens[i].addr.sa.sa_family == family &&
		    server.listens[i].is_catch_all == is_catch_all)
			return true;
	return false;
}

/* Whether somebody else could take one of the addresses. */
static int steal(size_t i)
{
	struct addr addr = server.listens[i].addr;
	return endpoint_probe(&addr, false);
}

static void expect_held(const char *text)
{
	ck_assert_msg(prepare(text) == 0, "%s: %s", text, error.text);
	ck_assert_uint_ge(server.listen_count, 1);
	unsigned port = addr_port(&server.listens[0].addr);
	ck_assert_uint_ne(port, 0);
	for (size_t i = 0; i < server.listen_count; i++) {
		ck_assert_uint_eq(addr_port(&server.listens[i].addr), port);
		ck_assert_int_eq(steal(i), UV_EADDRINUSE);
		ck_assert(endpoint_is_here(&server.listens[i].addr)); /* a worker's socket */
	}
	listen_release(&server);
	for (size_t i = 0; i < server.listen_count; i++)
		ck_assert_int_eq(steal(i), 0);
	finish();
}

START_TEST(port_that_the_system_chose_is_nobody_elses_until_the_workers_have_it)
{
	expect_held("127.0.0.1:0");
	expect_held("0.0.0.0:0");
	expect_held(":0");
}
END_TEST

/* Requests may come there already, and nobody reads what a hold receives. */
START_TEST(port_that_was_asked_for_is_not_held)
{
	char text[ADDR_TEXT_MAX];
	ck_assert_int_eq(prepare("127.0.0.1:0"), 0);
	addr_format(&server.listens[0].addr, text);
	finish();
	ck_assert_int_eq(prepare(text), 0);
	ck_assert_uint_eq(server.hold_count, 0);
	finish();
}
END_TEST

START_TEST(wildcard_has_a_catch_all_and_the_addresses_of_the_machine)
{
	ck_assert_int_eq(prepare("0.0.0.0:0"), 0);
	ck_assert(has(AF_INET, true));
	ck_assert(has(AF_INET, false)); /* 127.0.0.1, at least */
	ck_assert(!has(AF_INET6, true));
	finish();
}
END_TEST

/* What the system chooses ports from. False: the network is not our own, or the system does not let us. */
static bool set_range(const char *range)
{
	const char *is_own = getenv("UVTFTP_OWN_NET");
	int fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
	bool is_set = fd >= 0 && is_own != NULL && strcmp(is_own, "yes") == 0 &&
		      write(fd, range, strlen(range)) == (ssize_t)strlen(range);
	if (fd >= 0)
		close(fd);
	return is_set;
}

START_TEST(another_port_is_tried_when_one_family_has_it_in_use)
{
	struct addr taken;
	addr_any(&taken, AF_INET6, 40000);
	if (!set_range("40000 40003")) {
		suite_skip("no network of our own");
		return;
	}
	int fd = endpoint_hold(&taken, false);
	for (int i = 0; fd >= 0 && i < 20; i++) {
		ck_assert_msg(prepare(":0") == 0, "%s", error.text);
		ck_assert(has(AF_INET, true) && has(AF_INET6, true));
		ck_assert_uint_ne(addr_port(&server.listens[0].addr), 40000);
		finish();
	}
	if (fd >= 0)
		close(fd);
	else
		suite_skip("no IPv6");
	ck_assert(set_range("32768 60999"));
}
END_TEST

SUITE("listen", port_that_the_system_chose_is_nobody_elses_until_the_workers_have_it,
      port_that_was_asked_for_is_not_held, wildcard_has_a_catch_all_and_the_addresses_of_the_machine,
      another_port_is_tried_when_one_family_has_it_in_use)

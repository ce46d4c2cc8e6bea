/* Answers come from the address that was asked. 8085-11 */
#include <string.h>
#include <unistd.h>

#include "e2e/own_net.h"
#include "e2e/talk.h"
#include "unit/suite.h"

static struct tree tree;
static struct daemon server;
static unsigned served;

static void begin(void)
{
	served = 0;
	tree_make(&tree);
	tree_write(&tree, "file", "content", 7);
}

static void end(void)
{
	daemon_stop(&server, served, served);
	tree_remove(&tree);
}

/* False: there is no such address here. */
static bool fetch_from(const char *host, bool is_single_port)
{
	struct talk talk;
	const char *from = strchr(host, ':') != NULL ? "::1" : "127.0.0.1";
	if (!talk_open_at(&talk, strncmp(host, "127.", 4) == 0 ? host : from, host, server.port))
		return false;
	talk_fetch(&talk, STRINGS("file", "octet", "blksize", "1024"), "content", 7);
	ck_assert_msg(udp_same_host(&talk.tid, &talk.asked), "%s did not answer itself", host);
	ck_assert_int_eq(udp_equal(&talk.tid, &talk.asked), is_single_port);
	talk_close(&talk);
	served++;
	return true;
}

static void ask_every_address(bool is_single_port)
{
	begin();
	daemon_start(&server,
		     STRINGS("--listen", ":0", tree.root, is_single_port ? "--single-port" : NULL));
	ck_assert(fetch_from("127.0.0.1", is_single_port));
	bool has_more = fetch_from("127.0.0.2", is_single_port);
	has_more &= fetch_from("127.1.2.3", is_single_port);
	has_more &= fetch_from("127.0.0.1", is_single_port);
	bool has_v6 = fetch_from("::1", is_single_port);
	/* A client on another address than it asks. */
	struct talk talk;
	if (has_more) {
		ck_assert(talk_open_at(&talk, "127.0.0.1", "127.0.0.2", server.port));
		talk_fetch(&talk, STRINGS("file", "octet"), "content", 7);
		talk_close(&talk);
		served++;
	}
	end();
	if (!has_more)
		NOT_HERE("127.0.0.2 is no address of this machine");
	if (!has_v6)
		NOT_HERE("no IPv6");
}

START_TEST(a_wildcard_answers_from_the_address_that_was_asked)
{
	ask_every_address(false);
}
END_TEST

START_TEST(a_wildcard_on_a_single_port_answers_from_the_address_that_was_asked)
{
	ask_every_address(true);
}
END_TEST

START_TEST(an_ipv6_wildcard_answers_ipv6_only)
{
	struct talk talk;
	begin();
	int fd = udp_open("::1");
	if (fd < 0) {
		tree_remove(&tree);
		NOT_HERE("no IPv6");
	}
	close(fd);
	daemon_start(&server, STRINGS("--listen", "[::]:0", "--workers", "1", tree.root));
	ck_assert(fetch_from("::1", false));
	talk_open(&talk, &server);
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	ck_assert(fetch_from("::1", false));
	ck_assert(!talk_next(&talk, 0));
	talk_close(&talk);
	end();
}
END_TEST

START_TEST(an_address_alone_answers_alone)
{
	struct talk talk;
	begin();
	daemon_start(&server, STRINGS("--listen", "127.0.0.1:0", "--workers", "1", tree.root));
	if (!talk_open_at(&talk, "127.0.0.2", "127.0.0.2", server.port)) {
		end();
		NOT_HERE("127.0.0.2 is no address of this machine");
	}
	talk_ask(&talk, RRQ, STRINGS("file", "octet"));
	ck_assert(fetch_from("127.0.0.1", false));
	ck_assert(!udp_receive(talk.fd, &talk.in, 0));
	talk_close(&talk);
	end();
}
END_TEST

START_TEST(several_addresses_are_listened_on)
{
	begin();
	daemon_start(&server, STRINGS("--listen", "127.0.0.1:0", "-l", "127.0.0.1:0",
				      "--listen=127.0.0.1:0", "--workers", "2", tree.root));
	uint16_t ports[3];
	for (unsigned nth = 0; nth < 3; nth++) {
		server.port = ports[nth] = daemon_port(&server, nth);
		ck_assert(fetch_from("127.0.0.1", false));
	}
	ck_assert_uint_ne(ports[0], ports[1]);
	ck_assert_uint_ne(ports[1], ports[2]);
	ck_assert_uint_ne(ports[0], ports[2]);
	end();
}
END_TEST

/* 1123-6 */
static void ask_a_broadcast_address(const char *broadcast, bool is_single_port)
{
	static const char request[] = "\0\1file\0octet";
	union udp_addr everybody;
	struct talk talk;
	begin();
	daemon_start(&server, STRINGS("--listen", ":0", "--workers", "1", tree.root,
				      is_single_port ? "--single-port" : NULL));
	talk_open(&talk, &server);
	udp_address(&everybody, broadcast, server.port);
	bool is_sent = udp_try_send(talk.fd, &everybody, request, sizeof request);
	/* Were it served, these would be behind it. */
	ck_assert(fetch_from("127.0.0.1", is_single_port));
	fetch_from("127.0.0.2", is_single_port);
	talk_expect_silence(&talk);
	talk_close(&talk);
	end();
	if (!is_sent)
		NOT_HERE("the loopback has no broadcast address");
}

START_TEST(a_request_to_a_broadcast_address_is_ignored)
{
	ask_a_broadcast_address("127.255.255.255", false);
}
END_TEST

START_TEST(a_request_to_a_broadcast_address_is_ignored_on_a_single_port)
{
	ask_a_broadcast_address("127.255.255.255", true);
}
END_TEST

static void ask_a_new_address(bool is_single_port)
{
	if (!own_net_enter())
		NOT_HERE("no network of one's own");
	begin();
	daemon_start(&server,
		     STRINGS("--listen", ":0", tree.root, is_single_port ? "--single-port" : NULL));
	ck_assert(fetch_from("127.0.0.1", is_single_port));
	if (!own_net_add("10.99.0.1") || !own_net_add("10.99.0.2")) {
		end();
		NOT_HERE("the loopback takes no more addresses");
	}
	for (int i = 0; i < 3; i++) {
		ck_assert(fetch_from("10.99.0.1", is_single_port));
		ck_assert(fetch_from("10.99.0.2", is_single_port));
	}
	ck_assert(fetch_from("127.0.0.1", is_single_port));
	end();
}

START_TEST(an_address_added_later_answers_from_itself)
{
	ask_a_new_address(false);
}
END_TEST

START_TEST(an_address_added_later_answers_from_itself_on_a_single_port)
{
	ask_a_new_address(true);
}
END_TEST

/* A floating address may come after the daemon. */
START_TEST(an_address_may_be_listened_on_before_it_exists)
{
	if (!E2E_HAS_FREEBIND)
		NOT_HERE("this build binds no address that is not there");
	if (!own_net_enter())
		NOT_HERE("no network of one's own");
	begin();
	daemon_start(&server, STRINGS("--listen", "10.99.0.1:0", tree.root));
	daemon_await(&server, "10.99.0.1 is not an address of this machine now");
	if (!own_net_add("10.99.0.1")) {
		end();
		NOT_HERE("the loopback takes no more addresses");
	}
	ck_assert(fetch_from("10.99.0.1", false));
	end();
}
END_TEST

START_TEST(without_listen_it_is_port_69_in_both_families)
{
	if (geteuid() != 0 || !own_net_enter())
		NOT_HERE("no network of one's own in which port 69 may be had");
	begin();
	daemon_start(&server, STRINGS(tree.root));
	ck_assert_uint_eq(server.port, 69);
	ck_assert(fetch_from("127.0.0.1", false));
	fetch_from("::1", false);
	end();
}
END_TEST

SUITE("e2e.addresses", a_wildcard_answers_from_the_address_that_was_asked,
      a_wildcard_on_a_single_port_answers_from_the_address_that_was_asked,
      an_ipv6_wildcard_answers_ipv6_only, an_address_alone_answers_alone,
      several_addresses_are_listened_on, a_request_to_a_broadcast_address_is_ignored,
      a_request_to_a_broadcast_address_is_ignored_on_a_single_port,
      an_address_added_later_answers_from_itself,
      an_address_added_later_answers_from_itself_on_a_single_port,
      an_address_may_be_listened_on_before_it_exists, without_listen_it_is_port_69_in_both_families)

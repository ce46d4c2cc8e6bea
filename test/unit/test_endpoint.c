#include <errno.h>
#include <unistd.h>

#include "unit/net_messages.h"

static struct endpoint_options options_for(const char *text)
{
	return (struct endpoint_options){.local = rig_addr(text)};
}

static int open_with(struct endpoint *endpoint, const struct endpoint_options *options)
{
	return endpoint_open(endpoint, &rig.batch, options, rig_receive, NULL);
}

static struct addr absent_addr(void)
{
	return rig_addr("192.0.2.77:0"); /* documentation only, on no machine */
}

START_TEST(opening_tells_the_real_port)
{
	struct endpoint endpoint;
	struct endpoint_options options = options_for("127.0.0.1:0");
	rig_init(1);
	ck_assert_int_eq(open_with(&endpoint, &options), 0);
	ck_assert_uint_ne(addr_port(&endpoint.local), 0);
	ck_assert(addr_same_host(&endpoint.local, &options.local));
	ck_assert(!endpoint_is_blocked(&endpoint));
	rig_close(&endpoint);
	rig_fini();
}
END_TEST

START_TEST(an_address_is_one_endpoints_unless_all_share_it)
{
	struct endpoint first, second, third;
	struct endpoint_options options = options_for("127.0.0.1:0");
	rig_init(1);
	options.is_shared = true;
	ck_assert_int_eq(open_with(&first, &options), 0);
	options.local = first.local;
	ck_assert_int_eq(open_with(&second, &options), 0);
	ck_assert(addr_equal(&first.local, &second.local));
	options.is_shared = false;
	ck_assert_int_eq(open_with(&third, &options), UV_EADDRINUSE);
	rig_close(&first);
	rig_close(&second);
	rig_fini();
}
END_TEST

static int bind_with(const struct addr *local, int option)
{
	int on = 1, err = 0;
	int fd = socket(local->sa.sa_family, SOCK_DGRAM, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, option, &on, sizeof on), 0);
	if (bind(fd, &local->sa, addr_len(local)) != 0)
		err = errno;
	close(fd);
	return err;
}

START_TEST(other_processes_cannot_take_over_the_address)
{
	struct endpoint endpoint;
	struct endpoint_options options = options_for("127.0.0.1:0");
	rig_init(1);
	ck_assert_int_eq(open_with(&endpoint, &options), 0);
	ck_assert_int_eq(bind_with(&endpoint.local, SO_REUSEADDR), EADDRINUSE);
	ck_assert_int_eq(bind_with(&endpoint.local, SO_REUSEPORT), EADDRINUSE);
	rig_close(&endpoint);
	rig_fini();
}
END_TEST

START_TEST(a_socket_that_cannot_be_bound_leaves_nothing_behind)
{
	struct endpoint endpoint;
	struct endpoint_options options = {.local = absent_addr()};
	rig_init(1);
	int next = dup(0);
	close(next);
	ck_assert_int_eq(open_with(&endpoint, &options), UV_EADDRNOTAVAIL);
	options.local.sa.sa_family = 250;
	ck_assert_int_eq(open_with(&endpoint, &options), UV_EAFNOSUPPORT);
	int after = dup(0);
	close(after);
	ck_assert_int_eq(after, next);
	rig_fini();
}
END_TEST

START_TEST(an_absent_address_is_bound_where_the_system_can)
{
	struct endpoint endpoint;
	struct endpoint_options options = {.local = absent_addr(), .may_be_absent = true};
	rig_init(1);
	if (socket_spreads_requests()) { /* the Linux files */
		ck_assert_int_eq(open_with(&endpoint, &options), 0);
		rig_close(&endpoint);
	} else {
		ck_assert_int_eq(open_with(&endpoint, &options), UV_EADDRNOTAVAIL);
	}
	rig_fini();
}
END_TEST

START_TEST(a_probe_finds_taken_and_absent_addresses)
{
	struct endpoint endpoint;
	struct endpoint_options options = options_for("127.0.0.1:0");
	rig_init(1);
	options.is_shared = true;
	ck_assert_int_eq(open_with(&endpoint, &options), 0);
	struct addr taken = endpoint.local, absent = absent_addr();
	ck_assert_int_eq(endpoint_probe(&taken, false), UV_EADDRINUSE);
	ck_assert_int_eq(endpoint_probe(&absent, false), UV_EADDRNOTAVAIL);
	rig_close(&endpoint);
	ck_assert_int_eq(endpoint_probe(&taken, false), 0);
	rig_fini();
}
END_TEST

START_TEST(a_probe_chooses_a_free_port)
{
	struct addr local = rig_addr("127.0.0.1:0"), again;
	ck_assert_int_eq(endpoint_probe(&local, false), 0);
	ck_assert_uint_ne(addr_port(&local), 0);
	again = local;
	ck_assert_int_eq(endpoint_probe(&again, false), 0);
	ck_assert(addr_equal(&again, &local));
}
END_TEST

START_TEST(a_held_address_is_for_those_who_share_it)
{
	struct endpoint endpoint;
	struct endpoint_options options = options_for("127.0.0.1:0");
	struct addr held = options.local, absent = absent_addr(), again;
	rig_init(1);
	int fd = endpoint_hold(&held, false);
	ck_assert_int_ge(fd, 0);
	again = held;
	ck_assert_int_eq(endpoint_probe(&again, false), UV_EADDRINUSE);
	ck_assert_int_eq(endpoint_hold(&again, false), UV_EADDRINUSE);
	ck_assert(endpoint_is_here(&held));
	ck_assert(!endpoint_is_here(&absent));
	options.local = held;
	options.is_shared = true;
	ck_assert_int_eq(open_with(&endpoint, &options), 0);
	close(fd);
	ck_assert_int_eq(endpoint_probe(&again, false), UV_EADDRINUSE);
	rig_close(&endpoint);
	ck_assert_int_eq(endpoint_probe(&again, false), 0);
	rig_fini();
}
END_TEST

START_TEST(the_largest_datagram_is_received)
{
	struct endpoint from, to;
	rig_init(2);
	rig_open(&from, "127.0.0.1:0");
	rig_open(&to, "127.0.0.1:0");
	batch_queue(&rig.batch, rig_train(&from, &to.local, 5, 1, MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX));
	rig_wait(&rig.parcel_count, 1);
	rig_expect(0, 5, MESSAGE_BYTES_MAX);
	rig_close(&from);
	rig_close(&to);
	rig_fini();
}
END_TEST

static void pause_first(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data,
			size_t len)
{
	rig_receive(endpoint, peer, data, len);
	endpoint_pause(endpoint);
}

START_TEST(an_endpoint_paused_while_it_receives_only_sends)
{
	struct endpoint from, to;
	rig_init(8);
	rig_open(&from, "127.0.0.1:0");
	rig_open(&to, "127.0.0.1:0");
	to.on_datagram = pause_first;
	for (unsigned i = 0; i < 3; i++)
		rig_send(&from, &to.local, i);
	rig_wait(&rig.parcel_count, 1);
	rig_send(&to, &from.local, 9);
	rig_wait(&rig.parcel_count, 2);
	rig_turn();
	ck_assert_uint_eq(rig.parcel_count, 2);
	rig_expect(1, 9, 100);
	rig_close(&from);
	rig_close(&to);
	rig_fini();
}
END_TEST

START_TEST(the_receive_buffer_is_set_and_told)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_ge(socket_set_receive_buffer(fd, 65536), 65536);
	unsigned largest = socket_set_receive_buffer(fd, UINT32_MAX);
	ck_assert_uint_ge(largest, 65536);
	ck_assert_uint_le(socket_set_receive_buffer(fd, 65536), largest);
	close(fd);
	ck_assert_uint_eq(socket_set_receive_buffer(fd, 65536), 0);
}
END_TEST

START_TEST(the_route_says_what_fits_a_datagram)
{
	struct addr v4 = rig_addr("127.0.0.1:9"), odd = v4;
	odd.sa.sa_family = 250;
	errno = 0;
	if (socket_payload_max(&v4, &v4) == 0 && errno == ENOPROTOOPT)
		suite_skip("the width of a route: the system does not know IP_MTU"); /* qemu 7.2 */
	else if (socket_spreads_requests()) { /* the Linux files */
		ck_assert_uint_ge(socket_payload_max(&v4, &v4), 1472);
		ck_assert_uint_ge(socket_payload_max(NULL, &v4), 1472);
	}
	ck_assert_uint_le(socket_payload_max(&v4, &v4), MESSAGE_BYTES_MAX);
	ck_assert_uint_eq(socket_payload_max(&v4, &odd), 0);
}
END_TEST

SUITE("endpoint", opening_tells_the_real_port, an_address_is_one_endpoints_unless_all_share_it,
      other_processes_cannot_take_over_the_address, a_socket_that_cannot_be_bound_leaves_nothing_behind,
      an_absent_address_is_bound_where_the_system_can, a_probe_finds_taken_and_absent_addresses,
      a_probe_chooses_a_free_port, a_held_address_is_for_those_who_share_it,
      the_largest_datagram_is_received, an_endpoint_paused_while_it_receives_only_sends,
      the_receive_buffer_is_set_and_told, the_route_says_what_fits_a_datagram)

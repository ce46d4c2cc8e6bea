#include <string.h>

#include "net/addr.h"
#include "unit/suite.h"

static void expect_text(const char *input, uint16_t default_port, const char *output)
{
	struct addr addr;
	char text[ADDR_TEXT_MAX];
	ck_assert_msg(addr_parse(&addr, input, default_port) == 0, "refused: %s", input);
	addr_format(&addr, text);
	ck_assert_str_eq(text, output);
}

static struct addr parsed(const char *text)
{
	struct addr addr;
	ck_assert_msg(addr_parse(&addr, text, 69) == 0, "refused: %s", text);
	return addr;
}

START_TEST(parses_every_documented_form)
{
	expect_text("1.2.3.4:69", 0, "1.2.3.4:69");
	expect_text("1.2.3.4", 69, "1.2.3.4:69");
	expect_text("0.0.0.0:0", 69, "0.0.0.0:0");
	expect_text("255.255.255.255:65535", 69, "255.255.255.255:65535");
	expect_text("::1", 69, "[::1]:69");
	expect_text("[::1]", 69, "[::1]:69");
	expect_text("[::1]:1069", 69, "[::1]:1069");
	expect_text("2001:DB8:0:0:0:0:0:1", 7, "[2001:db8::1]:7");
	expect_text("::ffff:1.2.3.4", 7, "[::ffff:1.2.3.4]:7");
}
END_TEST

START_TEST(refuses_anything_else)
{
	static const char *const wrong[] = {"",
					    ":69",
					    "localhost",
					    "1.2.3",
					    "1.2.3.4:",
					    "1.2.3.4:65536",
					    "1.2.3.4:+1",
					    "1.2.3.4: 1",
					    "1.2.3.4:0x1",
					    "1.2.3.256",
					    "1.2.3.4 ",
					    "[1.2.3.4]:69",
					    "[::1",
					    "[::1]x",
					    "[::1]:",
					    "[::1]:69x",
					    "[]",
					    "[]:69",
					    "::1%1",
					    "fe80::1%",
					    "fe80::1%nothere",
					    "fe80::1%0",
					    "1.2.3.4%lo",
					    "[::1]:1:2",
					    "::1]:69",
					    "1.2.3.4:-1",
					    "::g",
					    "[fe80::1%0]:1"};
	struct addr addr = {.sa = {.sa_family = 77}};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(addr_parse(&addr, wrong[i], 69) == -1, "taken: %s", wrong[i]);
	ck_assert_int_eq(addr.sa.sa_family, 77);
}
END_TEST

START_TEST(refuses_text_longer_than_any_address)
{
	char text[300];
	struct addr addr;
	memset(text, '1', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	ck_assert_int_eq(addr_parse(&addr, text, 69), -1);
	memcpy(text, "1.2.3.4:0", 9);
	ck_assert_int_eq(addr_parse(&addr, text, 69), -1);
}
END_TEST

START_TEST(keeps_the_scope_of_link_local_addresses)
{
	struct addr addr = parsed("[fe80::1%1]:69");
	char text[ADDR_TEXT_MAX];
	ck_assert_uint_eq(addr.in6.sin6_scope_id, 1);
	ck_assert_uint_eq(parsed("fe80::1%4000000000").in6.sin6_scope_id, 4000000000U);
	addr_format_host(&addr, text);
	ck_assert_int_eq(strncmp(text, "fe80::1%", 8), 0);
	struct addr again = parsed(text);
	ck_assert(addr_equal(&addr, &again));
	addr.in6.sin6_scope_id = 4000000000U; /* no such interface: the number is shown */
	addr_format(&addr, text);
	ck_assert_str_eq(text, "[fe80::1%4000000000]:69");
}
END_TEST

START_TEST(formats_the_host_alone)
{
	struct addr v4 = parsed("10.0.0.1:1");
	struct addr v6 = parsed("[2001:db8::5]:1");
	char text[ADDR_TEXT_MAX];
	addr_format_host(&v4, text);
	ck_assert_str_eq(text, "10.0.0.1");
	addr_format_host(&v6, text);
	ck_assert_str_eq(text, "2001:db8::5");
}
END_TEST

START_TEST(tells_hosts_ports_and_scopes_apart)
{
	struct addr a = parsed("10.0.0.1:1"), b = parsed("10.0.0.1:2"), c = parsed("10.0.0.2:1");
	struct addr d = parsed("[::1]:1"), e = parsed("[fe80::1%1]:1"), f = parsed("[fe80::1%2]:1");
	ck_assert(addr_equal(&a, &a));
	ck_assert(!addr_equal(&a, &b) && addr_same_host(&a, &b));
	ck_assert(!addr_equal(&a, &c) && !addr_same_host(&a, &c));
	ck_assert(!addr_equal(&a, &d) && !addr_same_host(&a, &d));
	ck_assert(addr_equal(&d, &d));
	ck_assert(!addr_equal(&e, &f) && !addr_same_host(&e, &f));
	addr_set_port(&b, 1);
	ck_assert(addr_equal(&a, &b));
	addr_set_port(&d, 77);
	ck_assert_uint_eq(addr_port(&d), 77);
}
END_TEST

START_TEST(takes_ip_addresses_from_the_system_and_nothing_else)
{
	struct addr source = parsed("[2001:db8::1]:9"), addr;
	source.in6.sin6_flowinfo = 0x12345678;
	ck_assert(addr_from_sockaddr(&addr, &source.sa));
	ck_assert(addr_equal(&addr, &source));
	ck_assert_uint_eq(addr.in6.sin6_flowinfo, 0);
	ck_assert_uint_eq(addr_len(&addr), sizeof(struct sockaddr_in6));
	source = parsed("10.1.2.3:9");
	ck_assert(addr_from_sockaddr(&addr, &source.sa));
	ck_assert(addr_equal(&addr, &source));
	ck_assert_uint_eq(addr_len(&addr), sizeof(struct sockaddr_in));
	source.sa.sa_family = AF_UNIX;
	ck_assert(!addr_from_sockaddr(&addr, &source.sa));
	ck_assert(addr_equal(&addr, &addr));
}
END_TEST

START_TEST(knows_wildcards_groups_and_forged_sources)
{
	struct addr any4, any6;
	addr_any(&any4, AF_INET, 5);
	addr_any(&any6, AF_INET6, 5);
	struct addr host4 = parsed("10.0.0.1:5"), host6 = parsed("[2001:db8::1]:5");
	struct addr group4 = parsed("239.255.0.1:5"), group6 = parsed("[ff02::1%1]:5");
	struct addr first = parsed("224.0.0.0:5"), below = parsed("223.255.255.255:5");
	struct addr all = parsed("255.255.255.255:5"), reserved = parsed("240.0.0.1:5");
	ck_assert(addr_is_any(&any4) && addr_is_any(&any6));
	ck_assert(!addr_is_any(&host4) && !addr_is_any(&host6));
	ck_assert(addr_is_multicast(&group4) && addr_is_multicast(&group6) && addr_is_multicast(&first));
	ck_assert(addr_is_multicast(&all));
	ck_assert(!addr_is_multicast(&host4) && !addr_is_multicast(&host6));
	ck_assert(!addr_is_multicast(&below) && !addr_is_multicast(&reserved));
	ck_assert(addr_can_be_answered(&host4) && addr_can_be_answered(&host6));
	ck_assert(!addr_can_be_answered(&any4) && !addr_can_be_answered(&group6));
	addr_set_port(&host4, 0);
	ck_assert(!addr_can_be_answered(&host4));
}
END_TEST

static bool same_key(const struct addr *a, const struct addr *b)
{
	struct addr_key x, y;
	memset(&x, 0xaa, sizeof x);
	memset(&y, 0x55, sizeof y);
	addr_key(a, &x);
	addr_key(b, &y);
	return memcmp(&x, &y, sizeof x) == 0;
}

START_TEST(keys_differ_exactly_where_addresses_do)
{
	static const char *const all[] = {"10.0.0.1:1",  "10.0.0.1:2",         "10.0.0.2:1",
					  "[::1]:1",     "[::1]:256",          "[::a00:1]:1",
					  "[a00:1::]:1", "[fe80::1%1]:1",      "[fe80::1%2]:1",
					  "[fe80::1]:1", "[::ffff:10.0.0.1]:1"};
	const size_t count = sizeof all / sizeof all[0];
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct addr a = parsed(all[i]), b = parsed(all[j]);
			ck_assert_int_eq(same_key(&a, &b), i == j);
		}
	}
	struct addr a = parsed("[::1]:1"), b = parsed("[::1]:1"), c = parsed("10.0.0.1:1"), d = c;
	b.in6.sin6_flowinfo = 7;
	ck_assert(same_key(&a, &b));
	memset(d.in4.sin_zero, 7, sizeof d.in4.sin_zero);
	ck_assert(same_key(&c, &d));
}
END_TEST

START_TEST(a_host_is_sixteen_bytes_in_both_families)
{
	static const uint8_t v4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 7};
	struct addr addr;
	uint8_t bytes[16];
	ck_assert_int_eq(addr_parse(&addr, "192.0.2.7:69", 0), 0);
	addr_host_bytes(&addr, bytes);
	ck_assert_mem_eq(bytes, v4, sizeof v4);
	ck_assert_int_eq(addr_parse(&addr, "[2001:db8::7]:69", 0), 0);
	addr_host_bytes(&addr, bytes);
	ck_assert_mem_eq(bytes, v6, sizeof v6);
}
END_TEST

SUITE("addr", a_host_is_sixteen_bytes_in_both_families, parses_every_documented_form,
      refuses_anything_else, refuses_text_longer_than_any_address,
      keeps_the_scope_of_link_local_addresses, formats_the_host_alone,
      tells_hosts_ports_and_scopes_apart, takes_ip_addresses_from_the_system_and_nothing_else,
      knows_wildcards_groups_and_forged_sources, keys_differ_exactly_where_addresses_do)

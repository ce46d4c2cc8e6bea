/* What cannot be a neighbour is not one; a real table is the end-to-end tests' matter. */
#include "net/neighbour.h"
#include "unit/suite.h"

START_TEST(hosts_without_a_link_have_no_hardware_address)
{
	static const char *const hosts[] = {"192.0.2.123", "127.0.0.1", "2001:db8::123", "::1"};
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct addr addr;
		uint8_t mac[6];
		ck_assert_int_eq(addr_parse(&addr, hosts[i], 0), 0);
		ck_assert(!neighbour_find(&addr, mac));
	}
}
END_TEST

SUITE("neighbour", hosts_without_a_link_have_no_hardware_address)

#include "server/route.h"

#include "unit/suite.h"

START_TEST(a_block_leaves_room_for_every_header)
{
	ck_assert_uint_eq(route_payload_of_mtu(1500, false), 1472);
	ck_assert_uint_eq(route_payload_of_mtu(1500, true), 1452);
	ck_assert_uint_eq(route_block_of_payload(1472), 1468);
	ck_assert_uint_eq(route_block_of_payload(1452), 1448);
	ck_assert_uint_eq(route_block_of_payload(route_payload_of_mtu(9000, false)), 8968);
}
END_TEST

START_TEST(no_mtu_is_below_what_every_host_takes)
{
	ck_assert_uint_eq(route_payload_of_mtu(0, false), ROUTE_MTU_MIN - ROUTE_HEADERS_V4);
	ck_assert_uint_eq(route_payload_of_mtu(575, false), ROUTE_MTU_MIN - ROUTE_HEADERS_V4);
	ck_assert_uint_eq(route_payload_of_mtu(1279, true), ROUTE_MTU_MIN_V6 - ROUTE_HEADERS_V6);
}
END_TEST

START_TEST(a_block_is_never_smaller_than_rfc_2348_has_it)
{
	ck_assert_uint_eq(route_block_of_payload(0), 8);
	ck_assert_uint_eq(route_block_of_payload(12), 8);
	ck_assert_uint_eq(route_block_of_payload(13), 9);
}
END_TEST

SUITE("route", a_block_leaves_room_for_every_header, no_mtu_is_below_what_every_host_takes,
      a_block_is_never_smaller_than_rfc_2348_has_it)

#include "unit/suite.h"

#include <string.h>

#include "proto/option.h"

static const struct option_limits no_limits = {.blksize_max = OPTION_BLKSIZE_MAX,
					       .windowsize_max = OPTION_WINDOWSIZE_MAX};

/* Pairs in the text form "name=value name=value ...". */
static struct packet packet_of(const char *pairs)
{
	struct packet packet = {.op = PACKET_OACK};
	while (*pairs != '\0') {
		struct packet_pair *pair = &packet.pairs[packet.pair_count++];
		pair->name = (struct text){pairs, strcspn(pairs, "=")};
		pairs += pair->name.len + 1;
		pair->value = (struct text){pairs, strcspn(pairs, " ")};
		pairs += pair->value.len;
		pairs += strspn(pairs, " ");
	}
	return packet;
}

static struct option_set set_of(const char *pairs)
{
	struct packet packet = packet_of(pairs);
	struct option_set set;
	option_read(&set, &packet);
	return set;
}

/* The set in the same text form. */
static const char *say(const struct option_set *set)
{
	static char said[256];
	struct bytes_out out;
	bytes_out_init(&out, said, sizeof said);
	option_write(&out, set);
	size_t len = bytes_out_len(&out);
	bool is_name = true;
	for (size_t i = 0; i < len; i++) {
		if (said[i] != '\0')
			continue;
		said[i] = is_name ? '=' : ' ';
		is_name = !is_name;
	}
	said[len > 0 ? len - 1 : 0] = '\0';
	return said;
}

static void assert_read(const char *pairs, const char *wanted)
{
	struct option_set set = set_of(pairs);
	ck_assert_str_eq(say(&set), wanted);
}

/* 2347-1, 2347-13 */
START_TEST(keeps_order_and_letter_case)
{
	assert_read("TSIZE=0 blkSize=1468 WindowSize=4 rollover=0 tImEoUt=5",
		    "TSIZE=0 blkSize=1468 WindowSize=4 rollover=0 tImEoUt=5");
	struct option_set set = set_of("timeout=5 BLKSIZE=8");
	ck_assert_str_eq(say(&set), "timeout=5 BLKSIZE=8");
	uint8_t room[64];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	option_write_oack(&out, &set);
	static const char wanted[] = "\0\6timeout\0"
				     "5\0BLKSIZE\0"
				     "8";
	ck_assert_uint_eq(bytes_out_len(&out), sizeof wanted);
	ck_assert_mem_eq(room, wanted, sizeof wanted);
}
END_TEST

/* 2347-3 */
START_TEST(takes_the_first_of_duplicates)
{
	assert_read("blksize=1024 BLKSIZE=512 tsize=0 tsize=7", "blksize=1024 tsize=0");
}
END_TEST

/* 2347-4, 2347-6 */
START_TEST(leaves_out_what_it_does_not_know)
{
	assert_read("multicast= msftwindow=31416 blksiz=512 blksizes=512 =1", "");
	assert_read("multicast= blksize=512", "blksize=512");
}
END_TEST

/* 2347-7 */
START_TEST(leaves_out_malformed_values)
{
	assert_read("blksize= timeout=-1 tsize=0x10 windowsize=4k rollover=+1", "");
	assert_read("tsize=18446744073709551616", "");
	assert_read("tsize=18446744073709551615", "tsize=18446744073709551615");
}
END_TEST

/* 2348-1, 2348-5 */
START_TEST(takes_blksize_from_8_to_65464)
{
	assert_read("blksize=7", "");
	assert_read("blksize=8", "blksize=8");
	assert_read("blksize=65464", "blksize=65464");
	assert_read("blksize=65465", "");
}
END_TEST

/* 7440-1 */
START_TEST(takes_windowsize_from_1_to_65535)
{
	assert_read("windowsize=0", "");
	assert_read("windowsize=1", "windowsize=1");
	assert_read("windowsize=65535", "windowsize=65535");
	assert_read("windowsize=65536", "");
}
END_TEST

/* 2349-1 */
START_TEST(takes_timeout_from_1_to_255)
{
	assert_read("timeout=0", "");
	assert_read("timeout=1", "timeout=1");
	assert_read("timeout=255", "timeout=255");
	assert_read("timeout=256", "");
}
END_TEST

START_TEST(takes_rollover_0_and_1)
{
	assert_read("rollover=0", "rollover=0");
	assert_read("rollover=1", "rollover=1");
	assert_read("rollover=2", "");
}
END_TEST

START_TEST(absent_options_have_their_defaults)
{
	struct option_set set = set_of("");
	ck_assert_uint_eq(set.count, 0);
	ck_assert_uint_eq(option_value(&set, OPTION_BLKSIZE), 512);
	ck_assert_uint_eq(option_value(&set, OPTION_WINDOWSIZE), 1);
	ck_assert_uint_eq(option_value(&set, OPTION_TIMEOUT), 0);
	ck_assert_uint_eq(option_value(&set, OPTION_TSIZE), 0);
	ck_assert_uint_eq(option_value(&set, OPTION_ROLLOVER), 0);
}
END_TEST

START_TEST(puts_changes_and_removes)
{
	struct option_set set = set_of("BLKSIZE=512 tsize=0 windowsize=4");
	option_put(&set, OPTION_BLKSIZE, 1024);
	option_put(&set, OPTION_TIMEOUT, 3);
	ck_assert_str_eq(say(&set), "BLKSIZE=1024 tsize=0 windowsize=4 timeout=3");
	option_remove(&set, OPTION_TSIZE);
	option_remove(&set, OPTION_ROLLOVER);
	ck_assert_str_eq(say(&set), "BLKSIZE=1024 windowsize=4 timeout=3");
	ck_assert(!option_has(&set, OPTION_TSIZE));
	option_remove(&set, OPTION_BLKSIZE);
	option_put(&set, OPTION_BLKSIZE, 8);
	ck_assert_str_eq(say(&set), "windowsize=4 timeout=3 blksize=8");
}
END_TEST

static void assert_limited(const char *pairs, struct option_limits limits, const char *wanted)
{
	struct option_set set = set_of(pairs);
	option_limit(&set, &limits);
	ck_assert_str_eq(say(&set), wanted);
}

/* 2348-2, 7440-2, 2347-5 */
START_TEST(limits_lower_and_never_raise_or_add)
{
	struct option_limits limits = {.blksize_max = 1428, .windowsize_max = 64};
	assert_limited("blksize=8192 windowsize=65535", limits, "blksize=1428 windowsize=64");
	assert_limited("blksize=512 windowsize=4", limits, "blksize=512 windowsize=4");
	assert_limited("blksize=1428 windowsize=64", limits, "blksize=1428 windowsize=64");
	assert_limited("timeout=255 tsize=99999 rollover=1", limits,
		       "timeout=255 tsize=99999 rollover=1");
	assert_limited("", limits, "");
}
END_TEST

/* 7440-14 */
START_TEST(window_stays_below_the_period_of_the_block_numbers)
{
	assert_limited("windowsize=65535 rollover=1", no_limits, "windowsize=65534 rollover=1");
	assert_limited("windowsize=65535 rollover=0", no_limits, "windowsize=65535 rollover=0");
	assert_limited("windowsize=65535", no_limits, "windowsize=65535");
}
END_TEST

/* 2347-6: a client that chokes on an option is never granted it. */
START_TEST(refused_options_are_left_out)
{
	struct option_limits limits = no_limits;
	limits.refused = 1u << OPTION_WINDOWSIZE | 1u << OPTION_TSIZE;
	assert_limited("tsize=0 blksize=1428 windowsize=4", limits, "blksize=1428");
	assert_limited("timeout=1", limits, "timeout=1");
}
END_TEST

START_TEST(a_window_is_bounded_in_bytes_but_holds_one_block)
{
	struct option_limits limits = no_limits;
	limits.window_bytes_max = 10000;
	assert_limited("blksize=1000 windowsize=64", limits, "blksize=1000 windowsize=10");
	assert_limited("windowsize=64", limits, "windowsize=19");
	assert_limited("windowsize=4", limits, "windowsize=4");
	assert_limited("blksize=65464 windowsize=64", limits, "blksize=65464 windowsize=1");
}
END_TEST

START_TEST(rollover_is_the_negotiated_one_or_the_default)
{
	struct option_limits limits = no_limits;
	struct option_set none = set_of("windowsize=65535"), zero = set_of("rollover=0");
	ck_assert_uint_eq(option_rollover(&none, 0), 0);
	ck_assert_uint_eq(option_rollover(&none, 1), 1);
	ck_assert_uint_eq(option_rollover(&zero, 1), 0);
	limits.rollover = 1;
	assert_limited("windowsize=65535", limits, "windowsize=65534");
}
END_TEST

static void assert_accepted(const char *asked, const char *oack, const char *wanted)
{
	struct option_set set = set_of(asked), granted;
	struct packet packet = packet_of(oack);
	ck_assert_ptr_null(option_accept(&granted, &set, &packet));
	ck_assert_str_eq(say(&granted), wanted);
}

static void assert_not_accepted(const char *asked, const char *oack)
{
	struct option_set set = set_of(asked), granted;
	struct packet packet = packet_of(oack);
	ck_assert_msg(option_accept(&granted, &set, &packet) != NULL, "%s for %s", oack, asked);
}

/* 2347-8, 2348-2, 2349-1, 2349-3, 7440-3 */
START_TEST(accepts_what_a_server_may_grant)
{
	assert_accepted("blksize=1468 tsize=0 windowsize=4", "tsize=123456789012 BLKSIZE=1024",
			"tsize=123456789012 blksize=1024");
	assert_accepted("windowsize=16 timeout=5 rollover=1", "windowsize=16 timeout=5 rollover=1",
			"windowsize=16 timeout=5 rollover=1");
	assert_accepted("windowsize=16", "windowsize=1", "windowsize=1");
	assert_accepted("blksize=512", "", "");
	assert_accepted("", "", "");
}
END_TEST

/* 2347-5, 2348-2, 2348-4, 2349-1, 7440-3 */
START_TEST(accepts_nothing_that_was_not_asked)
{
	assert_not_accepted("blksize=1468", "blksize=1469");
	assert_not_accepted("windowsize=4", "windowsize=5");
	assert_not_accepted("timeout=5", "timeout=4");
	assert_not_accepted("timeout=5", "timeout=6");
	assert_not_accepted("rollover=0", "rollover=1");
	assert_not_accepted("blksize=1468", "blksize=1024 tsize=5");
	assert_not_accepted("blksize=1468", "multicast=");
	assert_not_accepted("blksize=1468", "blksize=7");
	assert_not_accepted("blksize=1468", "blksize=many");
	assert_not_accepted("tsize=0", "tsize=");
}
END_TEST

START_TEST(writes_nothing_into_too_little_room)
{
	struct option_set set = set_of("blksize=1468");
	uint8_t room[14];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	option_write_oack(&out, &set);
	ck_assert_uint_eq(bytes_out_len(&out), 0);
}
END_TEST

START_TEST(names_every_option)
{
	ck_assert_str_eq(option_name(OPTION_BLKSIZE), "blksize");
	ck_assert_str_eq(option_name(OPTION_TIMEOUT), "timeout");
	ck_assert_str_eq(option_name(OPTION_TSIZE), "tsize");
	ck_assert_str_eq(option_name(OPTION_WINDOWSIZE), "windowsize");
	ck_assert_str_eq(option_name(OPTION_ROLLOVER), "rollover");
}
END_TEST

SUITE("option", keeps_order_and_letter_case, takes_the_first_of_duplicates,
      leaves_out_what_it_does_not_know, leaves_out_malformed_values, takes_blksize_from_8_to_65464,
      takes_windowsize_from_1_to_65535, takes_timeout_from_1_to_255, takes_rollover_0_and_1,
      absent_options_have_their_defaults, puts_changes_and_removes, limits_lower_and_never_raise_or_add,
      window_stays_below_the_period_of_the_block_numbers, refused_options_are_left_out,
      a_window_is_bounded_in_bytes_but_holds_one_block, rollover_is_the_negotiated_one_or_the_default,
      accepts_what_a_server_may_grant, accepts_nothing_that_was_not_asked,
      writes_nothing_into_too_little_room, names_every_option)

#include "server/ledger.h"

#include "base/mem.h"
#include "unit/suite.h"

#define S    UINT64_C(1000000)
#define RATE 100

static const uint64_t key[2] = {3, 4};
static struct ledger ledger;

static struct ledger_client *hold(const char *text)
{
	struct addr addr;
	ck_assert_int_eq(addr_parse(&addr, text, 1), 0);
	return ledger_hold(&ledger, &addr);
}

static void begin(size_t held_max, uint32_t rate)
{
	ck_assert_int_eq(ledger_init(&ledger, held_max, rate, key), 0);
}

START_TEST(a_client_is_its_host_and_a_network_its_prefix)
{
	static const char *const ours[] = {"192.0.2.1:1000", "2001:db8:0:100::1", "fe80::1%1"};
	static const char *const same[] = {"192.0.2.1:2", "[2001:db8:0:100::1]:9", "[fe80::1%1]:3"};
	static const char *const near[] = {"192.0.2.255", "2001:db8:0:1ff::", "fe80::2%1"};
	static const char *const far[] = {"192.0.3.1", "2001:db8:0:200::1", "fe80::1%2"};
	begin(8, RATE);
	for (size_t i = 0; i < 3; i++) {
		struct ledger_client *one = hold(ours[i]), *again = hold(same[i]);
		struct ledger_client *neighbour = hold(near[i]), *other = hold(far[i]);
		ck_assert_ptr_eq(one, again);
		ck_assert_ptr_ne(one, neighbour);
		ck_assert_ptr_eq(one->prefix, neighbour->prefix);
		ck_assert_ptr_ne(one->prefix, other->prefix);
		ledger_drop(&ledger, one);
		ledger_drop(&ledger, again);
		ledger_drop(&ledger, neighbour);
		ledger_drop(&ledger, other);
	}
	ledger_drop(&ledger, NULL);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(what_is_held_stays_and_of_the_rest_the_oldest_goes)
{
	struct addr addr;
	struct ledger_client *held[2];
	begin(2, RATE);
	addr_parse(&addr, "10.0.0.1", 1);
	held[0] = ledger_hold(&ledger, &addr);
	held[0]->window_max = 7;
	addr_parse(&addr, "10.1.0.1", 1);
	held[1] = ledger_hold(&ledger, &addr);
	held[1]->window_max = 8;
	ledger_drop(&ledger, held[1]);
	for (uint32_t i = 0; i < LEDGER_SPARE; i++) {
		addr.in4.sin_addr.s_addr = htonl(0x0b000000u + i * 256);
		ledger_drop(&ledger, ledger_hold(&ledger, &addr));
	}
	ck_assert_uint_eq(ledger.clients.items.used, LEDGER_SPARE + 2);
	ck_assert_uint_eq(hold("10.1.0.1")->window_max, 8);
	/* Now the first of the others gave its place to one more. */
	ledger_drop(&ledger, hold("10.2.0.1"));
	ck_assert_uint_eq(ledger.clients.items.used, LEDGER_SPARE + 2);
	ck_assert_uint_eq(ledger.clients.by_key.count, LEDGER_SPARE + 2);
	ck_assert_uint_eq(hold("10.0.0.1")->window_max, 7);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(more_than_can_be_held_is_said)
{
	struct addr addr;
	begin(0, RATE);
	addr_parse(&addr, "10.0.0.1", 1);
	for (uint32_t i = 0; i < LEDGER_SPARE; i++) {
		addr.in4.sin_addr.s_addr = htonl(0x0b000000u + i);
		ck_assert_ptr_nonnull(ledger_hold(&ledger, &addr));
	}
	ck_assert_ptr_null(hold("10.0.0.1"));
	ledger_fini(&ledger);
}
END_TEST

START_TEST(unacknowledged_requests_of_a_network_are_limited)
{
	unsigned counts[3] = {0};
	begin(8, RATE);
	struct ledger_client *one = hold("10.0.0.1"), *two = hold("10.0.0.2");
	struct ledger_client *other = hold("10.0.1.1");
	for (unsigned i = 0; i < RATE * LEDGER_BURST_S + 1000; i++)
		counts[ledger_answer(&ledger, i % 2 == 0 ? one : two, 9 * S)]++;
	ck_assert_uint_eq(counts[LEDGER_FINE], RATE);
	ck_assert_uint_eq(counts[LEDGER_SPARE_IT], RATE * (LEDGER_BURST_S - 1));
	ck_assert_uint_eq(counts[LEDGER_TOO_MANY], 1000);
	ck_assert(ledger_is_over(&ledger, one, 9 * S));
	ck_assert(!ledger_is_over(&ledger, other, 9 * S));
	ck_assert_int_eq(ledger_answer(&ledger, other, 9 * S), LEDGER_FINE);
	/* So many more in a second, and no more. */
	for (unsigned i = 0; i < RATE; i++)
		ck_assert_int_eq(ledger_answer(&ledger, one, 10 * S), LEDGER_SPARE_IT);
	ck_assert_int_eq(ledger_answer(&ledger, one, 10 * S), LEDGER_TOO_MANY);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(acknowledged_ones_are_not)
{
	begin(8, RATE);
	struct ledger_client *client = hold("10.0.0.1");
	for (unsigned i = 0; i < 100000; i++) {
		ck_assert_int_eq(ledger_answer(&ledger, client, S), LEDGER_FINE);
		ledger_acknowledged(client, 1);
	}
	ledger.request_rate = 0;
	for (unsigned i = 0; i < 100000; i++)
		ck_assert_int_eq(ledger_answer(&ledger, client, S), LEDGER_FINE);
	ck_assert(!ledger_is_over(&ledger, client, S));
	ledger_fini(&ledger);
}
END_TEST

/* 20,000 machines of one network, all at once, each answered before the first is heard. */
/* On a single port even an ERROR or ACK may be forged. */
START_TEST(those_acknowledged_by_who_may_be_blind_count_when_it_is_trusted)
{
	begin(8, RATE);
	struct ledger_client *client = hold("10.0.0.1");
	for (unsigned i = 0; i < RATE + 1; i++) {
		ledger_answer(&ledger, client, S);
		ledger_doubt(client, 1);
	}
	ck_assert(ledger_is_over(&ledger, client, S));
	ledger_trust(client, S);
	ck_assert(!ledger_is_over(&ledger, client, S));
	ck_assert_uint_eq(leak_level(&client->prefix->requests, RATE, S), 0);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(a_rack_that_is_switched_on_is_served_at_the_default)
{
	begin(8, 1000);
	struct ledger_client *client = hold("10.0.0.1");
	for (unsigned i = 0; i < 20000; i++)
		ck_assert_int_ne(ledger_answer(&ledger, client, S), LEDGER_TOO_MANY);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(bytes_nobody_confirms_crowd_a_network)
{
	begin(8, RATE);
	struct ledger_client *one = hold("10.0.0.1"), *two = hold("10.0.0.2");
	ledger_sent(one, LEDGER_BYTES_MAX, S);
	ck_assert(!ledger_is_crowded(two, S));
	ledger_sent(one, LEDGER_BYTES_PER_S, S);
	ck_assert(ledger_is_crowded(two, S));
	ck_assert(ledger_is_crowded(two, S + S / 2));
	ck_assert(!ledger_is_crowded(two, 2 * S));
	ledger_sent(one, 10 * LEDGER_BYTES_PER_S, 2 * S);
	ledger_trust(one, 2 * S);
	ck_assert(!ledger_is_crowded(two, 2 * S));
	ck_assert(ledger_is_trusted(one, 2 * S));
	ck_assert(!ledger_is_trusted(two, 2 * S));
	ck_assert(!ledger_is_trusted(one, 2 * S + LEDGER_TRUST_US));
	ledger_fini(&ledger);
}
END_TEST

START_TEST(many_strays_make_a_client_suspect)
{
	struct addr addr, stranger;
	begin(8, RATE);
	addr_parse(&addr, "10.0.0.1", 77);
	addr_parse(&stranger, "10.0.0.2", 77);
	struct ledger_client *client = ledger_hold(&ledger, &addr);
	for (unsigned i = 0; i < LEDGER_STRAYS_MAX; i++)
		ledger_stray(&ledger, &addr, S);
	ck_assert(!ledger_is_suspect(client, S));
	ledger_stray(&ledger, &addr, S);
	ck_assert(ledger_is_suspect(client, S));
	ck_assert(!ledger_is_suspect(client, 3 * S));
	/* Of strangers nothing is written down: they would push out those we know. */
	ledger_stray(&ledger, &stranger, S);
	ck_assert_uint_eq(ledger.clients.items.used, 1);
	ledger_drop(&ledger, client);
	ledger_stray(&ledger, &addr, S);
	ledger_fini(&ledger);
}
END_TEST

static void note(struct ledger_client *client, uint64_t sent, uint64_t resent, uint32_t window,
		 uint32_t blksize)
{
	struct ledger_losses losses = {sent, resent, window, blksize, false};
	ledger_note(client, &losses, S);
}

START_TEST(loss_shrinks_windows_first_then_blocks)
{
	begin(8, RATE);
	struct ledger_client *client = hold("10.0.0.1");
	for (uint32_t window = 64; window > 1; window /= 2) {
		note(client, 1000, 200, window, 1468);
		ck_assert_uint_eq(client->window_max, window / 2);
		ck_assert_uint_eq(client->blksize_max, 0);
	}
	static const uint32_t sizes[] = {8192, 1428, 714, 512, 512};
	for (unsigned i = 0; i + 1 < 5; i++) {
		note(client, 1000, 200, 1, sizes[i]);
		ck_assert_uint_eq(client->blksize_max, sizes[i + 1]);
		ck_assert_uint_eq(client->window_max, 1);
	}
	ledger_fini(&ledger);
}
END_TEST

START_TEST(little_loss_and_short_transfers_change_nothing)
{
	begin(8, RATE);
	struct ledger_client *client = hold("10.0.0.1");
	note(client, 1000, 99, 4, 1468);
	note(client, 40, 8, 4, 1468); /* two windows at most */
	note(client, 3, 2, 1, 1468);  /* not even that */
	ck_assert_uint_eq(client->window_max, 0);
	note(client, 1000, 100, 4, 1468);
	ck_assert_uint_eq(client->window_max, 2);
	note(client, LEDGER_CLEAN_BLOCKS - 1, 0, 2, 1468);
	note(client, 1000, 10, 2, 1468);
	ck_assert_uint_eq(client->window_max, 2);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(clean_transfers_and_time_ease_the_limits)
{
	begin(8, RATE);
	struct ledger_client *client = hold("10.0.0.1");
	note(client, 100, 50, 2, 1468);
	note(client, 100, 50, 1, 1468);
	ck_assert_uint_eq(client->blksize_max, LEDGER_BLKSIZE_SAFE);
	for (uint32_t blksize = LEDGER_BLKSIZE_SAFE; blksize < 65536; blksize *= 2) {
		ck_assert_uint_eq(client->blksize_max, blksize);
		note(client, 100, 0, 1, blksize);
	}
	ck_assert_uint_eq(client->blksize_max, 0);
	note(client, 100, 0, 1, 1468);
	ck_assert_uint_eq(client->window_max, 2);
	ledger_ease(client, S + 2 * LEDGER_EASE_US - 1);
	ck_assert_uint_eq(client->window_max, 4);
	ledger_ease(client, S + 100 * LEDGER_EASE_US);
	ck_assert_uint_eq(client->window_max, 0);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(a_black_hole_shrinks_blocks_at_once)
{
	struct ledger_losses hole = {4, 3, 4, 1468, true};
	begin(8, RATE);
	struct ledger_client *client = hold("10.0.0.1");
	ledger_note(client, &hole, S);
	ck_assert_uint_eq(client->blksize_max, LEDGER_BLKSIZE_SAFE);
	ck_assert_uint_eq(client->window_max, 0);
	ledger_fini(&ledger);
}
END_TEST

START_TEST(short_memory_is_said)
{
	for (long nth = 1; nth <= 4; nth++) {
		mem_fail_nth(nth);
		ck_assert_int_eq(ledger_init(&ledger, 8, RATE, key), -1);
		mem_fail_nth(0);
		ledger_fini(&ledger);
	}
}
END_TEST

SUITE("ledger", a_client_is_its_host_and_a_network_its_prefix,
      what_is_held_stays_and_of_the_rest_the_oldest_goes, more_than_can_be_held_is_said,
      unacknowledged_requests_of_a_network_are_limited, acknowledged_ones_are_not,
      those_acknowledged_by_who_may_be_blind_count_when_it_is_trusted,
      a_rack_that_is_switched_on_is_served_at_the_default, bytes_nobody_confirms_crowd_a_network,
      many_strays_make_a_client_suspect, loss_shrinks_windows_first_then_blocks,
      little_loss_and_short_transfers_change_nothing, clean_transfers_and_time_ease_the_limits,
      a_black_hole_shrinks_blocks_at_once, short_memory_is_said)

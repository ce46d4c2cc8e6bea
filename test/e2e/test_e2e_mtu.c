/* Blocks fit the route to the client. The client asks for the largest there is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/own_net.h"
#include "e2e/talk.h"
#include "unit/suite.h"

#define V4_OVERHEAD 32 /* IP 20, UDP 8, TFTP 4 */
#define V6_OVERHEAD 52

static uint8_t content[300000];
static struct tree tree;
static struct daemon server;

/* Packets that the kernel cut into fragments, both families; it counts for the network of this process. */
static unsigned long count_fragments(void)
{
	char line[1024], name[64];
	unsigned long count = 0, value;
	FILE *file = fopen("/proc/net/snmp6", "r");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "%63s %lu", name, &value) == 2 && strcmp(name, "Ip6FragCreates") == 0)
			count += value;
	if (file != NULL)
		fclose(file);
	file = fopen("/proc/net/snmp", "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
	ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
	fclose(file);
	/* "Ip:" and the values; FragCreates is the last of the nineteen. */
	char *at = strtok(line, " ");
	for (unsigned i = 0; i < 19; i++)
		ck_assert_ptr_nonnull(at = strtok(NULL, " "));
	return count + strtoul(at, NULL, 10);
}

/* Fetches the file from this address and demands this block size. */
static void expect_blksize(const char *host, uint16_t port, const char *asked, unsigned granted)
{
	struct talk talk;
	char text[16];
	ck_assert(talk_open_at(&talk, host, host, port));
	snprintf(text, sizeof text, "%u", granted);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "blksize", asked));
	talk_expect_oack(&talk, STRINGS("blksize", text));
	talk_ack(&talk, 0);
	unsigned last = sizeof content / granted + 1;
	for (unsigned block = 1; block <= last; block++) {
		talk_expect_data(&talk, block, block < last ? granted : sizeof content % granted);
		talk_ack(&talk, block);
	}
	daemon_await(&server, "read done");
	talk_close(&talk);
}

/* False: no network of one's own to be had. */
static bool begin(int mtu, const char *option, const char *value)
{
	if (!own_net_enter() || !own_net_set_mtu(mtu))
		return false;
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	daemon_start(&server, STRINGS("--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--workers", "1",
				      tree.root, option, value));
	return true;
}

static void end(unsigned done)
{
	daemon_stop(&server, done, done);
	tree_remove(&tree);
}

/* With the four bytes of TFTP's own header, which some servers forget. */
static void fit_route(int mtu)
{
	if (!E2E_KNOWS_ROUTES)
		NOT_HERE("the daemon cannot ask for routes");
	if (!begin(mtu, NULL, NULL))
		NOT_HERE("no network of its own");
	unsigned v4 = (unsigned)mtu - V4_OVERHEAD, v6 = (unsigned)mtu - V6_OVERHEAD;
	expect_blksize("127.0.0.1", daemon_port(&server, 0), "65464", v4);
	expect_blksize("::1", daemon_port(&server, 1), "65464", v6);
	expect_blksize("127.0.0.1", daemon_port(&server, 0), "1024", 1024);
	ck_assert_uint_eq(count_fragments(), 0);
	end(3);
}

START_TEST(blocks_fit_a_tunnel)
{
	fit_route(1400);
}
END_TEST

START_TEST(blocks_fit_ethernet)
{
	fit_route(1500);
}
END_TEST

START_TEST(blocks_fit_jumbo_frames)
{
	fit_route(9000);
}
END_TEST

START_TEST(the_loopback_takes_the_largest)
{
	if (!begin(65536, NULL, NULL))
		NOT_HERE("no network of its own");
	expect_blksize("127.0.0.1", daemon_port(&server, 0), "65464", 65464);
	end(1);
}
END_TEST

START_TEST(an_mtu_that_is_set_holds)
{
	if (!begin(65536, "--mtu", "1400"))
		NOT_HERE("no network of its own");
	expect_blksize("127.0.0.1", daemon_port(&server, 0), "65464", 1400 - V4_OVERHEAD);
	expect_blksize("::1", daemon_port(&server, 1), "65464", 1400 - V6_OVERHEAD);
	end(2);
}
END_TEST

START_TEST(an_mtu_no_host_may_have_is_not_believed)
{
	if (!begin(65536, "--mtu", "68"))
		NOT_HERE("no network of its own");
	expect_blksize("127.0.0.1", daemon_port(&server, 0), "65464", 576 - V4_OVERHEAD);
	expect_blksize("::1", daemon_port(&server, 1), "65464", 1280 - V6_OVERHEAD);
	end(2);
}
END_TEST

START_TEST(fragments_go_where_they_are_allowed)
{
	if (!begin(1400, "--allow-fragments", NULL))
		NOT_HERE("no network of its own");
	expect_blksize("127.0.0.1", daemon_port(&server, 0), "8192", 8192);
	ck_assert_uint_gt(count_fragments(), 0);
	end(1);
}
END_TEST

SUITE("e2e.mtu", blocks_fit_a_tunnel, blocks_fit_ethernet, blocks_fit_jumbo_frames,
      the_loopback_takes_the_largest, an_mtu_that_is_set_holds, an_mtu_no_host_may_have_is_not_believed,
      fragments_go_where_they_are_allowed)

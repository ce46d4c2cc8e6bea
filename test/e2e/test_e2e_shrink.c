/* A client that loses much is granted less the next time. */
#include <signal.h>
#include <string.h>

#include "e2e/talk.h"
#include "unit/suite.h"

static uint8_t content[10000];
static struct tree tree;
static struct daemon server;
static struct talk talk;

static void begin(const char *const *args)
{
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	daemon_serve(&server, &tree, args);
}

static void end(void)
{
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
}

/* Asks for this and demands that. */
static void ask(const char *option, const char *asked, const char *granted)
{
	talk_open(&talk, &server);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", option, asked));
	talk_expect_oack(&talk, STRINGS(option, granted));
}

static void leave(void)
{
	talk_error(&talk, 0, "enough");
	talk_close(&talk);
}

/* Of each window, all but the first block is lost. */
static void read_with_losses(const char *window, unsigned size)
{
	unsigned last = sizeof content / 512 + 1;
	ask("windowsize", window, window);
	for (unsigned block = 0; block < last; block++) {
		unsigned end = block + size < last ? block + size : last;
		talk_ack(&talk, block);
		talk_expect_data(&talk, end, end < last ? 512 : sizeof content % 512);
	}
	talk_ack(&talk, last);
	daemon_await(&server, "read done");
	talk_close(&talk);
}

START_TEST(a_lossy_transfer_halves_the_next_window)
{
	begin(NOTHING);
	read_with_losses("16", 16);
	ask("windowsize", "16", "8");
	leave();
	/* Only of who lost. */
	if (talk_open_at(&talk, "127.0.0.2", "127.0.0.1", server.port)) {
		talk_ask(&talk, RRQ, STRINGS("file", "octet", "windowsize", "16"));
		talk_expect_oack(&talk, STRINGS("windowsize", "16"));
		leave();
	}
	end();
}
END_TEST

/* A tunnel on the way swallows what is too large for it, in silence. */
START_TEST(blocks_that_never_arrive_are_smaller_the_next_time)
{
	/* Whatever round trip is measured on a busy machine, there is time for two repetitions. */
	begin(STRINGS("--give-up", "3"));
	talk_open(&talk, &server);
	talk_ask(&talk, RRQ, STRINGS("file", "octet", "blksize", "1468", "timeout", "1"));
	talk_expect_oack(&talk, STRINGS("blksize", "1468", "timeout", "1"));
	talk_ack(&talk, 0);
	daemon_await(&server, "read timeout");
	talk_close(&talk);
	ask("blksize", "1468", "1428");
	leave();
	end();
}
END_TEST

START_TEST(a_client_that_was_switched_off_has_lost_nothing)
{
	begin(STRINGS("--give-up", "1"));
	ask("windowsize", "8", "8");
	talk_ack(&talk, 0);
	talk_expect_data(&talk, 8, 512);
	talk_ack(&talk, 8);
	daemon_await(&server, "read timeout");
	talk_close(&talk);
	ask("windowsize", "8", "8");
	leave();
	end();
}
END_TEST

SUITE("e2e.shrink", a_lossy_transfer_halves_the_next_window,
      blocks_that_never_arrive_are_smaller_the_next_time,
      a_client_that_was_switched_off_has_lost_nothing)

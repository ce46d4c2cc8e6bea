/* SIGHUP: new settings come into force, wrong ones do not, and nobody's transfer is disturbed. */
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "e2e/upload.h"
#include "unit/suite.h"

static uint8_t content[20000];
static struct tree tree;
static struct daemon server;
static struct talk talk;
static char conf[TREE_PATH_MAX];

static void write_conf(const char *text)
{
	tree_write(&tree, "../conf", text, strlen(text));
}

/* False: the daemon was built without configuration files. */
static bool begin(const char *text)
{
	struct daemon_run run;
	tree_make(&tree);
	tree_fill(content, sizeof content);
	write_conf(text);
	daemon_run(&run, STRINGS("--config", tree_path(&tree, "../conf", conf), "--check-config"), NULL);
	if (strstr(run.err, "built without configuration files") != NULL) {
		tree_remove(&tree);
		return false;
	}
	daemon_serve(&server, &tree, STRINGS("--config", conf));
	talk_open(&talk, &server);
	return true;
}

#define BEGIN(text)                                                                                     \
	do {                                                                                            \
		if (!begin(text))                                                                       \
			NOT_HERE("built without configuration files");                                  \
	} while (0)

static void end(unsigned requests, unsigned done)
{
	talk_close(&talk);
	daemon_stop(&server, requests, done);
	tree_remove(&tree);
}

static void reload(const char *text, const char *answer)
{
	unsigned before = daemon_count(&server, answer);
	write_conf(text);
	daemon_signal(&server, SIGHUP);
	daemon_await_count(&server, answer, before + 1);
	/* The worker has heard of it, too. */
	talk_barrier(&talk.asked);
}

static void refuse(enum talk_op op, const char *name, const char *text)
{
	talk_ask(&talk, op, STRINGS(name, "octet"));
	talk_expect_error(&talk, 2);
	ck_assert_ptr_nonnull(strstr(talk_text(&talk), text));
}

START_TEST(new_rules_come_into_force)
{
	BEGIN("rule \"a\" { name = {\"one\"} action = \"deny\" reason = \"first rule\" }\n");
	tree_write(&tree, "one", content, 700);
	tree_write(&tree, "two", content + 1, 700);
	refuse(RRQ, "one", "first rule");
	talk_fetch(&talk, STRINGS("two", "octet"), content + 1, 700);
	reload("rule \"b\" { name = {\"two\"} action = \"deny\" reason = \"second rule\" }\n"
	       "write = \"create\"\n",
	       "settings reloaded from ");
	talk_fetch(&talk, STRINGS("one", "octet"), content, 700);
	refuse(RRQ, "two", "second rule");
	upload_whole(&talk, STRINGS("three", "octet"), content, 700);
	ck_assert(upload_is_there(&tree, "three", content, 700));
	daemon_await(&server, "rule=\"a\"");
	daemon_await(&server, "rule=\"b\"");
	reload("", "settings reloaded from ");
	refuse(WRQ, "four", "takes no uploads");
	end(6, 3);
}
END_TEST

START_TEST(a_wrong_file_changes_nothing_and_is_explained)
{
	char at[TREE_PATH_MAX + 64];
	BEGIN("write = \"create\"\nrule \"a\" { name = {\"one\"} action = \"deny\" }\n");
	tree_write(&tree, "one", content, 700);
	snprintf(at, sizeof at, "not reloaded, the settings stay as they were: %s:2: ", conf);
	reload("write = \"no\"\nwindowsise = 4\n", at);
	refuse(RRQ, "one", "not allowed");
	upload_whole(&talk, STRINGS("two", "octet"), content, 700);
	snprintf(at, sizeof at, "stay as they were: %s:3: ", conf);
	reload("\n\nmax-blksize = 7\n", at);
	snprintf(at, sizeof at, "stay as they were: %s:1: ", conf);
	reload("rule \"a\" { action = \"maybe\" }\n", at);
	refuse(RRQ, "one", "not allowed");
	reload("rule \"x\" {\n", "not reloaded");
	reload("rule \"x\" { directory = \"nowhere\" }\n", "not reloaded");
	reload("directory \"gone\" { path = \"/nonexistent/uvtftp\" }\n", "not reloaded");
	refuse(RRQ, "one", "not allowed");
	upload_whole(&talk, STRINGS("three", "octet"), content, 700);
	ck_assert_uint_eq(daemon_count(&server, "settings reloaded"), 0);
	reload("", "settings reloaded from ");
	talk_fetch(&talk, STRINGS("one", "octet"), content, 700);
	end(6, 3);
}
END_TEST

START_TEST(an_upload_keeps_the_settings_it_began_with)
{
	static struct upload upload;
	static struct talk other;
	BEGIN("write = \"create\"\n");
	upload_begin(&upload, &talk, STRINGS("file", "octet", "blksize", "1000"), content, 20000);
	upload_send(&upload, 1);
	upload_expect_ack(&talk, 1);
	/* Everything it lives from is gone. */
	for (int i = 0; i < 3; i++)
		reload("max-blksize = 512\nmax-upload = 1K\nrule \"none\" { action = \"deny\" }\n",
		       "settings reloaded");
	talk_open(&other, &server);
	talk_ask(&other, WRQ, STRINGS("file", "octet"));
	talk_expect_error(&other, 2);
	upload_finish(&upload, 2);
	ck_assert(upload_is_there(&tree, "file", content, 20000));
	talk_close(&other);
	end(2, 1);
}
END_TEST

enum {
	CLIENTS = 500,
	UPLOAD_EVERY = 4, /* the others download */
	BLOCKS = 20,
	LEN = (BLOCKS - 1) * 512 + 100
};

struct client {
	struct talk talk;
	struct upload upload;
	bool is_upload;
	unsigned stop; /* it holds still once it has this block, until the reload is done */
	unsigned done; /* blocks that are through */
};

static struct client clients[CLIENTS];

static void start_client(unsigned n)
{
	struct client *client = &clients[n];
	char name[16] = "file";
	client->is_upload = n % UPLOAD_EVERY == 0;
	client->stop = n % 2 == 0 ? 2 : BLOCKS - 1;
	talk_open(&client->talk, &server);
	if (client->is_upload)
		snprintf(name, sizeof name, "up%u", n);
	client->upload = (struct upload){.talk = &client->talk,
					 .bytes = client->is_upload ? content + n : content,
					 .len = LEN,
					 .blksize = 512,
					 .window = 1};
	talk_ask(&client->talk, client->is_upload ? WRQ : RRQ, STRINGS(name, "octet"));
}

static void answer(struct client *client)
{
	if (!client->is_upload)
		talk_ack(&client->talk, client->done);
	else if (client->done < BLOCKS)
		upload_send(&client->upload, client->done + 1);
}

static void check_block(const struct client *client)
{
	size_t offset = (size_t)(client->done - 1) * 512, left = LEN - offset;
	size_t piece = left < 512 ? left : 512;
	ck_assert_uint_eq(client->talk.in.len, 4 + piece);
	ck_assert(memcmp(client->talk.in.bytes + 4, content + offset, piece) == 0);
}

/* One packet. False: none was there. */
static bool step(struct client *client, bool is_open)
{
	if (!talk_next(&client->talk, 0))
		return false;
	unsigned op = talk_op(&client->talk), number = talk_number(&client->talk);
	if (op != (client->is_upload ? ACK : DATA))
		ck_abort_msg("opcode %u, number %u (%s) behind block %u", op, number,
			     op == ERROR ? talk_text(&client->talk) : "", client->done);
	bool is_first = client->is_upload && number == 0 && client->done == 0;
	if (number != client->done + 1 && !is_first)
		return true; /* a repetition */
	if (!is_first)
		client->done++;
	if (!client->is_upload)
		check_block(client);
	if (is_open || client->done < client->stop)
		answer(client);
	return true;
}

/* Goes on until all are where they stop; those who are there already do nothing. */
static void drive(bool is_open)
{
	static struct pollfd polls[CLIENTS];
	uint64_t until_us = udp_now_us() + 2ull * DEADLINE_MS * 1000;
	for (unsigned left = CLIENTS; left > 0;) {
		left = 0;
		for (unsigned n = 0; n < CLIENTS; n++) {
			struct client *client = &clients[n];
			bool is_there = client->done >= (is_open ? BLOCKS : client->stop);
			polls[n] =
			    (struct pollfd){.fd = is_there ? -1 : client->talk.fd, .events = POLLIN};
			left += !is_there;
		}
		ck_assert_msg(udp_now_us() < until_us, "%u clients do not get on", left);
		if (left > 0 && poll(polls, CLIENTS, 1000) > 0)
			for (unsigned n = 0; n < CLIENTS; n++)
				while (polls[n].revents != 0 && step(&clients[n], is_open))
					continue;
	}
}

static void start_all(void)
{
	/* A few at a time: the socket buffer of the listener takes no more on a slow machine. */
	for (unsigned n = 0; n < CLIENTS; n++) {
		start_client(n);
		if (n % 50 == 49)
			talk_barrier(&talk.asked);
	}
}

START_TEST(five_hundred_running_transfers_outlive_a_reload)
{
	BEGIN("write = \"create\"\n");
	tree_write(&tree, "file", content, LEN);
	start_all();
	drive(false);
	reload("rule \"none\" { action = \"deny\" reason = \"closed now\" }\n", "settings reloaded");
	refuse(RRQ, "file", "closed now");
	reload("max-blksize = nonsense\n", "not reloaded");
	reload("rule \"none\" { action = \"deny\" reason = \"still closed\" }\n", "settings reloaded");
	refuse(WRQ, "new", "still closed");
	ck_assert_uint_eq(daemon_count(&server, " done client="), 0);
	for (unsigned n = 0; n < CLIENTS; n++)
		answer(&clients[n]);
	drive(true);
	daemon_await_count(&server, "read done", CLIENTS - CLIENTS / UPLOAD_EVERY);
	daemon_await_count(&server, "write done", CLIENTS / UPLOAD_EVERY);
	for (unsigned n = 0; n < CLIENTS; n++) {
		char name[16];
		snprintf(name, sizeof name, "up%u", n);
		ck_assert(!clients[n].is_upload || upload_is_there(&tree, name, content + n, LEN));
		talk_close(&clients[n].talk);
	}
	end(CLIENTS + 2, CLIENTS);
}
END_TEST

SUITE("e2e.reload", new_rules_come_into_force, a_wrong_file_changes_nothing_and_is_explained,
      an_upload_keeps_the_settings_it_began_with, five_hundred_running_transfers_outlive_a_reload)

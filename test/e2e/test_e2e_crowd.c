/* Many clients, each in the middle of a file of its own, and little memory: what is read stays near what is sent, and
 * what is uploaded arrives. */
#include <stdio.h>
#include <string.h>

#include "e2e/upload.h"
#include "unit/suite.h"

#define CROWD      40
#define BLKSIZE    1428
#define BLOCKS     80
#define FILE_BYTES ((BLOCKS - 1) * BLKSIZE + 100)

static uint8_t contents[CROWD][FILE_BYTES];
static struct tree tree;
static struct daemon server;
static struct talk crowd[CROWD];

/* What the daemon has read from files. False: the system does not say. */
static bool count_read(uint64_t *bytes)
{
	char path[64];
	unsigned long long count;
	snprintf(path, sizeof path, "/proc/%ld/io", (long)server.pid);
	FILE *file = fopen(path, "r");
	bool is_known = file != NULL && fscanf(file, "rchar: %llu", &count) == 1;
	if (file != NULL)
		fclose(file);
	if (is_known)
		*bytes = count;
	return is_known;
}

static void begin(const char *window)
{
	tree_make(&tree);
	/* Nothing is repeated because the machine is slow. */
	daemon_serve(&server, &tree, STRINGS("--cache", "512K", "--rto-min", "1000"));
	for (int i = 0; i < CROWD; i++) {
		char name[32];
		snprintf(name, sizeof name, "file-%d", i);
		tree_fill(contents[i], FILE_BYTES);
		for (size_t at = 0; at < FILE_BYTES; at++)
			contents[i][at] ^= (uint8_t)i;
		tree_write(&tree, name, contents[i], FILE_BYTES);
	}
	for (int i = 0; i < CROWD; i++) {
		char name[32];
		snprintf(name, sizeof name, "file-%d", i);
		talk_open(&crowd[i], &server);
		talk_ask(&crowd[i], RRQ,
			 STRINGS(name, "octet", "blksize", "1428", "windowsize", window));
		talk_expect_oack(&crowd[i], STRINGS("blksize", "1428", "windowsize", window));
	}
}

static void take_block(int i, unsigned block)
{
	size_t len = block < BLOCKS ? BLKSIZE : FILE_BYTES % BLKSIZE;
	talk_expect_data(&crowd[i], block, len);
	ck_assert_msg(memcmp(crowd[i].in.bytes + 4, contents[i] + (size_t)(block - 1) * BLKSIZE, len) ==
			  0,
		      "block %u of file %d has other bytes", block, i);
}

/* Each takes a window in turn. */
static void read_in_turn(unsigned window)
{
	for (unsigned done = 0; done < BLOCKS; done += window) {
		for (int i = 0; i < CROWD; i++) {
			talk_ack(&crowd[i], done);
			for (unsigned block = done + 1; block <= done + window && block <= BLOCKS;
			     block++)
				take_block(i, block);
		}
	}
	for (int i = 0; i < CROWD; i++) {
		talk_ack(&crowd[i], BLOCKS);
		talk_close(&crowd[i]);
	}
}

/* Times what is sent. */
static void check_reads(const char *option, unsigned window, unsigned times_max)
{
	uint64_t before, after;
	begin(option);
	bool is_known = count_read(&before);
	read_in_turn(window);
	is_known = is_known && count_read(&after);
	daemon_stop(&server, CROWD, CROWD);
	tree_remove(&tree);
	if (!is_known)
		NOT_HERE("the system does not say what a process reads");
	ck_assert_msg(after - before <= (uint64_t)times_max * CROWD * FILE_BYTES,
		      "%llu bytes were read for %llu", (unsigned long long)(after - before),
		      (unsigned long long)CROWD * FILE_BYTES);
}

/* A whole chunk each time would be 40 times. */
START_TEST(block_by_block)
{
	check_reads("1", 1, 4);
}
END_TEST

/* Nearly three times. */
START_TEST(window_by_window)
{
	check_reads("16", 16, 2);
}
END_TEST

/* Each window has its place before it is invited, and there is not enough for all that are asked for. */
START_TEST(uploads_beyond_the_memory_are_granted_smaller_windows)
{
	static struct upload uploads[CROWD];
	tree_make(&tree);
	tree_fill(contents[0], FILE_BYTES);
	daemon_serve(&server, &tree, STRINGS("--write", "--cache", "512K", "--rto-min", "1000"));
	for (int i = 0; i < CROWD; i++) {
		char name[32];
		snprintf(name, sizeof name, "file-%d", i);
		talk_open(&crowd[i], &server);
		upload_begin(&uploads[i], &crowd[i],
			     STRINGS(name, "octet", "blksize", "1428", "windowsize", "64"), contents[0],
			     FILE_BYTES);
		ck_assert_uint_eq(uploads[i].blksize, 1428);
		ck_assert_uint_ge(uploads[i].window, 1);
	}
	ck_assert_uint_eq(uploads[0].window, 64);
	ck_assert_uint_lt(uploads[CROWD - 1].window, 32);
	for (int i = CROWD; i-- > 0;) {
		char name[32];
		snprintf(name, sizeof name, "file-%d", i);
		upload_finish(&uploads[i], 1);
		talk_close(&crowd[i]);
		ck_assert(upload_is_there(&tree, name, contents[0], FILE_BYTES));
	}
	/* All is free again. */
	talk_open(&crowd[0], &server);
	upload_begin(&uploads[0], &crowd[0],
		     STRINGS("more", "octet", "blksize", "1428", "windowsize", "64"), contents[0],
		     FILE_BYTES);
	ck_assert_uint_eq(uploads[0].window, 64);
	upload_finish(&uploads[0], 1);
	talk_close(&crowd[0]);
	daemon_stop(&server, CROWD + 1, CROWD + 1);
	tree_remove(&tree);
}
END_TEST

/* The last of so many gets no more than what is always granted, and that is enough. */
START_TEST(uploads_beyond_all_memory_are_granted_small_blocks)
{
	enum { GREEDY = 200 };
	static struct talk greedy[GREEDY];
	static struct upload upload;
	unsigned count = 0;
	tree_make(&tree);
	tree_fill(contents[0], FILE_BYTES);
	daemon_serve(&server, &tree, STRINGS("--write", "--cache", "512K", "--allow-fragments"));
	do {
		char name[32];
		snprintf(name, sizeof name, "file-%u", count);
		talk_open(&greedy[count], &server);
		upload_begin(&upload, &greedy[count],
			     STRINGS(name, "octet", "blksize", "65464", "windowsize", "2"), contents[0],
			     FILE_BYTES);
		count++;
	} while (count < GREEDY && upload.blksize > 1468);
	ck_assert_uint_gt(count, 16);
	ck_assert_uint_eq(upload.blksize, 1468);
	ck_assert_uint_eq(upload.window, 1);
	upload_finish(&upload, 1);
	for (unsigned i = 0; i < count; i++) {
		if (i + 1 < count)
			talk_error(&greedy[i], 0, "enough");
		talk_close(&greedy[i]);
	}
	daemon_await_count(&server, "write aborted", count - 1);
	ck_assert_uint_eq(upload_entries(&tree, ""), 1);
	daemon_stop(&server, count, 1);
	tree_remove(&tree);
}
END_TEST

SUITE("e2e.crowd", block_by_block, window_by_window,
      uploads_beyond_the_memory_are_granted_smaller_windows,
      uploads_beyond_all_memory_are_granted_small_blocks)

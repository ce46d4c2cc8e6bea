/* The first copy, fetched from a server in a thread. */
#include "unit/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "uvtftp/storm_first.h"

#define BLOCK 512u

static uint8_t content[200000];
static size_t content_len;
static struct storm_target target;
static char url[64];
static int server;
static pthread_t thread;

static void send_block(const struct addr *client, size_t block)
{
	uint8_t packet[4 + BLOCK] = {0, 3, (uint8_t)(block >> 8), (uint8_t)block};
	size_t offset = (block - 1) * BLOCK;
	if (offset > content_len)
		return;
	size_t len = content_len - offset < BLOCK ? content_len - offset : BLOCK;
	memcpy(packet + 4, content + offset, len);
	sendto(server, packet, 4 + len, 0, &client->sa, addr_len(client));
}

/* In lock-step and without options, until somebody says "." */
static void *serve(void *user)
{
	uint8_t packet[1024] = {0};
	struct addr client;
	socklen_t len = sizeof client;
	(void)user;
	while (recvfrom(server, packet, sizeof packet, 0, &client.sa, &len) >= 0 && packet[0] != '.') {
		if (packet[1] == 1)
			send_block(&client, 1);
		else if (packet[1] == 4)
			send_block(&client, ((size_t)packet[2] << 8 | packet[3]) + 1);
	}
	return NULL;
}

static void begin(size_t len)
{
	struct addr any;
	socklen_t addr_bytes = sizeof any;
	content_len = len;
	for (size_t i = 0; i < len; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	server = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(addr_parse(&any, "127.0.0.1:0", 0), 0);
	ck_assert_int_eq(bind(server, &any.sa, addr_len(&any)), 0);
	ck_assert_int_eq(getsockname(server, &any.sa, &addr_bytes), 0);
	target.server = any;
	snprintf(url, sizeof url, "tftp://127.0.0.1:%u/f", addr_port(&any));
	target.text = url;
	ck_assert_ptr_null(url_parse(&target.url, url));
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

static void end(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	sendto(fd, ".", 1, 0, &target.server.sa, addr_len(&target.server));
	pthread_join(thread, NULL);
	close(fd);
	close(server);
}

static int fetch(uint64_t copy_max, struct storm_bytes *bytes)
{
	return storm_first_fetch(&target, 30000, copy_max, bytes);
}

static void assert_kept(const struct storm_bytes *bytes, size_t len)
{
	ck_assert_ptr_nonnull(bytes->at);
	ck_assert(!bytes->is_mapped);
	ck_assert_uint_eq(bytes->len, len);
	ck_assert_mem_eq(bytes->at, content, len);
	ck_assert_uint_eq(bytes->unkept, content_len - len);
}

START_TEST(keeps_the_whole_file)
{
	static const size_t lens[] = {0, 1, BLOCK, 65536, sizeof content};
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		struct storm_bytes bytes;
		begin(lens[i]);
		ck_assert_int_eq(fetch(sizeof content, &bytes), 0);
		assert_kept(&bytes, content_len);
		storm_bytes_free(&bytes);
		end();
	}
}
END_TEST

/* What fetch() says on standard error meanwhile. */
static void fetch_and_listen(uint64_t copy_max, struct storm_bytes *bytes, char *said, size_t said_len)
{
	FILE *file = tmpfile();
	int err = dup(STDERR_FILENO);
	ck_assert_ptr_nonnull(file);
	dup2(fileno(file), STDERR_FILENO);
	ck_assert_int_eq(fetch(copy_max, bytes), 0);
	dup2(err, STDERR_FILENO);
	close(err);
	rewind(file);
	said[fread(said, 1, said_len - 1, file)] = '\0';
	fclose(file);
}

START_TEST(keeps_the_start_of_a_large_one_and_says_so)
{
	static const size_t maxes[] = {1, 1000, 65536, 65537, sizeof content - 1};
	begin(sizeof content);
	for (size_t i = 0; i < sizeof maxes / sizeof maxes[0]; i++) {
		struct storm_bytes bytes;
		char said[400], wanted[100];
		fetch_and_listen(maxes[i], &bytes, said, sizeof said);
		assert_kept(&bytes, maxes[i]);
		snprintf(wanted, sizeof wanted,
			 "/f: of its %zu bytes only the first %zu will be compared", content_len,
			 maxes[i]);
		ck_assert_msg(strstr(said, wanted) != NULL, "said: %s", said);
		storm_bytes_free(&bytes);
	}
	end();
}
END_TEST

/* Where memory is short, as much as there was memory for: each allocation fails once. */
START_TEST(short_memory_keeps_less_or_fails_whole)
{
	unsigned kept_less = 0, failed = 0;
	bool has_all = false;
	begin(sizeof content);
	for (long nth = 1; !has_all; nth++) {
		struct storm_bytes bytes;
		ck_assert_int_lt(nth, 100);
		mem_fail_nth(nth);
		int error = fetch(sizeof content, &bytes);
		mem_fail_nth(0);
		if (error != 0) {
			failed++;
			continue;
		}
		ck_assert_uint_ge(bytes.len, 65536);
		assert_kept(&bytes, (size_t)bytes.len);
		kept_less += bytes.unkept > 0;
		has_all = bytes.unkept == 0;
		storm_bytes_free(&bytes);
	}
	ck_assert_uint_gt(failed, 0);
	ck_assert_uint_gt(kept_less, 0);
	end();
}
END_TEST

SUITE("storm_first", keeps_the_whole_file, keeps_the_start_of_a_large_one_and_says_so,
      short_memory_keeps_less_or_fails_whole)

/* The server under failing allocations: a clean error and nothing left open at start, a refused or delayed
 * transfer and an unharmed server later. Leaks are the sanitizer's to find. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "unit/suite.h"
#include "uvtftp.h"

/* More than the start of a server with two workers allocates. */
#define ALLOCATIONS_MAX 400
/* In a row without a failure that mattered: the operation goes through untouched. */
#define UNTOUCHED 40

static char root[] = "/tmp/uvtftp-fault-XXXXXX";

static void make_root(void)
{
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(chmod(root, 0755), 0);
	char path[64];
	snprintf(path, sizeof path, "%s/file", root);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	ck_assert_int_ge(fd, 0);
	char bytes[3000];
	memset(bytes, 'x', sizeof bytes);
	ck_assert_int_eq(write(fd, bytes, sizeof bytes), sizeof bytes);
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	close(fd);
}

static void remove_root(void)
{
	char path[64];
	snprintf(path, sizeof path, "%s/file", root);
	unlink(path);
	rmdir(root);
}

static int start(struct uvtftp_server **server, struct uvtftp_error *error)
{
	static const char *const listen[] = {"127.0.0.1:0"};
	struct uvtftp_server_options options;
	struct uvtftp_root served;
	uvtftp_server_options_init(&options);
	uvtftp_root_init(&served);
	served.path = root;
	served.write = UVTFTP_WRITE_OVERWRITE;
	options.roots = &served;
	options.root_count = 1;
	options.listen = listen;
	options.listen_count = 1;
	options.workers = 2;
	options.endpoints = 8;
	options.sessions_max = 64;
	return uvtftp_server_start(server, &options, error);
}

START_TEST(a_failed_allocation_at_start_is_a_clean_error)
{
	make_root();
	int successes = 0, failures = 0;
	for (long n = 1; n < ALLOCATIONS_MAX && successes < UNTOUCHED; n++) {
		struct uvtftp_server *server;
		struct uvtftp_error error = {0, ""};
		mem_fail_nth(n);
		int rc = start(&server, &error);
		mem_fail_nth(0);
		if (rc == 0) {
			successes++;
			uvtftp_server_stop(server);
			continue;
		}
		failures++;
		successes = 0;
		ck_assert_ptr_null(server);
		ck_assert_str_ne(error.text, "");
		ck_assert_int_eq(error.code, rc);
	}
	remove_root();
	ck_assert_int_gt(failures, 5);
	ck_assert_int_eq(successes, UNTOUCHED);
}
END_TEST

static struct sockaddr_in address_of(const struct uvtftp_server *server)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned port = 0;
	ck_assert_int_eq(sscanf(uvtftp_server_address(server, 0), "127.0.0.1:%u", &port), 1);
	to.sin_port = htons((uint16_t)port);
	return to;
}

/* One read of `file`, asking again every 100 ms. The bytes got, or -1 for an ERROR. */
static int fetch(const struct uvtftp_server *server)
{
	static const char request[] = "\0\1file\0octet";
	unsigned char packet[600];
	struct sockaddr_in to = address_of(server), from;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), got = 0, tries = 0;
	sendto(fd, request, sizeof request, 0, (struct sockaddr *)&to, sizeof to);
	for (unsigned block = 1;;) {
		struct pollfd ready = {fd, POLLIN, 0};
		if (poll(&ready, 1, 100) == 0) {
			ck_assert_int_lt(++tries, 100);
			if (block == 1)
				sendto(fd, request, sizeof request, 0, (struct sockaddr *)&to,
				       sizeof to);
			continue;
		}
		socklen_t from_len = sizeof from;
		ssize_t len =
		    recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_len);
		ck_assert_int_ge(len, 4);
		if (packet[1] != 3 || (unsigned)packet[3] != block) {
			if (packet[1] == 5) {
				close(fd);
				return -1;
			}
			continue;
		}
		block++;
		got += (int)len - 4;
		packet[1] = 4;
		sendto(fd, packet, 4, 0, (struct sockaddr *)&from, from_len);
		if (len < 516)
			break;
	}
	close(fd);
	return got;
}

START_TEST(a_failed_allocation_while_serving_harms_one_transfer_at_most)
{
	make_root();
	int refusals = 0;
	for (long n = 1; n < UNTOUCHED; n++) {
		struct uvtftp_server *server;
		ck_assert_int_eq(start(&server, NULL), 0);
		mem_fail_nth(n);
		int got = fetch(server);
		mem_fail_nth(0);
		ck_assert(got == 3000 || got == -1);
		refusals += got == -1;
		ck_assert_int_eq(fetch(server), 3000);
		uvtftp_server_stop(server);
	}
	remove_root();
	ck_assert_int_gt(refusals, 0);
}
END_TEST

SUITE("fault", a_failed_allocation_at_start_is_a_clean_error,
      a_failed_allocation_while_serving_harms_one_transfer_at_most)

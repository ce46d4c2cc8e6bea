/* The server on sockets that somebody else bound. */
#include "unit/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "uvtftp.h"

#define CONTENT "hello"

static char root_path[] = "/tmp/uvtftp-sockets.XXXXXX";
static char file_path[sizeof root_path + 2];
static struct uvtftp_root root;
static struct uvtftp_server_options options;
static struct uvtftp_error error;

static void prepare(const int *sockets, size_t count)
{
	ck_assert_ptr_nonnull(mkdtemp(root_path));
	chmod(root_path, 0755);
	snprintf(file_path, sizeof file_path, "%s/f", root_path);
	FILE *file = fopen(file_path, "w");
	fputs(CONTENT, file);
	fclose(file);
	chmod(file_path, 0644);
	uvtftp_root_init(&root);
	root.path = root_path;
	uvtftp_server_options_init(&options);
	options.roots = &root;
	options.root_count = 1;
	options.workers = 2;
	options.sockets = sockets;
	options.socket_count = count;
}

static void clean_up(void)
{
	unlink(file_path);
	rmdir(root_path);
}

/* Bound to a free port of 127.0.0.1, or of every IPv4 address. */
static int bind_one(int type, uint32_t host, struct sockaddr_in *address)
{
	socklen_t len = sizeof *address;
	int fd = socket(AF_INET, type, 0);
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &len), 0);
	return fd;
}

static void ask(int fd, const struct sockaddr_in *server, uint32_t host)
{
	static const char request[] = "\0\1f\0octet";
	struct sockaddr_in to = *server;
	to.sin_addr.s_addr = htonl(host);
	ck_assert_int_eq(sendto(fd, request, sizeof request, 0, (struct sockaddr *)&to, sizeof to),
			 sizeof request);
}

/* The whole file, from the address that was asked. */
static void expect_data(int fd, uint32_t host)
{
	char packet[600];
	struct sockaddr_in from;
	socklen_t len = sizeof from;
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	ck_assert_int_eq(poll(&ready, 1, 30000), 1);
	ssize_t got = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &len);
	ck_assert_int_eq(got, 4 + (ssize_t)strlen(CONTENT));
	ck_assert_mem_eq(packet, "\0\3\0\1" CONTENT, (size_t)got);
	ck_assert_uint_eq(ntohl(from.sin_addr.s_addr), host);
	ck_assert_int_eq(sendto(fd, "\0\4\0\1", 4, 0, (struct sockaddr *)&from, len), 4);
}

static void start(struct uvtftp_server **server)
{
	ck_assert_msg(uvtftp_server_start(server, &options, &error) == 0, "%s", error.text);
}

START_TEST(a_request_that_came_before_the_start_is_answered)
{
	struct sockaddr_in address, own;
	struct uvtftp_server *server;
	int inherited = bind_one(SOCK_DGRAM, INADDR_LOOPBACK, &address);
	int client = bind_one(SOCK_DGRAM, INADDR_LOOPBACK, &own);
	ask(client, &address, INADDR_LOOPBACK);
	prepare(&inherited, 1);
	start(&server);
	expect_data(client, INADDR_LOOPBACK);
	uvtftp_server_stop(server);
	clean_up();
}
END_TEST

START_TEST(answers_leave_from_the_address_that_was_asked)
{
	struct sockaddr_in address, own;
	struct uvtftp_server *server;
	char where[40];
	int inherited = bind_one(SOCK_DGRAM, INADDR_ANY, &address);
	int client = bind_one(SOCK_DGRAM, INADDR_LOOPBACK, &own);
	prepare(&inherited, 1);
	start(&server);
	snprintf(where, sizeof where, "0.0.0.0:%u", ntohs(address.sin_port));
	ck_assert_str_eq(uvtftp_server_address(server, 0), where);
	ck_assert_ptr_null(uvtftp_server_address(server, 1));
	ask(client, &address, INADDR_LOOPBACK);
	expect_data(client, INADDR_LOOPBACK);
	uvtftp_server_stop(server);
	clean_up();
}
END_TEST

/* As a service manager does it: the socket outlives the server, and what comes meanwhile waits in it. */
START_TEST(the_socket_stays_the_callers)
{
	struct sockaddr_in address, own;
	struct uvtftp_server *server;
	int inherited = bind_one(SOCK_DGRAM, INADDR_LOOPBACK, &address);
	int client = bind_one(SOCK_DGRAM, INADDR_LOOPBACK, &own);
	prepare(&inherited, 1);
	options.is_single_port = true;
	start(&server);
	uvtftp_server_stop(server);
	ask(client, &address, INADDR_LOOPBACK);
	start(&server);
	expect_data(client, INADDR_LOOPBACK);
	uvtftp_server_stop(server);
	clean_up();
}
END_TEST

START_TEST(what_is_no_such_socket_is_refused)
{
	struct sockaddr_in address;
	struct uvtftp_server *server;
	int no_v6_only = socket(AF_INET6, SOCK_DGRAM, 0), off = 0;
	const int bad[] = {-1, bind_one(SOCK_STREAM, INADDR_LOOPBACK, &address), fileno(stderr),
			   socket(AF_INET, SOCK_DGRAM, 0), no_v6_only};
	size_t count = sizeof bad / sizeof bad[0];
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	if (no_v6_only < 0 || setsockopt(no_v6_only, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0 ||
	    bind(no_v6_only, (struct sockaddr *)&any, sizeof any) != 0)
		count--; /* no IPv6 here */
	prepare(NULL, 1);
	for (size_t i = 0; i < count; i++) {
		options.sockets = &bad[i];
		ck_assert_msg(uvtftp_server_start(&server, &options, &error) == UVTFTP_ERR_LISTEN,
			      "number %zu is taken", i);
		ck_assert_ptr_nonnull(strstr(error.text, "it must be a UDP socket"));
	}
	int many[64];
	options.sockets = many;
	options.socket_count = sizeof many / sizeof many[0];
	ck_assert_int_eq(uvtftp_server_start(&server, &options, &error), UVTFTP_ERR_USAGE);
	clean_up();
}
END_TEST

SUITE("server_sockets", a_request_that_came_before_the_start_is_answered,
      answers_leave_from_the_address_that_was_asked, the_socket_stays_the_callers,
      what_is_no_such_socket_is_refused)

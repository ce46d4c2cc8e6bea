/* `uvtftp put` as it is called, against a server of a few lines in a thread. */
#include "unit/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uvtftp/command.h"

#define ANSWER(literal) literal, sizeof literal - 1

struct server {
	int fd;
	unsigned port;
	pthread_t thread;
	const char *answer; /* to the request; empty: none */
	size_t answer_len;
	/* What came, until the last block or the first ERROR. */
	char request[512];
	size_t request_len;
	char stored[4096];
	size_t stored_len;
	int error_code; /* -1: none */
};

static char home[] = "/tmp/uvtftp-put-XXXXXX";

static void enter(const char *text)
{
	ck_assert_ptr_nonnull(mkdtemp(home));
	ck_assert_int_eq(chdir(home), 0);
	FILE *file = fopen("local", "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void leave(void)
{
	ck_assert_int_eq(unlink("local"), 0);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(home), 0);
}

/* Returns true when it was the last. */
static bool take_data(struct server *server, const uint8_t *packet, size_t len,
		      const struct sockaddr_in *peer)
{
	const uint8_t ack[] = {0, 4, packet[2], packet[3]};
	memcpy(server->stored + server->stored_len, packet + 4, len - 4);
	server->stored_len += len - 4;
	sendto(server->fd, ack, sizeof ack, 0, (const struct sockaddr *)peer, sizeof *peer);
	return len < 516;
}

static void *serve(void *argument)
{
	struct server *server = argument;
	uint8_t packet[1024];
	bool is_over = false;
	while (!is_over) {
		struct sockaddr_in peer;
		socklen_t peer_len = sizeof peer;
		ssize_t len =
		    recvfrom(server->fd, packet, sizeof packet, 0, (struct sockaddr *)&peer, &peer_len);
		if (len < 4) {
			is_over = true;
		} else if (packet[1] == 2) {
			server->request_len = (size_t)len;
			memcpy(server->request, packet, server->request_len);
			if (server->answer_len > 0)
				sendto(server->fd, server->answer, server->answer_len, 0,
				       (struct sockaddr *)&peer, peer_len);
			is_over = server->answer_len > 0 && server->answer[1] == 5;
		} else if (packet[1] == 3) {
			is_over = take_data(server, packet, (size_t)len, &peer);
		} else {
			server->error_code = packet[3];
			is_over = true;
		}
	}
	return NULL;
}

static void start(struct server *server, const char *answer, size_t answer_len)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t len = sizeof name;
	*server = (struct server){.answer = answer, .answer_len = answer_len, .error_code = -1};
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(server->fd, (struct sockaddr *)&name, sizeof name), 0);
	ck_assert_int_eq(getsockname(server->fd, (struct sockaddr *)&name, &len), 0);
	server->port = ntohs(name.sin_port);
	ck_assert_int_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

/* What is too short for a packet ends it. */
static void stop(const struct server *server)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sendto(server->fd, "", 1, 0, (struct sockaddr *)&name, sizeof name);
}

static void finish(struct server *server)
{
	pthread_join(server->thread, NULL);
	close(server->fd);
}

/* "put -q ARGUMENTS tftp://127.0.0.1:PORT/PATH"; arguments are separated by one space. */
static int put(unsigned port, const char *arguments, const char *path)
{
	char words[128], url[128];
	char *argv[16] = {(char[]){"put"}, (char[]){"-q"}};
	int argc = 2;
	snprintf(words, sizeof words, "%s", arguments);
	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	if (path != NULL) {
		snprintf(url, sizeof url, "tftp://127.0.0.1:%u%s", port, path);
		argv[argc++] = url;
	}
	return put_run(argc, argv);
}

/* In a process of its own: getopt remembers where it stopped. */
static void assert_usage(const char *arguments, const char *path, int wanted)
{
	int status;
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(put(1, arguments, path));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), wanted);
}

static void assert_request(const struct server *server, const char *bytes, size_t len)
{
	ck_assert_uint_ge(server->request_len, len);
	ck_assert_mem_eq(server->request, bytes, len);
}

START_TEST(sends_a_file_and_its_size)
{
	struct server server;
	enter("hello\n");
	start(&server, ANSWER("\0\4\0\0"));
	ck_assert_int_eq(put(server.port, "local", "/there"), STATUS_DONE);
	finish(&server);
	assert_request(&server, ANSWER("\0\2there\0octet\0tsize\0"
				       "6\0"));
	ck_assert_uint_eq(server.stored_len, 6);
	ck_assert_mem_eq(server.stored, "hello\n", 6);
	leave();
}
END_TEST

START_TEST(adds_the_name_of_the_file_to_a_directory)
{
	const char *const paths[] = {"", "/", "/a/b/", "//a/"};
	const char *const asked[] = {"local", "local", "a/b/local", "/a/local"};
	enter("x");
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct server server;
		start(&server, ANSWER("\0\4\0\0"));
		ck_assert_int_eq(put(server.port, "--no-options ./local", paths[i]), STATUS_DONE);
		finish(&server);
		ck_assert_str_eq(server.request + 2, asked[i]);
	}
	leave();
}
END_TEST

START_TEST(translates_text_and_does_not_say_its_size)
{
	const char *const arguments[] = {"--netascii local", "local"};
	const char *const paths[] = {"/t", "/t;mode=netascii"};
	enter("a\nb\r");
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct server server;
		start(&server, ANSWER("\0\4\0\0"));
		ck_assert_int_eq(put(server.port, arguments[i], paths[i]), STATUS_DONE);
		finish(&server);
		assert_request(&server, ANSWER("\0\2t\0netascii\0blksize\0"));
		ck_assert_uint_eq(server.stored_len, 6);
		ck_assert_mem_eq(server.stored, "a\r\nb\r\0", 6);
	}
	leave();
}
END_TEST

START_TEST(sends_standard_input_without_a_size)
{
	struct server server;
	enter("from a file");
	ck_assert_ptr_nonnull(freopen("local", "r", stdin));
	start(&server, ANSWER("\0\4\0\0"));
	ck_assert_int_eq(put(server.port, "-", "/t"), STATUS_DONE);
	finish(&server);
	assert_request(&server, ANSWER("\0\2t\0octet\0blksize\0"));
	ck_assert_uint_eq(server.stored_len, 11);
	leave();
}
END_TEST

START_TEST(ends_as_the_server_says)
{
	static const struct {
		const char *answer;
		int status;
	} cases[] = {
	    {"\0\5\0\1x", STATUS_NOT_FOUND}, {"\0\5\0\2x", STATUS_REFUSED},
	    {"\0\5\0\3x", STATUS_REFUSED},   {"\0\5\0\6x", STATUS_REFUSED},
	    {"\0\5\0\7x", STATUS_REFUSED},
	};
	enter("x");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct server server;
		start(&server, cases[i].answer, 6);
		ck_assert_int_eq(put(server.port, "local", "/t"), cases[i].status);
		finish(&server);
	}
	leave();
}
END_TEST

START_TEST(gives_up_a_server_that_never_answers)
{
	struct server server;
	enter("x");
	start(&server, "", 0);
	ck_assert_int_eq(put(server.port, "-t 1 local", "/t"), STATUS_SILENT);
	stop(&server);
	finish(&server);
	leave();
}
END_TEST

START_TEST(fails_without_asking_when_the_file_is_not_there)
{
	enter("x");
	/* No server needs to be there. */
	ck_assert_int_eq(put(1, "missing", "/t"), STATUS_LOCAL);
	ck_assert_int_eq(put(1, ".", "/t"), STATUS_LOCAL);
	leave();
}
END_TEST

START_TEST(knows_wrong_usage)
{
	assert_usage("", NULL, STATUS_USAGE);
	assert_usage("local", NULL, STATUS_USAGE);
	assert_usage("local another", "/t", STATUS_USAGE);
	assert_usage("-o x local", "/t", STATUS_USAGE);
	assert_usage("--output=x local", "/t", STATUS_USAGE);
	assert_usage("-b 7 local", "/t", STATUS_USAGE);
	assert_usage("local http://h/x", NULL, STATUS_USAGE);
	/* Standard input has no name to add. */
	assert_usage("-", "", STATUS_USAGE);
	assert_usage("-", "/d/", STATUS_USAGE);
	assert_usage("--help", NULL, STATUS_DONE);
}
END_TEST

SUITE("put", sends_a_file_and_its_size, adds_the_name_of_the_file_to_a_directory,
      translates_text_and_does_not_say_its_size, sends_standard_input_without_a_size,
      ends_as_the_server_says, gives_up_a_server_that_never_answers,
      fails_without_asking_when_the_file_is_not_there, knows_wrong_usage)

/* Asks the real in.tftpd what becomes of the names in the table.
 *
 *     hpa_map IN_TFTPD TABLE SCRATCH
 *
 * Each case has an in.tftpd of its own, started as inetd would, on a socket that already holds the request: so
 * there is no port to choose and nothing to wait for. A last rule is put behind the map, which refuses every
 * name with the name itself as the text. Where an 'e' rule ended the map before that, a file of the expected
 * name, which holds its own name, is fetched. */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/parity/map_table.h"

#define ANSWER_MS    10000
#define PROBE        "a ^.*$ <\\0>\n"
#define STATUS_WRONG 78 /* of an in.tftpd that does not accept its map: EX_CONFIG */

enum { OPCODE_RRQ = 1, OPCODE_WRQ = 2, OPCODE_DATA = 3, OPCODE_ERROR = 5 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct packet {
	union address from;
	socklen_t from_len;
	size_t len;
	uint8_t bytes[65536];
};

struct asking {
	const char *daemon;
	const char *table;
	const char *map;  /* path of the map file */
	const char *root; /* directory to serve */
	unsigned asked;
	unsigned left_out;
	unsigned wrong;
};

static void check(bool is_so, const char *what)
{
	if (is_so)
		return;
	perror(what);
	exit(2);
}

/* A socket on the client's address, any port; `at` is where it is. -1: there is no such address here. */
static int open_socket(bool is_v6, union address *at, socklen_t *len)
{
	*at = (union address){0};
	*len = is_v6 ? sizeof at->v6 : sizeof at->v4;
	at->any.sa_family = is_v6 ? AF_INET6 : AF_INET;
	void *host = is_v6 ? (void *)&at->v6.sin6_addr : (void *)&at->v4.sin_addr;
	inet_pton(at->any.sa_family, is_v6 ? MAP_CLIENT_V6 : MAP_CLIENT_V4, host);
	int fd = socket(at->any.sa_family, SOCK_DGRAM, 0);
	if (fd != -1 && bind(fd, &at->any, *len) == 0 && getsockname(fd, &at->any, len) == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

static bool receive(int fd, struct packet *packet, int wait_ms)
{
	struct pollfd wanted = {.fd = fd, .events = POLLIN};
	if (poll(&wanted, 1, wait_ms) != 1)
		return false;
	packet->from_len = sizeof packet->from;
	ssize_t len =
	    recvfrom(fd, packet->bytes, sizeof packet->bytes, 0, &packet->from.any, &packet->from_len);
	check(len >= 0, "recvfrom");
	packet->len = (size_t)len;
	return true;
}

static void write_file(const char *path, const char *bytes, size_t len, const char *more)
{
	FILE *file = fopen(path, "w");
	check(file != NULL, path);
	check(fwrite(bytes, 1, len, file) == len && fputs(more, file) >= 0, path);
	check(fclose(file) == 0 && chmod(path, 0644) == 0, path);
}

/* The path of the file that the map should lead to; false if its name cannot be one. */
static bool goal_path(const struct map_answer *answer, const char *root, char path[PATH_MAX])
{
	if (answer->kind != MAP_NAMED || answer->len == 0 || answer->text[answer->len - 1] == '/' ||
	    strstr(answer->text, "..") != NULL)
		return false;
	return snprintf(path, PATH_MAX, "%s/%s", root, answer->text) < PATH_MAX;
}

static void plant(const struct map_answer *answer, const char *root)
{
	char path[PATH_MAX];
	if (!goal_path(answer, root, path))
		return;
	for (char *at = path + strlen(root) + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
	write_file(path, answer->text, answer->len, "");
}

/* Cases must not see each other's: one's file may be another's directory. */
static void uproot(const struct map_answer *answer, const char *root)
{
	char path[PATH_MAX];
	if (!goal_path(answer, root, path))
		return;
	check(unlink(path) == 0, path);
	for (char *at = path + strlen(path); at > path + strlen(root) + 1; at--) {
		if (*at != '/')
			continue;
		*at = '\0';
		rmdir(path);
	}
}

static pid_t start(const struct asking *asking, int server)
{
	pid_t child = fork();
	check(child != -1, "fork");
	if (child != 0) {
		setpgid(child, child);
		return child;
	}
	setpgid(0, 0);
	dup2(server, STDIN_FILENO);
	execl(asking->daemon, asking->daemon, "--timeout", "5", "--map-file", asking->map, "--secure",
	      asking->root, (char *)NULL);
	_exit(127);
}

static void send_request(const struct map_case *one, int fd, const union address *to, socklen_t to_len)
{
	static const char mode[] = "octet";
	uint8_t packet[MAP_TEXT_MAX + 16] = {0, one->is_write ? OPCODE_WRQ : OPCODE_RRQ};
	size_t len = 2 + one->name_len + 1 + sizeof mode;
	memcpy(packet + 2, one->name, one->name_len);
	memcpy(packet + 2 + one->name_len + 1, mode, sizeof mode);
	check(sendto(fd, packet, len, 0, &to->any, to_len) == (ssize_t)len, "sendto");
}

static void set_text(struct map_answer *got, enum map_kind kind, const uint8_t *text, size_t len)
{
	got->kind = kind;
	got->len = len < MAP_TEXT_MAX ? len : MAP_TEXT_MAX - 1;
	memcpy(got->text, text, got->len);
	got->text[got->len] = '\0';
}

static void read_error(struct map_answer *got, const uint8_t *text, size_t len)
{
	static const char loop[] = "Remap table failure";
	if (len >= 2 && text[0] == '<' && text[len - 1] == '>')
		set_text(got, MAP_NAMED, text + 1, len - 2);
	else if (len == sizeof loop - 1 && memcmp(text, loop, len) == 0)
		got->kind = MAP_LOOP;
	else
		set_text(got, MAP_REFUSED, text, len);
}

static void read_answer(int client, const struct packet *packet, struct map_answer *got)
{
	static const uint8_t enough[] = {0, OPCODE_ERROR, 0, 0, 'e', 'n', 'o', 'u', 'g', 'h', 0};
	static const uint8_t odd[] = "(not an ERROR, not DATA)";
	const uint8_t *bytes = packet->bytes;
	if (packet->len >= 5 && bytes[1] == OPCODE_ERROR)
		read_error(got, bytes + 4, packet->len - 5);
	else if (packet->len >= 4 && bytes[1] == OPCODE_DATA)
		set_text(got, MAP_NAMED, bytes + 4, packet->len - 4);
	else
		set_text(got, MAP_REFUSED, odd, sizeof odd - 1);
	if (packet->len < 2 || bytes[1] != OPCODE_ERROR)
		sendto(client, enough, sizeof enough, 0, &packet->from.any, packet->from_len);
}

static void ask(const struct asking *asking, const struct map_case *one, int client,
		struct map_answer *got)
{
	static struct packet packet;
	union address at;
	socklen_t at_len;
	int server = open_socket(one->is_v6, &at, &at_len);
	check(server != -1, "socket");
	send_request(one, client, &at, at_len);
	write_file(asking->map, one->rules, one->rules_len, PROBE);
	plant(&one->hpa, asking->root);
	pid_t child = start(asking, server);
	close(server);
	*got = (struct map_answer){.kind = MAP_SILENT};
	int status = 0;
	if (one->hpa.kind == MAP_WRONG) {
		waitpid(child, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_WRONG)
			*got = one->hpa; /* it tells the line to syslog only */
		return;
	}
	if (receive(client, &packet, ANSWER_MS))
		read_answer(client, &packet, got);
	kill(-child, SIGKILL);
	waitpid(child, NULL, 0);
	uproot(&one->hpa, asking->root);
}

static void visit(void *user, const struct map_case *one)
{
	struct asking *asking = user;
	union address at;
	socklen_t at_len;
	int client = -1;
	if (one->hpa.kind != MAP_UNASKED)
		client = open_socket(one->is_v6, &at, &at_len);
	if (client == -1) {
		asking->left_out++;
		return;
	}
	static struct map_answer got;
	ask(asking, one, client, &got);
	close(client);
	asking->asked++;
	if (map_answer_equal(&got, &one->hpa))
		return;
	asking->wrong++;
	char expected[MAP_TEXT_MAX + 64];
	char found[MAP_TEXT_MAX + 64];
	printf("%s:%u: expected %s, in.tftpd says %s\n", asking->table, one->line,
	       map_answer_text(&one->hpa, expected), map_answer_text(&got, found));
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: hpa_map IN_TFTPD TABLE SCRATCH\n");
		return 2;
	}
	char map[2048];
	char root[2048];
	check(snprintf(map, sizeof map, "%s/map", argv[3]) < (int)sizeof map, "a path");
	check(snprintf(root, sizeof root, "%s/root", argv[3]) < (int)sizeof root, "a path");
	check(mkdir(root, 0755) == 0, root);
	struct asking asking = {.daemon = argv[1], .table = argv[2], .map = map, .root = root};
	map_table_read(asking.table, visit, &asking);
	printf("in.tftpd was asked %u names, %u answers differ from the table; %u left out\n",
	       asking.asked, asking.wrong, asking.left_out);
	return asking.wrong == 0 && asking.asked > 0 ? 0 : 1;
}

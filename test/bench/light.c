/* Usage: light [--listen ADDRESS:PORT] [--content BYTES|FILE] [--tid single|each] [--put]
 *
 * Prints its port when it is ready; on SIGTERM what it did and what it cost, in one line. --tid each: a socket
 * for each transfer, as RFC 1350 has it. --put: room for the packets of uploads, which go nowhere.
 * IPv4 only. */
#include "light.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_BUFFER_BYTES (64 << 20)
#define FDS_MAX             NUMBERS
#define HOSTS               4   /* that clients come from and that are told apart: a power of two */
#define TICK_MS             500 /* how long SIGTERM may wait on an idle server */

struct tally tally;
static volatile sig_atomic_t is_over;
static struct session *sessions; /* by peer, or by descriptor */

static struct {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_in peers[BATCH];
	size_t room; /* a datagram */
} in;

void die(const char *what)
{
	fprintf(stderr, "light: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void stop(int signal)
{
	(void)signal;
	is_over = 1;
}

static int open_socket(struct sockaddr_in *local)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int bytes = SOCKET_BUFFER_BYTES;
	socklen_t len = sizeof(*local);
	struct timeval tick = {.tv_usec = TICK_MS * 1000};

	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)) != 0 ||
	    bind(fd, (struct sockaddr *)local, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)local, &len) != 0)
		die("the address");
	return fd;
}

static void prepare(bool is_put)
{
	uint8_t *bytes;

	/* Not a power of two apart, which would share cache lines' places. */
	in.room = is_put ? BLKSIZE_MAX + 4 + 60 : 576;
	bytes = malloc(BATCH * (in.room + 64));
	sessions = calloc(HOSTS * NUMBERS, sizeof(*sessions));
	if (!bytes || !sessions)
		die("memory");
	for (unsigned i = 0; i < BATCH; i++) {
		in.parts[i].iov_base = bytes + i * (in.room + 64);
		in.parts[i].iov_len = in.room;
		in.messages[i].msg_hdr.msg_name = &in.peers[i];
		in.messages[i].msg_hdr.msg_namelen = sizeof(in.peers[i]);
		in.messages[i].msg_hdr.msg_iov = &in.parts[i];
		in.messages[i].msg_hdr.msg_iovlen = 1;
	}
}

/* How many datagrams came. */
static unsigned receive(int fd, int flags)
{
	int n = recvmmsg(fd, in.messages, BATCH, flags, NULL);

	tally.calls++;
	if (n <= 0)
		return 0;
	tally.received += (unsigned)n;
	return (unsigned)n;
}

/* NULL: nothing that looks like TFTP. */
static const uint8_t *packet_of(unsigned i, size_t *len)
{
	uint8_t *packet = in.parts[i].iov_base;

	*len = in.messages[i].msg_len;
	if (*len < 4 || packet[0] != 0)
		return NULL;
	if (packet[1] <= 2)
		packet[*len - 1] = 0;
	return packet;
}

static struct session *session_of(const struct sockaddr_in *peer)
{
	return &sessions[(ntohl(peer->sin_addr.s_addr) & (HOSTS - 1)) * NUMBERS + ntohs(peer->sin_port)];
}

/* One port for everything: transfers are told apart by where packets come from. */
static void serve_single(int fd)
{
	while (!is_over) {
		unsigned n = receive(fd, MSG_WAITFORONE);

		for (unsigned i = 0; i < n; i++) {
			struct session *session = session_of(&in.peers[i]);
			size_t len;
			const uint8_t *packet = packet_of(i, &len);

			if (!packet)
				continue;
			session->peer = in.peers[i];
			if (packet[1] <= 2)
				talk_begin(fd, session, packet, len);
			else
				talk_go_on(fd, session, packet, len);
		}
		light_flush(fd);
	}
}

/* A new transfer gets a socket, and the kernel gives it a port with the first packet. */
static void accept_request(int epoll, unsigned i)
{
	struct epoll_event event = {.events = EPOLLIN};
	size_t len;
	const uint8_t *packet = packet_of(i, &len);
	int fd;

	if (!packet || packet[1] > 2)
		return;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	event.data.fd = fd;
	if (fd < 0 || fd >= FDS_MAX)
		die("socket");
	sessions[fd].peer = in.peers[i];
	talk_begin(fd, &sessions[fd], packet, len);
	light_flush(fd);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	tally.calls += 2;
}

static void go_on(int fd)
{
	unsigned n = receive(fd, MSG_DONTWAIT);
	bool is_open = true;

	for (unsigned i = 0; i < n && is_open; i++) {
		size_t len;
		const uint8_t *packet = packet_of(i, &len);

		if (packet)
			is_open = talk_go_on(fd, &sessions[fd], packet, len);
	}
	light_flush(fd);
	if (!is_open) {
		close(fd);
		tally.calls++;
	}
}

static void serve_each(int listener)
{
	struct epoll_event events[BATCH] = {{.events = EPOLLIN, .data.fd = listener}};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, events) != 0)
		die("epoll");
	while (!is_over) {
		int ready = epoll_wait(epoll, events, BATCH, TICK_MS);

		tally.calls++;
		for (int k = 0; k < ready; k++) {
			unsigned n;

			if (events[k].data.fd != listener) {
				go_on(events[k].data.fd);
				continue;
			}
			n = receive(listener, MSG_DONTWAIT);
			for (unsigned i = 0; i < n; i++)
				accept_request(epoll, i);
		}
	}
}

static void report(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("received=%llu sent=%llu messages=%llu calls=%llu user_s=%ld.%06ld system_s=%ld.%06ld "
	       "waits=%ld preempted=%ld\n",
	       (unsigned long long)tally.received, (unsigned long long)tally.sent,
	       (unsigned long long)tally.messages, (unsigned long long)tally.calls,
	       (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec, (long)usage.ru_stime.tv_sec,
	       (long)usage.ru_stime.tv_usec, usage.ru_nvcsw, usage.ru_nivcsw);
}

static void parse_address(struct sockaddr_in *local, char *text)
{
	char *colon = strrchr(text, ':');

	if (colon)
		*colon = '\0';
	local->sin_port = htons((uint16_t)(colon ? strtoul(colon + 1, NULL, 10) : 0));
	if (inet_pton(AF_INET, text, &local->sin_addr) != 1) {
		errno = EINVAL;
		die(text);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
						{"content", required_argument, NULL, 'c'},
						{"tid", required_argument, NULL, 't'},
						{"put", no_argument, NULL, 'p'},
						{NULL, 0, NULL, 0}};
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sigaction action = {.sa_handler = stop}; /* calls are interrupted */
	struct rlimit limit;
	const char *content = "1024";
	bool is_each = false, is_put = false;
	int option, fd;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			parse_address(&local, optarg);
		else if (option == 'c')
			content = optarg;
		else if (option == 't')
			is_each = strcmp(optarg, "each") == 0;
		else if (option == 'p')
			is_put = true;
		else
			return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < FDS_MAX ? limit.rlim_max : FDS_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
	image_content(content);
	prepare(is_put);
	fd = open_socket(&local);
	printf("%u\n", ntohs(local.sin_port));
	fflush(stdout);
	(is_each ? serve_each : serve_single)(fd);
	report();
	return 0;
}

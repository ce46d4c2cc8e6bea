/* Someone writes another's address on his packets, and sees nothing of what he has sent there. Here he sends from
 * the victim's own socket and does not look at what comes back; it is only weighed. What a byte of his yields is
 * printed: packets with their 28 bytes of IP and UDP headers. */
#ifndef UVTFTP_TEST_E2E_FORGER_H
#define UVTFTP_TEST_E2E_FORGER_H

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "e2e/talk.h"
#include "unit/suite.h"

#ifndef SO_RCVBUFFORCE /* only Linux has more than its limit */
#define SO_RCVBUFFORCE SO_RCVBUF
#endif

#define HEADERS       28
#define CONTENT_BYTES (8u << 20)
#define PORTS_MAX     16
#define ROOM_BYTES    (64 << 20)

static uint8_t content[CONTENT_BYTES];
static struct tree tree;
static struct daemon server;

struct forger {
	struct talk talk; /* has_tid stays false: answers are not looked at */
	uint64_t sent, received;
	unsigned packets;
	union udp_addr ports[PORTS_MAX]; /* where he believes the transfer to be */
	unsigned port_count;
};

static struct forger forger;

static inline void begin(const char *const *args)
{
	int room = ROOM_BYTES;
	tree_make(&tree);
	tree_write_filled(&tree, "file", content, sizeof content);
	daemon_serve(&server, &tree, args);
	memset(&forger, 0, sizeof forger);
	talk_open(&forger.talk, &server);
	if (setsockopt(forger.talk.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
		setsockopt(forger.talk.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	forger.ports[forger.port_count++] = forger.talk.asked;
}

/* Weighs what comes in this time. */
static inline void watch(uint64_t us)
{
	uint64_t until_us = udp_now_us() + us, now_us;
	while ((now_us = udp_now_us()) < until_us) {
		if (!udp_receive(forger.talk.fd, &forger.talk.in,
				 (unsigned)((until_us - now_us) / 1000 + 1)))
			continue;
		forger.received += forger.talk.in.len + HEADERS;
		forger.packets++;
	}
}

/* Until the first answer: whoever forges for long finds out how long that takes. */
static inline void watch_first(void)
{
	for (uint64_t until_us = udp_now_us() + DEADLINE_MS * 1000u; forger.packets == 0;) {
		ck_assert_uint_lt(udp_now_us(), until_us);
		watch(10000);
	}
}

static inline double end(const char *what)
{
	double yield = (double)forger.received / (double)forger.sent;
	printf("%s: %llu bytes sent, %llu bytes in %u packets received: x%.1f\n", what,
	       (unsigned long long)forger.sent, (unsigned long long)forger.received, forger.packets,
	       yield);
	talk_close(&forger.talk);
	daemon_end(&server, SIGTERM);
	daemon_forget(&server);
	tree_remove(&tree);
	return yield;
}

static inline void forge(const void *bytes, size_t len, const union udp_addr *to)
{
	udp_send(forger.talk.fd, to, bytes, len);
	forger.sent += len + HEADERS;
}

static inline void forge_request(const void *bytes, size_t len)
{
	forge(bytes, len, &forger.talk.asked);
}

/* To each port where the transfer may be. */
static inline void forge_ack(unsigned number)
{
	uint8_t ack[4] = {0, ACK, (uint8_t)(number >> 8), (uint8_t)number};
	for (unsigned i = 0; i < forger.port_count; i++)
		forge(ack, sizeof ack, &forger.ports[i]);
}

#endif

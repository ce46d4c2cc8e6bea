/* Datagrams by hand. What fails here is the machine's fault, so it ends the test. */
#ifndef UVTFTP_TEST_E2E_UDP_H
#define UVTFTP_TEST_E2E_UDP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define UDP_BYTES_MAX 65536 /* more than any datagram */
#define UDP_TEXT_MAX  64

union udp_addr {
	struct sockaddr sa;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

struct udp_packet {
	union udp_addr from;
	size_t len;
	uint8_t bytes[UDP_BYTES_MAX];
};

void udp_address(union udp_addr *addr, const char *host, uint16_t port);
uint16_t udp_port(const union udp_addr *addr);
bool udp_equal(const union udp_addr *a, const union udp_addr *b);
bool udp_same_host(const union udp_addr *a, const union udp_addr *b);
/* "127.0.0.1:69", "[::1]:69" */
const char *udp_text(const union udp_addr *addr, char room[UDP_TEXT_MAX]);

/* A socket on this local address, any port. -1: this machine has no such address. */
int udp_open(const char *host);
uint16_t udp_local_port(int fd);
bool udp_try_send(int fd, const union udp_addr *to, const void *bytes, size_t len);
void udp_send(int fd, const union udp_addr *to, const void *bytes, size_t len);
/* False: nothing came in this time. */
bool udp_receive(int fd, struct udp_packet *packet, unsigned wait_ms);

uint64_t udp_now_us(void); /* monotonic */

#endif

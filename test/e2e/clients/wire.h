/* TFTP as a client writes it, shared by the test clients and with nothing of the code under test. */
#ifndef UVTFTP_TEST_E2E_WIRE_H
#define UVTFTP_TEST_E2E_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define WIRE_PACKET_MAX  65536
#define WIRE_REQUEST_MAX 512
#define WIRE_BLKSIZE     512 /* without options */

enum wire_op { WIRE_RRQ = 1, WIRE_DATA = 3, WIRE_ACK = 4, WIRE_ERROR = 5, WIRE_OACK = 6 };

struct wire_ask {
	const char *name;
	const char *mode;    /* "octet", "netascii" */
	unsigned blksize;    /* 0: not asked */
	unsigned windowsize; /* 0: not asked */
	bool wants_tsize;
};

/* What was granted; -1: not mentioned. */
struct wire_oack {
	int64_t blksize;
	int64_t windowsize;
	int64_t tsize;
};

struct wire_addr {
	struct sockaddr_storage storage;
	socklen_t len;
};

unsigned wire_get16(const uint8_t *at);
/* The length; ends the program if the name is too long. */
size_t wire_request(uint8_t room[WIRE_REQUEST_MAX], const struct wire_ask *ask);
size_t wire_ack(uint8_t room[4], uint64_t block);
size_t wire_error(uint8_t room[64], unsigned code, const char *text);
/* False: not an OACK by RFC 2347, or an option that nobody asks for here. */
bool wire_parse_oack(struct wire_oack *oack, const uint8_t *packet, size_t len);
/* False: not a numeric address and port. */
bool wire_parse_addr(struct wire_addr *addr, const char *host, const char *port);
bool wire_same_host(const struct wire_addr *a, const struct wire_addr *b);
unsigned wire_port(const struct wire_addr *addr);
/* A number of the command line within the range, or the end of the program. */
unsigned long wire_number(const char *what, const char *text, unsigned long min, unsigned long max);

#endif

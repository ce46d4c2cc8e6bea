#include "wire.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned wire_get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static size_t add_text(uint8_t *room, size_t len, const char *text)
{
	size_t more = strlen(text) + 1;
	if (len + more > WIRE_REQUEST_MAX) {
		fprintf(stderr, "a request for %s is too long\n", text);
		exit(2);
	}
	memcpy(room + len, text, more);
	return len + more;
}

static size_t add_option(uint8_t *room, size_t len, const char *name, unsigned value)
{
	char text[16];
	snprintf(text, sizeof text, "%u", value);
	return add_text(room, add_text(room, len, name), text);
}

size_t wire_request(uint8_t room[WIRE_REQUEST_MAX], const struct wire_ask *ask)
{
	put16(room, WIRE_RRQ);
	size_t len = add_text(room, add_text(room, 2, ask->name), ask->mode);
	if (ask->wants_tsize)
		len = add_option(room, len, "tsize", 0);
	if (ask->blksize != 0)
		len = add_option(room, len, "blksize", ask->blksize);
	if (ask->windowsize != 0)
		len = add_option(room, len, "windowsize", ask->windowsize);
	return len;
}

size_t wire_ack(uint8_t room[4], uint64_t block)
{
	put16(room, WIRE_ACK);
	put16(room + 2, (unsigned)(block & 0xffff));
	return 4;
}

size_t wire_error(uint8_t room[64], unsigned code, const char *text)
{
	put16(room, WIRE_ERROR);
	put16(room + 2, code);
	return 4 + (size_t)snprintf((char *)room + 4, 60, "%s", text) + 1;
}

static int64_t *find_option(struct wire_oack *oack, const char *name)
{
	if (strcmp(name, "blksize") == 0)
		return &oack->blksize;
	if (strcmp(name, "windowsize") == 0)
		return &oack->windowsize;
	return strcmp(name, "tsize") == 0 ? &oack->tsize : NULL;
}

bool wire_parse_oack(struct wire_oack *oack, const uint8_t *packet, size_t len)
{
	*oack = (struct wire_oack){-1, -1, -1};
	if (len < 3 || packet[len - 1] != 0)
		return false;
	const char *at = (const char *)packet + 2, *end = (const char *)packet + len;
	while (at < end) {
		const char *value = at + strlen(at) + 1;
		int64_t *slot = find_option(oack, at);
		if (value >= end || slot == NULL || *slot != -1)
			return false;
		char *rest;
		*slot = strtoll(value, &rest, 10);
		if (*rest != '\0' || rest == value)
			return false;
		at = rest + 1;
	}
	return true;
}

bool wire_parse_addr(struct wire_addr *addr, const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found;
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return false;
	memcpy(&addr->storage, found->ai_addr, found->ai_addrlen);
	addr->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

bool wire_same_host(const struct wire_addr *a, const struct wire_addr *b)
{
	if (a->storage.ss_family != b->storage.ss_family)
		return false;
	if (a->storage.ss_family == AF_INET)
		return ((const struct sockaddr_in *)&a->storage)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)&b->storage)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)&a->storage)->sin6_addr,
		      &((const struct sockaddr_in6 *)&b->storage)->sin6_addr,
		      sizeof(struct in6_addr)) == 0;
}

unsigned wire_port(const struct wire_addr *addr)
{
	if (addr->storage.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&addr->storage)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)&addr->storage)->sin6_port);
}

unsigned long wire_number(const char *what, const char *text, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || value < min || value > max) {
		fprintf(stderr, "%s: '%s' is not a number from %lu to %lu\n", what, text, min, max);
		exit(2);
	}
	return value;
}

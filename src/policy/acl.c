#include "policy/acl.h"

#include <stdio.h>
#include <string.h>

#define V4_PREFIX_BITS 96u

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void acl_from_v4(struct acl_addr *addr, const uint8_t v4[4])
{
	memcpy(addr->bytes, v4_prefix, sizeof v4_prefix);
	memcpy(addr->bytes + sizeof v4_prefix, v4, 4);
}

bool acl_is_v4(const struct acl_addr *addr)
{
	return memcmp(addr->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

/* Four decimal numbers without leading zeros: "010" is eight to some and ten to others. */
static bool parse_v4(uint8_t v4[4], struct text text)
{
	size_t at = 0;
	for (int i = 0; i < 4; i++) {
		size_t start = at;
		unsigned value = 0;
		while (at < text.len && at - start < 3 && text.at[at] >= '0' && text.at[at] <= '9')
			value = 10 * value + (unsigned)(text.at[at++] - '0');
		if (at == start || value > 255 || (text.at[start] == '0' && at - start > 1))
			return false;
		v4[i] = (uint8_t)value;
		if (i < 3 && (at == text.len || text.at[at++] != '.'))
			return false;
	}
	return at == text.len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One group of up to four hex digits at *at. */
static bool parse_group(struct text text, size_t *at, unsigned *group)
{
	size_t start = *at;
	*group = 0;
	while (*at < text.len && *at - start < 4 && hex_digit(text.at[*at]) >= 0)
		*group = *group << 4 | (unsigned)hex_digit(text.at[(*at)++]);
	return *at > start;
}

/* Reads groups into bytes until the end or "::". Returns how many bytes, or -1. */
static int parse_groups(struct text text, size_t *at, uint8_t *bytes, int room)
{
	int used = 0;
	while (*at < text.len) {
		size_t start = *at;
		unsigned group;
		if (!parse_group(text, at, &group))
			return -1;
		if (*at < text.len && text.at[*at] == '.') {
			struct text tail = {text.at + start, text.len - start};
			*at = text.len;
			return used + 4 <= room && parse_v4(bytes + used, tail) ? used + 4 : -1;
		}
		if (used + 2 > room)
			return -1;
		bytes[used++] = (uint8_t)(group >> 8);
		bytes[used++] = (uint8_t)group;
		if (*at == text.len)
			break;
		if (text.at[(*at)++] != ':' || *at == text.len)
			return -1;
		if (text.at[*at] == ':')
			break;
	}
	return used;
}

static bool parse_v6(struct acl_addr *addr, struct text text)
{
	uint8_t front[16], back[16];
	size_t at = 0;
	int front_len = 0;
	bool begins_short = text.len >= 2 && text.at[0] == ':' && text.at[1] == ':';
	if (begins_short)
		at = 1;
	else
		front_len = parse_groups(text, &at, front, 16);
	if (front_len == 16 && at == text.len) {
		memcpy(addr->bytes, front, 16);
		return true;
	}
	/* "::" stands for one group at least. */
	if (front_len < 0 || front_len > 14 || at == text.len)
		return false;
	at++; /* the second colon of "::" */
	int back_len = parse_groups(text, &at, back, 14 - front_len);
	if (back_len < 0 || at != text.len)
		return false;
	memset(addr->bytes, 0, 16);
	memcpy(addr->bytes, front, (size_t)front_len);
	memcpy(addr->bytes + 16 - back_len, back, (size_t)back_len);
	return true;
}

bool acl_parse_addr(struct acl_addr *addr, struct text text)
{
	uint8_t v4[4];
	if (memchr(text.at, ':', text.len) != NULL)
		return parse_v6(addr, text);
	if (!parse_v4(v4, text))
		return false;
	acl_from_v4(addr, v4);
	return true;
}

/* True if a bit behind the prefix is set. */
static bool has_host_bits(const struct acl_net *net)
{
	for (unsigned bit = net->bits; bit < 128; bit++)
		if (net->addr.bytes[bit / 8] & 0x80u >> bit % 8)
			return true;
	return false;
}

const char *acl_parse_net(struct acl_net *net, struct text text)
{
	const char *slash = memchr(text.at, '/', text.len);
	struct text addr = {text.at, slash != NULL ? (size_t)(slash - text.at) : text.len};
	if (!acl_parse_addr(&net->addr, addr))
		return "is not a numeric address or network such as 192.0.2.0/24 or 2001:db8::/32";
	net->is_v4 = memchr(addr.at, ':', addr.len) == NULL;
	if (!net->is_v4 && acl_is_v4(&net->addr))
		return "is an IPv4 address in IPv6 form: write it as 192.0.2.7";
	unsigned most = net->is_v4 ? 32 : 128;
	uint64_t bits = most;
	if (slash != NULL) {
		struct text number = {slash + 1, text.len - addr.len - 1};
		bool has_leading_zero = number.len > 1 && number.at[0] == '0';
		if (has_leading_zero || !text_number(number, &bits) || bits > most)
			return net->is_v4 ? "needs a prefix length from 0 to 32"
					  : "needs a prefix length from 0 to 128";
	}
	net->bits = (unsigned)bits + (net->is_v4 ? V4_PREFIX_BITS : 0);
	return has_host_bits(net) ? "has bits set behind its prefix length, where all must be zero"
				  : NULL;
}

bool acl_contains(const struct acl_net *net, const struct acl_addr *addr)
{
	if (net->is_v4 != acl_is_v4(addr))
		return false;
	unsigned whole = net->bits / 8, rest = net->bits % 8;
	if (memcmp(net->addr.bytes, addr->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       ((net->addr.bytes[whole] ^ addr->bytes[whole]) & 0xff00u >> rest & 0xff) == 0;
}

/* The longest run of zero groups, two at least (RFC 5952 section 4.2). None: -1 and a run of 1. */
static int find_zeros(const unsigned groups[8], int *run)
{
	int best = -1;
	*run = 1;
	for (int i = 0; i < 8; i++) {
		int n = 0;
		while (i + n < 8 && groups[i + n] == 0)
			n++;
		if (n > *run) {
			best = i;
			*run = n;
		}
	}
	return best;
}

void acl_format(const struct acl_addr *addr, char text[46])
{
	const uint8_t *b = addr->bytes;
	if (acl_is_v4(addr)) {
		snprintf(text, 46, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
		return;
	}
	unsigned groups[8];
	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned)(b[2 * i] << 8 | b[2 * i + 1]);
	int run, zeros = find_zeros(groups, &run);
	size_t len = 0;
	for (int i = 0; i < 8; i++) {
		if (i == zeros) {
			memcpy(text + len, "::", 3);
			len += 2;
			i += run - 1;
			continue;
		}
		bool needs_colon = i > 0 && i != zeros + run;
		len += (size_t)snprintf(text + len, 46 - len, "%s%x", needs_colon ? ":" : "", groups[i]);
	}
}

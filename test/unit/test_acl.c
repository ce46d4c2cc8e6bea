#include "unit/suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/acl.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Some tests compare very often, and check writes to a pipe for each ck_assert: there only failures use it.
 *
 * The text lies in memory of exactly its size, so that a sanitizer sees a read beyond it. */
static struct text exact(const char *text, char **memory)
{
	size_t len = strlen(text);
	*memory = malloc(len > 0 ? len : 1);
	if (*memory == NULL)
		ck_abort_msg("out of memory");
	memcpy(*memory, text, len);
	return (struct text){*memory, len};
}

static bool parse(const char *text, struct acl_addr *addr)
{
	char *memory;
	memset(addr, 0xa5, sizeof *addr);
	bool is_ok = acl_parse_addr(addr, exact(text, &memory));
	free(memory);
	return is_ok;
}

static const char *parse_net(const char *text, struct acl_net *net)
{
	char *memory;
	memset(net, 0xa5, sizeof *net);
	const char *wrong = acl_parse_net(net, exact(text, &memory));
	free(memory);
	return wrong;
}

/* What the system's own parser says, in our form. */
static bool ask_system(const char *text, struct acl_addr *addr)
{
	uint8_t v4[4];
	if (inet_pton(AF_INET6, text, addr->bytes) == 1)
		return true;
	if (inet_pton(AF_INET, text, v4) != 1)
		return false;
	acl_from_v4(addr, v4);
	return true;
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void assert_same_as_system(const char *text)
{
	struct acl_addr ours, theirs;
	bool is_ok = parse(text, &ours);
	if (is_ok != ask_system(text, &theirs))
		ck_abort_msg("'%s' is %s", text, is_ok ? "taken" : "refused");
	if (is_ok && memcmp(ours.bytes, theirs.bytes, 16) != 0)
		ck_abort_msg("'%s' differs", text);
}

/* `texts` are set apart by '|'. */
static void assert_all(const char *texts, bool is_taken)
{
	for (;;) {
		struct acl_addr addr;
		char text[64];
		size_t len = strcspn(texts, "|");
		snprintf(text, sizeof text, "%.*s", (int)len, texts);
		ck_assert_msg(parse(text, &addr) == is_taken, "'%s' is %s", text,
			      is_taken ? "refused" : "taken");
		assert_same_as_system(text);
		if (texts[len] == '\0')
			return;
		texts += len + 1;
	}
}

START_TEST(reads_addresses)
{
	assert_all("0.0.0.0|192.0.2.7|255.255.255.255|10.0.0.1|1.20.100.0|::|::1|1::|2001:db8::7|"
		   "2001:DB8::AbCd|1:2:3:4:5:6:7:8|1:2:3:4:5:6:7::|::2:3:4:5:6:7:8|1::3:4:5:6:7:8|"
		   "1:2:3::6:7:8|0001:0002:0003:0004:0005:0006:0007:0008|"
		   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|::192.0.2.7|::ffff:192.0.2.7|"
		   "64:ff9b::192.0.2.33|1:2:3:4:5:6:192.0.2.7|1:2:3:4:5::192.0.2.7|"
		   "::2:3:4:5:6:192.0.2.7|fe80::1",
		   true);
}
END_TEST

START_TEST(refuses_what_is_no_address)
{
	assert_all("|.|...|1|1.2.3|1.2.3.|.1.2.3|1..2.3|1.2.3.4.|1.2.3.4.5|256.0.0.1|1.2.3.256|"
		   "1.2.3.1000|1.2.3.4294967300|1000.2.3.4|01.2.3.4|1.2.3.04|1.2.3.00|1.2.3.-4|+1.2.3.4|"
		   " 1.2.3.4|"
		   "1.2.3.4 |1.2.3.0x4|1.2.3.a|1,2,3,4|192.0.2|3232235777|localhost|:|:::|::::|1:|"
		   ":1|1:2|:1::2|1::2:|1:::2|1::2::3|::1::|1:2:3:4:5:6:7|1:2:3:4:5:6:7:|"
		   "1:2:3:4:5:6:7:8:|1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7:8::|::1:2:3:4:5:6:7:8|"
		   "1::2:3:4:5:6:7:8|1:2:3:4:5:6:7::8|1:2:3:4::5:6:7:8|12345::|::12345|::g|g::|"
		   "::G|::@|::`|::/|1;2::|::1.2.3|::1.2.3.4.5|::1.2.3.400|::01.2.3.4|::a.2.3.4|"
		   "::1.2.3.4:5|1.2.3.4::|1.2.3.4:5|1:2:3:4:5:6:7:1.2.3.4|1:2:3:4:5:1.2.3.4|"
		   "1:2:3:4:5:6::1.2.3.4|1::2:3:4:5:6:1.2.3.4|fe80::1%eth0|fe80::1%1|[::1]|"
		   "::1/128|1.2.3.4/32|::1 | ::1",
		   false);
}
END_TEST

START_TEST(reads_any_text_as_the_system_does)
{
	static const char *const seeds[] = {"192.0.2.70",    "1:2:3:4:5:6:7:8", "::1",
					    "20:db8::a:0:7", "::ffff:19.0.2.7", "1:2:3:4:5:6:7::"};
	static const char letters[] = "0123456789abfF::::..";
	uint32_t random = 5;
	unsigned taken = 0;
	for (int round = 0; round < 60000; round++) {
		char text[64];
		snprintf(text, sizeof text, "%s", seeds[next_random(&random) % COUNT(seeds)]);
		for (uint32_t edits = 1 + next_random(&random) % 3; edits > 0; edits--) {
			size_t len = strlen(text), at = next_random(&random) % (len + 1);
			char letter = letters[next_random(&random) % (sizeof letters - 1)];
			uint32_t kind = next_random(&random) % 3;
			if (kind == 0 && at < len) {
				text[at] = letter;
			} else if (kind == 1 && at < len) {
				memmove(text + at, text + at + 1, len - at);
			} else {
				memmove(text + at + 1, text + at, len - at + 1);
				text[at] = letter;
			}
		}
		assert_same_as_system(text);
		struct acl_addr addr;
		taken += parse(text, &addr);
	}
	/* Neither side of the comparison is there by chance only. */
	ck_assert_uint_gt(taken, 10000);
	ck_assert_uint_lt(taken, 50000);
}
END_TEST

START_TEST(holds_ipv4_as_mapped_ipv6)
{
	static const uint8_t v4[4] = {192, 0, 2, 7};
	static const uint8_t wanted[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
	struct acl_addr built, read, mapped, other;
	acl_from_v4(&built, v4);
	ck_assert_mem_eq(built.bytes, wanted, 16);
	ck_assert(parse("192.0.2.7", &read));
	ck_assert_mem_eq(read.bytes, wanted, 16);
	ck_assert(parse("::ffff:c000:207", &mapped));
	ck_assert_mem_eq(mapped.bytes, wanted, 16);
	ck_assert(acl_is_v4(&mapped));
	ck_assert(parse("::192.0.2.7", &other));
	ck_assert(!acl_is_v4(&other));
	ck_assert(parse("::fffe:192.0.2.7", &other));
	ck_assert(!acl_is_v4(&other));
	ck_assert(parse("1::ffff:192.0.2.7", &other));
	ck_assert(!acl_is_v4(&other));
}
END_TEST

static void assert_format(const char *text, const char *wanted)
{
	struct acl_addr addr;
	char room[46];
	ck_assert_msg(parse(text, &addr), "'%s' is refused", text);
	memset(room, '#', sizeof room);
	acl_format(&addr, room);
	ck_assert_str_eq(room, wanted);
}

START_TEST(writes_addresses_as_rfc_5952_says)
{
	static const char *const pairs[][2] = {
	    {"192.0.2.7", "192.0.2.7"},
	    {"::ffff:192.0.2.7", "192.0.2.7"},
	    {"::1", "::1"},
	    {"1::", "1::"},
	    {"0:0:0:0:0:0:0:1", "::1"},
	    {"2001:0DB8:0:0:0:0:0:0007", "2001:db8::7"},
	    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	    {"1:1:1:1:1:1:1:0", "1:1:1:1:1:1:1:0"},
	    {"1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"},
	    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
	    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	    {"0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"},
	    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
	    {"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"},
	    {"0:0:1:0:0:0:1:1", "0:0:1::1:1"},
	    {"1:0:0:2:0:0:0:0", "1:0:0:2::"},
	    {"::192.0.2.7", "::c000:207"},
	    {"ABCD:EF01:2345:6789:abcd:ef01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"}};
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_format(pairs[i][0], pairs[i][1]);
}
END_TEST

static void make_random_v6(uint32_t *random, struct acl_addr *addr)
{
	uint32_t zeros = next_random(random), short_groups = next_random(random);
	for (unsigned i = 0; i < 8; i++) {
		uint32_t group = next_random(random) & 0xffff;
		if (short_groups >> i & 1)
			group >>= next_random(random) % 16;
		if (zeros >> i & 1)
			group = 0;
		addr->bytes[2 * i] = (uint8_t)(group >> 8);
		addr->bytes[2 * i + 1] = (uint8_t)group;
	}
}

static void make_random_v4(uint32_t *random, struct acl_addr *addr)
{
	uint8_t v4[4];
	for (int i = 0; i < 4; i++)
		v4[i] = (uint8_t)next_random(random);
	acl_from_v4(addr, v4);
}

static void assert_reads_back(const struct acl_addr *addr)
{
	static const uint8_t zeros[12] = {0};
	struct acl_addr read, theirs;
	char text[46], system_text[INET6_ADDRSTRLEN];
	acl_format(addr, text);
	if (!parse(text, &read) || memcmp(read.bytes, addr->bytes, 16) != 0)
		ck_abort_msg("'%s' is not read back", text);
	if (!ask_system(text, &theirs) || memcmp(theirs.bytes, addr->bytes, 16) != 0)
		ck_abort_msg("'%s' is another address to the system", text);
	if (acl_is_v4(addr)) {
		inet_ntop(AF_INET, addr->bytes + 12, system_text, sizeof system_text);
		if (strcmp(text, system_text) != 0)
			ck_abort_msg("%s, not %s", text, system_text);
		return;
	}
	/* Of runs of one length systems choose different ones, and some write ::c000:207 with dots. */
	inet_ntop(AF_INET6, addr->bytes, system_text, sizeof system_text);
	bool may_have_dots = memcmp(addr->bytes, zeros, sizeof zeros) == 0;
	if (!may_have_dots && strlen(text) != strlen(system_text))
		ck_abort_msg("%s, not %s", text, system_text);
}

START_TEST(reads_back_what_it_writes)
{
	uint32_t random = 7;
	for (int round = 0; round < 100000; round++) {
		struct acl_addr addr;
		if (round % 4 == 0)
			make_random_v4(&random, &addr);
		else
			make_random_v6(&random, &addr);
		assert_reads_back(&addr);
	}
}
END_TEST

START_TEST(reads_networks)
{
	static const struct {
		const char *text;
		const char *addr;
		unsigned bits;
		bool is_v4;
	} nets[] = {
	    {"192.0.2.0/24", "192.0.2.0", 120, true},   {"128.0.0.0/1", "128.0.0.0", 97, true},
	    {"0.0.0.0/0", "0.0.0.0", 96, true},         {"::/0", "::", 0, false},
	    {"8000::/1", "8000::", 1, false},           {"2001:db8::/32", "2001:db8::", 32, false},
	    {"2001:db8::1", "2001:db8::1", 128, false}, {"2001:db8::1/128", "2001:db8::1", 128, false},
	    {"::fffe:0:0/95", "::fffe:0:0", 95, false},
	};
	for (size_t i = 0; i < COUNT(nets); i++) {
		struct acl_net net;
		struct acl_addr addr;
		ck_assert_ptr_null(parse_net(nets[i].text, &net));
		ck_assert(parse(nets[i].addr, &addr));
		ck_assert_mem_eq(net.addr.bytes, addr.bytes, 16);
		ck_assert_uint_eq(net.bits, nets[i].bits);
		ck_assert_int_eq(net.is_v4, nets[i].is_v4);
	}
}
END_TEST

START_TEST(says_what_is_wrong_with_a_network)
{
	static const char *const pairs[][2] = {{"", "not a numeric address or network"},
					       {"/", "not a numeric address or network"},
					       {"example.org", "not a numeric address or network"},
					       {"192.0.2", "192.0.2.0/24 or 2001:db8::/32"},
					       {"192.0.2.0/", "from 0 to 32"},
					       {"192.0.2.0/33", "from 0 to 32"},
					       {"192.0.2.0/-1", "from 0 to 32"},
					       {"192.0.2.0/024", "from 0 to 32"},
					       {"0.0.0.0/00", "from 0 to 32"},
					       {"192.0.2.0/255.255.255.0", "from 0 to 32"},
					       {"192.0.2.0/24/24", "from 0 to 32"},
					       {"192.0.2.0/99999999999999999999", "from 0 to 32"},
					       {"192.0.2.0/4294967320", "from 0 to 32"},
					       {"2001:db8::/", "from 0 to 128"},
					       {"2001:db8::/129", "from 0 to 128"},
					       {"192.0.2.1/24", "bits set behind its prefix length"},
					       {"1.0.0.0/0", "bits set behind its prefix length"},
					       {"2001:db8::1/127", "bits set behind its prefix length"},
					       {"8000::/0", "bits set behind its prefix length"},
					       {"::ffff:192.0.2.7", "write it as 192.0.2.7"},
					       {"::ffff:0:0/96", "write it as 192.0.2.7"}};
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct acl_net net;
		const char *wrong = parse_net(pairs[i][0], &net);
		ck_assert_msg(wrong != NULL, "'%s' is taken", pairs[i][0]);
		ck_assert_msg(strstr(wrong, pairs[i][1]) != NULL, "'%s' %s", pairs[i][0], wrong);
	}
}
END_TEST

/* The network of `bits` bits (of the IPv6 form) around a random address, read from its text. */
static void make_net(struct acl_net *net, const struct acl_addr *addr, unsigned bits)
{
	struct acl_addr first = *addr;
	char host[46], text[64];
	for (unsigned bit = bits; bit < 128; bit++)
		first.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	acl_format(&first, host);
	snprintf(text, sizeof text, "%s/%u", host, acl_is_v4(addr) ? bits - 96 : bits);
	const char *wrong = parse_net(text, net);
	ck_assert_msg(wrong == NULL, "%s %s", text, wrong);
	ck_assert_uint_eq(net->bits, bits);
}

/* Exactly the bits of the prefix decide. */
static void assert_bits_decide(const struct acl_addr *addr, unsigned bits)
{
	struct acl_net net;
	make_net(&net, addr, bits);
	ck_assert(acl_contains(&net, addr));
	for (unsigned bit = 0; bit < 128; bit++) {
		struct acl_addr other = *addr;
		other.bytes[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
		if (acl_contains(&net, &other) != (bit >= bits))
			ck_abort_msg("bit %u of /%u", bit, bits);
	}
}

START_TEST(compares_exactly_the_bits_of_the_prefix)
{
	uint32_t random = 11;
	for (int round = 0; round < 20; round++) {
		struct acl_addr addr;
		for (int i = 0; i < 16; i++)
			addr.bytes[i] = (uint8_t)next_random(&random);
		for (unsigned bits = 0; bits <= 128; bits++)
			assert_bits_decide(&addr, bits);
		make_random_v4(&random, &addr);
		for (unsigned bits = 96; bits <= 128; bits++)
			assert_bits_decide(&addr, bits);
	}
}
END_TEST

START_TEST(keeps_ipv4_and_ipv6_apart)
{
	static const struct {
		const char *net;
		const char *addr;
		bool is_in;
	} cases[] = {
	    {"0.0.0.0/0", "192.0.2.7", true},
	    {"0.0.0.0/0", "::", false},
	    {"0.0.0.0/0", "2001:db8::7", false},
	    {"0.0.0.0/0", "::192.0.2.7", false},
	    {"0.0.0.0/0", "::ffff:192.0.2.7", true},
	    {"::/0", "2001:db8::7", true},
	    {"::/0", "192.0.2.7", false},
	    {"::/0", "::ffff:192.0.2.7", false},
	    {"::fffe:0:0/95", "192.0.2.7", false},
	    {"::fffe:0:0/95", "::fffe:192.0.2.7", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct acl_net net;
		struct acl_addr addr;
		ck_assert_ptr_null(parse_net(cases[i].net, &net));
		ck_assert(parse(cases[i].addr, &addr));
		ck_assert_msg(acl_contains(&net, &addr) == cases[i].is_in, "%s in %s", cases[i].addr,
			      cases[i].net);
	}
}
END_TEST

SUITE("acl", reads_addresses, refuses_what_is_no_address, reads_any_text_as_the_system_does,
      holds_ipv4_as_mapped_ipv6, writes_addresses_as_rfc_5952_says, reads_back_what_it_writes,
      reads_networks, says_what_is_wrong_with_a_network, compares_exactly_the_bits_of_the_prefix,
      keeps_ipv4_and_ipv6_apart)

/* Addresses as text: what parses, formats to text that parses to the same. */
#include "fuzz/fuzz.h"
#include "net/addr.h"

static void check_round_trip(const struct addr *addr)
{
	char *text = fuzz_alloc(ADDR_TEXT_MAX);
	char *host = fuzz_alloc(ADDR_TEXT_MAX);
	struct addr again;
	struct addr_key key, key_again;

	addr_format(addr, text);
	ASSERT(addr_parse(&again, text, 0) == 0);
	ASSERT(addr_equal(addr, &again) && addr_same_host(addr, &again));
	ASSERT(addr_port(&again) == addr_port(addr) && addr_len(&again) == addr_len(addr));
	addr_key(addr, &key);
	addr_key(&again, &key_again);
	ASSERT(memcmp(&key, &key_again, sizeof key) == 0);

	addr_format_host(addr, host);
	ASSERT(addr_parse(&again, host, addr_port(addr)) == 0);
	ASSERT(addr_equal(addr, &again));

	addr_set_port(&again, (uint16_t)(addr_port(addr) + 1));
	ASSERT(!addr_equal(addr, &again) && addr_same_host(addr, &again));
	addr_key(&again, &key_again);
	ASSERT(memcmp(&key, &key_again, sizeof key) != 0);
	free(host);
	free(text);
}

static void check_text(const uint8_t *data, size_t size)
{
	struct addr addr;
	char *text = fuzz_alloc(size + 1);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (addr_parse(&addr, text, 69) == 0) {
		struct addr copy;
		ASSERT(addr.sa.sa_family == AF_INET || addr.sa.sa_family == AF_INET6);
		ASSERT(addr_from_sockaddr(&copy, &addr.sa) && addr_equal(&addr, &copy));
		ASSERT(!(addr_is_any(&addr) && addr_is_multicast(&addr)));
		check_round_trip(&addr);
	}
	free(text);
}

/* The same bytes as what the kernel could hand us. */
static void check_raw(struct feed feed)
{
	struct sockaddr_storage storage;
	struct addr addr;
	memset(&storage, 0, sizeof storage);
	size_t len = feed.left < sizeof(struct sockaddr_in6) ? feed.left : sizeof(struct sockaddr_in6);
	if (len > 0)
		memcpy(&storage, feed.at, len);
	if (addr_from_sockaddr(&addr, (const struct sockaddr *)&storage)) {
		char text[ADDR_TEXT_MAX];
		addr_format(&addr, text);
		ASSERT(strlen(text) < ADDR_TEXT_MAX);
		ASSERT(addr_equal(&addr, &addr));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	check_text(data, size);
	check_raw((struct feed){data, size});
	return 0;
}

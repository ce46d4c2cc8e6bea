#include "base/table.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

#define BUCKETS_MIN 16
#define BUCKETS_MAX (SIZE_MAX / 2 / sizeof(struct table_link *))

int table_init(struct table *table, size_t expected, const uint64_t key[2])
{
	size_t wanted = BUCKETS_MIN;
	while (wanted < expected && wanted <= BUCKETS_MAX / 2)
		wanted *= 2;
	memset(table, 0, sizeof *table);
	table->buckets = mem_zalloc(wanted, sizeof *table->buckets);
	if (table->buckets == NULL)
		return -1;
	table->bucket_count = wanted;
	table->key[0] = key[0];
	table->key[1] = key[1];
	return 0;
}

void table_fini(struct table *table)
{
	mem_free(table->buckets);
	memset(table, 0, sizeof *table);
}

uint64_t table_hash(const struct table *table, const void *data, size_t len)
{
	return table_siphash(table->key, data, len);
}

static struct table_link **bucket_of(struct table_link **buckets, size_t bucket_count, uint64_t hash)
{
	return &buckets[(size_t)(hash & (bucket_count - 1))];
}

static void push(struct table_link **bucket, struct table_link *link)
{
	link->next = *bucket;
	*bucket = link;
}

/* Without memory the chains get longer and nothing else changes; the next insert tries again. */
static void grow(struct table *table)
{
	size_t wanted = table->bucket_count * 2;
	struct table_link **buckets = mem_zalloc(wanted, sizeof *buckets);
	if (buckets == NULL)
		return;
	for (size_t i = 0; i < table->bucket_count; i++) {
		struct table_link *next;
		for (struct table_link *link = table->buckets[i]; link != NULL; link = next) {
			next = link->next;
			push(bucket_of(buckets, wanted, link->hash), link);
		}
	}
	mem_free(table->buckets);
	table->buckets = buckets;
	table->bucket_count = wanted;
}

void table_insert(struct table *table, struct table_link *link, uint64_t hash)
{
	ASSERT(table->bucket_count > 0);
	if (table->count >= table->bucket_count)
		grow(table);
	link->hash = hash;
	push(bucket_of(table->buckets, table->bucket_count, hash), link);
	table->count++;
}

void table_remove(struct table *table, struct table_link *link)
{
	ASSERT(table->count > 0);
	struct table_link **at = bucket_of(table->buckets, table->bucket_count, link->hash);
	while (*at != link) {
		ASSERT(*at != NULL);
		at = &(*at)->next;
	}
	*at = link->next;
	link->next = NULL;
	table->count--;
}

static struct table_link *find(struct table_link *link, uint64_t hash)
{
	while (link != NULL && link->hash != hash)
		link = link->next;
	return link;
}

struct table_link *table_first(const struct table *table, uint64_t hash)
{
	if (table->count == 0)
		return NULL;
	return find(*bucket_of(table->buckets, table->bucket_count, hash), hash);
}

struct table_link *table_next(const struct table_link *link)
{
	return find(link->next, link->hash);
}

void table_each(struct table *table, void (*each)(struct table_link *, void *), void *user)
{
	for (size_t i = 0; i < table->bucket_count; i++) {
		struct table_link *next;
		for (struct table_link *link = table->buckets[i]; link != NULL; link = next) {
			next = link->next;
			each(link, user);
		}
	}
}

static inline uint64_t rotate_left(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] = rotate_left(v[2], 32);
}

/* Little-endian, whatever the machine: the hash is the same everywhere. */
static uint64_t load(const uint8_t *bytes, size_t len)
{
	uint64_t word = 0;
	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t table_siphash(const uint64_t key[2], const void *data, size_t len)
{
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			 key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
	const uint8_t *bytes = data;
	size_t left = len;
	for (; left >= 8; left -= 8, bytes += 8)
		absorb(v, load(bytes, 8));
	absorb(v, (uint64_t)len << 56 | load(bytes, left));
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Intrusive hash table with a keyed hash (SipHash-1-3), so that a stranger who chooses addresses or
 * names cannot make it a list. Grows by doubling; if memory is short it just gets slower. */
#ifndef UVTFTP_BASE_TABLE_H
#define UVTFTP_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_link {
	struct table_link *next;
	uint64_t hash;
};

struct table {
	struct table_link **buckets; /* own */
	size_t bucket_count;         /* a power of two */
	size_t count;
	uint64_t key[2];
};

#define TABLE_ENTRY(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* `key` is 128 random bits. 0, or -1 if memory is short. */
int table_init(struct table *table, size_t expected, const uint64_t key[2]);
void table_fini(struct table *table); /* entries are the owner's; may be called on a zeroed table */
uint64_t table_hash(const struct table *table, const void *data, size_t len);
void table_insert(struct table *table, struct table_link *link, uint64_t hash);
void table_remove(struct table *table, struct table_link *link); /* must be in the table */
/* First link with this hash, then the others: equal hashes are not yet equal keys. */
struct table_link *table_first(const struct table *table, uint64_t hash);
struct table_link *table_next(const struct table_link *link);
/* Calls `each` for every entry; it may remove the entry it is given and no other. */
void table_each(struct table *table, void (*each)(struct table_link *, void *), void *user);

/* SipHash-1-3 of the bytes under the 128-bit key. */
uint64_t table_siphash(const uint64_t key[2], const void *data, size_t len);

#endif

#include "unit/suite.h"

#include <string.h>

#include "base/mem.h"
#include "base/table.h"
#include "unit/death.h"

static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

struct entry {
	int id;
	struct table_link link;
};

static int id_of(struct table_link *link)
{
	return link == NULL ? -1 : TABLE_ENTRY(link, struct entry, link)->id;
}

static uint64_t hash_of(const struct table *table, int id)
{
	return table_hash(table, &id, sizeof id);
}

static void insert_all(struct table *table, struct entry *entries, int count)
{
	for (int i = 0; i < count; i++) {
		entries[i].id = i;
		table_insert(table, &entries[i].link, hash_of(table, i));
	}
}

/* The published vectors of SipHash-1-3: key 00 01 .. 0f, input 00 01 .. of the length given. */
START_TEST(hashes_as_siphash_1_3_does)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} vectors[] = {
	    {0, 0xabac0158050fc4dc}, {1, 0xc9f49bf37d57ca93},  {2, 0x82cb9b024dc7d44d},
	    {3, 0x8bf80ab8e7ddf7fb}, {4, 0xcf75576088d38328},  {5, 0xdef9d52f49533b67},
	    {6, 0xc50d2b50c59f22a7}, {7, 0xd3927d989bb11140},  {8, 0x369095118d299a8e},
	    {9, 0x25a48eb36c063de4}, {63, 0x9d199062b7bbb3a8},
	};
	uint8_t input[64];
	for (size_t i = 0; i < sizeof input; i++)
		input[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		uint64_t hash = table_siphash(key, input, vectors[i].len);
		ck_assert_msg(hash == vectors[i].hash, "length %zu", vectors[i].len);
	}
	ck_assert_uint_eq(table_siphash(key, NULL, 0), vectors[0].hash);
}
END_TEST

START_TEST(hashes_differently_under_another_key)
{
	struct table one;
	struct table two;
	const uint64_t other[2] = {key[0], key[1] ^ 1};
	ck_assert_int_eq(table_init(&one, 0, key), 0);
	ck_assert_int_eq(table_init(&two, 0, other), 0);
	ck_assert_uint_ne(table_hash(&one, "name", 4), table_hash(&two, "name", 4));
	ck_assert_uint_eq(table_hash(&one, "name", 4), table_siphash(key, "name", 4));
	table_fini(&one);
	table_fini(&two);
}
END_TEST

START_TEST(finds_what_was_inserted_and_nothing_else)
{
	struct table table;
	struct entry entries[100];
	ck_assert_int_eq(table_init(&table, 4, key), 0);
	insert_all(&table, entries, 100);
	ck_assert_uint_eq(table.count, 100);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(id_of(table_first(&table, hash_of(&table, i))), i);
	for (int i = 100; i < 200; i++)
		ck_assert_ptr_null(table_first(&table, hash_of(&table, i)));
	for (int i = 0; i < 100; i += 2)
		table_remove(&table, &entries[i].link);
	ck_assert_uint_eq(table.count, 50);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(id_of(table_first(&table, hash_of(&table, i))), i % 2 == 0 ? -1 : i);
	table_fini(&table);
}
END_TEST

START_TEST(finds_nothing_in_an_empty_or_zeroed_table)
{
	struct table table;
	memset(&table, 0, sizeof table);
	ck_assert_ptr_null(table_first(&table, 1));
	table_fini(&table);
	ck_assert_int_eq(table_init(&table, 10, key), 0);
	ck_assert_ptr_null(table_first(&table, 1));
	table_fini(&table);
	table_fini(&table);
	ck_assert_ptr_null(table_first(&table, 1));
}
END_TEST

/* Same bucket, with and without the same hash: only the same hash is found. */
START_TEST(walks_all_entries_of_equal_hash)
{
	struct table table;
	struct entry entries[6];
	const uint64_t hashes[6] = {5, 5 + (1ull << 40), 5, 5 + (1ull << 40), 5, 6};
	ck_assert_int_eq(table_init(&table, 6, key), 0);
	for (int i = 0; i < 6; i++) {
		entries[i].id = i;
		table_insert(&table, &entries[i].link, hashes[i]);
	}
	int seen = 0;
	for (struct table_link *link = table_first(&table, 5); link != NULL; link = table_next(link))
		seen |= 1 << id_of(link);
	ck_assert_int_eq(seen, 1 << 0 | 1 << 2 | 1 << 4);
	table_remove(&table, &entries[2].link);
	table_remove(&table, &entries[4].link);
	ck_assert_int_eq(id_of(table_first(&table, 5)), 0);
	ck_assert_ptr_null(table_next(table_first(&table, 5)));
	ck_assert_int_eq(id_of(table_first(&table, 6)), 5);
	table_fini(&table);
}
END_TEST

START_TEST(grows_by_doubling_and_starts_at_what_is_expected)
{
	struct table table;
	static struct entry entries[1000];
	ck_assert_int_eq(table_init(&table, 0, key), 0);
	insert_all(&table, entries, 1000);
	ck_assert_uint_eq(table.bucket_count, 1024);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(id_of(table_first(&table, hash_of(&table, i))), i);
	table_fini(&table);

	ck_assert_int_eq(table_init(&table, 1000, key), 0);
	struct table_link **buckets = table.buckets;
	insert_all(&table, entries, 1000);
	ck_assert_ptr_eq(table.buckets, buckets);
	table_fini(&table);
}
END_TEST

START_TEST(loses_nothing_when_growing_fails_and_grows_later)
{
	struct table table;
	struct entry entries[40];
	ck_assert_int_eq(table_init(&table, 0, key), 0);
	size_t small = table.bucket_count;
	insert_all(&table, entries, (int)small);
	for (int i = (int)small; i < 40; i++) {
		entries[i].id = i;
		mem_fail_nth(1);
		table_insert(&table, &entries[i].link, hash_of(&table, i));
		mem_fail_nth(0);
		ck_assert_uint_eq(table.bucket_count, small);
	}
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(id_of(table_first(&table, hash_of(&table, i))), i);
	table_remove(&table, &entries[7].link);
	table_insert(&table, &entries[7].link, hash_of(&table, 7));
	ck_assert_uint_gt(table.bucket_count, small);
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(id_of(table_first(&table, hash_of(&table, i))), i);
	table_fini(&table);
}
END_TEST

START_TEST(refuses_to_start_without_memory)
{
	struct table table;
	mem_fail_nth(1);
	ck_assert_int_eq(table_init(&table, 10, key), -1);
	table_fini(&table);
	mem_fail_nth(1);
	ck_assert_int_eq(table_init(&table, SIZE_MAX, key), -1);
	table_fini(&table);
}
END_TEST

struct visit {
	struct table *table;
	int seen[100];
};

static void see_and_remove_odd(struct table_link *link, void *user)
{
	struct visit *visit = user;
	int id = TABLE_ENTRY(link, struct entry, link)->id;
	visit->seen[id]++;
	if (id % 2 == 1) {
		table_remove(visit->table, link);
		memset(link, 0xa5, sizeof *link); /* as if it had been freed */
	}
}

START_TEST(visits_each_entry_once_while_they_remove_themselves)
{
	struct table table;
	struct entry entries[100];
	ck_assert_int_eq(table_init(&table, 0, key), 0);
	insert_all(&table, entries, 100);
	struct visit visit = {&table, {0}};
	table_each(&table, see_and_remove_odd, &visit);
	ck_assert_uint_eq(table.count, 50);
	table_each(&table, see_and_remove_odd, &visit);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(visit.seen[i], i % 2 == 1 ? 1 : 2);
	table_fini(&table);
	table_each(&table, see_and_remove_odd, &visit);
}
END_TEST

static void remove_a_stranger(void)
{
	struct table table;
	struct entry inside;
	struct entry outside = {1, {NULL, 77}};
	table_init(&table, 0, key);
	table_insert(&table, &inside.link, 77);
	table_remove(&table, &outside.link);
}

START_TEST(aborts_when_asked_to_remove_what_is_not_there)
{
	expect_abort(remove_a_stranger, "table.c");
}
END_TEST

SUITE("table", hashes_as_siphash_1_3_does, hashes_differently_under_another_key,
      finds_what_was_inserted_and_nothing_else, finds_nothing_in_an_empty_or_zeroed_table,
      walks_all_entries_of_equal_hash, grows_by_doubling_and_starts_at_what_is_expected,
      loses_nothing_when_growing_fails_and_grows_later, refuses_to_start_without_memory,
      visits_each_entry_once_while_they_remove_themselves, aborts_when_asked_to_remove_what_is_not_there)

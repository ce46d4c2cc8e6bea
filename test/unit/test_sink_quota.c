#include "unit/suite.h"

#include "unit/sink_kit.h"

#define FULL   "the quota of this directory is used up"
#define YOURS  "your quota on this server is used up"
#define LARGER "larger than this server takes"

/* With what is there now counted. */
static void reopen(void)
{
	sink_drop(sink);
	open_sink();
}

static void set_up_quota(enum sink_mode mode, uint64_t quota_bytes, uint64_t client_quota_bytes)
{
	set_up(mode);
	options.quota_bytes = quota_bytes;
	options.client_quota_bytes = client_quota_bytes;
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	write_file("dir/ten", "0123456789");
	ck_assert_int_eq(symlink("dir/ten", "link"), 0);
	reopen();
}

/* The error of a begin with a size. */
static int begin_size(int i, const char *path, uint64_t size_bytes, uint8_t client)
{
	struct sink_request request = {.path = path, .size_bytes = size_bytes, .burst_bytes = 512};
	request.client[15] = client;
	ck_assert_int_eq(ask(i, &request), 0);
	return await(i);
}

static void expect_error(int i, int error, const char *why)
{
	ck_assert_int_eq(owners[i].storing.error, error);
	ck_assert_str_eq(owners[i].storing.why, why);
}

static void expect_append_fails(int i, const char *text, int error, const char *why)
{
	ck_assert(!sink_append(&owners[i].storing, text, strlen(text)));
	expect_error(i, error, why);
	ck_assert_uint_eq(sink_room(&owners[i].storing), 0);
	sink_abort(&owners[i].storing);
}

/* Lets aborted uploads end. */
static void settle(void)
{
	desk_close(&desk);
	desk_open(&desk);
}

START_TEST(size_limit_holds_for_what_is_announced_and_what_arrives)
{
	set_up(SINK_CREATE);
	options.size_max = 5;
	reopen();
	ck_assert_int_eq(begin_size(0, "name", 6, 0), -EFBIG);
	expect_error(0, -EFBIG, LARGER);
	ck_assert_int_eq(begin_size(0, "name", UINT64_MAX - 1, 0), -EFBIG);
	ck_assert_int_eq(begin_size(0, "name", 5, 0), 0);
	put(0, "12345");
	expect_append_fails(0, "6", -EFBIG, LARGER);
	begin_with(0, "name", "1234");
	put(0, "5");
	ck_assert_int_eq(commit(0), 0);
	expect_listing("name ");
	tear_down();
}
END_TEST

START_TEST(quota_counts_what_is_there_and_what_is_announced)
{
	set_up_quota(SINK_CREATE, 20, 0);
	ck_assert_int_eq(begin_size(0, "a", 11, 0), -EDQUOT);
	expect_error(0, -EDQUOT, FULL);
	ck_assert_int_eq(begin_size(0, "a", UINT64_MAX - 1, 0), -EDQUOT);
	ck_assert_int_eq(begin_size(0, "a", 10, 0), 0);
	ck_assert_int_eq(begin_size(1, "b", 1, 0), -EDQUOT);
	put(0, "123");
	ck_assert_int_eq(commit(0), 0); /* shorter than announced: the rest is free again */
	ck_assert_uint_eq(sink->used_bytes, 13);
	ck_assert_int_eq(begin_size(1, "b", 7, 0), 0);
	sink_abort(&owners[1].storing);
	settle();
	ck_assert_int_eq(begin_size(1, "b", 8, 0), -EDQUOT);
	ck_assert_int_eq(begin_size(1, "b", 7, 0), 0);
	put(1, "1234567");
	ck_assert_int_eq(commit(1), 0);
	ck_assert_int_eq(store("empty", ""), 0);
	begin_with(0, "c", "");
	expect_append_fails(0, "x", -EDQUOT, FULL);
	tear_down();
}
END_TEST

START_TEST(quota_counts_what_arrives_beyond_the_announcement)
{
	set_up_quota(SINK_CREATE, 20, 0);
	ck_assert_int_eq(begin_size(0, "a", 3, 0), 0);
	put(0, "12345");
	ck_assert_uint_eq(sink->reserved_bytes, 5);
	begin_with(1, "b", "1234");
	expect_append_fails(1, "56", -EDQUOT, FULL);
	settle();
	ck_assert_uint_eq(sink->reserved_bytes, 5);
	put(0, "67890");
	expect_append_fails(0, "1", -EDQUOT, FULL);
	settle();
	ck_assert_uint_eq(sink->reserved_bytes, 0);
	ck_assert_uint_eq(sink->used_bytes, 10);
	tear_down();
}
END_TEST

START_TEST(replaced_files_do_not_count_and_versions_do)
{
	static const struct {
		enum sink_mode mode;
		uint64_t used_bytes;
	} cases[] = {{SINK_OVERWRITE, 4}, {SINK_EXISTING, 4}, {SINK_VERSION, 14}};
	for (size_t i = 0; i < 3; i++) {
		for (int named = 0; named < 2; named++) {
			wants_names = named != 0;
			set_up_quota(cases[i].mode, 100, 0);
			ck_assert_int_eq(chmod("dir/ten", 0666), 0);
			ck_assert_int_eq(store("dir/ten", "four"), 0);
			ck_assert_uint_eq(sink->used_bytes, cases[i].used_bytes);
			reopen();
			ck_assert_uint_eq(sink->used_bytes, cases[i].used_bytes);
			tear_down();
		}
	}
}
END_TEST

START_TEST(file_that_others_made_larger_is_worth_no_more_than_all)
{
	set_up_quota(SINK_OVERWRITE, 100, 0);
	write_file("dir/ten", "0123456789 and more");
	ck_assert_int_eq(store("dir/ten", "four"), 0);
	ck_assert_uint_eq(sink->used_bytes, 4);
	tear_down();
}
END_TEST

START_TEST(each_client_has_a_quota_of_its_own)
{
	set_up_quota(SINK_OVERWRITE, 0, 10);
	ck_assert_int_eq(begin_size(0, "a", 11, 1), -EDQUOT);
	expect_error(0, -EDQUOT, YOURS);
	ck_assert_int_eq(begin_size(0, "a", 6, 1), 0);
	ck_assert_int_eq(begin_size(1, "b", 5, 1), -EDQUOT);
	ck_assert_int_eq(begin_size(1, "b", 5, 2), 0);
	put(0, "123456");
	ck_assert_int_eq(commit(0), 0);
	ck_assert_int_eq(begin_size(0, "a", 5, 1), -EDQUOT);
	ck_assert_int_eq(begin_size(0, "a", SINK_SIZE_UNKNOWN, 1), 0);
	put(0, "7890");
	expect_append_fails(0, "1", -EDQUOT, YOURS);
	sink_abort(&owners[1].storing);
	settle();
	ck_assert_uint_eq(sink->clients.count, 1); /* who stored nothing is forgotten */
	ck_assert_int_eq(begin_size(1, "b", 10, 2), 0);
	put(1, "1234567890");
	ck_assert_int_eq(commit(1), 0);
	tear_down();
}
END_TEST

/* Through the table alone: so many uploads would take their time. */
static void store_as(struct upload *upload, uint32_t number)
{
	uint8_t id[16] = {0};
	memcpy(id, &number, sizeof number);
	ck_assert_int_eq(sink_quota_open(upload, id), 0);
	ck_assert_int_eq(sink_quota_reserve(upload, 1).error, 0);
	upload->written_bytes = 1;
	sink_quota_settle(upload, 0);
	sink_quota_close(upload);
}

START_TEST(oldest_of_too_many_clients_is_forgotten)
{
	static struct upload upload, running;
	set_up_quota(SINK_CREATE, 0, 1);
	upload.sink = running.sink = sink;
	ck_assert_int_eq(sink_quota_open(&running, (const uint8_t[16]){0xff, 0xff, 0xff, 0xff, 1}), 0);
	for (uint32_t i = 0; i < SINK_CLIENTS_MAX + 10; i++)
		store_as(&upload, i);
	ck_assert_uint_eq(sink->clients.count, SINK_CLIENTS_MAX);
	store_as(&upload, 0);
	uint8_t last[16] = {0};
	uint32_t number = SINK_CLIENTS_MAX + 9;
	memcpy(last, &number, sizeof number);
	ck_assert_int_eq(sink_quota_open(&upload, last), 0);
	ck_assert_int_eq(sink_quota_reserve(&upload, 1).error, -EDQUOT);
	sink_quota_close(&upload);
	sink_quota_close(&running);
	tear_down();
}
END_TEST

SUITE("sink_quota", size_limit_holds_for_what_is_announced_and_what_arrives,
      quota_counts_what_is_there_and_what_is_announced,
      quota_counts_what_arrives_beyond_the_announcement, replaced_files_do_not_count_and_versions_do,
      file_that_others_made_larger_is_worth_no_more_than_all, each_client_has_a_quota_of_its_own,
      oldest_of_too_many_clients_is_forgotten)

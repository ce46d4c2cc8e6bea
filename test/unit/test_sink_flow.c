#include "unit/suite.h"

#include "unit/sink_pattern.h"

static bool append(int i, size_t offset, size_t len)
{
	return sink_append(&owners[i].storing, pattern + offset, len);
}

START_TEST(slow_disk_gives_no_room_until_it_has_written)
{
	struct blocker blocker;
	pool_of_threads("1");
	make_pattern();
	set_up(SINK_CREATE);
	begin_burst(0, "name", 1000);
	const struct storing *storing = &owners[0].storing;
	block(&blocker, &desk.loop);
	ck_assert_uint_eq(sink_room(storing), SINK_HALF_MIN);
	ck_assert(append(0, 0, SINK_HALF_MIN - 1));
	ck_assert_uint_eq(sink_room(storing), 1);
	sink_wait_room(
	    &owners[0].storing); /* what there is goes to the pool, though it is less than a half */
	ck_assert_int_eq(await(0), 0);
	ck_assert_uint_eq(sink_room(storing), SINK_HALF_MIN);
	ck_assert(append(0, SINK_HALF_MIN - 1, SINK_HALF_MIN - 500));
	ck_assert_uint_eq(sink_room(storing), 500);
	sink_wait_room(&owners[0].storing);
	for (int i = 0; i < 10; i++)
		desk_poll(&desk);
	ck_assert(!owners[0].is_done);
	release(&blocker);
	ck_assert_int_eq(await(0), 0);
	ck_assert_uint_ge(sink_room(storing), 1000);
	ck_assert(append(0, 2 * (size_t)SINK_HALF_MIN - 501, 1000));
	ck_assert_int_eq(commit(0), 0);
	expect_pattern("name", 2 * (size_t)SINK_HALF_MIN + 499);
	tear_down();
}
END_TEST

START_TEST(blocks_of_any_size_arrive_in_order)
{
	static const size_t sizes[] = {1, 511, 512, 1428, 8192, 65464, SINK_HALF_MAX};
	make_pattern();
	set_up(SINK_OVERWRITE);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		size_t at = 0;
		size_t end = sizes[i] == 1 ? 70000 : sizeof pattern;
		begin_burst(0, "name", sizes[i]);
		while (at < end) {
			size_t part = end - at < sizes[i] ? end - at : sizes[i];
			if (sink_room(&owners[0].storing) < part) {
				sink_wait_room(&owners[0].storing);
				ck_assert_int_eq(await(0), 0);
			}
			ck_assert(append(0, at, part));
			at += part;
		}
		ck_assert_int_eq(commit(0), 0);
		expect_pattern("name", end);
	}
	tear_down();
}
END_TEST

START_TEST(largest_burst_fits_and_one_larger_is_refused)
{
	struct sink_request request = {
	    .path = "name", .size_bytes = SINK_SIZE_UNKNOWN, .burst_bytes = SINK_BURST_MAX};
	struct stat found;
	set_up(SINK_CREATE);
	ck_assert_int_eq(ask(0, &request), 0);
	ck_assert_int_eq(await(0), 0);
	uint8_t *burst = mem_zalloc(1, SINK_BURST_MAX);
	for (int i = 0; i < 4; i++) {
		sink_wait_room(&owners[0].storing);
		ck_assert_int_eq(await(0), 0);
		ck_assert(sink_append(&owners[0].storing, burst, SINK_BURST_MAX));
	}
	mem_free(burst);
	ck_assert_int_eq(commit(0), 0);
	ck_assert_int_eq(stat("name", &found), 0);
	ck_assert_int_eq(found.st_size, 4 * (off_t)SINK_BURST_MAX);
	request.burst_bytes++;
	ck_assert_int_eq(ask(0, &request), -EINVAL);
	sink_abort(&owners[0].storing);
	tear_down();
}
END_TEST

START_TEST(commit_waits_for_what_is_being_written)
{
	struct blocker blocker;
	pool_of_threads("1");
	make_pattern();
	set_up(SINK_CREATE);
	begin_burst(0, "name", 512);
	block(&blocker, &desk.loop);
	ck_assert(append(0, 0, SINK_HALF_MIN));
	ck_assert(append(0, SINK_HALF_MIN, SINK_HALF_MIN));
	sink_commit(&owners[0].storing);
	desk_poll(&desk);
	ck_assert(!owners[0].is_done);
	release(&blocker);
	ck_assert_int_eq(await(0), 0);
	expect_pattern("name", 2 * (size_t)SINK_HALF_MIN);
	tear_down();
}
END_TEST

/* Instead of a full disk: what is written to this descriptor fails with ENOSPC. */
static void break_disk(int i)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(full, 0);
	ck_assert_int_ge(dup2(full, owners[i].storing.upload->fd), 0);
	close(full);
}

START_TEST(failed_write_is_told_at_the_next_occasion)
{
	pool_of_threads("1");
	make_pattern();
	if (access("/dev/full", W_OK) != 0) {
		fprintf(stderr, "failed_write_is_told_at_the_next_occasion: skipped, no /dev/full\n");
		return;
	}
	set_up(SINK_CREATE);
	for (int i = 0; i < 4; i++) {
		begin_burst(i, "name", SINK_HALF_MIN);
		break_disk(i);
	}
	sink_commit(&owners[3].storing); /* nothing to write, but nothing to sync either */
	ck_assert_int_ne(await(3), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(append(i, 0, SINK_HALF_MIN) && append(i, 0, 5));
	sink_wait_room(&owners[0].storing);
	ck_assert_int_eq(await(0), -ENOSPC);
	ck_assert_str_eq(owners[0].storing.why, "the disk is full");
	ck_assert_uint_eq(sink_room(&owners[0].storing), 0);
	ck_assert_ptr_null(owners[0].storing.upload);
	sink_abort(&owners[0].storing);
	sink_commit(&owners[1].storing);
	ck_assert_int_eq(await(1), -ENOSPC);
	while (sink_room(&owners[2].storing) > 0)
		uv_run(&desk.loop, UV_RUN_ONCE);
	ck_assert(!append(2, 0, 1));
	ck_assert_int_eq(owners[2].storing.error, -ENOSPC);
	sink_wait_room(&owners[2].storing);
	ck_assert_int_eq(await(2), -ENOSPC);
	sink_abort(&owners[2].storing);
	expect_listing("");
	tear_down();
}
END_TEST

START_TEST(starved_upload_fails_whole_and_the_next_one_works)
{
	set_up(SINK_CREATE);
	options.client_quota_bytes = 1000;
	sink_drop(sink);
	open_sink();
	struct sink_request request = {.path = "name", .size_bytes = 3, .burst_bytes = 512};
	int failures = 0;
	for (;;) {
		mem_fail_nth(failures + 1);
		int rc = ask(0, &request);
		mem_fail_nth(0);
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		sink_abort(&owners[0].storing);
		ck_assert_uint_eq(atomic_load(&sink->holds), 1);
		failures++;
	}
	ck_assert_int_eq(failures, 3);
	ck_assert_int_eq(await(0), 0);
	put(0, "abc");
	ck_assert_int_eq(commit(0), 0);
	expect_file("name", "abc");
	tear_down();
}
END_TEST

START_TEST(starved_sink_is_not_made)
{
	struct sink *made = NULL;
	int failures = 0;
	set_up(SINK_CREATE);
	for (;;) {
		mem_fail_nth(failures + 1);
		int rc = sink_new(&made, &options);
		mem_fail_nth(0);
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		failures++;
	}
	ck_assert_int_eq(failures, 3);
	sink_drop(made);
	tear_down();
}
END_TEST

SUITE("sink_flow", slow_disk_gives_no_room_until_it_has_written, blocks_of_any_size_arrive_in_order,
      largest_burst_fits_and_one_larger_is_refused, commit_waits_for_what_is_being_written,
      failed_write_is_told_at_the_next_occasion, starved_upload_fails_whole_and_the_next_one_works,
      starved_sink_is_not_made)

#include "unit/suite.h"

#include "unit/sink_kit.h"

static int lowest_fd(void)
{
	int fd = dup(0);
	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* Both kinds of temporary files; one pool thread that can be held up. */
static void set_up_with(int named)
{
	pool_of_threads("1");
	wants_names = named != 0;
	set_up(SINK_OVERWRITE);
	write_file("old", "old");
}

static void expect_nothing(int fd_before)
{
	desk_close(&desk);
	desk_open(&desk);
	expect_listing("old ");
	expect_file("old", "old");
	ck_assert_int_eq(lowest_fd(), fd_before);
	ck_assert_uint_eq(atomic_load(&sink->holds), 1);
	for (int i = 0; i < 8; i++)
		ck_assert(!owners[i].is_done);
}

START_TEST(aborted_before_the_file_is_open)
{
	for (int named = 0; named < 2; named++) {
		struct blocker blocker;
		set_up_with(named);
		int fd_before = lowest_fd();
		block(&blocker, &desk.loop);
		begin(0, "new");
		begin(1, "old");
		sink_abort(&owners[0].storing);
		ck_assert_ptr_null(owners[0].storing.upload);
		sink_abort(&owners[0].storing);
		sink_abort(&owners[1].storing);
		release(&blocker);
		expect_nothing(fd_before);
		tear_down();
	}
}
END_TEST

static void abort_the_other(struct storing *storing)
{
	note_done(storing);
	sink_abort(&owners[1].storing);
}

/* Both letters are posted in one turn of the loop; the first one's owner aborts the second. */
static void deliver_and_abort(void)
{
	static struct blocker blocker; /* until the loop has ended */
	owners[0].storing.done = abort_the_other;
	block(&blocker, &desk.loop); /* so the one pool thread has done what was asked before */
	release(&blocker);
	ck_assert_int_eq(await(0), 0);
	ck_assert_ptr_null(owners[1].storing.upload);
}

START_TEST(aborted_with_the_letter_on_its_way)
{
	for (int named = 0; named < 2; named++) {
		set_up_with(named);
		int fd_before = lowest_fd();
		begin(0, "new");
		begin(1, "new");
		deliver_and_abort();
		sink_abort(&owners[0].storing);
		expect_nothing(fd_before);
		tear_down();
	}
}
END_TEST

/* A refusal at once and room that is there: posted by the call itself. */
START_TEST(aborted_with_a_letter_from_the_loop_on_its_way)
{
	struct sink_request request = {.path = "new", .size_bytes = 11, .burst_bytes = 512};
	set_up_with(0);
	int fd_before = lowest_fd();
	options.size_max = 10;
	sink_drop(sink);
	open_sink();
	ck_assert_int_eq(ask(0, &request), 0);
	sink_abort(&owners[0].storing);
	begin_with(1, "new", "x");
	sink_wait_room(&owners[1].storing);
	ck_assert_int_eq(owners[1].storing.upload->waits_for, WAITS_FOR_LETTER);
	sink_abort(&owners[1].storing);
	expect_nothing(fd_before);
	tear_down();
}
END_TEST

START_TEST(aborted_while_nothing_happens)
{
	for (int named = 0; named < 2; named++) {
		set_up_with(named);
		int fd_before = lowest_fd();
		begin_with(0, "new", "text");
		begin_with(1, "old", "text");
		sink_abort(&owners[0].storing);
		sink_abort(&owners[1].storing);
		expect_nothing(fd_before);
		tear_down();
	}
}
END_TEST

START_TEST(aborted_while_writing_and_waiting)
{
	static uint8_t much[SINK_HALF_MIN];
	for (int named = 0; named < 2; named++) {
		struct blocker blocker;
		set_up_with(named);
		int fd_before = lowest_fd();
		begin_with(0, "new", "");
		begin_with(1, "old", "");
		begin_with(2, "new", "");
		block(&blocker, &desk.loop);
		for (int i = 0; i < 2 * 3; i++)
			ck_assert(sink_append(&owners[i / 2].storing, much, sizeof much));
		sink_wait_room(&owners[1].storing);
		sink_commit(&owners[2].storing);
		for (int i = 0; i < 3; i++)
			sink_abort(&owners[i].storing);
		release(&blocker);
		expect_nothing(fd_before);
		tear_down();
	}
}
END_TEST

START_TEST(aborted_before_the_commit_has_begun)
{
	for (int named = 0; named < 2; named++) {
		struct blocker blocker;
		set_up_with(named);
		int fd_before = lowest_fd();
		begin_with(0, "old", "new");
		block(&blocker, &desk.loop);
		sink_commit(&owners[0].storing);
		sink_abort(&owners[0].storing);
		release(&blocker);
		expect_nothing(fd_before);
		tear_down();
	}
}
END_TEST

START_TEST(aborted_in_the_middle_of_the_commit)
{
	for (int named = 0; named < 2; named++) {
		set_up_with(named);
		int fd_before = lowest_fd();
		begin_with(0, "old", "new");
		uv_mutex_lock(&sink->publishing);
		sink_commit(&owners[0].storing);
		sink_abort(&owners[0].storing);
		uv_mutex_unlock(&sink->publishing);
		expect_nothing(fd_before);
		tear_down();
	}
}
END_TEST

START_TEST(aborted_after_the_commit_it_stays)
{
	for (int named = 0; named < 2; named++) {
		set_up_with(named);
		begin_with(0, "one", "1");
		begin_with(1, "old", "new");
		sink_commit(&owners[0].storing);
		sink_commit(&owners[1].storing);
		deliver_and_abort();
		expect_file("old", "new");
		ck_assert_int_eq(store("old", "newer"), 0);
		sink_abort(&owners[0].storing);
		expect_file("old", "newer");
		expect_listing("old one ");
		tear_down();
	}
}
END_TEST

START_TEST(abort_before_any_begin_is_harmless)
{
	struct storing storing = {.upload = NULL};
	sink_abort(&storing);
	ck_assert_uint_eq(sink_room(&storing), 0);
}
END_TEST

START_TEST(sink_outlives_its_owner_while_aborts_run)
{
	struct blocker blocker;
	set_up_with(1);
	begin_with(0, "new", "x");
	block(&blocker, &desk.loop);
	begin(1, "other");
	sink_abort(&owners[0].storing);
	sink_drop(sink);
	sink = NULL;
	sink_abort(&owners[1].storing);
	release(&blocker);
	desk_close(&desk);
	desk_open(&desk);
	expect_listing("old ");
	tear_down();
}
END_TEST

/* Two loops store and abort the same names on one sink. What is there in the end is one whole upload. */
#define ROUNDS 150

struct crowd {
	struct desk desk;
	struct owner owners[4];
	uint32_t random;
};

static uint32_t draw(struct crowd *crowd)
{
	crowd->random = crowd->random * 1664525u + 1013904223u;
	return crowd->random >> 24;
}

/* One step of one upload, or its end. */
static void step(struct crowd *crowd, struct owner *owner)
{
	static const char *const names[] = {"a", "b"};
	struct sink_request request = {.size_bytes = 7, .burst_bytes = 512};
	if (draw(crowd) % 4 == 0) {
		sink_abort(&owner->storing);
		return;
	}
	if (owner->storing.upload == NULL) {
		memset(owner, 0, sizeof *owner);
		owner->storing.mailbox = &crowd->desk.mailbox;
		owner->storing.done = note_done;
		request.path = names[draw(crowd) % 2];
		request.client[0] = (uint8_t)(draw(crowd) % 2);
		ck_assert_int_eq(sink_begin(sink, &request, &owner->storing), 0);
	} else if (owner->is_done) {
		owner->is_done = false;
		ck_assert_int_eq(owner->storing.error, 0);
		ck_assert(sink_append(&owner->storing, "content", 7));
		sink_commit(&owner->storing);
	}
}

static void store_and_abort(void *user)
{
	struct crowd *crowd = user;
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < 4; i++)
			step(crowd, &crowd->owners[i]);
		desk_poll(&crowd->desk);
	}
	for (unsigned i = 0; i < 4; i++)
		sink_abort(&crowd->owners[i].storing);
}

START_TEST(two_loops_store_and_abort_the_same_names)
{
	for (int named = 0; named < 2; named++) {
		static struct crowd crowds[2];
		uv_thread_t threads[2];
		wants_names = named != 0;
		set_up(named != 0 ? SINK_VERSION : SINK_OVERWRITE);
		options.quota_bytes = options.client_quota_bytes = 1000000;
		sink_drop(sink);
		open_sink();
		memset(crowds, 0, sizeof crowds);
		for (uint32_t i = 0; i < 2; i++) {
			crowds[i].random = i + 1;
			desk_open(&crowds[i].desk);
			ck_assert_int_eq(uv_thread_create(&threads[i], store_and_abort, &crowds[i]), 0);
		}
		for (int i = 0; i < 2; i++)
			uv_thread_join(&threads[i]);
		for (int i = 0; i < 2; i++)
			desk_close(&crowds[i].desk);
		ck_assert_int_eq(store("a", "content"), 0);
		expect_file("a", "content");
		ck_assert_int_eq(system("! ls -A | grep -q uvtftp"), 0);
		uint64_t counted_bytes = sink->used_bytes;
		ck_assert_uint_eq(sink->reserved_bytes, 0);
		sink_drop(sink);
		open_sink();
		ck_assert_uint_eq(sink->used_bytes, counted_bytes);
		tear_down();
	}
}
END_TEST

SUITE("sink_abort", aborted_before_the_file_is_open, aborted_with_the_letter_on_its_way,
      aborted_with_a_letter_from_the_loop_on_its_way, aborted_while_nothing_happens,
      aborted_while_writing_and_waiting, aborted_before_the_commit_has_begun,
      aborted_in_the_middle_of_the_commit, aborted_after_the_commit_it_stays,
      abort_before_any_begin_is_harmless, sink_outlives_its_owner_while_aborts_run,
      two_loops_store_and_abort_the_same_names)

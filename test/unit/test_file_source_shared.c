#include "unit/suite.h"

#include "unit/source_kit.h"

START_TEST(queued_opens_of_one_path_are_shared)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	write_file("file", "old");
	write_file("next", "new");
	write_file("another", "another");
	block(&blocker, &desk.loop);
	ask(0, "file");
	ask(1, "file");
	ask(2, "another");
	ck_assert_int_eq(rename("next", "file"), 0);
	ask(3, "file");
	release(&blocker);
	struct content *content = get(0);
	/* Two opens of a file this young would not share. */
	ck_assert_ptr_eq(get(1), content);
	ck_assert_ptr_eq(get(3), content);
	ck_assert_ptr_ne(get(2), content);
	ck_assert_uint_eq(atomic_load(&content->holds), 3);
	expect_text(content, "new");
	for (int i = 0; i < 4; i++)
		content_drop(askers[i].opening.content);
	tear_down();
}
END_TEST

/* A filter that stops an open in the middle, in its pool thread. */
static uv_sem_t entered, gate;

static void copy_when_let(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
			  size_t out_len, size_t *made)
{
	if (*state == 0) {
		uv_sem_post(&entered);
		uv_sem_wait(&gate);
	}
	*state = 1;
	*used = *made = in_len < out_len ? in_len : out_len;
	memcpy(out, in, *made);
}

static const struct store_filter slow = {.translate = copy_when_let, .id = 9};

static void set_up_slow(void)
{
	pool_of_threads("2");
	set_up();
	write_file("file", "old");
	ck_assert_int_eq(uv_sem_init(&entered, 0), 0);
	ck_assert_int_eq(uv_sem_init(&gate, 0), 0);
}

static void tear_down_slow(void)
{
	uv_sem_destroy(&entered);
	uv_sem_destroy(&gate);
	tear_down();
}

START_TEST(open_that_has_begun_is_not_joined)
{
	set_up_slow();
	write_file("next", "new");
	ck_assert_int_eq(ask_at(&desk, 0, "file", &slow), 0);
	uv_sem_wait(&entered);
	ck_assert_int_eq(rename("next", "file"), 0);
	ck_assert_int_eq(ask_at(&desk, 1, "file", &slow), 0);
	uv_sem_post(&gate);
	uv_sem_wait(&entered);
	uv_sem_post(&gate);
	struct content *old = get(0);
	struct content *new = get(1);
	for (int i = 0; i < 2; i++)
		uv_sem_post(&gate); /* for the reads below */
	expect_text(old, "old");
	expect_text(new, "new");
	content_drop(old);
	content_drop(new);
	tear_down_slow();
}
END_TEST

START_TEST(cancelled_open_that_has_begun_drops_what_it_finds)
{
	set_up_slow();
	ck_assert_int_eq(ask_at(&desk, 0, "file", &slow), 0);
	uv_sem_wait(&entered);
	cancel(0);
	uv_sem_post(&gate);
	tear_down_slow(); /* asserts that nothing is open */
	ck_assert(!askers[0].is_done);
}
END_TEST

START_TEST(cancelled_queued_open_is_not_answered)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	write_file("file", "x");
	block(&blocker, &desk.loop);
	ask(0, "file");
	ask(1, "file");
	ask(2, "other");
	cancel(0);
	cancel(2);
	cancel(2);
	release(&blocker);
	content_drop(get(1));
	tear_down();
	ck_assert(!askers[0].is_done);
	ck_assert(!askers[2].is_done);
}
END_TEST

START_TEST(cancelled_answer_on_its_way_is_dropped)
{
	struct desk other;
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	desk_open(&other);
	write_file("file", "x");
	block(&blocker, &desk.loop);
	ck_assert_int_eq(ask_at(&other, 0, "file", NULL), 0);
	ask(1, "file");
	release(&blocker);
	struct content *content = get(1);
	ck_assert_uint_eq(atomic_load(&content->holds), 2); /* the other's lies in its mailbox */
	cancel(0);
	ck_assert_uint_eq(atomic_load(&content->holds), 1);
	content_drop(content);
	desk_close(&other);
	ck_assert(!askers[0].is_done);
	cancel(1); /* done already: nothing happens */
	tear_down();
}
END_TEST

/* Two threads open, join, cancel and drop the same few files, so that last drops meet new finds. */
#define ROUNDS 400

struct crowd {
	struct desk desk;
	struct asker askers[8];
	uint32_t random;
};

static void open_and_drop(void *user)
{
	static const char *const names[] = {"a", "b"};
	struct crowd *crowd = user;
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < 8; i++) {
			struct asker *asker = &crowd->askers[i];
			memset(asker, 0, sizeof *asker);
			asker->opening.mailbox = &crowd->desk.mailbox;
			asker->opening.done = note_done;
			crowd->random = crowd->random * 1664525u + 1013904223u;
			const char *name = names[crowd->random >> 24 & 1];
			ck_assert_int_eq(source->ops->open(source, name, NULL, &asker->opening), 0);
		}
		for (unsigned i = 0; i < 8; i++) {
			struct asker *asker = &crowd->askers[i];
			if (i % 3 == 2) {
				source->ops->cancel(source, &asker->opening);
				if (!asker->is_done)
					continue;
			}
			desk_run_until(&crowd->desk, &asker->is_done);
			ck_assert_ptr_nonnull(asker->opening.content);
			expect_text(asker->opening.content, "same");
			content_drop(asker->opening.content);
		}
	}
}

START_TEST(two_loops_open_and_drop_the_same_files)
{
	static struct crowd crowds[2];
	uv_thread_t threads[2];
	set_up();
	write_file("a", "same");
	write_file("b", "same");
	let_settle("b");
	for (uint32_t i = 0; i < 2; i++) {
		crowds[i].random = i + 1;
		desk_open(&crowds[i].desk);
		ck_assert_int_eq(uv_thread_create(&threads[i], open_and_drop, &crowds[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		uv_thread_join(&threads[i]);
	for (int i = 0; i < 2; i++)
		desk_close(&crowds[i].desk);
	tear_down();
}
END_TEST

SUITE("file_source_shared", queued_opens_of_one_path_are_shared, open_that_has_begun_is_not_joined,
      cancelled_open_that_has_begun_drops_what_it_finds, cancelled_queued_open_is_not_answered,
      cancelled_answer_on_its_way_is_dropped, two_loops_open_and_drop_the_same_files)

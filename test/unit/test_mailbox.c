#include "unit/suite.h"

#include "unit/store_kit.h"

#define LETTERS_MAX 4000

struct note {
	struct letter letter;
	int number;
};

static struct desk desk;
static struct note notes[LETTERS_MAX];
static int seen[LETTERS_MAX];
static int seen_count;
static bool is_enough;
static int enough_count;

static void read_note(struct letter *letter)
{
	struct note *note = LIST_OWNER(letter, struct note, letter);
	seen[seen_count++] = note->number;
	is_enough = seen_count == enough_count;
}

static void write_notes(int count)
{
	seen_count = 0;
	is_enough = false;
	enough_count = count;
	for (int i = 0; i < count; i++) {
		notes[i].number = i;
		notes[i].letter.deliver = read_note;
		list_init(&notes[i].letter.link);
	}
}

static void post(int i)
{
	mailbox_post(&desk.mailbox, &notes[i].letter);
}

START_TEST(delivers_in_the_order_posted)
{
	desk_open(&desk);
	write_notes(100);
	for (int i = 0; i < 100; i++)
		post(i);
	ck_assert_int_eq(seen_count, 0);
	desk_run_until(&desk, &is_enough);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(seen[i], i);
	desk_close(&desk);
}
END_TEST

START_TEST(retracted_letter_is_not_delivered)
{
	desk_open(&desk);
	write_notes(3);
	enough_count = 2;
	for (int i = 0; i < 3; i++)
		post(i);
	mailbox_retract(&desk.mailbox, &notes[1].letter);
	desk_run_until(&desk, &is_enough);
	desk_poll(&desk);
	ck_assert_int_eq(seen_count, 2);
	ck_assert_int_eq(seen[0], 0);
	ck_assert_int_eq(seen[1], 2);
	desk_close(&desk);
}
END_TEST

static void retract_next(struct letter *letter)
{
	struct note *note = LIST_OWNER(letter, struct note, letter);
	mailbox_retract(&desk.mailbox, &notes[note->number + 1].letter);
	read_note(letter);
}

START_TEST(letter_is_retracted_while_the_one_before_is_delivered)
{
	desk_open(&desk);
	write_notes(3);
	enough_count = 2;
	notes[0].letter.deliver = retract_next;
	for (int i = 0; i < 3; i++)
		post(i);
	desk_run_until(&desk, &is_enough);
	desk_poll(&desk);
	ck_assert_int_eq(seen_count, 2);
	ck_assert_int_eq(seen[1], 2);
	desk_close(&desk);
}
END_TEST

static void post_again(struct letter *letter)
{
	if (seen_count < 9)
		mailbox_post(&desk.mailbox, letter);
	read_note(letter);
}

START_TEST(letter_can_be_posted_again_while_it_is_delivered)
{
	desk_open(&desk);
	write_notes(1);
	enough_count = 10;
	notes[0].letter.deliver = post_again;
	post(0);
	desk_run_until(&desk, &is_enough);
	desk_poll(&desk);
	ck_assert_int_eq(seen_count, 10);
	desk_close(&desk);
}
END_TEST

START_TEST(posting_after_all_was_retracted_wakes_the_loop)
{
	desk_open(&desk);
	write_notes(2);
	enough_count = 1;
	post(0);
	mailbox_retract(&desk.mailbox, &notes[0].letter);
	desk_poll(&desk);
	post(1);
	desk_run_until(&desk, &is_enough);
	ck_assert_int_eq(seen[0], 1);
	desk_close(&desk);
}
END_TEST

START_TEST(close_forgets_what_is_inside)
{
	desk_open(&desk);
	write_notes(2);
	post(0);
	post(1);
	desk_close(&desk);
	ck_assert_int_eq(seen_count, 0);
	/* Forgotten means unlinked: the letters can be used again. */
	ck_assert(list_is_empty(&notes[0].letter.link));
	ck_assert(list_is_empty(&notes[1].letter.link));
}
END_TEST

static bool is_closed;

static void note_closed(uv_handle_t *handle)
{
	ck_assert_ptr_eq(handle, &desk.mailbox.async);
	is_closed = true;
}

static void close_mailbox(struct letter *letter)
{
	read_note(letter);
	mailbox_close(&desk.mailbox, note_closed);
}

START_TEST(close_while_delivering_forgets_the_rest)
{
	desk_open(&desk);
	write_notes(2);
	notes[0].letter.deliver = close_mailbox;
	post(0);
	post(1);
	uv_run(&desk.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(seen_count, 1);
	ck_assert(is_closed);
	ck_assert_int_eq(uv_loop_close(&desk.loop), 0);
}
END_TEST

#define POSTERS 4

static void post_share(void *user)
{
	int first = *(int *)user;
	for (int i = first; i < LETTERS_MAX; i += POSTERS)
		post(i);
}

START_TEST(letters_from_many_threads_arrive_once_and_in_each_ones_order)
{
	uv_thread_t threads[POSTERS];
	int firsts[POSTERS];
	int last[POSTERS];
	desk_open(&desk);
	write_notes(LETTERS_MAX);
	for (int i = 0; i < POSTERS; i++) {
		firsts[i] = i;
		last[i] = -1;
		ck_assert_int_eq(uv_thread_create(&threads[i], post_share, &firsts[i]), 0);
	}
	desk_run_until(&desk, &is_enough);
	for (int i = 0; i < POSTERS; i++)
		uv_thread_join(&threads[i]);
	desk_poll(&desk);
	ck_assert_int_eq(seen_count, LETTERS_MAX);
	for (int i = 0; i < LETTERS_MAX; i++) {
		ck_assert_int_gt(seen[i], last[seen[i] % POSTERS]);
		last[seen[i] % POSTERS] = seen[i];
	}
	desk_close(&desk);
}
END_TEST

SUITE("mailbox", delivers_in_the_order_posted, retracted_letter_is_not_delivered,
      letter_is_retracted_while_the_one_before_is_delivered,
      letter_can_be_posted_again_while_it_is_delivered, posting_after_all_was_retracted_wakes_the_loop,
      close_forgets_what_is_inside, close_while_delivering_forgets_the_rest,
      letters_from_many_threads_arrive_once_and_in_each_ones_order)

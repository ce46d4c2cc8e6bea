#include "unit/suite.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/memory_source.h"
#include "unit/store_kit.h"

static struct desk desk;
static struct source *source;
static struct opening opening;
static bool is_done;

static void note_done(struct opening *done)
{
	ck_assert_ptr_eq(done, &opening);
	ck_assert(!is_done);
	is_done = true;
}

static void set_up(void)
{
	desk_open(&desk);
	ck_assert_int_eq(memory_source_new(&source), 0);
	ck_assert_int_eq(memory_source_add(source, "hello", "Hello\nworld\n", 12, 0), 0);
	ck_assert_int_eq(memory_source_add(source, "empty", NULL, 0, 0), 0);
	opening.mailbox = &desk.mailbox;
	opening.done = note_done;
}

static void tear_down(void)
{
	desk_close(&desk);
	source->ops->close(source);
}

static struct content *open_name(const char *name, const struct store_filter *filter)
{
	is_done = false;
	ck_assert_int_eq(source->ops->open(source, name, filter, &opening), 0);
	ck_assert(!is_done);
	desk_run_until(&desk, &is_done);
	return opening.content;
}

START_TEST(gives_the_bytes_that_were_added)
{
	char room[5];
	set_up();
	struct content *content = open_name("hello", NULL);
	ck_assert_ptr_nonnull(content);
	ck_assert_uint_eq(content->size_bytes, 12);
	ck_assert_int_eq(content->ops->read(content, 6, room, 5), 0);
	ck_assert_mem_eq(room, "world", 5);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(gives_an_empty_content)
{
	set_up();
	struct content *content = open_name("empty", NULL);
	ck_assert_ptr_nonnull(content);
	ck_assert_uint_eq(content->size_bytes, 0);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(says_what_it_does_not_have)
{
	set_up();
	ck_assert_ptr_null(open_name("hell", NULL));
	ck_assert_int_eq(opening.error, -ENOENT);
	ck_assert_str_eq(opening.why, "file not found");
	tear_down();
}
END_TEST

START_TEST(same_item_has_the_same_key_and_others_another)
{
	set_up();
	struct content *a = open_name("hello", NULL);
	struct content *b = open_name("hello", NULL);
	struct content *c = open_name("empty", NULL);
	ck_assert_mem_eq(&a->key, &b->key, sizeof a->key);
	ck_assert_mem_ne(&a->key, &c->key, sizeof a->key);
	content_drop(a);
	content_drop(b);
	content_drop(c);
	tear_down();
}
END_TEST

/* "\n" becomes "\r\n"; state 1: the "\r" is made. */
static void to_crlf(uint32_t *state, const uint8_t *in, size_t in_len, size_t *used, uint8_t *out,
		    size_t out_len, size_t *made)
{
	*used = *made = 0;
	while (*used < in_len && *made < out_len) {
		if (in[*used] == '\n' && *state == 0) {
			*state = 1;
			out[(*made)++] = '\r';
			continue;
		}
		*state = 0;
		out[(*made)++] = in[(*used)++];
	}
}

START_TEST(translates_through_a_filter)
{
	static const struct store_filter filter = {.translate = to_crlf, .id = 7};
	char room[14];
	set_up();
	struct content *plain = open_name("hello", NULL);
	struct content *content = open_name("hello", &filter);
	ck_assert_uint_eq(content->size_bytes, 14);
	ck_assert_int_eq(content->ops->read(content, 0, room, 14), 0);
	ck_assert_mem_eq(room, "Hello\r\nworld\r\n", 14);
	ck_assert_mem_ne(&plain->key, &content->key, sizeof plain->key);
	content_drop(plain);
	content_drop(content);
	tear_down();
}
END_TEST

START_TEST(cancelled_open_is_not_answered)
{
	set_up();
	is_done = false;
	ck_assert_int_eq(source->ops->open(source, "hello", NULL, &opening), 0);
	source->ops->cancel(source, &opening);
	source->ops->cancel(source, &opening);
	desk_poll(&desk);
	ck_assert(!is_done);
	ck_assert_ptr_null(opening.content);
	tear_down(); /* asserts that the content was dropped */
}
END_TEST

START_TEST(short_memory_is_told)
{
	set_up();
	mem_fail_nth(1);
	ck_assert_int_eq(source->ops->open(source, "hello", NULL, &opening), -ENOMEM);
	source->ops->cancel(source, &opening);
	for (int nth = 1; nth <= 3; nth++) {
		mem_fail_nth(nth);
		ck_assert_int_eq(memory_source_add(source, "more", "x", 1, 0), -ENOMEM);
	}
	mem_fail_nth(0);
	ck_assert_ptr_null(open_name("more", NULL));
	tear_down();
}
END_TEST

SUITE("memory_source", gives_the_bytes_that_were_added, gives_an_empty_content,
      says_what_it_does_not_have, same_item_has_the_same_key_and_others_another,
      translates_through_a_filter, cancelled_open_is_not_answered, short_memory_is_told)

#include "unit/suite.h"

#include "unit/cache_kit.h"

START_TEST(one_read_however_many_wait)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	block(&blocker, &desk.loop);
	for (int i = 0; i < 5; i++)
		ask(i, 3);
	release(&blocker);
	for (int i = 0; i < 5; i++)
		ck_assert_ptr_eq(get(i), askers[0].wait.chunk);
	ck_assert_uint_eq(atomic_load(&askers[0].wait.chunk->holds), 5);
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
	ck_assert_uint_eq(stats().reads, 1);
	ck_assert_uint_eq(stats().misses, 5);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(chunk_in_memory_is_given_without_a_read)
{
	set_up();
	ask(0, 3);
	get(0);
	ask(1, 3); /* asserts that done does not run inside */
	ck_assert_ptr_eq(get(1), askers[0].wait.chunk);
	struct chunk *taken = take(3);
	ck_assert_ptr_eq(taken, askers[0].wait.chunk);
	chunk_hold(taken);
	chunk_drop(taken);
	chunk_drop(taken);
	ck_assert_ptr_null(take(4));
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
	ck_assert_uint_eq(stats().hits, 2);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(last_chunk_is_as_short_as_the_content_says)
{
	set_up();
	ask(0, 63);
	ck_assert_uint_eq(get(0)->len, CHUNK_BYTES - 1000);
	ck_assert_uint_eq(stats().used_bytes, CHUNK_COST - 1000);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(chunks_outlive_their_content)
{
	set_up();
	ask(0, 1);
	get(0);
	drop(0);
	content_drop(&fake.content);
	ck_assert_uint_eq(atomic_load(&fake.closes), 1);
	init_fake(&fake, 100, 64 * (uint64_t)PIECE_BYTES - 1000);
	ck_assert(is_cached(1));
	fake.content.key.words[7] = 1;
	ck_assert(!is_cached(1));
	tear_down();
}
END_TEST

START_TEST(each_framing_of_a_content_has_its_chunks)
{
	static const struct framing others[] = {
	    {PIECE_BYTES, 8, 0}, {PIECE_BYTES - 1, 7, 0}, {PIECE_BYTES, 7, 1}};
	set_up();
	ask(0, 1);
	get(0);
	for (int i = 0; i < 3; i++) {
		struct chunk_name name = {&fake.content, others[i], 1};
		ck_assert_ptr_null(cache_take(cache, &name, &desk.loop));
		memset(&askers[1], 0, sizeof askers[1]);
		askers[1].wait = (struct chunk_wait){.mailbox = &desk.mailbox, .done = note_done};
		ck_assert_int_eq(cache_want(cache, &name, &askers[1].wait), 0);
		desk_run_until(&desk, &askers[1].is_done);
		struct chunk *chunk = askers[1].wait.chunk;
		ck_assert_ptr_ne(chunk, askers[0].wait.chunk);
		ck_assert_uint_eq(chunk->data[0], others[i].variant);
		ck_assert_uint_eq(chunk->len, FRAME_HEADER_BYTES + others[i].piece_bytes);
		drop(1);
	}
	ck_assert_uint_eq(atomic_load(&fake.reads), 4);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(an_empty_content_is_one_empty_frame)
{
	set_up();
	init_fake(&fake, 100, 0);
	ask(0, 0);
	desk_run_until(&desk, &askers[0].is_done);
	ck_assert_uint_eq(askers[0].wait.chunk->len, FRAME_HEADER_BYTES);
	ck_assert_uint_eq(askers[0].wait.chunk->data[0], 7);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(error_reaches_all_who_wait_and_is_not_remembered)
{
	struct blocker blocker;
	pool_of_threads("1");
	set_up();
	block(&blocker, &desk.loop);
	atomic_store(&fake.error, -ESTALE);
	ask(0, 5);
	ask(1, 5);
	release(&blocker);
	desk_run_until(&desk, &askers[0].is_done);
	desk_run_until(&desk, &askers[1].is_done);
	ck_assert_int_eq(askers[0].wait.error, -ESTALE);
	ck_assert_int_eq(askers[1].wait.error, -ESTALE);
	ck_assert_ptr_null(askers[1].wait.chunk);
	ck_assert_uint_eq(stats().used_bytes, 0);
	ck_assert(!is_cached(5));

	atomic_store(&fake.error, 0);
	ask(0, 5);
	get(0);
	ck_assert_uint_eq(atomic_load(&fake.reads), 2);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(chunk_is_held_again_until_it_is_given_up)
{
	set_up();
	ask(0, 0);
	struct chunk *chunk = get(0);
	uint32_t generation = atomic_load(&chunk->generation);
	drop(0);
	ck_assert(chunk_hold_again(chunk, generation));
	ck_assert_uint_eq(atomic_load(&chunk->holds), 1);
	ck_assert(!chunk_hold_again(chunk, generation + 1));
	ck_assert_uint_eq(atomic_load(&chunk->holds), 1);
	chunk_drop(chunk);

	for (uint64_t index = 1; index < 40; index++) {
		ask(1, index);
		get(1);
		drop(1);
	}
	ck_assert(!is_cached(0));
	ck_assert_uint_ne(atomic_load(&chunk->generation), generation);
	ck_assert(!chunk_hold_again(chunk, generation));
	tear_down();
}
END_TEST

static struct chunk *stale[ROOM];
static atomic_bool is_enough;

static void hold_stale_chunks(void *user)
{
	bool *has_held = user;
	while (!atomic_load(&is_enough)) {
		for (int i = 0; i < ROOM; i++)
			*has_held = *has_held || chunk_hold_again(stale[i], 0);
	}
}

START_TEST(stale_pointers_do_no_harm_while_headers_are_used_again)
{
	uv_thread_t thread;
	bool has_held = false;
	set_up();
	fill();
	for (int i = 0; i < ROOM; i++)
		stale[i] = askers[i].wait.chunk;
	drop_all();
	/* A stale hold may be in the evictor's way, so all must go before the thread begins. */
	for (uint64_t index = ROOM; index < 64; index++) {
		ask(0, index);
		get(0);
		drop(0);
	}
	ck_assert_int_eq(uv_thread_create(&thread, hold_stale_chunks, &has_held), 0);
	for (uint64_t index = 0; index < 2000; index++) {
		ask(0, index % 64);
		get(0);
		drop(0);
	}
	atomic_store(&is_enough, true);
	uv_thread_join(&thread);
	ck_assert(!has_held);
	tear_down(); /* asserts that no hold is left or missing */
}
END_TEST

START_TEST(read_ahead_fills_the_cache)
{
	set_up();
	read_ahead(1);
	read_ahead(1);
	read_ahead(64);
	read_ahead(UINT64_MAX);
	ask(0, 1); /* joins */
	get(0);
	read_ahead(1);
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
	drop_all();
	tear_down();
	ck_assert_uint_eq(atomic_load(&fake.reads), 1);
}
END_TEST

START_TEST(read_ahead_takes_nothing_from_those_who_need_it)
{
	set_up();
	fill();
	read_ahead(30);
	ck_assert_uint_eq(stats().used_bytes, ROOM * CHUNK_COST);
	drop(6);
	ask(6, 63);
	get(6);
	ask(7, 20);
	init_fake(&fake, 200, 100);
	ck_assert_uint_gt(CACHE_BYTES_MIN - stats().used_bytes,
			  FRAME_HEADER_BYTES + 100 + sizeof(struct chunk));
	read_ahead(0); /* would fit, but 7 starves */
	desk_poll(&desk);
	ck_assert_uint_eq(atomic_load(&fake.reads), 0);
	cache_cancel(&askers[7].wait);
	drop_all();
	tear_down();
}
END_TEST

START_TEST(short_memory_is_told_to_who_asks_and_who_joined)
{
	set_up();
	for (int nth = 1; nth <= 2; nth++) {
		mem_fail_nth(nth);
		ck_assert_int_eq(ask_at(&desk, 0, 1), -ENOMEM);
		cache_cancel(&askers[0].wait);
		mem_fail_nth(nth);
		read_ahead(1);
		mem_fail_nth(0);
		ck_assert_uint_eq(stats().used_bytes, 0);
	}
	fill();
	ask(7, 20);
	ask(8, 21);
	drop(0);
	mem_fail_nth(1);
	desk_run_until(&desk, &askers[7].is_done);
	mem_fail_nth(0);
	ck_assert_int_eq(askers[7].wait.error, -ENOMEM);
	ck_assert_ptr_null(askers[7].wait.chunk);
	get(8);
	drop_all();
	tear_down();
	for (int nth = 1; nth <= 3; nth++) {
		mem_fail_nth(nth);
		ck_assert_ptr_null(new_cache(64));
	}
	mem_fail_nth(0);
}
END_TEST

SUITE("cache", one_read_however_many_wait, chunk_in_memory_is_given_without_a_read,
      last_chunk_is_as_short_as_the_content_says, chunks_outlive_their_content,
      each_framing_of_a_content_has_its_chunks, an_empty_content_is_one_empty_frame,
      error_reaches_all_who_wait_and_is_not_remembered, chunk_is_held_again_until_it_is_given_up,
      stale_pointers_do_no_harm_while_headers_are_used_again, read_ahead_fills_the_cache,
      read_ahead_takes_nothing_from_those_who_need_it, short_memory_is_told_to_who_asks_and_who_joined)

/* A loop with a mailbox, and a pool thread that can be made to wait: for the tests of the store. */
#ifndef UVTFTP_TEST_STORE_KIT_H
#define UVTFTP_TEST_STORE_KIT_H

#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "store/store.h"

struct desk {
	uv_loop_t loop;
	struct mailbox mailbox;
};

static inline void desk_open(struct desk *desk)
{
	ck_assert_int_eq(uv_loop_init(&desk->loop), 0);
	ck_assert_int_eq(mailbox_open(&desk->mailbox, &desk->loop), 0);
}

/* Runs what is still in flight to its end. */
static inline void desk_close(struct desk *desk)
{
	mailbox_close(&desk->mailbox, NULL);
	uv_run(&desk->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&desk->loop), 0);
}

static inline void desk_run_until(struct desk *desk, const bool *is_reached)
{
	while (!*is_reached)
		uv_run(&desk->loop, UV_RUN_ONCE);
}

/* Delivers what is there, waits for nothing. */
static inline void desk_poll(struct desk *desk)
{
	uv_run(&desk->loop, UV_RUN_NOWAIT);
}

/* Keeps one pool thread busy from block() to release(). */
struct blocker {
	uv_work_t work;
	uv_sem_t entered;
	uv_sem_t gate;
};

static inline void blocker_run(uv_work_t *work)
{
	struct blocker *blocker = (struct blocker *)(void *)work;
	uv_sem_post(&blocker->entered);
	uv_sem_wait(&blocker->gate);
}

static inline void blocker_done(uv_work_t *work, int status)
{
	struct blocker *blocker = (struct blocker *)(void *)work;
	(void)status;
	uv_sem_destroy(&blocker->entered);
	uv_sem_destroy(&blocker->gate);
}

/* Before anything else uses the pool of this process. */
static inline void pool_of_threads(const char *count)
{
	ck_assert_int_eq(setenv("UV_THREADPOOL_SIZE", count, 1), 0);
}

static inline void block(struct blocker *blocker, uv_loop_t *loop)
{
	ck_assert_int_eq(uv_sem_init(&blocker->entered, 0), 0);
	ck_assert_int_eq(uv_sem_init(&blocker->gate, 0), 0);
	ck_assert_int_eq(uv_queue_work(loop, &blocker->work, blocker_run, blocker_done), 0);
	uv_sem_wait(&blocker->entered);
}

static inline void release(struct blocker *blocker)
{
	uv_sem_post(&blocker->gate);
}

#endif

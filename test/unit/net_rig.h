/* A loop with a batch, endpoints on loopback, and everything they received, in order. */
#ifndef UVTFTP_TEST_NET_RIG_H
#define UVTFTP_TEST_NET_RIG_H

#include <poll.h>
#include <string.h>

#include "net/endpoint.h"
#include "unit/suite.h"

#define PARCELS_MAX      4096
#define PARCEL_BYTES_MAX (4 << 20)
#define GUARD_MS         50000 /* before check's own time-out, which would not say why */

struct parcel {
	struct endpoint *endpoint;
	struct addr peer;
	const uint8_t *bytes;
	size_t len;
};

struct rig {
	uv_loop_t loop;
	uv_timer_t guard; /* ends the test when what it waits for never comes */
	struct batch batch;
	struct parcel parcels[PARCELS_MAX];
	size_t parcel_count;
	size_t bytes_used;
	size_t closed_count;
	size_t writable_count;
	size_t dropped_count; /* holds */
	uint8_t bytes[PARCEL_BYTES_MAX];
};

static struct rig rig;

static inline void rig_give_up(uv_timer_t *timer)
{
	(void)timer;
	ck_abort_msg("what the test waits for did not come");
}

static inline void rig_init(size_t messages_max)
{
	rig.parcel_count = rig.bytes_used = rig.closed_count = rig.writable_count = rig.dropped_count =
	    0;
	ck_assert_int_eq(uv_loop_init(&rig.loop), 0);
	ck_assert_int_eq(batch_open(&rig.batch, &rig.loop, messages_max), 0);
	uv_timer_init(&rig.loop, &rig.guard);
	uv_timer_start(&rig.guard, rig_give_up, GUARD_MS, 0);
}

/* All endpoints are closed by the test before. */
static inline void rig_fini(void)
{
	uv_close((uv_handle_t *)&rig.guard, NULL);
	batch_close(&rig.batch);
	ck_assert_int_eq(uv_run(&rig.loop, UV_RUN_DEFAULT), 0);
	batch_fini(&rig.batch);
	ck_assert_int_eq(uv_loop_close(&rig.loop), 0);
}

static inline void rig_receive(struct endpoint *endpoint, const struct addr *peer, const uint8_t *data,
			       size_t len)
{
	struct parcel *parcel = &rig.parcels[rig.parcel_count];
	ck_assert_uint_lt(rig.parcel_count, PARCELS_MAX);
	ck_assert_uint_le(len, PARCEL_BYTES_MAX - rig.bytes_used);
	*parcel = (struct parcel){endpoint, *peer, rig.bytes + rig.bytes_used, len};
	memcpy(rig.bytes + rig.bytes_used, data, len);
	rig.bytes_used += len;
	rig.parcel_count++;
}

static inline void rig_writable(struct endpoint *endpoint)
{
	(void)endpoint;
	rig.writable_count++;
}

static inline void rig_closed(struct endpoint *endpoint)
{
	(void)endpoint;
	rig.closed_count++;
}

static inline struct addr rig_addr(const char *text)
{
	struct addr addr;
	ck_assert_int_eq(addr_parse(&addr, text, 0), 0);
	return addr;
}

static inline void rig_open(struct endpoint *endpoint, const char *text)
{
	struct endpoint_options options = {.local = rig_addr(text), .receive_buffer_bytes = 4 << 20};
	options.is_catch_all = addr_is_any(&options.local);
	ck_assert_int_eq(endpoint_open(endpoint, &rig.batch, &options, rig_receive, &rig), 0);
	endpoint->on_writable = rig_writable;
}

static inline void rig_wait(const size_t *count, size_t wanted)
{
	while (*count < wanted)
		uv_run(&rig.loop, UV_RUN_ONCE);
}

/* Runs what is ready and does not wait. */
static inline void rig_turn(void)
{
	uv_run(&rig.loop, UV_RUN_NOWAIT);
}

/* True if the loop would sleep: nothing is polled for that is ready. */
static inline bool rig_is_idle(void)
{
	struct pollfd backend = {.fd = uv_backend_fd(&rig.loop), .events = POLLIN};
	rig_turn();
	return poll(&backend, 1, 0) == 0;
}

static inline void rig_close(struct endpoint *endpoint)
{
	size_t closed = rig.closed_count;
	endpoint_close(endpoint, rig_closed);
	rig_wait(&rig.closed_count, closed + 1);
}

#endif

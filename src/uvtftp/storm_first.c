#include "uvtftp/storm_first.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "uvtftp/command.h"
#include "uvtftp/verdict.h"

#define MESSAGES_MAX   16
#define ROOM_BYTES_MIN 65536u

struct fetch {
	uv_loop_t loop;
	struct batch batch;
	uint8_t *room; /* own */
	uint64_t room_len;
	uint64_t len;
	const struct storm_target *target;
	uint32_t give_up_ms;
	int status;
};

static int grow(struct fetch *fetch, uint64_t len)
{
	if (len > STORM_COPY_MAX || len > SIZE_MAX)
		return UV_EFBIG;
	uint8_t *room = mem_alloc((size_t)len);
	if (room == NULL)
		return UV_ENOMEM;
	if (fetch->room != NULL)
		memcpy(room, fetch->room, (size_t)fetch->len);
	mem_free(fetch->room);
	fetch->room = room;
	fetch->room_len = len;
	return 0;
}

static int keep_data(void *user, const uint8_t *data, size_t len)
{
	struct fetch *fetch = user;
	uint64_t needed = fetch->len + len;
	if (needed > fetch->room_len) {
		uint64_t room =
		    2 * fetch->room_len > ROOM_BYTES_MIN ? 2 * fetch->room_len : ROOM_BYTES_MIN;
		int error = grow(fetch, room > needed ? room : needed);
		if (error != 0)
			return error;
	}
	memcpy(fetch->room + fetch->len, data, len);
	fetch->len = needed;
	return 0;
}

static void end(void *user, const struct client_report *report)
{
	static const struct fault too_large = {
	    .doing = "cannot keep the first copy",
	    .remedy = "Have a copy of the file here and name it with --expect",
	};
	static const struct fault none = {.doing = NULL};
	struct fetch *fetch = user;
	struct verdict verdict;
	bool is_ours = report->local_error == UV_EFBIG || report->local_error == UV_ENOMEM;
	verdict_find(&verdict, report, is_ours ? &too_large : &none, fetch->give_up_ms / 1000, false);
	if (verdict.status != STATUS_DONE)
		command_complain(fetch->target->text, verdict.why, verdict.remedy);
	fetch->status = (int)verdict.status;
	batch_close(&fetch->batch);
}

static int run(struct fetch *fetch)
{
	static const struct client_events events = {.on_data = keep_data, .on_end = end};
	const struct client_options options = {
	    .servers = &fetch->target->server,
	    .server_count = 1,
	    .file = fetch->target->url.path,
	    .give_up_ms = fetch->give_up_ms,
	};
	struct client *client;
	int error = batch_open(&fetch->batch, &fetch->loop, MESSAGES_MAX);
	if (error != 0) {
		uv_run(&fetch->loop, UV_RUN_DEFAULT);
		return error;
	}
	error = client_get(&client, &fetch->batch, &options, &events, fetch);
	if (error != 0)
		batch_close(&fetch->batch);
	uv_run(&fetch->loop, UV_RUN_DEFAULT);
	batch_fini(&fetch->batch);
	return error;
}

int storm_first_fetch(const struct storm_target *target, uint32_t give_up_ms, struct storm_bytes *bytes)
{
	struct fetch fetch = {.target = target, .give_up_ms = give_up_ms};
	int error = uv_loop_init(&fetch.loop);
	if (error == 0) {
		error = run(&fetch);
		ASSERT(uv_loop_close(&fetch.loop) == 0);
	}
	if (error != 0)
		command_complain(target->text, uv_strerror(error), "Check the limits of this machine");
	if (error == 0 && fetch.status == STATUS_DONE && fetch.room == NULL)
		error = grow(&fetch, 1);
	if (error == 0 && fetch.status == STATUS_DONE) {
		*bytes = (struct storm_bytes){fetch.room, fetch.len, false};
		return 0;
	}
	mem_free(fetch.room);
	return UV_ECANCELED;
}

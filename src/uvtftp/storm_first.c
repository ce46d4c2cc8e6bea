#include "uvtftp/storm_first.h"

#include <inttypes.h>
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
	uint64_t room_max;
	uint64_t len;    /* kept */
	uint64_t unkept; /* behind them */
	const struct storm_target *target;
	uint32_t give_up_ms;
	int status;
};

/* Doubles the room, as far as may be and memory goes. */
static void grow(struct fetch *fetch)
{
	uint64_t len = fetch->room_len > 0 ? 2 * fetch->room_len : ROOM_BYTES_MIN;
	if (len > fetch->room_max)
		len = fetch->room_max;
	uint8_t *room = len > fetch->room_len && len <= SIZE_MAX ? mem_alloc((size_t)len) : NULL;
	if (room == NULL)
		return;
	if (fetch->room != NULL)
		memcpy(room, fetch->room, (size_t)fetch->len);
	mem_free(fetch->room);
	fetch->room = room;
	fetch->room_len = len;
}

/* Once something had to be left out, so is all that follows. */
static int keep_data(void *user, const uint8_t *data, size_t len)
{
	struct fetch *fetch = user;
	if (fetch->unkept == 0 && len > fetch->room_len - fetch->len)
		grow(fetch);
	uint64_t free_len = fetch->unkept == 0 ? fetch->room_len - fetch->len : 0;
	size_t kept = len < free_len ? len : (size_t)free_len;
	memcpy(fetch->room + fetch->len, data, kept);
	fetch->len += kept;
	fetch->unkept += len - kept;
	return 0;
}

static void tell_what_is_unkept(const struct fetch *fetch)
{
	char why[160];
	snprintf(why, sizeof why,
		 "of its %" PRIu64 " bytes only the first %" PRIu64 " will be compared, and the length",
		 fetch->len + fetch->unkept, fetch->len);
	command_complain(fetch->target->text, why,
			 "To compare all, have a copy of the file here and name it with --expect");
}

static void end(void *user, const struct client_report *report)
{
	static const struct fault none = {.doing = NULL};
	struct fetch *fetch = user;
	struct verdict verdict;
	verdict_find(&verdict, report, &none, fetch->give_up_ms / 1000, false);
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

int storm_first_fetch(const struct storm_target *target, uint32_t give_up_ms, uint64_t copy_max,
		      struct storm_bytes *bytes)
{
	struct fetch fetch = {.target = target, .give_up_ms = give_up_ms, .room_max = copy_max};
	grow(&fetch);
	int error = fetch.room != NULL ? uv_loop_init(&fetch.loop) : UV_ENOMEM;
	if (error == 0) {
		error = run(&fetch);
		ASSERT(uv_loop_close(&fetch.loop) == 0);
	}
	if (error != 0)
		command_complain(target->text, uv_strerror(error), "Check the limits of this machine");
	if (error != 0 || fetch.status != STATUS_DONE) {
		mem_free(fetch.room);
		return UV_ECANCELED;
	}
	if (fetch.unkept > 0)
		tell_what_is_unkept(&fetch);
	*bytes = (struct storm_bytes){.at = fetch.room, .len = fetch.len, .unkept = fetch.unkept};
	return 0;
}

/* An upload is driven from its owner's loop; one job at a time is in the pool. Its life:
 *
 *   begin -> job: open -> letter -> append, append, ... -> commit -> job: commit -> letter, and it is freed
 *                                    a half is full -> job: write
 *
 * An error of a job discards the draft in the same job and is told at the next occasion. An upload whose owner
 * went away is freed when no job has it any more; if it still has a draft, one more job discards it. */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/sink_inside.h"

static void finish(uv_work_t *work, int status);

static void run(uv_work_t *work)
{
	struct upload *upload = LIST_OWNER(work, struct upload, work);
	upload->outcome = atomic_load(&upload->is_unwanted) ? (struct outcome){-ECANCELED, "was aborted"}
							    : upload->job(upload);
	if (upload->outcome.error != 0)
		sink_draft_discard(upload);
}

static void start(struct upload *upload, struct outcome (*job)(struct upload *))
{
	ASSERT(upload->job == NULL);
	upload->job = job;
	int rc = uv_queue_work(upload->loop, &upload->work, run, finish);
	ASSERT(rc == 0);
}

static void free_upload(struct upload *upload)
{
	sink_quota_close(upload);
	sink_memory_give_back(upload);
	sink_drop(upload->sink);
	mem_free(upload);
}

static void bury(struct upload *upload)
{
	if (upload->fd >= 0 || upload->dir_fd >= 0)
		start(upload, sink_draft_write); /* finds that nobody wants it */
	else
		free_upload(upload);
}

/* The owner and the upload part. */
static void leave(struct storing *storing)
{
	struct upload *upload = storing->upload;
	storing->upload = NULL;
	upload->storing = NULL;
	atomic_store(&upload->is_unwanted, true);
	if (upload->job == NULL)
		bury(upload);
}

static void deliver(struct letter *letter)
{
	struct storing *storing = LIST_OWNER(letter, struct storing, letter);
	struct upload *upload = storing->upload;
	upload->waits_for = WAITS_FOR_NOTHING;
	storing->error = upload->failure.error;
	storing->why = upload->failure.why;
	if (upload->failure.error != 0 || upload->is_committed)
		leave(storing);
	storing->done(storing);
}

static size_t room_of(const struct upload *upload)
{
	const struct half *filling = &upload->halves[upload->filling];
	const struct half *other = &upload->halves[1 - upload->filling];
	return filling->size - filling->len + (other->len == 0 ? other->size : 0);
}

static bool is_answered(const struct upload *upload)
{
	bool has_failed = upload->failure.error != 0;
	switch (upload->waits_for) {
	case WAITS_FOR_BEGIN:
		return has_failed || upload->job == NULL;
	case WAITS_FOR_ROOM:
		return has_failed || room_of(upload) >= upload->burst_bytes;
	case WAITS_FOR_COMMIT:
		return has_failed || upload->is_committed;
	case WAITS_FOR_NOTHING:
	case WAITS_FOR_LETTER:
	default:
		return false;
	}
}

/* Sends the half being filled to the disk, once it is full or somebody waits for its room. */
static void write_if_due(struct upload *upload)
{
	if (upload->job != NULL)
		return;
	if (upload->halves[upload->filling].size == 0)
		upload->filling = 1 - upload->filling; /* there is only one, and it has been written */
	const struct half *half = &upload->halves[upload->filling];
	bool is_missed = upload->waits_for == WAITS_FOR_ROOM && room_of(upload) < upload->burst_bytes;
	if (half->len < half->size && !is_missed)
		return;
	upload->filling = 1 - upload->filling;
	sink_memory_adapt(upload, &upload->halves[upload->filling]);
	start(upload, sink_draft_write);
}

static void go_on(struct upload *upload)
{
	if (upload->job == NULL && upload->failure.error == 0) {
		if (upload->waits_for == WAITS_FOR_COMMIT && !upload->is_committed)
			start(upload, sink_draft_commit);
		else
			write_if_due(upload);
	}
	if (is_answered(upload)) {
		upload->waits_for = WAITS_FOR_LETTER;
		mailbox_post(upload->storing->mailbox, &upload->storing->letter);
	}
}

static void finish(uv_work_t *work, int status)
{
	struct upload *upload = LIST_OWNER(work, struct upload, work);
	bool was_commit = upload->job == sink_draft_commit;
	ASSERT(status == 0);
	upload->job = NULL;
	if (upload->storing == NULL) {
		bury(upload);
		return;
	}
	if (upload->failure.error == 0)
		upload->failure = upload->outcome;
	upload->is_committed = was_commit && upload->outcome.error == 0;
	upload->halves[1 - upload->filling].len = 0;
	go_on(upload);
}

static struct upload *new_upload(const struct sink_request *request)
{
	size_t path_len = strlen(request->path);
	struct upload *upload = mem_zalloc(1, sizeof *upload + path_len + 1);
	if (upload == NULL)
		return NULL;
	memcpy(upload->path, request->path, path_len + 1);
	upload->burst_bytes = request->burst_bytes;
	upload->size_bytes = request->size_bytes;
	upload->dir_fd = upload->fd = -1;
	return upload;
}

static struct outcome admit(struct upload *upload, uint64_t size_bytes)
{
	uint64_t size_max = upload->sink->options.size_max;
	if (size_max > 0 && size_bytes > size_max)
		return sink_refuse(-EFBIG);
	return sink_quota_reserve(upload, size_bytes);
}

int sink_begin(struct sink *sink, const struct sink_request *request, struct storing *storing)
{
	storing->upload = NULL;
	storing->error = 0;
	storing->why = NULL;
	if (request->burst_bytes > SINK_BURST_MAX)
		return -EINVAL;
	struct upload *upload = new_upload(request);
	if (upload == NULL)
		return -ENOMEM;
	sink_hold(sink);
	upload->sink = sink;
	if (!sink_memory_take(upload) || sink_quota_open(upload, request->client) != 0) {
		free_upload(upload);
		return -ENOMEM;
	}
	atomic_init(&upload->is_unwanted, false);
	upload->loop = storing->mailbox->async.loop;
	upload->storing = storing;
	storing->upload = upload;
	list_init(&storing->letter.link);
	storing->letter.deliver = deliver;

	uint64_t announced_bytes = request->size_bytes == SINK_SIZE_UNKNOWN ? 0 : request->size_bytes;
	upload->failure = admit(upload, announced_bytes);
	upload->waits_for = WAITS_FOR_BEGIN;
	if (upload->failure.error == 0)
		start(upload, sink_draft_open);
	go_on(upload);
	return 0;
}

size_t sink_room(const struct storing *storing)
{
	const struct upload *upload = storing->upload;
	return upload != NULL && upload->failure.error == 0 ? room_of(upload) : 0;
}

static void fill(struct upload *upload, const uint8_t *at, size_t len)
{
	while (len > 0) {
		struct half *half = &upload->halves[upload->filling];
		size_t part = half->size - half->len;
		if (part > len)
			part = len;
		memcpy(half->bytes + half->len, at, part);
		half->len += part;
		at += part;
		len -= part;
		write_if_due(upload);
	}
}

bool sink_append(struct storing *storing, const void *bytes, size_t len)
{
	struct upload *upload = storing->upload;
	/* Waiting for room for a window is no reason to refuse what was invited before. */
	ASSERT(upload != NULL && upload->waits_for != WAITS_FOR_BEGIN &&
	       upload->waits_for != WAITS_FOR_COMMIT);
	if (upload->failure.error == 0) {
		ASSERT(len <= room_of(upload));
		upload->failure = admit(upload, upload->received_bytes + len);
	}
	if (upload->failure.error != 0) {
		storing->error = upload->failure.error;
		storing->why = upload->failure.why;
		return false;
	}
	upload->received_bytes += len;
	fill(upload, bytes, len);
	return true;
}

static void wait_for(struct storing *storing, enum upload_wait what)
{
	struct upload *upload = storing->upload;
	ASSERT(upload != NULL && upload->waits_for == WAITS_FOR_NOTHING);
	upload->waits_for = what;
	go_on(upload);
}

void sink_wait_room(struct storing *storing)
{
	wait_for(storing, WAITS_FOR_ROOM);
}

void sink_commit(struct storing *storing)
{
	wait_for(storing, WAITS_FOR_COMMIT);
}

void sink_abort(struct storing *storing)
{
	if (storing->upload == NULL)
		return;
	mailbox_retract(storing->mailbox, &storing->letter);
	leave(storing);
}

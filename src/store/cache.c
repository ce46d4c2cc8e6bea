/* A wait is given a ready chunk at once (through its mailbox all the same), or joins the read in flight,
 * or begins one, or starves until there is memory. Memory is granted under the mutex, wherever it becomes
 * free; the read itself must begin on the loop of who was granted it, so a letter brings it there. */
#include <errno.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/cache_inside.h"

/* A chunk that came sooner was in memory: no disk answers, no network comes back in that time. */
#define QUICK_READ_NS 60000u

enum wait_state {
	WAIT_NONE,
	WAIT_READ,    /* among the chunk's waiters */
	WAIT_STARVED, /* in the cache's list */
	WAIT_START,   /* the same as WAIT_READ, and a letter is on its way to begin the read */
	WAIT_DONE     /* the letter with the outcome is on its way */
};

struct read_job {
	uv_work_t work;
	struct chunk *chunk;
	struct content *content; /* a hold */
};

/* Gives the wait its outcome: a ready chunk, or an error. Under the mutex, as all up to start_read. */
static void settle(struct chunk_wait *wait, struct chunk *chunk, int error)
{
	list_remove(&wait->link);
	if (chunk != NULL)
		atomic_fetch_add(&chunk->holds, 1);
	wait->chunk = chunk;
	wait->error = error;
	wait->state = WAIT_DONE;
	mailbox_post(wait->mailbox, &wait->letter);
}

static void settle_all(struct chunk *chunk, int error)
{
	while (!list_is_empty(&chunk->waiters)) {
		struct chunk_wait *wait = LIST_OWNER(chunk->waiters.next, struct chunk_wait, link);
		settle(wait, error == 0 ? chunk : NULL, error);
	}
}

static void join(struct chunk_wait *wait, struct chunk *chunk, enum wait_state state)
{
	list_remove(&wait->link); /* from those who starve */
	list_append(&chunk->waiters, &wait->link);
	wait->chunk = chunk;
	wait->state = state;
}

/* Whether the chunk is in memory or on its way there; then the wait is taken care of. */
static bool is_present(struct cache *cache, struct chunk_wait *wait)
{
	struct chunk *chunk = cache_find(cache, &wait->name);
	if (chunk == NULL)
		return false;
	if (chunk->state == CHUNK_READY) {
		atomic_store_explicit(&chunk->was_used, true, memory_order_relaxed);
		settle(wait, chunk, 0);
	} else {
		join(wait, chunk, WAIT_READ);
	}
	return true;
}

void cache_feed(struct cache *cache)
{
	while (!list_is_empty(&cache->starved)) {
		struct chunk_wait *wait = LIST_OWNER(cache->starved.next, struct chunk_wait, link);
		if (is_present(cache, wait))
			continue;
		struct chunk *chunk = cache_make(cache, &wait->name);
		if (chunk == NULL)
			return;
		join(wait, chunk, WAIT_START);
		mailbox_post(wait->mailbox, &wait->letter);
	}
	atomic_store(&cache->is_starved, false);
}

static void fail(struct cache *cache, struct chunk *chunk, int error)
{
	settle_all(chunk, error);
	cache_discard(cache, chunk);
	cache_feed(cache);
}

/* Reads what belongs into the chunk in one of the content's ways, and makes frames of it. */
static int fill(struct chunk *chunk, struct content *content, content_read *read)
{
	struct chunk_range range = framing_range(chunk->framing, content->size_bytes, chunk->index);
	uint8_t *pieces = chunk->data + chunk->len - range.content_bytes;
	int rc = read(content, range.offset, pieces, range.content_bytes);
	if (rc == 0)
		framing_spread(chunk->framing, &range, chunk->cache->write_header, chunk->data);
	return rc;
}

static void read_chunk(uv_work_t *work)
{
	struct read_job *job = LIST_OWNER(work, struct read_job, work);
	struct chunk *chunk = job->chunk;
	struct cache *cache = chunk->cache;

	uint64_t began_ns = uv_hrtime();
	int rc = fill(chunk, job->content, job->content->ops->read);
	bool was_quick = uv_hrtime() - began_ns < QUICK_READ_NS;
	atomic_store_explicit(&job->content->is_hot, was_quick && job->content->ops->read_now != NULL,
			      memory_order_relaxed);
	content_drop(job->content);

	/* Once those who wait know, the cache may be freed: nothing of it is touched after the unlock. */
	uv_mutex_lock(&cache->mutex);
	cache->stats.reads++;
	if (rc == 0) {
		settle_all(chunk, 0);
		cache_ready(cache, chunk);
		cache_feed(cache);
	} else {
		fail(cache, chunk, rc);
	}
	uv_mutex_unlock(&cache->mutex);
}

static void free_job(uv_work_t *work, int status)
{
	(void)status; /* never cancelled */
	mem_free(LIST_OWNER(work, struct read_job, work));
}

/* Queues the read of a chunk just made. On the loop given, without the mutex. 0 or -ENOMEM. */
static int start_read(struct chunk *chunk, struct content *content, uv_loop_t *loop)
{
	struct read_job *job = mem_alloc(sizeof *job);
	if (chunk->data == NULL)
		chunk->data = mem_alloc(chunk->len);
	if (job == NULL || chunk->data == NULL) {
		mem_free(job);
		return -ENOMEM;
	}
	content_hold(content);
	job->chunk = chunk;
	job->content = content;
	int rc = uv_queue_work(loop, &job->work, read_chunk, free_job);
	ASSERT(rc == 0);
	return 0;
}

/* The same; if it fails, those who joined meanwhile learn it. */
static int start_or_fail(struct cache *cache, struct chunk *chunk, struct content *content,
			 uv_loop_t *loop)
{
	int rc = start_read(chunk, content, loop);
	if (rc == 0)
		return 0;
	uv_mutex_lock(&cache->mutex);
	fail(cache, chunk, rc);
	uv_mutex_unlock(&cache->mutex);
	return rc;
}

/* Fills a chunk just made without waiting, and holds it for the caller. NULL: that cannot be; then those who
 * joined meanwhile get it from the pool, and if nobody did it is gone. */
static struct chunk *fill_now(struct cache *cache, struct chunk *chunk, struct content *content,
			      uv_loop_t *loop)
{
	bool is_wanted = true;
	chunk->data = mem_alloc(chunk->len);
	int rc = chunk->data == NULL ? -ENOMEM : fill(chunk, content, content->ops->read_now);
	atomic_store_explicit(&content->is_hot, rc == 0, memory_order_relaxed);
	uv_mutex_lock(&cache->mutex);
	if (rc == 0) {
		cache->stats.reads++;
		atomic_store_explicit(&chunk->was_used, true, memory_order_relaxed);
		atomic_fetch_add(&chunk->holds, 1);
		settle_all(chunk, 0);
		cache_ready(cache, chunk);
	} else if (list_is_empty(&chunk->waiters)) {
		cache_discard(cache, chunk);
		is_wanted = false;
	}
	cache_feed(cache);
	uv_mutex_unlock(&cache->mutex);
	if (rc != 0 && is_wanted)
		start_or_fail(cache, chunk, content, loop);
	return rc == 0 ? chunk : NULL;
}

/* Somebody let go of memory for it. While anybody starves everybody does, so if each read took its time in the pool, it
 * would not end. */
static void read_granted(struct chunk_wait *wait)
{
	struct content *content = wait->name.content;
	uv_loop_t *loop = wait->mailbox->async.loop;
	if (content->ops->read_now != NULL)
		chunk_drop(fill_now(wait->cache, wait->chunk, content, loop));
	else
		start_or_fail(wait->cache, wait->chunk, content, loop);
}

static void deliver(struct letter *letter)
{
	struct chunk_wait *wait = LIST_OWNER(letter, struct chunk_wait, letter);
	if (wait->state == WAIT_START) {
		wait->state = WAIT_READ;
		read_granted(wait);
		return;
	}
	wait->state = WAIT_NONE;
	wait->cache = NULL;
	wait->done(wait);
}

struct chunk *cache_take(struct cache *cache, const struct chunk_name *name, uv_loop_t *loop)
{
	struct content *content = name->content;
	struct chunk *made = NULL;
	uv_mutex_lock(&cache->mutex);
	struct chunk *chunk = cache_find(cache, name);
	/* Those who starve come first. */
	if (chunk == NULL && content->ops->read_now != NULL && list_is_empty(&cache->starved))
		made = cache_make_now(cache, name);
	if (chunk != NULL && chunk->state != CHUNK_READY)
		chunk = NULL;
	if (chunk != NULL) {
		atomic_store_explicit(&chunk->was_used, true, memory_order_relaxed);
		atomic_fetch_add(&chunk->holds, 1);
		cache->stats.hits++;
	}
	if (made != NULL)
		cache->stats.misses++;
	uv_mutex_unlock(&cache->mutex);
	return made != NULL ? fill_now(cache, made, content, loop) : chunk;
}

/* A chunk for the wait to read, or NULL: it is served already, or starves. Under the mutex. */
static struct chunk *place(struct cache *cache, struct chunk_wait *wait)
{
	if (is_present(cache, wait)) {
		if (wait->state == WAIT_DONE)
			cache->stats.hits++;
		else
			cache->stats.misses++;
		return NULL;
	}
	cache->stats.misses++;
	struct chunk *chunk = NULL;
	if (list_is_empty(&cache->starved)) {
		chunk = cache_make(cache, &wait->name);
		if (chunk == NULL) {
			/* Look again after saying so: the last hold may have been dropped in between. */
			atomic_store(&cache->is_starved, true);
			chunk = cache_make(cache, &wait->name);
			if (chunk != NULL)
				atomic_store(&cache->is_starved, false);
		}
	}
	if (chunk != NULL) {
		join(wait, chunk, WAIT_READ);
	} else {
		list_append(&cache->starved, &wait->link);
		wait->state = WAIT_STARVED;
		cache->stats.starved++;
	}
	return chunk;
}

int cache_want(struct cache *cache, const struct chunk_name *name, struct chunk_wait *wait)
{
	list_init(&wait->letter.link);
	wait->letter.deliver = deliver;
	wait->chunk = NULL;
	wait->error = 0;
	wait->cache = cache;
	wait->name = *name;
	list_init(&wait->link);
	wait->state = WAIT_NONE;

	uv_mutex_lock(&cache->mutex);
	struct chunk *chunk = place(cache, wait);
	uv_mutex_unlock(&cache->mutex);
	if (chunk == NULL || start_read(chunk, name->content, wait->mailbox->async.loop) == 0)
		return 0;

	uv_mutex_lock(&cache->mutex);
	list_remove(&wait->link);
	fail(cache, chunk, -ENOMEM);
	uv_mutex_unlock(&cache->mutex);
	wait->chunk = NULL;
	wait->cache = NULL;
	return -ENOMEM;
}

/* A chunk granted to the wait that others wait for too, and whose read must still begin; else NULL. */
static struct chunk *leave(struct cache *cache, struct chunk_wait *wait, enum wait_state state)
{
	struct chunk *chunk = wait->chunk;
	list_remove(&wait->link);
	if (state == WAIT_START || state == WAIT_DONE)
		mailbox_retract(wait->mailbox, &wait->letter);
	if (state == WAIT_STARVED)
		cache_feed(cache); /* who comes next may need less */
	if (state != WAIT_START)
		return NULL;
	if (!list_is_empty(&chunk->waiters))
		return chunk;
	fail(cache, chunk, -ECANCELED);
	return NULL;
}

void cache_cancel(struct chunk_wait *wait)
{
	struct cache *cache = wait->cache;
	if (cache == NULL)
		return;
	uv_mutex_lock(&cache->mutex);
	enum wait_state state = (enum wait_state)wait->state;
	wait->state = WAIT_NONE;
	struct chunk *orphan = leave(cache, wait, state);
	uv_mutex_unlock(&cache->mutex);

	if (orphan != NULL)
		start_or_fail(cache, orphan, wait->name.content, wait->mailbox->async.loop);
	if (state == WAIT_DONE)
		chunk_drop(wait->chunk);
	wait->chunk = NULL;
	wait->cache = NULL;
}

void cache_read_ahead(struct cache *cache, const struct chunk_name *name, uv_loop_t *loop)
{
	if (atomic_load_explicit(&name->content->is_hot, memory_order_relaxed) ||
	    name->index >= framing_chunks(name->framing, name->content->size_bytes))
		return;
	struct chunk *chunk = NULL;
	uv_mutex_lock(&cache->mutex);
	if (list_is_empty(&cache->starved) && cache_find(cache, name) == NULL)
		chunk = cache_make(cache, name);
	uv_mutex_unlock(&cache->mutex);
	if (chunk != NULL)
		start_or_fail(cache, chunk, name->content, loop);
}

void cache_read_stats(struct cache *cache, struct cache_stats *stats)
{
	uv_mutex_lock(&cache->mutex);
	*stats = cache->stats;
	uv_mutex_unlock(&cache->mutex);
}

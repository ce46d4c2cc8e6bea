#include "server/listeners.h"

#include <sys/resource.h>

#include "base/mem.h"
#include "server/worker.h"

/* Of the descriptors a process may have, so many go to listeners beyond the first of each address. */
#define DESCRIPTORS_SHARE 8u

static void resume(struct endpoint *endpoint)
{
	worker_resume(endpoint->user);
}

static void free_endpoint(struct endpoint *endpoint)
{
	mem_free(endpoint);
}

/* The endpoint, or NULL with *rc. */
static struct endpoint *open_one(struct worker *worker, const struct server_listen *listen, int *rc)
{
	struct endpoint_options options = {
	    .local = listen->addr,
	    .is_shared =
		true, /* with the other workers, and the catch-all with the addresses beside it */
	    .is_catch_all = listen->is_catch_all,
	    .may_be_absent = listen->may_be_absent,
	    .inherited = listen->inherited,
	    .receive_buffer_bytes = worker->server->receive_buffer_bytes,
	};
	struct endpoint *endpoint = mem_zalloc(1, sizeof *endpoint);
	*rc = endpoint == NULL ? UV_ENOMEM
			       : endpoint_open(endpoint, &worker->batch, &options, worker_asked, worker);
	if (*rc != 0) {
		mem_free(endpoint);
		return NULL;
	}
	endpoint->on_writable = resume;
	list_append(&worker->listeners, &endpoint->link);
	return endpoint;
}

/* How many sockets make up for a capped buffer, as far as descriptors go. */
static unsigned choose_count(const struct worker *worker, unsigned real_bytes)
{
	const struct server *server = worker->server;
	struct rlimit limit;
	uint64_t room = LISTENERS_MAX;
	if (!socket_spreads_requests() || real_bytes == 0)
		return 1;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		room = limit.rlim_cur / DESCRIPTORS_SHARE / server->worker_count / server->listen_count;
	unsigned wanted = (server->receive_buffer_bytes + real_bytes - 1) / real_bytes;
	if (wanted > LISTENERS_MAX)
		wanted = LISTENERS_MAX;
	if (wanted > room)
		wanted = (unsigned)room;
	return wanted < 1 ? 1 : wanted;
}

static void say_capped(const struct worker *worker, const struct endpoint *first, unsigned count)
{
	const struct server *server = worker->server;
	bool is_made_up = (uint64_t)count * first->receive_buffer_bytes >= server->receive_buffer_bytes;
	char text[ADDR_TEXT_MAX];
	if (worker->index != 0 || first->receive_buffer_bytes >= server->receive_buffer_bytes)
		return;
	addr_format(&first->local, text);
	log_line(&server->log, is_made_up ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
		 "the system caps a receive buffer at %u bytes: %u of them on %s for each worker "
		 "instead of one of "
		 "%u (net.core.rmem_max, --socket-buffer)",
		 first->receive_buffer_bytes, count, text, server->receive_buffer_bytes);
}

static int open_address(struct worker *worker, const struct server_listen *listen)
{
	int rc;
	struct endpoint *first = open_one(worker, listen, &rc);
	if (first == NULL)
		return rc;
	/* Few requests come to a catch-all: the addresses known have sockets of their own. */
	unsigned wanted = listen->is_catch_all ? 1 : choose_count(worker, first->receive_buffer_bytes),
		 count = 1;
	while (count < wanted && open_one(worker, listen, &rc) != NULL)
		count++;
	if (!listen->is_catch_all)
		say_capped(worker, first, count);
	return 0;
}

int listeners_open(struct worker *worker, struct uvtftp_error *error)
{
	const struct server *server = worker->server;
	for (size_t i = 0; i < server->listen_count; i++) {
		int rc = open_address(worker, &server->listens[i]);
		if (rc == 0)
			continue;
		char text[ADDR_TEXT_MAX];
		addr_format(&server->listens[i].addr, text);
		return err_set(error, UVTFTP_ERR_LISTEN, "cannot listen on %s: %s", text,
			       uv_strerror(rc));
	}
	return 0;
}

void listeners_close(struct worker *worker)
{
	for (struct list *link; (link = list_take_first(&worker->listeners)) != NULL;)
		endpoint_close(LIST_OWNER(link, struct endpoint, link), free_endpoint);
}

static void count_drops(struct worker *worker)
{
	uint64_t sum = 0;
	struct list *all = &worker->listeners;
	for (struct list *link = all->next; link != all; link = link->next)
		sum += socket_drops(LIST_OWNER(link, struct endpoint, link)->fd);
	worker->watch.dropped = sum;
}

static void say_dropped(struct worker *worker)
{
	struct listener_watch *watch = &worker->watch;
	log_line(&worker->server->log, LOG_LEVEL_WARNING,
		 "the kernel dropped %llu datagrams on the listening ports of worker %u: their receive "
		 "buffer was "
		 "full (--socket-buffer); clients will ask again",
		 (unsigned long long)(watch->dropped - watch->reported), worker->index);
	watch->reported = watch->dropped;
}

void listeners_watch(struct worker *worker, uint64_t now_us)
{
	struct listener_watch *watch = &worker->watch;
	if (now_us - watch->asked_us < LISTENERS_WATCH_US)
		return;
	watch->asked_us = now_us;
	count_drops(worker);
	if (watch->dropped == watch->reported ||
	    (watch->logged_us != 0 && now_us - watch->logged_us < LISTENERS_LOG_US))
		return;
	watch->logged_us = now_us;
	say_dropped(worker);
}

void listeners_report(struct worker *worker)
{
	count_drops(worker);
	if (worker->watch.dropped != worker->watch.reported)
		say_dropped(worker);
}

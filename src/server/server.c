/* libuvtftp's server: settings in, workers up, workers down. */
#include "server/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "server/worker.h"

#define DEFAULT_ENDPOINTS     1024u
#define DEFAULT_SESSIONS      65536u
#define DEFAULT_REQUEST_RATE  1000u /* see LEDGER_BURST_S */
#define DEFAULT_CACHE_BYTES   (64ull << 20)
#define DEFAULT_WINDOWSIZE    64u
#define DEFAULT_RECEIVE_BYTES (8u << 20) /* of each worker: 20,000 requests */
/* Memory beyond --cache for packet headers and book-keeping, so that a file of that size fits: 4 bytes of 512 and
 * 168 of 64 KiB. */
#define CACHE_SPARE_SHARE     64u
#define CACHE_SPARE_BYTES_MAX (2u << 20)
/* Memory for all uploads: such a part of --cache beside it, but not less than 200 on a small machine need. */
#define UPLOAD_SHARE     4u
#define UPLOAD_BYTES_MIN (2u << 20)
/* Descriptors kept for everything that is not a TID port: listeners, files, the loop's own. */
#define DESCRIPTORS_KEPT 192u
/* Local addresses expected to share the rest. */
#define ADDRESSES_EXPECTED 2u
#define ENDPOINTS_MIN      4u

/* The public handle is the server itself; the tag differs so that its inside stays private. */
struct uvtftp_server {
	struct server server;
};

void uvtftp_server_options_init(struct uvtftp_server_options *options)
{
	*options = (struct uvtftp_server_options){
	    .struct_bytes = sizeof *options,
	    .endpoints = DEFAULT_ENDPOINTS,
	    .sessions_max = DEFAULT_SESSIONS,
	    .request_rate = DEFAULT_REQUEST_RATE,
	    .cache_bytes = DEFAULT_CACHE_BYTES,
	    .blksize_max = OPTION_BLKSIZE_MAX,
	    .windowsize_max = DEFAULT_WINDOWSIZE,
	    .give_up_ms = TRANSFER_GIVE_UP_US / 1000,
	    .rto_min_ms = TRANSFER_RTO_FLOOR_US / 1000,
	    .retries_max = TRANSFER_REPEATS_MAX,
	    .socket_buffer_bytes = DEFAULT_RECEIVE_BYTES,
	    .log_level = UVTFTP_LOG_INFO,
	};
}

void uvtftp_root_init(struct uvtftp_root *root)
{
	*root = (struct uvtftp_root){
	    .struct_bytes = sizeof *root,
	    .name = "default",
	    .file_mode = 0644,
	    .uid = -1,
	    .gid = -1,
	};
}

void uvtftp_rule_init(struct uvtftp_rule *rule)
{
	*rule = (struct uvtftp_rule){
	    .struct_bytes = sizeof *rule,
	    .operation = UVTFTP_READ_AND_WRITE,
	    .action = UVTFTP_CONTINUE,
	    .rollover = -1,
	};
}

/* What cannot be changed while the server runs; setup_check has the rest. */
static int check(const struct uvtftp_server_options *options, struct uvtftp_error *error)
{
	int rc = setup_check(options, error);
	if (rc != 0)
		return rc;
	if ((options->port_low == 0) != (options->port_high == 0) ||
	    options->port_low > options->port_high)
		return err_set(error, UVTFTP_ERR_USAGE,
			       "port range %u-%u: the first must not be above the last",
			       options->port_low, options->port_high);
	rc = setup_check_range(error, "workers", options->workers, 0, SERVER_WORKERS_MAX);
	if (rc == 0)
		rc = setup_check_range(error, "endpoints", options->endpoints, 1, 32768);
	if (rc == 0)
		rc = setup_check_range(error, "sessions", options->sessions_max, 1, 1u << 24);
	if (rc == 0)
		rc = setup_check_range(error, "sessions per client", options->sessions_per_client_max, 0,
				       1u << 24);
	if (rc == 0)
		rc = setup_check_range(error, "request rate", options->request_rate, 0, 1u << 24);
	return rc;
}

static unsigned choose_workers(const struct server *server, const struct uvtftp_server_options *options)
{
	unsigned count = options->workers;
	if (count == 0) {
		uv_cpu_info_t *cpus;
		int n = 0;
		if (uv_cpu_info(&cpus, &n) == 0)
			uv_free_cpu_info(cpus, n);
		/* Half of the work is the kernel's, for packets that come in: it needs processors too. With a worker
		 * on each of two, everybody waits for everybody: half the throughput of one worker. */
		count = n < 2 ? 1 : n / 2 > SERVER_WORKERS_MAX ? SERVER_WORKERS_MAX : (unsigned)n / 2;
	}
	/* Of a socket that several read, each packet goes to any of them. */
	if (count > 1 && options->socket_count > 0 && options->is_single_port) {
		log_line(&server->log, LOG_LEVEL_INFO,
			 "all on one port, and that inherited: using one worker");
		return 1;
	}
	if (count > 1 && !socket_spreads_requests()) {
		log_line(&server->log, options->workers > 1 ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
			 "this system does not spread requests over sockets: using one worker");
		return 1;
	}
	unsigned ports = options->port_low == 0 ? count : 1u + options->port_high - options->port_low;
	if (ports < count && !options->is_single_port) {
		log_line(&server->log, LOG_LEVEL_WARNING, "%u ports in the range: using as many workers",
			 ports);
		return ports;
	}
	return count < options->sessions_max ? count : options->sessions_max;
}

static unsigned divide_up(unsigned value, unsigned count)
{
	return value / count + (value % count != 0);
}

/* Fewer TID ports where descriptors are few: a worker must still be able to open files. */
static unsigned choose_endpoints(const struct server *server, unsigned asked)
{
	struct rlimit limit;
	unsigned each = divide_up(asked, server->worker_count);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return each;
	uint64_t descriptors = limit.rlim_cur > DESCRIPTORS_KEPT ? limit.rlim_cur - DESCRIPTORS_KEPT : 0;
	uint64_t room = descriptors / server->worker_count / ADDRESSES_EXPECTED;
	if (room < ENDPOINTS_MIN)
		room = ENDPOINTS_MIN;
	return each < room ? each : (unsigned)room;
}

static void settle(struct server *server, const struct uvtftp_server_options *options)
{
	server->worker_count = choose_workers(server, options);
	server->is_single_port = options->is_single_port;
	server->receive_buffer_bytes = options->socket_buffer_bytes;
	unsigned count = server->worker_count;
	server->sessions_max = options->sessions_max / count;
	server->sessions_rest = options->sessions_max % count;
	/* The system spreads a client's requests over the workers, more or less evenly. */
	server->sessions_per_client_max = divide_up(options->sessions_per_client_max, count);
	server->request_rate = divide_up(options->request_rate, count);
	server->port_low = options->port_low;
	server->port_high = options->port_high;
	unsigned endpoints = options->endpoints;
	if (options->port_low != 0 && endpoints > 1u + options->port_high - options->port_low)
		endpoints = 1u + options->port_high - options->port_low;
	server->endpoints_max = choose_endpoints(server, endpoints);
}

/* Of libuv's pool threads a quarter is left to opens: they are short, and everybody begins with one. */
static unsigned choose_reads(void)
{
	const char *text = getenv("UV_THREADPOOL_SIZE");
	long threads = text != NULL ? strtol(text, NULL, 10) : 4;
	return threads <= 2 ? 1u : threads > 1024 ? 768u : (unsigned)(threads * 3 / 4);
}

static uint64_t choose_cache_bytes(uint64_t content_bytes)
{
	uint64_t spare = content_bytes / CACHE_SPARE_SHARE;
	return content_bytes + (spare < CACHE_SPARE_BYTES_MAX ? spare : CACHE_SPARE_BYTES_MAX);
}

static size_t choose_upload_bytes(uint64_t content_bytes)
{
	uint64_t bytes = content_bytes / UPLOAD_SHARE;
	if (bytes < UPLOAD_BYTES_MIN)
		bytes = UPLOAD_BYTES_MIN;
	return bytes < SIZE_MAX / 2 ? (size_t)bytes : SIZE_MAX / 2;
}

static int open_store(struct server *server, const struct uvtftp_server_options *options,
		      struct uvtftp_error *error)
{
	server->upload_memory.limit_bytes = choose_upload_bytes(options->cache_bytes);
	int rc = setup_new(&server->setup, options, &server->upload_memory, error);
	if (rc != 0)
		return rc;
	server->cache =
	    cache_new(&(struct cache_options){.limit_bytes = choose_cache_bytes(options->cache_bytes),
					      .reads_max = choose_reads(),
					      .key = server->hash_key,
					      .write_header = session_write_frame});
	if (server->cache == NULL)
		return err_set(error, UVTFTP_ERR_NOMEM, "out of memory for a cache of %llu bytes",
			       (unsigned long long)options->cache_bytes);
	return 0;
}

static int open_workers(struct server *server, struct uvtftp_error *error)
{
	unsigned count = server->worker_count;
	server->worker_count = 0;
	server->workers = mem_zalloc(count, sizeof *server->workers);
	if (server->workers == NULL)
		return err_set(error, UVTFTP_ERR_NOMEM, "out of memory for %u workers", count);
	for (unsigned i = 0; i < count; i++) {
		server->worker_count = i + 1; /* how many worker_close must undo */
		int rc = worker_open(&server->workers[i], server, i, error);
		if (rc != 0)
			return rc;
	}
	atomic_store(&server->workers_busy, count);
	for (unsigned i = 0; i < count; i++) {
		int rc = worker_start(&server->workers[i]);
		if (rc != 0)
			return err_set(error, UVTFTP_ERR_SYSTEM, "cannot start a thread: %s",
				       uv_strerror(rc));
	}
	return 0;
}

static void log_to_owner(void *user, enum log_level level, const char *line)
{
	const struct server *server = user;
	server->on_log(server->user, (enum uvtftp_log_level)level, line);
}

static int start(struct server *server, const struct uvtftp_server_options *options,
		 struct uvtftp_error *error)
{
	server->on_log = options->on_log;
	server->on_report = options->on_report;
	server->on_drained = options->on_drained;
	server->user = options->user;
	server->log = (struct log){
	    .sink = options->on_log != NULL ? log_to_owner : NULL,
	    .user = server,
	    .threshold = (enum log_level)options->log_level,
	};
	int rc = uv_random(NULL, NULL, server->hash_key, sizeof server->hash_key, 0, NULL);
	if (rc != 0)
		return err_set(error, UVTFTP_ERR_SYSTEM, "no random numbers: %s", uv_strerror(rc));
	settle(server, options);
	rc = open_store(server, options, error);
	if (rc == 0)
		rc = listen_prepare(server, options, error);
	if (rc == 0)
		rc = open_workers(server, error);
	listen_release(server);
	return rc;
}

int uvtftp_server_start(struct uvtftp_server **result, const struct uvtftp_server_options *options,
			struct uvtftp_error *error)
{
	*result = NULL;
	int rc = check(options, error);
	if (rc != 0)
		return rc;
	struct uvtftp_server *handle = mem_zalloc(1, sizeof *handle);
	if (handle == NULL)
		return err_set(error, UVTFTP_ERR_NOMEM, "out of memory");
	rc = start(&handle->server, options, error);
	if (rc != 0) {
		uvtftp_server_stop(handle);
		return rc;
	}
	*result = handle;
	return 0;
}

const char *uvtftp_server_address(const struct uvtftp_server *handle, size_t n)
{
	return n < handle->server.address_count ? handle->server.addresses[n] : NULL;
}

int uvtftp_server_reload(struct uvtftp_server *handle, const struct uvtftp_server_options *options,
			 struct uvtftp_error *error)
{
	struct server *server = &handle->server;
	struct setup *setup;
	int rc = setup_new(&setup, options, &server->upload_memory, error);
	if (rc != 0)
		return rc;
	setup_drop(server->setup);
	server->setup = setup;
	for (unsigned i = 0; i < server->worker_count; i++)
		worker_reload(&server->workers[i], setup);
	return 0;
}

void uvtftp_server_drain(struct uvtftp_server *handle)
{
	for (unsigned i = 0; i < handle->server.worker_count; i++)
		worker_drain(&handle->server.workers[i]);
}

void uvtftp_server_stop(struct uvtftp_server *handle)
{
	if (handle == NULL)
		return;
	struct server *server = &handle->server;
	for (unsigned i = 0; server->workers != NULL && i < server->worker_count; i++)
		worker_stop(&server->workers[i]);
	for (unsigned i = 0; server->workers != NULL && i < server->worker_count; i++)
		worker_close(&server->workers[i]);
	mem_free(server->workers);
	cache_free(server->cache);
	setup_drop(server->setup);
	mem_free(server->addresses);
	mem_free(handle);
}

/* `uvtftp storm`: from the command line over what must come to the storm itself, and what it has shown. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/mem.h"
#include "uvtftp/command.h"
#include "uvtftp/resolve.h"
#include "uvtftp/storm_crowd.h"
#include "uvtftp/storm_first.h"
#include "uvtftp/storm_socket.h"

struct storm {
	struct storm_options options;
	struct storm_plan plan;
	struct storm_target targets[STORM_URLS_MAX];
	struct storm_bytes
	    bytes[STORM_URLS_MAX]; /* own; with --expect or --put only the first is used */
	struct storm_result result;
	int signal_number;
};

static int find_target(struct storm *storm, uint32_t index)
{
	struct storm_target *target = &storm->targets[index];
	target->text = storm->options.urls[index];
	const char *why = url_parse(&target->url, target->text);
	if (why == NULL && target->url.is_netascii)
		why = "a storm compares bytes as they are, so the mode is octet";
	if (why != NULL) {
		command_complain(target->text, why, "See 'uvtftp storm --help'");
		return STATUS_USAGE;
	}
	int count =
	    resolve_host(target->url.host, storm->options.family, target->url.port, &target->server, 1);
	if (count < 0) {
		char text[512];
		snprintf(text, sizeof text, "the name of the server, %s, has no address (%s)",
			 target->url.host, uv_strerror(count));
		command_complain(target->text, text, "Check the name, and -4 or -6 if given");
		return STATUS_UNRESOLVED;
	}
	storm_target_name(target, storm->options.is_upload);
	return STATUS_DONE;
}

/* What is known before anybody is asked. */
static int find_bytes(struct storm *storm)
{
	const struct storm_options *options = &storm->options;
	int error = 0;
	if (options->expect != NULL)
		error = storm_bytes_map(&storm->bytes[0], options->expect);
	else if (options->is_upload)
		error = storm_bytes_make(&storm->bytes[0], options->size_bytes);
	for (uint32_t i = 0; i < storm->plan.target_count; i++) {
		bool is_common = options->expect != NULL || options->is_upload;
		storm->targets[i].bytes = &storm->bytes[is_common ? 0 : i];
	}
	if (error == 0)
		return STATUS_DONE;
	command_complain(options->expect != NULL ? options->expect : "--size", uv_strerror(error),
			 options->expect != NULL ? "Name a file that can be read" : "Make it smaller");
	return STATUS_LOCAL;
}

/* A name that is each client's own has no common copy; nor has a server that shall not be listened to. */
static int fetch_first(struct storm *storm)
{
	const struct storm_options *options = &storm->options;
	uint64_t give_up_ms = options->retry_ms * options->tries;
	if (options->expect != NULL || options->is_upload || options->is_stall)
		return STATUS_DONE;
	for (uint32_t i = 0; i < storm->plan.target_count; i++)
		if (!storm->targets[i].has_number &&
		    storm_first_fetch(&storm->targets[i], (uint32_t)give_up_ms, STORM_COPY_MAX,
				      &storm->bytes[i]) != 0)
			return STATUS_LOCAL;
	return STATUS_DONE;
}

static uint64_t divide_up(uint64_t amount, uint64_t parts)
{
	return (amount + parts - 1) / parts;
}

/* Where the limit can be one for each thread, more threads make up for it. */
static int allow_sockets(struct storm *storm)
{
	struct storm_plan *plan = &storm->plan;
	uint64_t clients = storm->options.clients;
	uint64_t allowed = storm_socket_allow(clients);
	char why[160], remedy[96];
	if (allowed >= clients)
		return STATUS_DONE;
	if (storm_socket_has_tables() && allowed > 0) {
		uint64_t tables = divide_up(clients, allowed);
		if (storm->options.workers == 0 && plan->worker_count < tables &&
		    tables <= STORM_WORKERS_MAX)
			plan->worker_count = (uint32_t)tables;
		plan->has_own_tables = plan->worker_count >= tables;
		if (plan->has_own_tables)
			return STATUS_DONE;
	}
	snprintf(why, sizeof why, "%" PRIu64 " open files are needed, and the limit leaves %" PRIu64,
		 clients, allowed);
	snprintf(remedy, sizeof remedy,
		 "Raise it ('ulimit -n %" PRIu64 "', as root) or take fewer clients", clients + 64);
	command_complain("storm", why, remedy);
	return STATUS_LOCAL;
}

static int fail_to_start(const struct storm *storm, int error)
{
	char why[160];
	snprintf(why, sizeof why, "cannot have %" PRIu64 " clients: %s", storm->options.clients,
		 uv_strerror(error));
	command_complain("storm", why,
			 error == UV_EADDRNOTAVAIL || error == UV_EADDRINUSE
			     ? "Check --source, or take fewer clients"
			     : "Take fewer clients, or check the limits of this machine");
	return STATUS_LOCAL;
}

static int run(struct storm *storm)
{
	int error = storm_crowd_run(&storm->plan, &storm->result, &storm->signal_number);
	if (error != 0)
		return fail_to_start(storm, error);
	if (storm->options.wants_json)
		storm_report_json(&storm->result, stdout);
	else
		storm_report_text(&storm->result, stdout);
	/* A storm that stalls is ended that way. */
	if (storm->signal_number != 0 && !storm->options.is_stall)
		return STATUS_SIGNAL + storm->signal_number;
	const struct storm_tally *tally = &storm->result.tally;
	return count_get(&tally->begun) == count_get(&tally->completed) ? STATUS_DONE : STATUS_LOCAL;
}

static int prepare(struct storm *storm)
{
	struct storm_plan *plan = &storm->plan;
	int status = STATUS_DONE;
	plan->options = &storm->options;
	plan->targets = storm->targets;
	plan->target_count = (uint32_t)storm->options.url_count;
	for (uint32_t i = 0; status == STATUS_DONE && i < plan->target_count; i++)
		status = find_target(storm, i);
	if (status == STATUS_DONE)
		status = find_bytes(storm);
	if (status != STATUS_DONE)
		return status;
	const char *why = storm_plan_settle(plan);
	if (why != NULL) {
		command_complain("storm", why, "See 'uvtftp storm --help'");
		return STATUS_USAGE;
	}
	status = allow_sockets(storm);
	return status == STATUS_DONE ? fetch_first(storm) : status;
}

int storm_run(int argc, char **argv)
{
	struct storm_options options;
	if (!storm_options_parse(&options, argc, argv))
		return STATUS_USAGE;
	if (options.wants_help) {
		storm_options_print_help();
		return STATUS_DONE;
	}
	struct storm *storm = mem_zalloc(1, sizeof *storm);
	if (storm == NULL) {
		command_complain("storm", uv_strerror(UV_ENOMEM), NULL);
		return STATUS_LOCAL;
	}
	storm->options = options;
	int status = prepare(storm);
	if (status == STATUS_DONE)
		status = run(storm);
	for (uint32_t i = 0; i < STORM_URLS_MAX; i++)
		storm_bytes_free(&storm->bytes[i]);
	mem_free(storm);
	return status;
}

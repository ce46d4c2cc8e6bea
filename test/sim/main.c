/* uvtftp-sim: both ends of a transfer on a virtual network, one seed or many. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/lab.h"
#include "sim/run.h"
#include "sim/spoofer.h"

#define COUNT_DEFAULT 2000u
#define REPORTS_MAX   200u /* of seeds that fail */

struct arguments {
	uint64_t seed;
	uint64_t from;
	uint64_t count;
	bool has_seed;
	bool has_trace;
	bool keeps_going;
	bool has_lab;
	uint64_t row;
	bool has_spoofer;
	bool is_check;
};

static int usage(const char *program)
{
	fprintf(
	    stderr,
	    "usage: %s [--from S] [--count N] [--keep-going]   runs N seeds (%u) from S (1) on\n"
	    "       %s --seed N [--trace]                      runs one\n"
	    "       %s --lab [--check]                         prints the lab; --check: a missed goal "
	    "is an error\n"
	    "       %s --lab --row R --seed N --trace          runs one of its cases\n"
	    "       %s --spoofer                               prints what a blind spoofer gets\n",
	    program, COUNT_DEFAULT, program, program, program, program);
	return 2;
}

static bool parse_number(const char *text, uint64_t *value)
{
	char *end;
	if (text == NULL || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool parse_arguments(struct arguments *arguments, int argc, char **argv)
{
	*arguments = (struct arguments){.from = 1, .count = COUNT_DEFAULT};
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(argv[i], "--trace") == 0)
			arguments->has_trace = true;
		else if (strcmp(argv[i], "--keep-going") == 0)
			arguments->keeps_going = true;
		else if (strcmp(argv[i], "--lab") == 0)
			arguments->has_lab = true;
		else if (strcmp(argv[i], "--spoofer") == 0)
			arguments->has_spoofer = true;
		else if (strcmp(argv[i], "--check") == 0)
			arguments->is_check = true;
		else if (strcmp(argv[i], "--seed") == 0 && parse_number(value, &arguments->seed))
			arguments->has_seed = ++i > 0;
		else if (strcmp(argv[i], "--row") == 0 && parse_number(value, &arguments->row))
			i++;
		else if (strcmp(argv[i], "--from") == 0 && parse_number(value, &arguments->from))
			i++;
		else if (strcmp(argv[i], "--count") == 0 && parse_number(value, &arguments->count))
			i++;
		else
			return false;
	}
	return true;
}

static void report(const char *program, uint64_t seed, const struct run_result *result)
{
	printf("seed %" PRIu64 " fails (%s): %s\n  again: %s --seed %" PRIu64 " --trace\n", seed,
	       oracle_kind_name(result->kind), result->text, program, seed);
}

static int run_one(const char *program, const struct arguments *arguments)
{
	struct run_result result;
	run_seed(&result, arguments->seed, arguments->has_trace);
	if (result.kind != ORACLE_FINE) {
		report(program, arguments->seed, &result);
		return 1;
	}
	printf("seed %" PRIu64 ": fine, %" PRIu64 " events, %s, digest %016" PRIx64 "\n",
	       arguments->seed, result.events, result.is_done ? "done" : "given up", result.digest);
	return 0;
}

static int run_many(const char *program, const struct arguments *arguments)
{
	uint64_t failed[ORACLE_FORGER + 1] = {0}, failures = 0, done = 0, events = 0, ran = 0;
	for (; ran < arguments->count && (failures == 0 || arguments->keeps_going); ran++) {
		struct run_result result;
		run_seed(&result, arguments->from + ran, false);
		events += result.events;
		done += result.is_done;
		if (result.kind == ORACLE_FINE)
			continue;
		failed[result.kind]++;
		if (failures++ < REPORTS_MAX)
			report(program, arguments->from + ran, &result);
	}
	printf("%" PRIu64 " seeds from %" PRIu64 ": %" PRIu64 " transfers done, %" PRIu64
	       " events, %" PRIu64 " failures",
	       ran, arguments->from, done, events, failures);
	for (int kind = ORACLE_BYTES; kind <= ORACLE_FORGER; kind++)
		if (failed[kind] > 0)
			printf(", %s %" PRIu64, oracle_kind_name((enum oracle_kind)kind), failed[kind]);
	putchar('\n');
	return failures > 0;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	if (!parse_arguments(&arguments, argc, argv))
		return usage(argv[0]);
	if (arguments.has_spoofer) {
		spoofer_print();
		return 0;
	}
	if (arguments.has_lab) {
		struct lab_choice choice = {arguments.row, arguments.seed, arguments.has_trace};
		return lab_print(&choice) > 0 && arguments.is_check;
	}
	return arguments.has_seed ? run_one(argv[0], &arguments) : run_many(argv[0], &arguments);
}

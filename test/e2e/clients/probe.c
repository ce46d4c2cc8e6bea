/* A client for scripts: tells what it hears, stops where it is told to.
 *
 * Lines on standard output: "port=P" (where the answer came from), "oack tsize=T blksize=B", "paused", and at
 * the end "done bytes=N", "aborted bytes=N", "error code=C text=..." or "silence". Exit status: 0 done or
 * aborted, 3 ERROR, 4 silence, 5 nonsense, 2 wrong usage. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lockstep.h"

static const char usage[] =
    "Usage: probe [-t] [-b BLKSIZE] [-m MODE] [-n BLOCKS] [-p BLOCKS] [-o FILE] HOST PORT NAME\n"
    "  -t  ask for tsize          -n  abort after so many blocks\n"
    "  -o  write what is received  -p  after so many blocks wait for a line on standard input\n";

struct plan {
	struct wire_ask ask;
	uint64_t abort_after; /* blocks; UINT64_MAX: never */
	uint64_t pause_after;
	FILE *output;
	uint64_t bytes;
};

static void pause_here(void)
{
	puts("paused");
	fflush(stdout);
	for (int c = getchar(); c != EOF && c != '\n';)
		c = getchar();
}

static void say_answer(const struct lockstep *lockstep, enum lockstep_event event)
{
	if (event == LOCKSTEP_SILENCE)
		return;
	printf("port=%u\n", wire_port(&lockstep->peer));
	if (event == LOCKSTEP_OACK)
		printf("oack tsize=%" PRId64 " blksize=%" PRId64 "\n", lockstep->oack.tsize,
		       lockstep->oack.blksize);
	fflush(stdout);
}

static int say_end(const struct lockstep *lockstep, enum lockstep_event event, uint64_t bytes)
{
	switch (event) {
	case LOCKSTEP_LAST:
		printf("done bytes=%" PRIu64 "\n", bytes);
		return 0;
	case LOCKSTEP_ERROR:
		printf("error code=%u text=%.*s\n", lockstep->error_code, (int)lockstep->len,
		       (const char *)lockstep->data);
		return 3;
	case LOCKSTEP_SILENCE:
		puts("silence");
		return 4;
	case LOCKSTEP_NONSENSE:
		printf("nonsense: %.*s\n", (int)lockstep->len, (const char *)lockstep->data);
		return 5;
	default:
		printf("aborted bytes=%" PRIu64 "\n", bytes);
		return 0;
	}
}

static int fetch(struct plan *plan, const struct wire_addr *server)
{
	static struct lockstep lockstep;
	lockstep_ask(&lockstep, server, &plan->ask);
	enum lockstep_event event = lockstep_first(&lockstep);
	say_answer(&lockstep, event);
	for (;;) {
		if (event == LOCKSTEP_DATA || event == LOCKSTEP_LAST) {
			plan->bytes += lockstep.len;
			if (plan->output != NULL)
				fwrite(lockstep.data, 1, lockstep.len, plan->output);
		}
		if (event != LOCKSTEP_DATA && event != LOCKSTEP_OACK)
			break;
		if (lockstep.blocks >= plan->abort_after) {
			lockstep_abort(&lockstep);
			break;
		}
		if (lockstep.blocks == plan->pause_after) {
			pause_here();
			plan->pause_after = UINT64_MAX;
		}
		event = lockstep_next(&lockstep);
	}
	lockstep_close(&lockstep);
	return say_end(&lockstep, event, plan->bytes);
}

static void take_option(struct plan *plan, int letter)
{
	switch (letter) {
	case 't':
		plan->ask.wants_tsize = true;
		break;
	case 'b':
		plan->ask.blksize = (unsigned)wire_number("-b", optarg, 8, 65464);
		break;
	case 'm':
		plan->ask.mode = optarg;
		break;
	case 'n':
		plan->abort_after = wire_number("-n", optarg, 0, 1ul << 30);
		break;
	case 'p':
		plan->pause_after = wire_number("-p", optarg, 0, 1ul << 30);
		break;
	case 'o':
		plan->output = fopen(optarg, "wb");
		if (plan->output != NULL)
			break;
		perror(optarg);
		exit(2);
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct plan plan = {
	    .ask = {.mode = "octet"},
	    .abort_after = UINT64_MAX,
	    .pause_after = UINT64_MAX,
	};
	struct wire_addr server;
	for (int letter; (letter = getopt(argc, argv, "tb:m:n:p:o:")) != -1;)
		take_option(&plan, letter);
	if (argc - optind != 3 || !wire_parse_addr(&server, argv[optind], argv[optind + 1])) {
		fputs(usage, stderr);
		return 2;
	}
	plan.ask.name = argv[optind + 2];
	int status = fetch(&plan, &server);
	if (plan.output != NULL && fclose(plan.output) != 0) {
		perror("probe");
		return 2;
	}
	return status;
}

#include "unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uvtftp/storm_options.h"

#define WORDS_MAX 300

static struct storm_options options;
static char *words[WORDS_MAX];
static char said[1024];

/* Parses "storm LINE", keeping what it says. */
static bool parse(const char *line)
{
	static char room[4096];
	int count = 0, ends[2];
	snprintf(room, sizeof room, "storm %s", line);
	for (char *word = strtok(room, " "); word != NULL; word = strtok(NULL, " "))
		words[count++] = word;
	words[count] = NULL;
	ck_assert_int_eq(pipe(ends), 0);
	int kept = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	bool is_fine = storm_options_parse(&options, count, words);
	ck_assert_int_eq(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
	close(ends[1]);
	ssize_t len = read(ends[0], said, sizeof said - 1);
	close(ends[0]);
	said[len > 0 ? len : 0] = '\0';
	return is_fine;
}

static void refuse(const char *line, const char *why)
{
	char wanted[256];
	ck_assert_msg(!parse(line), "'%s' was taken", line);
	snprintf(wanted, sizeof wanted, "uvtftp: %s. See 'uvtftp storm --help'\n", why);
	ck_assert_str_eq(said, wanted);
}

START_TEST(has_the_defaults_of_the_talk)
{
	ck_assert(parse("tftp://a/b"));
	ck_assert_uint_eq(options.clients, 1);
	ck_assert_uint_eq(options.repeat, 1);
	ck_assert_uint_eq(options.retry_ms, 1000);
	ck_assert_uint_eq(options.tries, 5);
	ck_assert_uint_eq(options.size_bytes, 1024);
	ck_assert_uint_eq(options.url_count, 1);
	ck_assert_str_eq(options.urls[0], "tftp://a/b");
	ck_assert_ptr_null(options.expect);
	ck_assert_int_eq(options.family, AF_UNSPEC);
}
END_TEST

START_TEST(takes_every_option)
{
	ck_assert(
	    parse("-c 300 --duration 2.5 --rate 10 -b 1428 -w 16 --timeout 3 --tsize --loss 0.125 "
		  "--seed 7 --retry 0.25 --tries 3 --expect file --workers 2 --json -q --source ::1 "
		  "--fresh-ports -6 tftp://a/b tftp://c/d"));
	ck_assert_uint_eq(options.clients, 300);
	ck_assert_uint_eq(options.repeat, 0);
	ck_assert_uint_eq(options.duration_ms, 2500);
	ck_assert_uint_eq(options.rate, 10);
	ck_assert_uint_eq(options.blksize, 1428);
	ck_assert_uint_eq(options.windowsize, 16);
	ck_assert_uint_eq(options.timeout_s, 3);
	ck_assert_uint_eq(options.loss, 125);
	ck_assert_uint_eq(options.seed, 7);
	ck_assert_uint_eq(options.retry_ms, 250);
	ck_assert_uint_eq(options.tries, 3);
	ck_assert_uint_eq(options.workers, 2);
	ck_assert_str_eq(options.expect, "file");
	ck_assert_str_eq(options.source, "::1");
	ck_assert(options.wants_tsize && options.wants_json && options.is_quiet &&
		  options.has_fresh_ports);
	ck_assert(!options.is_upload && !options.is_stall);
	ck_assert_int_eq(options.family, AF_INET6);
	ck_assert_uint_eq(options.url_count, 2);
	ck_assert(parse("--clients 50000 --put --size 0 -4 tftp://a/b"));
	ck_assert(options.is_upload);
	ck_assert_uint_eq(options.size_bytes, 0);
	ck_assert(parse("--stall --duration 1 tftp://a/b"));
	ck_assert(options.is_stall);
	ck_assert_uint_eq(options.repeat, 1);
}
END_TEST

START_TEST(helps_whatever_else_is_wrong)
{
	ck_assert(parse("--help"));
	ck_assert(options.wants_help);
	ck_assert(parse("-h --clients nonsense"));
	ck_assert(options.wants_help);
}
END_TEST

START_TEST(says_which_value_is_wrong)
{
	refuse("-c 0 tftp://a/b", "--clients: the value must be a number from 1 to 50000");
	refuse("-c 50001 tftp://a/b", "--clients: the value must be a number from 1 to 50000");
	refuse("-c 1x tftp://a/b", "--clients: the value must be a number from 1 to 50000");
	refuse("-b 7 tftp://a/b", "--blksize: the value must be a number from 8 to 65464");
	refuse("--loss 100.001 tftp://a/b", "--loss: the value must be a number from 0 to 100");
	refuse("--loss -1 tftp://a/b", "--loss: the value must be a number from 0 to 100");
	refuse("--loss 1.0001 tftp://a/b", "--loss: the value must be a number from 0 to 100");
	refuse("--loss 1. tftp://a/b", "--loss: the value must be a number from 0 to 100");
	refuse("--loss .5 tftp://a/b", "--loss: the value must be a number from 0 to 100");
	refuse("--retry 0.001 tftp://a/b", "--retry: the value must be a number from 0.01 to 3600");
	refuse("--retry 99999999999999999 tftp://a/b",
	       "--retry: the value must be a number from 0.01 to 3600");
}
END_TEST

START_TEST(says_which_option_is_wrong)
{
	refuse("--nonsense tftp://a/b", "--nonsense: unknown option");
	refuse("--json=1 tftp://a/b", "--json=1: takes no value");
	refuse("tftp://a/b --clients", "--clients: a value is missing");
	refuse("tftp://a/b -c", "-c: a value is missing");
	refuse("-x tftp://a/b", "-x: unknown option");
}
END_TEST

START_TEST(refuses_what_says_nothing_together)
{
	refuse("", "storm: the URL is missing");
	refuse("--repeat 2 --duration 1 tftp://a/b", "--repeat: it cannot be combined with --duration");
	refuse("--stall --put tftp://a/b", "--stall: it cannot be combined with --put or --repeat");
	refuse("--stall --repeat 2 tftp://a/b", "--stall: it cannot be combined with --put or --repeat");
	refuse("--size 5 tftp://a/b", "--size: it is for --put without --expect");
	refuse("--put --size 5 --expect x tftp://a/b", "--size: it is for --put without --expect");
}
END_TEST

START_TEST(refuses_more_urls_than_it_can_hold)
{
	char line[2048] = "";
	for (unsigned i = 0; i <= STORM_URLS_MAX; i++)
		strcat(line, "a ");
	refuse(line, "storm: there are more than 256 URLs");
}
END_TEST

SUITE("storm_options", has_the_defaults_of_the_talk, takes_every_option, helps_whatever_else_is_wrong,
      says_which_value_is_wrong, says_which_option_is_wrong, refuses_what_says_nothing_together,
      refuses_more_urls_than_it_can_hold)

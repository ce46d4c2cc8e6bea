#include "unit/suite.h"

#include <string.h>

#include "uvtftp/storm_report.h"

static struct storm_result result;

static void fill(void)
{
	struct storm_tally *tally = &result.tally;
	result.clients = 300;
	result.workers = 2;
	result.duration_ns = 500000000;
	result.cpu_us = 250000;
	count_add(&tally->begun, 300);
	count_add(&tally->completed, 297);
	count_add(&tally->failed, 3);
	count_add(&tally->bytes, 297 * 1000);
	tally->failures[STORM_TIMEOUT] = 1;
	tally->failures[STORM_ERROR] = 2;
	tally->retransmissions = 6;
	tally->packets_sent = 1200;
	tally->packets_received = 900;
	storm_tally_error(tally, 1, text_of("file not found"));
	storm_tally_error(tally, 1, text_of("file not found"));
	for (unsigned i = 0; i < 297; i++) {
		storm_histogram_add(&tally->first_data, 200000);
		storm_histogram_add(&tally->whole, i < 200 ? 1500000 : 12320000);
	}
}

static void print(void (*report)(const struct storm_result *, FILE *), char *room, size_t room_len)
{
	FILE *out = fmemopen(room, room_len, "w");
	ck_assert_ptr_nonnull(out);
	report(&result, out);
	ck_assert_int_eq(fclose(out), 0);
}

/* The members are an interface: scripts rely on each. */
START_TEST(says_all_as_json)
{
	char text[2048];
	fill();
	print(storm_report_json, text, sizeof text);
	ck_assert_str_eq(
	    text, "{\"clients\":300,\"workers\":2,\"transfers\":300,\"completed\":297,\"failed\":3,"
		  "\"failures\":{\"timeout\":1,\"error\":2,\"mismatch\":0,\"local\":0},"
		  "\"seconds\":0.500000,\"transfers_per_s\":594.000,\"bytes\":297000,\"mb_per_s\":0.594,"
		  "\"first_data_ms\":{\"p50\":0.200000,\"p90\":0.200000,\"p99\":0.200000,"
		  "\"max\":0.200000,\"min\":0.200000},"
		  "\"transfer_ms\":{\"p50\":1.503232,\"p90\":12.288000,\"p99\":12.288000,"
		  "\"max\":12.320000,\"min\":1.500000},"
		  "\"retransmissions\":6,\"packets_sent\":1200,\"packets_received\":900,"
		  "\"cpu_seconds\":0.250000}\n");
}
END_TEST

START_TEST(says_nothing_happened_as_json)
{
	char text[2048];
	result.clients = 1;
	print(storm_report_json, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "\"transfers\":0,\"completed\":0,\"failed\":0,"));
	ck_assert_ptr_nonnull(strstr(text, "\"transfers_per_s\":0.000,"));
	ck_assert_ptr_nonnull(strstr(text, "\"transfer_ms\":{\"p50\":0.000000,"));
	ck_assert_ptr_null(strstr(text, "nan"));
}
END_TEST

START_TEST(tells_a_person)
{
	char text[4096];
	fill();
	count_add(&result.tally.begun, 4);
	print(storm_report_text, text, sizeof text);
	ck_assert_str_eq(
	    text, "297 of 304 transfers completed, 300 clients, 0.500 s\n"
		  "  594.0 transfers/s, 0.6 MB/s, 297000 bytes\n"
		  "  failed: 1 timeout (no answer, or no more)\n"
		  "  failed: 2 error (an ERROR from the server)\n"
		  "    2 times ERROR 1, file not found\n"
		  "  not ended: 4\n"
		  "  6 retransmissions; 1200 packets sent, 900 received; 0.25 s of CPU, 2 threads\n"
		  "\n"
		  "                       p50       p90       p99       max\n"
		  "  first DATA        200 us    200 us    200 us    200 us\n"
		  "  transfer         1.50 ms   12.3 ms   12.3 ms   12.3 ms\n"
		  "\n"
		  "  < 2.00 ms           200  ########################################\n"
		  "  < 5.00 ms             0  \n"
		  "  < 10.0 ms             0  \n"
		  "  < 20.0 ms            97  ####################\n");
}
END_TEST

START_TEST(shows_no_table_where_nothing_completed)
{
	char text[4096];
	result.clients = 1;
	count_add(&result.tally.begun, 1);
	count_add(&result.tally.failed, 1);
	result.tally.failures[STORM_LOCAL] = 1;
	result.tally.local_error = 1;
	print(storm_report_text, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "0 of 1 transfers completed, 1 client, "));
	ck_assert_ptr_nonnull(strstr(text, "failed: 1 local (the network of this machine)"));
	ck_assert_ptr_null(strstr(text, "p50"));
}
END_TEST

START_TEST(counts_each_error_once_and_says_how_many_more_there_were)
{
	char text[4096], error[32];
	for (unsigned i = 0; i < STORM_ERRORS_MAX + 2; i++) {
		snprintf(error, sizeof error, "text %u\n", i);
		storm_tally_error(&result.tally, 0, text_of(error));
		storm_tally_error(&result.tally, 0, text_of(error));
	}
	ck_assert_uint_eq(result.tally.error_count, STORM_ERRORS_MAX);
	print(storm_report_text, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "    2 times ERROR 0, text 7?\n    4 other ERRORs\n"));
}
END_TEST

START_TEST(merges_what_workers_counted)
{
	static struct storm_tally sum;
	fill();
	result.tally.local_error = 13;
	storm_tally_merge(&sum, &result.tally);
	storm_tally_merge(&sum, &result.tally);
	ck_assert_uint_eq(count_get(&sum.begun), 600);
	ck_assert_uint_eq(count_get(&sum.completed), 594);
	ck_assert_uint_eq(count_get(&sum.failed), 6);
	ck_assert_uint_eq(count_get(&sum.bytes), 594000);
	ck_assert_uint_eq(sum.failures[STORM_ERROR], 4);
	ck_assert_uint_eq(sum.retransmissions, 12);
	ck_assert_uint_eq(sum.packets_sent, 2400);
	ck_assert_uint_eq(sum.packets_received, 1800);
	ck_assert_uint_eq(sum.whole.count, 594);
	ck_assert_uint_eq(sum.first_data.count, 594);
	ck_assert_uint_eq(sum.error_count, 1);
	ck_assert_uint_eq(sum.errors[0].count, 4);
	ck_assert_int_eq(sum.local_error, 13);
}
END_TEST

START_TEST(fits_the_progress_line_to_the_terminal)
{
	char line[STORM_LINE_MAX];
	fill();
	count_add(&result.tally.begun, 5);
	storm_report_line(&result.tally, 1500000000, 79, line);
	ck_assert_str_eq(line, "1.5 s  297 completed  3 failed  5 running  198/s  0.2 MB/s");
	storm_report_line(&result.tally, 1500000000, 10, line);
	ck_assert_str_eq(line, "1.5 s  297");
}
END_TEST

SUITE("storm_report", says_all_as_json, says_nothing_happened_as_json, tells_a_person,
      shows_no_table_where_nothing_completed, counts_each_error_once_and_says_how_many_more_there_were,
      merges_what_workers_counted, fits_the_progress_line_to_the_terminal)

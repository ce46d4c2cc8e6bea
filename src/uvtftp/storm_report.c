#include "uvtftp/storm_report.h"

#include <inttypes.h>
#include <string.h>

#define NS_PER_S  1e9
#define NS_PER_MS 1e6
#define MB        1e6
#define BAR_MAX   40u
#define DECADES   8u /* of the histogram: from 10 us to 1000 s */

static const char *const failure_names[STORM_FAILURES] = {
    [STORM_TIMEOUT] = "timeout",
    [STORM_ERROR] = "error",
    [STORM_MISMATCH] = "mismatch",
    [STORM_LOCAL] = "local",
};

static double per_second(double amount, uint64_t duration_ns)
{
	return duration_ns > 0 ? amount * NS_PER_S / (double)duration_ns : 0;
}

static double at_ms(const struct storm_histogram *histogram, double share)
{
	return (double)storm_histogram_at(histogram, share) / NS_PER_MS;
}

static void print_times(const char *name, const struct storm_histogram *histogram, FILE *out)
{
	fprintf(out, ",\"%s\":{\"p50\":%.6f,\"p90\":%.6f,\"p99\":%.6f,\"max\":%.6f,\"min\":%.6f}", name,
		at_ms(histogram, 0.5), at_ms(histogram, 0.9), at_ms(histogram, 0.99),
		(double)histogram->max_ns / NS_PER_MS, (double)histogram->min_ns / NS_PER_MS);
}

void storm_report_json(const struct storm_result *result, FILE *out)
{
	const struct storm_tally *tally = &result->tally;
	uint64_t completed = count_get(&tally->completed), failed = count_get(&tally->failed);
	uint64_t bytes = count_get(&tally->bytes);
	fprintf(out, "{\"clients\":%" PRIu64 ",\"workers\":%" PRIu32, result->clients, result->workers);
	fprintf(out, ",\"transfers\":%" PRIu64 ",\"completed\":%" PRIu64 ",\"failed\":%" PRIu64,
		completed + failed, completed, failed);
	for (unsigned i = 0; i < STORM_FAILURES; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i == 0 ? ",\"failures\":{" : ",", failure_names[i],
			tally->failures[i]);
	fprintf(
	    out, "},\"seconds\":%.6f,\"transfers_per_s\":%.3f,\"bytes\":%" PRIu64 ",\"mb_per_s\":%.3f",
	    (double)result->duration_ns / NS_PER_S, per_second((double)completed, result->duration_ns),
	    bytes, per_second((double)bytes / MB, result->duration_ns));
	print_times("first_data_ms", &tally->first_data, out);
	print_times("transfer_ms", &tally->whole, out);
	fprintf(out,
		",\"retransmissions\":%" PRIu64 ",\"packets_sent\":%" PRIu64
		",\"packets_received\":%" PRIu64 ",\"cpu_seconds\":%.6f}\n",
		tally->retransmissions, tally->packets_sent, tally->packets_received,
		(double)result->cpu_us / 1e6);
}

/* "950 us", "12.3 ms", "4.56 s": three digits. */
static void format_time(double ns, char text[16])
{
	static const char *const units[] = {"us", "ms", "s"};
	unsigned unit = 0;
	double value = ns / 1e3;
	while (unit < 2 && value >= 999.5) {
		value /= 1e3;
		unit++;
	}
	snprintf(text, 16, "%.*f %s", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, units[unit]);
}

static void tell_times(const char *name, const struct storm_histogram *histogram, FILE *out)
{
	static const double shares[] = {0.5, 0.9, 0.99, 1};
	char text[16];
	fprintf(out, "  %-14s", name);
	for (unsigned i = 0; i < 4; i++) {
		format_time((double)storm_histogram_at(histogram, shares[i]), text);
		fprintf(out, "%10s", text);
	}
	fputc('\n', out);
}

/* Rows of 1, 2, 5, 10, ..., from the first that holds something to the last. */
static void tell_histogram(const struct storm_histogram *histogram, FILE *out)
{
	static const uint64_t steps[] = {1, 2, 5};
	uint64_t counts[3 * DECADES + 1], bounds[3 * DECADES + 1], most = 1, from = 0;
	unsigned rows = 0;
	for (uint64_t decade = 10000; rows < 3 * DECADES; decade *= 10)
		for (unsigned i = 0; i < 3; i++)
			bounds[rows++] = steps[i] * decade;
	bounds[rows++] = UINT64_MAX;
	for (unsigned i = 0; i < rows; i++) {
		counts[i] = storm_histogram_between(histogram, from, bounds[i]);
		from = bounds[i];
		most = counts[i] > most ? counts[i] : most;
	}
	for (uint64_t i = 0, seen = 0; i < rows && seen < histogram->count; seen += counts[i++]) {
		static const char bar[BAR_MAX + 1] = "########################################";
		char text[16];
		if (seen + counts[i] == 0)
			continue;
		format_time((double)bounds[i], text);
		fprintf(out, "  < %-10s %10" PRIu64 "  %.*s\n", i == rows - 1 ? "for ever" : text,
			counts[i], (int)((counts[i] * BAR_MAX + most - 1) / most), bar);
	}
}

static void tell_failures(const struct storm_tally *tally, FILE *out)
{
	static const char *const words[STORM_FAILURES] = {
	    "no answer, or no more",
	    "an ERROR from the server",
	    "other bytes than expected",
	    "the network of this machine",
	};
	for (unsigned i = 0; i < STORM_FAILURES; i++)
		if (tally->failures[i] > 0)
			fprintf(out, "  failed: %" PRIu64 " %s (%s)\n", tally->failures[i],
				failure_names[i], words[i]);
	for (unsigned i = 0; i < tally->error_count; i++)
		fprintf(out, "    %" PRIu64 " times ERROR %u, %s\n", tally->errors[i].count,
			tally->errors[i].code, tally->errors[i].text);
	if (tally->errors_other > 0)
		fprintf(out, "    %" PRIu64 " other ERRORs\n", tally->errors_other);
	if (tally->local_error != 0)
		fprintf(out, "    %s\n", strerror(tally->local_error));
}

void storm_report_text(const struct storm_result *result, FILE *out)
{
	const struct storm_tally *tally = &result->tally;
	uint64_t completed = count_get(&tally->completed), bytes = count_get(&tally->bytes);
	uint64_t ended = completed + count_get(&tally->failed), begun = count_get(&tally->begun);
	fprintf(out, "%" PRIu64 " of %" PRIu64 " transfers %s, %" PRIu64 " client%s, %.3f s\n",
		completed, begun, result->is_stall ? "answered" : "completed", result->clients,
		result->clients == 1 ? "" : "s", (double)result->duration_ns / NS_PER_S);
	fprintf(out, "  %.1f transfers/s, %.1f MB/s, %" PRIu64 " bytes\n",
		per_second((double)completed, result->duration_ns),
		per_second((double)bytes / MB, result->duration_ns), bytes);
	tell_failures(tally, out);
	if (begun > ended)
		fprintf(out, "  not ended: %" PRIu64 "\n", begun - ended);
	fprintf(out,
		"  %" PRIu64 " retransmissions; %" PRIu64 " packets sent, %" PRIu64
		" received; %.2f s of CPU, %" PRIu32 " thread%s\n",
		tally->retransmissions, tally->packets_sent, tally->packets_received,
		(double)result->cpu_us / 1e6, result->workers, result->workers == 1 ? "" : "s");
	if (completed == 0)
		return;
	fprintf(out, "\n  %-14s%10s%10s%10s%10s\n", "", "p50", "p90", "p99", "max");
	tell_times(result->is_upload ? "first answer" : "first DATA", &tally->first_data, out);
	tell_times(result->is_stall ? "answer" : "transfer", &tally->whole, out);
	fputc('\n', out);
	tell_histogram(&tally->whole, out);
}

void storm_report_line(const struct storm_tally *tally, uint64_t duration_ns, unsigned width,
		       char line[STORM_LINE_MAX])
{
	char whole[STORM_LINE_MAX];
	uint64_t completed = count_get(&tally->completed), failed = count_get(&tally->failed);
	uint64_t running = count_get(&tally->begun) - completed - failed;
	snprintf(whole, sizeof whole,
		 "%.1f s  %" PRIu64 " completed  %" PRIu64 " failed  %" PRIu64
		 " running  %.0f/s  %.1f MB/s",
		 (double)duration_ns / NS_PER_S, completed, failed, running,
		 per_second((double)completed, duration_ns),
		 per_second((double)count_get(&tally->bytes) / MB, duration_ns));
	if (width >= STORM_LINE_MAX)
		width = STORM_LINE_MAX - 1;
	snprintf(line, STORM_LINE_MAX, "%.*s", (int)width, whole);
}

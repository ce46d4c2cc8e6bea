#include "uvtftpd/output.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "uvtftpd/writer.h"

#define LINE_MAX_BYTES 1400

static enum uvtftp_log_level threshold = UVTFTP_LOG_INFO;
static bool is_timed;

static struct {
	_Atomic uint64_t transfers, done, bytes;
} totals;

void output_init(enum uvtftp_log_level level, bool has_time)
{
	threshold = level;
	is_timed = has_time;
}

void output_start(void)
{
	/* Without a thread lines are written as they come. */
	(void)writer_start(STDERR_FILENO);
}

void output_stop(void)
{
	writer_stop();
}

#define TIME_BYTES 26 /* 2026-11-25T17:28:54.123Z and a space, and a NUL */

static size_t write_time(char line[TIME_BYTES])
{
	/* The second last seen by this thread, and its text. */
	static _Thread_local time_t second;
	static _Thread_local char text[TIME_BYTES];
	static _Thread_local size_t len;
	struct timespec now;
	struct tm utc;
	if (!is_timed || clock_gettime(CLOCK_REALTIME, &now) != 0)
		return 0;
	if (now.tv_sec != second || len == 0) {
		if (gmtime_r(&now.tv_sec, &utc) == NULL)
			return 0;
		len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
		second = now.tv_sec;
	}
	unsigned ms = (unsigned)(now.tv_nsec / 1000000);
	const char rest[] = {
	    '.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z', ' '};
	memcpy(line, text, len);
	memcpy(line + len, rest, sizeof rest);
	return len + sizeof rest;
}

void output_line(enum uvtftp_log_level level, const char *format, ...)
{
	static const char *const marks[] = {"error: ", "warning: ", "", "debug: "};
	char line[LINE_MAX_BYTES];
	if (level > threshold)
		return;
	size_t len = write_time(line);
	len += (size_t)snprintf(line + len, sizeof line - len, "uvtftpd: %s", marks[level]);
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line + len, sizeof line - len, format, args);
	va_end(args);
	if (n < 0)
		return;
	len = (size_t)n < sizeof line - len ? len + (size_t)n : sizeof line - 1;
	line[len] = '\n';
	writer_put(STDERR_FILENO, line, len + 1, level <= UVTFTP_LOG_WARNING);
}

static const char *name_outcome(enum uvtftp_outcome outcome)
{
	static const char *const names[] = {"done",   "probe",    "aborted",  "refused", "timeout",
					    "failed", "replaced", "wasteful", "forged"};
	return names[outcome];
}

/* What a client sent stands in quotes that it cannot end. */
static const char *quote(const char *text, char *room, size_t room_len)
{
	size_t len = 0;
	for (; *text != '\0' && len + 2 < room_len; text++) {
		if (*text == '"' || *text == '\\')
			room[len++] = '\\';
		room[len++] = *text;
	}
	room[len] = '\0';
	return room;
}

/* Clients ask for files that are not there as a matter of routine (PXELINUX, GRUB, shim): no warning. */
static enum uvtftp_log_level choose_level(enum uvtftp_outcome outcome)
{
	switch (outcome) {
	case UVTFTP_OUTCOME_TIMEOUT:
	case UVTFTP_OUTCOME_FAILED:
	case UVTFTP_OUTCOME_WASTEFUL:
	case UVTFTP_OUTCOME_FORGED:
		return UVTFTP_LOG_WARNING;
	default:
		return UVTFTP_LOG_INFO;
	}
}

/* What says why it was slow; nothing of a transfer without trouble. */
static const char *format_trouble(const struct uvtftp_report *report, char *room, size_t room_len)
{
	const struct {
		const char *name;
		uint64_t count;
	} rows[] = {{"timeouts", report->timeouts},
		    {"timeouts-early", report->timeouts_early},
		    {"rewinds", report->rewinds},
		    {"repeated-acks", report->acks_repeated}};
	size_t len = 0;
	room[0] = '\0';
	for (size_t i = 0; i < sizeof rows / sizeof *rows && len < room_len; i++)
		if (rows[i].count > 0)
			len += (size_t)snprintf(room + len, room_len - len, " %s=%llu", rows[i].name,
						(unsigned long long)rows[i].count);
	return room;
}

static void count(const struct uvtftp_report *report)
{
	atomic_fetch_add_explicit(&totals.transfers, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&totals.bytes, report->bytes, memory_order_relaxed);
	if (report->outcome == UVTFTP_OUTCOME_DONE || report->outcome == UVTFTP_OUTCOME_PROBE)
		atomic_fetch_add_explicit(&totals.done, 1, memory_order_relaxed);
}

void output_report(const struct uvtftp_report *report)
{
	double seconds = (double)report->duration_us / 1e6;
	double rate = seconds > 0 ? (double)report->bytes / seconds / 1e6 : 0;
	char code[24] = "", options[200] = "", reason[240] = "", rule[160] = "", quoted[200], file[520];
	char trouble[160];
	count(report);
	if (choose_level(report->outcome) > threshold)
		return;
	if (report->options[0] != '\0')
		snprintf(options, sizeof options, " options=\"%s\"", report->options);
	if (report->error_code >= 0)
		snprintf(code, sizeof code, " error=%d", report->error_code);
	if (report->reason[0] != '\0')
		snprintf(reason, sizeof reason, " reason=\"%s\"",
			 quote(report->reason, quoted, sizeof quoted));
	if (report->rule[0] != '\0')
		snprintf(rule, sizeof rule, " rule=\"%s\"", quote(report->rule, quoted, sizeof quoted));
	output_line(choose_level(report->outcome),
		    "%s %s client=%s file=\"%s\" bytes=%llu time=%.3fs rate=%.1fMB/s%s "
		    "retransmissions=%llu%s%s%s%s",
		    report->is_write ? "write" : "read", name_outcome(report->outcome), report->client,
		    quote(report->file, file, sizeof file), (unsigned long long)report->bytes, seconds,
		    rate, options, (unsigned long long)report->retransmissions,
		    format_trouble(report, trouble, sizeof trouble), code, reason, rule);
}

void output_summary(void)
{
	output_line(UVTFTP_LOG_INFO, "stopped: %llu requests, %llu of them done, %llu bytes",
		    (unsigned long long)atomic_load(&totals.transfers),
		    (unsigned long long)atomic_load(&totals.done),
		    (unsigned long long)atomic_load(&totals.bytes));
}

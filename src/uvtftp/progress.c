#include "uvtftp/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS_DEFAULT 80u
#define BAR_MIN         8u
#define BAR_MAX         50u
#define RATE_WEIGHT     0.1 /* of the newest interval: about a second's memory at ten updates a second */
#define SECONDS_MAX     (99.0 * 3600)

void progress_init(struct progress *progress, uint64_t now_us)
{
	*progress = (struct progress){
	    .size_bytes = PROGRESS_SIZE_UNKNOWN,
	    .started_us = now_us,
	    .now_us = now_us,
	};
}

/* The mean of all updates at first, a moving one later. */
void progress_update(struct progress *progress, uint64_t bytes, uint64_t size_bytes, uint64_t now_us)
{
	if (now_us > progress->now_us && bytes >= progress->bytes) {
		double seconds = (double)(now_us - progress->now_us) / 1e6;
		double rate = (double)(bytes - progress->bytes) / seconds;
		double mean_weight = 1.0 / (1 + progress->update_count);
		double weight = mean_weight > RATE_WEIGHT ? mean_weight : RATE_WEIGHT;
		progress->rate += (rate - progress->rate) * weight;
		progress->update_count++;
	}
	progress->bytes = bytes;
	progress->size_bytes = size_bytes;
	progress->now_us = now_us;
}

void progress_format_bytes(double bytes, char text[PROGRESS_TEXT_MAX])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;
	/* What would be rounded to 1024.0 belongs to the next unit. */
	while (unit + 1 < sizeof units / sizeof units[0] && bytes >= (unit == 0 ? 1023.5 : 1023.95)) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, PROGRESS_TEXT_MAX, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

void progress_format_seconds(double seconds, char text[PROGRESS_TEXT_MAX])
{
	if (!(seconds >= 0 && seconds < SECONDS_MAX)) {
		snprintf(text, PROGRESS_TEXT_MAX, "--:--");
		return;
	}
	unsigned whole = (unsigned)(seconds + 0.5);
	if (whole >= 3600)
		snprintf(text, PROGRESS_TEXT_MAX, "%u:%02u:%02u", whole / 3600, whole / 60 % 60,
			 whole % 60);
	else
		snprintf(text, PROGRESS_TEXT_MAX, "%u:%02u", whole / 60, whole % 60);
}

static bool has_size(const struct progress *progress)
{
	return progress->size_bytes != PROGRESS_SIZE_UNKNOWN && progress->size_bytes > 0;
}

/* 100 only when all is there. */
static unsigned find_percent(const struct progress *progress)
{
	if (progress->bytes >= progress->size_bytes)
		return 100;
	double share = (double)progress->bytes / (double)progress->size_bytes;
	unsigned percent = (unsigned)(share * 100);
	return percent < 99 ? percent : 99;
}

static void format_numbers(const struct progress *progress, char *text, size_t len)
{
	char bytes[PROGRESS_TEXT_MAX], size[PROGRESS_TEXT_MAX], rate[PROGRESS_TEXT_MAX],
	    left[PROGRESS_TEXT_MAX];
	progress_format_bytes((double)progress->bytes, bytes);
	progress_format_bytes(progress->rate, rate);
	if (!has_size(progress)) {
		double seconds = (double)(progress->now_us - progress->started_us) / 1e6;
		progress_format_seconds(seconds, left);
		snprintf(text, len, "%s  %s/s  %s", bytes, rate, left);
		return;
	}
	uint64_t missing =
	    progress->bytes < progress->size_bytes ? progress->size_bytes - progress->bytes : 0;
	progress_format_bytes((double)progress->size_bytes, size);
	progress_format_seconds(progress->rate > 0 ? (double)missing / progress->rate : -1, left);
	snprintf(text, len, "%s of %s  %s/s  ETA %s", bytes, size, rate, left);
}

/* "[====>    ]", `width` columns in all. */
static void format_bar(unsigned percent, unsigned width, char *text)
{
	unsigned inside = width - 2;
	unsigned filled = inside * percent / 100;
	text[0] = '[';
	memset(text + 1, '=', filled);
	memset(text + 1 + filled, ' ', inside - filled);
	if (filled < inside)
		text[1 + filled] = '>';
	text[width - 1] = ']';
	text[width] = '\0';
}

void progress_format(const struct progress *progress, unsigned width, char line[PROGRESS_LINE_MAX])
{
	char numbers[5 * PROGRESS_TEXT_MAX], bar[BAR_MAX + 1], whole[PROGRESS_LINE_MAX];
	format_numbers(progress, numbers, sizeof numbers);
	if (has_size(progress)) {
		unsigned percent = find_percent(progress);
		unsigned rest = 4 + 2 + 2 + (unsigned)strlen(numbers);
		unsigned room = width > rest ? width - rest : 0;
		if (room > BAR_MAX)
			room = BAR_MAX;
		if (room >= BAR_MIN) {
			format_bar(percent, room, bar);
			snprintf(whole, sizeof whole, "%3u%%  %s  %s", percent, bar, numbers);
		} else {
			snprintf(whole, sizeof whole, "%3u%%  %s", percent, numbers);
		}
	} else {
		snprintf(whole, sizeof whole, "%s", numbers);
	}
	if (width >= PROGRESS_LINE_MAX)
		width = PROGRESS_LINE_MAX - 1;
	snprintf(line, PROGRESS_LINE_MAX, "%.*s", (int)width, whole);
}

void progress_format_end(uint64_t bytes, uint64_t duration_us, char line[PROGRESS_LINE_MAX])
{
	char size[PROGRESS_TEXT_MAX], rate[PROGRESS_TEXT_MAX];
	double seconds = (double)duration_us / 1e6;
	progress_format_bytes((double)bytes, size);
	progress_format_bytes(duration_us > 0 ? (double)bytes / seconds : 0, rate);
	snprintf(line, PROGRESS_LINE_MAX, "%s in %.1f s, %s/s", size, seconds, rate);
}

unsigned progress_columns(int fd)
{
	struct winsize size;
	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

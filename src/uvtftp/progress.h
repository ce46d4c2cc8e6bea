/* One line on a terminal that says how far a transfer is. */
#ifndef UVTFTP_UVTFTP_PROGRESS_H
#define UVTFTP_UVTFTP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_INTERVAL_MS  100 /* between two drawings: at most ten a second */
#define PROGRESS_SIZE_UNKNOWN UINT64_MAX
#define PROGRESS_LINE_MAX     256 /* bytes, with the NUL */
#define PROGRESS_TEXT_MAX     16  /* one number with its unit, with the NUL */

struct progress {
	uint64_t bytes;
	uint64_t size_bytes; /* PROGRESS_SIZE_UNKNOWN */
	uint64_t started_us;
	uint64_t now_us; /* of the last update */
	double rate;     /* bytes a second, of late; 0: not known yet */
	unsigned update_count;
};

void progress_init(struct progress *progress, uint64_t now_us);
void progress_update(struct progress *progress, uint64_t bytes, uint64_t size_bytes, uint64_t now_us);
/* The line, at most `width` columns (plain ASCII, so as many bytes), with a NUL. */
void progress_format(const struct progress *progress, unsigned width, char line[PROGRESS_LINE_MAX]);
/* The line that stays: how much in what time. */
void progress_format_end(uint64_t bytes, uint64_t duration_us, char line[PROGRESS_LINE_MAX]);

/* "0 B", "1023 B", "1.0 KiB", "12.3 MiB". */
void progress_format_bytes(double bytes, char text[PROGRESS_TEXT_MAX]);
/* "0:07", "12:34", "1:02:03", "--:--" for more than 99 hours. */
void progress_format_seconds(double seconds, char text[PROGRESS_TEXT_MAX]);

/* Columns of the terminal on this descriptor; 0: it is none. 80 if it does not say. */
unsigned progress_columns(int fd);

#endif

/* What a storm has shown, for a person and for scripts. */
#ifndef UVTFTP_UVTFTP_STORM_REPORT_H
#define UVTFTP_UVTFTP_STORM_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "uvtftp/storm_tally.h"

#define STORM_LINE_MAX 256 /* bytes of a progress line, with the NUL */

struct storm_result {
	uint64_t clients;
	uint32_t workers;
	uint64_t duration_ns; /* from the first request to the last transfer's end */
	uint64_t cpu_us;      /* of this process in that time, user and system */
	bool is_upload;
	bool is_stall;
	struct storm_tally tally;
};

/* One JSON object, in one line. Its members are an interface. */
void storm_report_json(const struct storm_result *result, FILE *out);
void storm_report_text(const struct storm_result *result, FILE *out);
/* How far it is, at most `width` columns. */
void storm_report_line(const struct storm_tally *tally, uint64_t duration_ns, unsigned width,
		       char line[STORM_LINE_MAX]);

#endif

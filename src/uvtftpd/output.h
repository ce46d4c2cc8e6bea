/* What uvtftpd writes to stderr: one line per event, whole lines only, from any thread. */
#ifndef UVTFTP_UVTFTPD_OUTPUT_H
#define UVTFTP_UVTFTPD_OUTPUT_H

#include "uvtftp.h"

/* Lines above the level are dropped. With `has_time` each line begins with the time (UTC). */
void output_init(enum uvtftp_log_level level, bool has_time);
/* From here on nobody waits for stderr to take a line; after output_stop lines are written at once again. */
void output_start(void);
void output_stop(void);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void output_line(enum uvtftp_log_level level, const char *format, ...);
/* One finished transfer. */
void output_report(const struct uvtftp_report *report);
/* Totals of all reports so far, as the last line. */
void output_summary(void);

#endif

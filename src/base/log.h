/* One line per event, to a function the owner gives. Safe from any thread if that function is. */
#ifndef UVTFTP_BASE_LOG_H
#define UVTFTP_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* `line` has no newline and no control characters; borrowed for the call. */
typedef void log_sink(void *user, enum log_level level, const char *line);

struct log {
	log_sink *sink; /* NULL: nothing is logged */
	void *user;
	enum log_level threshold; /* lines above it are not made */
};

#define LOG_LINE_MAX 1024 /* bytes without the NUL; longer lines are cut and end in "..." */

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void log_line(const struct log *log, enum log_level level, const char *format, ...);

#endif

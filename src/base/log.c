#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
	if (log->sink == NULL || level > log->threshold)
		return;
	char line[LOG_LINE_MAX + 1] = "";
	va_list args;
	va_start(args, format);
	int wanted = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (wanted > LOG_LINE_MAX)
		memcpy(line + LOG_LINE_MAX - 3, "...", 4);
	for (char *c = line; *c != '\0'; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte < 0x20 || byte == 0x7f)
			*c = '?';
	}
	log->sink(log->user, level, line);
}

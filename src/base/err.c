#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int err_set(struct uvtftp_error *err, int code, const char *format, ...)
{
	if (err == NULL)
		return code;
	char text[sizeof err->text] = "";
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	memcpy(err->text, text, sizeof text);
	err->code = code;
	return code;
}

_Noreturn void err_assert_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
	abort();
}

const char *uvtftp_error_text(int code)
{
	switch (code) {
	case UVTFTP_OK:
		return "success";
#define TEXT_CASE(name, value, text)                                                                    \
	case value:                                                                                     \
		return text;
		UVTFTP_ERRORS(TEXT_CASE)
#undef TEXT_CASE
	default:
		return "unknown error";
	}
}

const char *uvtftp_version(void)
{
	return UVTFTP_VERSION;
}

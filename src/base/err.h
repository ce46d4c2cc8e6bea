/* Filling in a struct uvtftp_error: code from the public table, text for a person. */
#ifndef UVTFTP_BASE_ERR_H
#define UVTFTP_BASE_ERR_H

#include "uvtftp.h"

/* Sets code and text and returns the code. `err` may be NULL: then only the code is returned. The new
 * text may be made from the old one. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int err_set(struct uvtftp_error *err, int code, const char *format, ...);

/* Our own mistakes end the process with place and condition, in every build type. */
#define ASSERT(condition) ((condition) ? (void)0 : err_assert_failed(__FILE__, __LINE__, #condition))
_Noreturn void err_assert_failed(const char *file, int line, const char *condition);

#endif

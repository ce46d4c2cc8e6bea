/* Name patterns: '*' any characters but '/', '**' any characters, '?' one character but '/', [a-z] [!a-z] a
 * set, '\' takes the next character as it is (in a set it is a character like others). A character is a byte.
 * A pattern without '/' is matched against the last component of the path, one with '/' against the whole
 * path, which a '/' before the pattern does not change. */
#ifndef UVTFTP_POLICY_PATTERN_H
#define UVTFTP_POLICY_PATTERN_H

#include "base/bytes.h"

/* `pattern` has passed pattern_check. */
bool pattern_matches(const char *pattern, const char *path);
/* NULL, or what is wrong with the pattern (static text). */
const char *pattern_check(const char *pattern);

#endif

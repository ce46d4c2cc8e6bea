/* One line of a map file, taken apart. Knows the fields, not what a regular expression is. */
#ifndef UVTFTP_POLICY_REMAP_LINE_H
#define UVTFTP_POLICY_REMAP_LINE_H

#include "policy/remap.h"

#define REMAP_LINE_MAX 16383 /* bytes of a line: tftpd-hpa breaks longer ones apart */

/* The operators of a rule, one bit each. */
enum remap_flag {
	REMAP_REPLACE = 1 << 0,
	REMAP_REPEAT = 1 << 1, /* only ever together with REMAP_REPLACE */
	REMAP_NOCASE = 1 << 2,
	REMAP_EXIT = 1 << 3,
	REMAP_RESTART = 1 << 4,
	REMAP_ABORT = 1 << 5,
	REMAP_INVERSE = 1 << 6, /* never together with REMAP_REPLACE */
	REMAP_READS = 1 << 7,
	REMAP_WRITES = 1 << 8, /* never together with REMAP_READS */
	REMAP_V4 = 1 << 9,
	REMAP_V6 = 1 << 10
};

enum remap_line_kind { REMAP_LINE_RULE, REMAP_LINE_BLANK, REMAP_LINE_WRONG };

struct remap_line {
	unsigned flags;
	struct text rule;        /* from the operators to the end of the last field */
	struct text regex;       /* within `rule`, not empty, as written: backslashes and all */
	struct text replacement; /* the end of `rule`; may be empty */
};

/* `line` has no newline. Fills in error->text only when the line is wrong. */
enum remap_line_kind remap_line_parse(struct text line, struct remap_line *parts,
				      struct remap_error *error);

#endif

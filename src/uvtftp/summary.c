#include "uvtftp/summary.h"

#include <inttypes.h>
#include <stddef.h>

struct utf8_range {
	uint8_t first, last; /* of the leading byte */
	uint8_t second_min,
	    second_max; /* shuts out overlong forms, surrogates and what is past U+10FFFF */
	uint8_t length;
};

static const struct utf8_range ranges[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Bytes of the UTF-8 character at `at`; 0: there is none. The NUL at the end stops every look ahead. */
static size_t measure(const unsigned char *at)
{
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		const struct utf8_range *range = &ranges[i];
		if (at[0] < range->first || at[0] > range->last)
			continue;
		if (range->length > 1 && (at[1] < range->second_min || at[1] > range->second_max))
			return 0;
		for (size_t n = 2; n < range->length; n++)
			if (at[n] < 0x80 || at[n] > 0xbf)
				return 0;
		return range->length;
	}
	return 0;
}

/* Names on disk and on the wire are any bytes, JSON is UTF-8: what is none becomes U+FFFD. */
static void print_string(const char *text, FILE *out)
{
	const unsigned char *at = (const unsigned char *)text;
	fputc('"', out);
	while (*at != '\0') {
		size_t len = measure(at);
		if (len == 0)
			fputs("\\ufffd", out);
		else if (*at < 0x20 || *at == 0x7f)
			fprintf(out, "\\u%04x", (unsigned)*at);
		else if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else
			fwrite(at, 1, len, out);
		at += len > 0 ? len : 1;
	}
	fputc('"', out);
}

static void print_member(const char *name, const char *text, FILE *out)
{
	fprintf(out, "\"%s\":", name);
	if (text != NULL)
		print_string(text, out);
	else
		fputs("null", out);
}

void summary_print(const struct summary *summary, FILE *out)
{
	double seconds = (double)summary->duration_us / 1e6;
	double rate = seconds > 0 ? (double)summary->bytes / seconds : 0;
	fputc('{', out);
	print_member("url", summary->url, out);
	fputc(',', out);
	print_member("file", summary->file, out);
	fprintf(out, ",\"bytes\":%" PRIu64 ",\"seconds\":%.6f,\"rate_bytes_per_s\":%.0f", summary->bytes,
		seconds, rate);
	fprintf(out, ",\"blksize\":%" PRIu32 ",\"windowsize\":%" PRIu32 ",", summary->blksize,
		summary->windowsize);
	print_member("server", summary->server, out);
	fprintf(out, ",\"retransmissions\":%" PRIu64 ",", summary->retransmissions);
	print_member("outcome", summary->outcome, out);
	if (summary->error_code >= 0)
		fprintf(out, ",\"error_code\":%d,", summary->error_code);
	else
		fputs(",\"error_code\":null,", out);
	print_member("error", summary->error, out);
	fputs("}\n", out);
}

#include "uvtftp/command.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

#define TEXT_MAX 640

void command_complain(const char *what, const char *why, const char *remedy)
{
	char what_shown[TEXT_MAX], why_shown[TEXT_MAX];
	text_printable(text_of(what), what_shown, sizeof what_shown);
	text_printable(text_of(why), why_shown, sizeof why_shown);
	fprintf(stderr, "uvtftp: %s: %s.%s%s\n", what_shown, why_shown, remedy != NULL ? " " : "",
		remedy != NULL ? remedy : "");
}

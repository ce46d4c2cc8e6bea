#include "uvtftpd/config_print.h"

static void print_row(const struct config_key *key, FILE *out)
{
	char left[60];
	const char *before = key->value == NULL ? "" : key->bare != NULL ? "[=" : " ";
	const char *fallback = key->kind == CONFIG_SWITCH ? NULL : key->fallback;
	if (fallback == NULL)
		fallback = key->without;
	snprintf(left, sizeof left, "--%s%s%s%s", key->name, before,
		 key->value != NULL ? key->value : "", key->bare != NULL ? "]" : "");
	fprintf(out, "  %c%c%c %-28s %s", key->letter != 0 ? '-' : ' ',
		key->letter != 0 ? key->letter : ' ', key->letter != 0 ? ',' : ' ', left, key->help);
	if (fallback != NULL)
		fprintf(out, " [%s]", fallback);
	fputc('\n', out);
}

void config_print_help(FILE *out)
{
	fprintf(out, "Usage: uvtftpd [OPTIONS] [ROOT]\n"
		     "       uvtftpd [OPTIONS] --explain CLIENT NAME [ROOT]\n"
		     "Serves the files beneath ROOT [" CONFIG_ROOT_DEFAULT
		     "] over TFTP, in the foreground.\n\n");
	for (size_t i = 0; i < config_key_count; i++)
		if ((config_keys[i].places & CONFIG_FLAG) != 0)
			print_row(&config_keys[i], out);
	fprintf(
	    out,
	    "\nSIZE takes K, M or G. --write alone is --write=create; with --explain it says that the\n"
	    "request is an upload. SIGTERM and SIGINT let running transfers finish; a second one ends\n"
	    "at once. SIGHUP reads the configuration file and the map file again. Exit code: 0, 1\n"
	    "(cannot serve, or the request would be refused), 2 (wrong usage).\n");
}

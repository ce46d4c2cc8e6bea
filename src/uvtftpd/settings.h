/* Settings that a server can be started with, made from texts. */
#ifndef UVTFTP_UVTFTPD_SETTINGS_H
#define UVTFTP_UVTFTPD_SETTINGS_H

#include "uvtftpd/config.h"

struct settings {
	struct config config;
	struct uvtftp_server_options server; /* points into all of the rest */
	struct config_own own;
	struct uvtftp_root *roots;
	struct uvtftp_rule *rules;
};

/* Reads the file (NULL: none), lets what the command line says win, and builds the options. False with the reason
 * in `error`: file, line, key, value and what is allowed. Then nothing is left to free. */
bool settings_load(struct settings *settings, const char *file,
		   const struct config_section *command_line, struct uvtftp_error *error);
void settings_fini(struct settings *settings);

#endif

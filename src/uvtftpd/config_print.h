/* What the table says, for people: --help, --print-config, --sample-config, --man-config. */
#ifndef UVTFTP_UVTFTPD_CONFIG_PRINT_H
#define UVTFTP_UVTFTPD_CONFIG_PRINT_H

#include <stdio.h>

#include "uvtftpd/config.h"

void config_print_help(FILE *out);
/* The settings as a file that says the same: what is set, and the defaults of what is not. */
void config_print(const struct config *config, FILE *out);
/* Only what is set. */
void config_print_set(const struct config *config, FILE *out);
/* A file with every key, commented out: with the '#' before each key taken away it is a valid one. */
void config_print_sample(FILE *out);
/* The lists of keys in uvtftpd.conf(5), in mdoc. */
void config_print_man(FILE *out);

#endif

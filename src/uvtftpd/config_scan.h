/* A look at a configuration file before libconfuse has it. */
#ifndef UVTFTP_UVTFTPD_CONFIG_SCAN_H
#define UVTFTP_UVTFTPD_CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_SCAN_WHY_MAX 160

/* libconfuse 3.3 drops characters without a word where it does not expect them ('*.efi' becomes '.efi'), closes open
 * sections at the end of the file, lets an unterminated string spoil the next file of the process too, and
 * miscounts lines behind comments. False for such a file, with the line and what is wrong; the comments of a good
 * one are blanked. The text ends with a NUL. */
bool config_scan(char *text, size_t len, unsigned *line, char why[CONFIG_SCAN_WHY_MAX]);

#endif

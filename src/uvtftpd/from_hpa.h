/* The settings of tftpd-hpa as ours, for machines that change over. */
#ifndef UVTFTP_UVTFTPD_FROM_HPA_H
#define UVTFTP_UVTFTPD_FROM_HPA_H

#include <stdio.h>

#include "uvtftpd/config.h"

#define FROM_HPA_LINE_MAX  4096 /* bytes of one line of the file, with its end */
#define FROM_HPA_WORDS_MAX 128  /* of TFTP_OPTIONS */

/* Reads /etc/default/tftpd-hpa or a file like it and writes a configuration file: what has a counterpart as settings,
 * what differs as comments. False with the reason in `error`: the file cannot be read. */
bool from_hpa_print(const char *path, FILE *out, struct uvtftp_error *error);

#endif

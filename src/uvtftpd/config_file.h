/* Configuration files: read with libconfuse, or not at all. */
#ifndef UVTFTP_UVTFTPD_CONFIG_FILE_H
#define UVTFTP_UVTFTPD_CONFIG_FILE_H

#include "uvtftpd/config.h"

#define CONFIG_FILE_BYTES_MAX (1 << 20)

/* Fills in an empty `config`. False with "FILE:LINE: ..." in `error`. */
bool config_file_read(struct config *config, const char *path, struct uvtftp_error *error);

#endif

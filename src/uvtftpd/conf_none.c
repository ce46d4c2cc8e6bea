/* A build without libconfuse: flags only. */
#include <stdio.h>

#include "uvtftpd/config_file.h"

bool config_file_read(struct config *config, const char *path, struct uvtftp_error *error)
{
	(void)config;
	error->code = UVTFTP_ERR_USAGE;
	snprintf(error->text, sizeof error->text,
		 "%.200s: built without configuration files; use flags ('uvtftpd --help' lists them)",
		 path);
	return false;
}

/* Sockets that a service manager has opened for us (LISTEN_FDS, as systemd and others do). */
#ifndef UVTFTP_UVTFTPD_INHERIT_H
#define UVTFTP_UVTFTPD_INHERIT_H

#include <stddef.h>

#define INHERIT_MAX 16 /* sockets; more are left alone */

/* How many there are, in `sockets`; they are the caller's. Programs that we might start do not get them. */
size_t inherit_sockets(int sockets[INHERIT_MAX]);

#endif

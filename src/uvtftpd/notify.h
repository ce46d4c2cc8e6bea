/* Tells a service manager that asked for it (NOTIFY_SOCKET, as systemd and others do) how far the daemon is.
 * Without one, nothing happens. */
#ifndef UVTFTP_UVTFTPD_NOTIFY_H
#define UVTFTP_UVTFTPD_NOTIFY_H

/* Says one state, such as "READY=1". A manager that cannot be reached is not waited for. */
void notify_say(const char *state);

#endif

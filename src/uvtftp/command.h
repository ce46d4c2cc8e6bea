/* What every subcommand shares: how it is called, how it ends, how it complains. */
#ifndef UVTFTP_UVTFTP_COMMAND_H
#define UVTFTP_UVTFTP_COMMAND_H

enum command_status {
	STATUS_DONE = 0,
	STATUS_LOCAL = 1,      /* disk, permission, memory, network of this machine */
	STATUS_USAGE = 2,      /* how it was called */
	STATUS_NOT_FOUND = 3,  /* the server has no such file, or no such place for one */
	STATUS_REFUSED = 4,    /* any other ERROR from the server, or to it */
	STATUS_SILENT = 5,     /* no answer, or no more */
	STATUS_UNRESOLVED = 6, /* the server's name has no address */
	STATUS_SIGNAL = 128    /* and the signal's number */
};

/* argv[0] is the subcommand's name. Returns enum command_status. */
int get_run(int argc, char **argv);
int put_run(int argc, char **argv);
int storm_run(int argc, char **argv);

/* "uvtftp: WHAT: WHY. REMEDY" on stderr, in one line whatever the texts hold. `remedy` may be NULL. */
void command_complain(const char *what, const char *why, const char *remedy);

#endif

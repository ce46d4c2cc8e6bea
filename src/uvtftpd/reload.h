/* New settings for a running server: at SIGHUP, and when the map file changes. What is wrong with them is logged,
 * and then the old ones stay. */
#ifndef UVTFTP_UVTFTPD_RELOAD_H
#define UVTFTP_UVTFTPD_RELOAD_H

#include <uv.h>

#include "uvtftpd/options.h"
#include "uvtftpd/settings.h"

struct reload {
	struct uvtftp_server *server; /* borrowed */
	const struct options *options;
	struct settings *started; /* what cannot change was set here */
	struct settings *now;     /* in force: `started` or newer; owned */
	uv_signal_t hangup;
	uv_fs_poll_t map;
	const char *watched; /* path of the map file, of `now`; NULL: none */
};

/* Takes over `started`, from mem_alloc. From now on SIGHUP waits for reload_begin instead of ending the process. */
void reload_init(struct reload *reload, uv_loop_t *loop, const struct options *options,
		 struct settings *started);
/* The server runs with `started`. */
void reload_begin(struct reload *reload, struct uvtftp_server *server);
/* No more reloads. The loop closes the handles. */
void reload_end(struct reload *reload);
/* The loop is closed. */
void reload_fini(struct reload *reload);

#endif

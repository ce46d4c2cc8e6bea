/* What the files of a session have to do with each other: session.c (its life, what is sent) and session_read.c
 * (the open, the chunks, DATA from them). */
#ifndef UVTFTP_SERVER_SESSION_INSIDE_H
#define UVTFTP_SERVER_SESSION_INSIDE_H

#include "server/session.h"

/* Starts opening the file. False: memory is short. */
bool session_read_open(struct session *session, const char *path, enum packet_mode mode);
/* Fills the message with DATA from the front of the run. Returns the blocks it holds; 0: the session waits for
 * a chunk, or the transfer has failed. */
uint32_t session_fill_data(struct session *session, struct message *message,
			   const struct transfer_out *out);
void session_drop_head(struct session *session); /* what was copied of a block */

#endif

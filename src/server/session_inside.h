/* What the files of a session have to do with each other: session.c (its life, what is sent), session_read.c
 * and session_write.c. */
#ifndef UVTFTP_SERVER_SESSION_INSIDE_H
#define UVTFTP_SERVER_SESSION_INSIDE_H

#include "server/session.h"

/* Opens the next path to be tried, or starts to: then the session waits. False: there is none, or memory is
 * short. */
bool session_read_open(struct session *session);
/* Fills the message with DATA from the front of the run. Returns the blocks it holds; 0: the session waits for
 * a chunk, or the transfer has failed. */
uint32_t session_fill_data(struct session *session, struct message *message,
			   const struct transfer_out *out);

/* Has it act at its deadline; session_time.c. */
void session_arm(struct session *session);
void session_disarm(struct session *session);

/* Starts an upload to the first path. False: memory is short. */
bool session_write_begin(struct session *session);
/* Stores what a packet brought (maybe nothing), and commits when it was the last. */
void session_write_take(struct session *session, struct text payload);
/* False: the next ACK must wait until what it invites has its place. True for reads. */
bool session_write_has_room(struct session *session);
/* Gives up what is not committed. */
void session_write_end(struct session *session);

#endif

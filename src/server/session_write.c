/* The writing half. DATA is copied into the sink's buffer, which is written behind; an ACK is withheld while a
 * whole window would not fit. The last ACK waits for the commit: it is a promise. */
#include <errno.h>

#include "proto/netascii.h"
#include "server/session_inside.h"
#include "server/worker.h"

/* Netascii is translated in pieces of this size. */
#define PIECE_BYTES 2048

static enum packet_error choose_code(int error)
{
	switch (error) {
	case -EEXIST:
		return PACKET_ERROR_EXISTS;
	case -ENOENT:
	case -ENOTDIR:
		return PACKET_ERROR_NOT_FOUND;
	case -EFBIG:
	case -ENOSPC:
	case -EDQUOT:
		return PACKET_ERROR_FULL;
	case -EACCES:
	case -EPERM:
	case -EISDIR:
	case -ELOOP:
	case -EXDEV:
	case -EROFS:
		return PACKET_ERROR_ACCESS;
	default:
		return PACKET_ERROR_OTHER;
	}
}

static void fail(struct session *session)
{
	const struct storing *storing = &session->upload.storing;
	transfer_fail(&session->transfer, choose_code(storing->error), storing->why);
}

static void stored(struct storing *storing);

bool session_write_begin(struct session *session)
{
	const struct option_set *options = &session->transfer.options;
	struct session_upload *upload = &session->upload;
	*upload = (struct session_upload){
	    .storing = {.mailbox = &session->worker->mailbox, .done = stored},
	    /* One more: netascii may have held back a CR of the window before. */
	    .burst_bytes = (size_t)(option_value(options, OPTION_WINDOWSIZE) *
					option_value(options, OPTION_BLKSIZE) +
				    1),
	};
	struct sink_request request = {
	    .path = session->tries,
	    .size_bytes = option_has(options, OPTION_TSIZE) ? option_value(options, OPTION_TSIZE)
							    : SINK_SIZE_UNKNOWN,
	    .burst_bytes = upload->burst_bytes,
	};
	addr_host_bytes(&session->peer, request.client);
	if (sink_begin(session->setup->roots[session->root].sink, &request, &upload->storing) != 0)
		return false;
	session->waits = SESSION_WAITS_FOR_SINK;
	return true;
}

static bool append_netascii(struct session_upload *upload, struct text payload)
{
	const uint8_t *in = (const uint8_t *)payload.at;
	size_t left = payload.len;
	while (left > 0) {
		uint8_t piece[PIECE_BYTES];
		size_t used, made;
		netascii_decode(&upload->netascii_state, in, left, &used, piece, sizeof piece, &made);
		if (!sink_append(&upload->storing, piece, made))
			return false;
		in += used;
		left -= used;
	}
	return true;
}

static bool append(struct session *session, struct text payload)
{
	struct session_upload *upload = &session->upload;
	if (session->transfer.mode == PACKET_NETASCII)
		return append_netascii(upload, payload);
	return payload.len == 0 || sink_append(&upload->storing, payload.at, payload.len);
}

static void commit(struct session *session)
{
	struct session_upload *upload = &session->upload;
	uint8_t rest;
	upload->is_committing = true;
	if (netascii_decode_end(&upload->netascii_state, &rest) != 0 &&
	    !sink_append(&upload->storing, &rest, 1)) {
		fail(session);
		return;
	}
	sink_commit(&upload->storing);
	session->waits = SESSION_WAITS_FOR_SINK;
}

/* A step of the sink is through: begin, room, or commit. */
static void stored(struct storing *storing)
{
	struct session *session = LIST_OWNER(storing, struct session, upload.storing);
	struct transfer *transfer = &session->transfer;
	session->waits = SESSION_WAITS_NOT;
	if (storing->error != 0)
		fail(session);
	else if (transfer->phase == TRANSFER_OPENING)
		transfer_opened(transfer, TRANSFER_SIZE_UNKNOWN, worker_now(session->worker));
	else if (session->upload.is_committing)
		transfer_stored(transfer, worker_now(session->worker));
	else if (transfer->phase == TRANSFER_COMMITTING)
		commit(session); /* the last block came while there was no room for another window */
	session_pump(session);
}

void session_write_take(struct session *session, struct text payload)
{
	struct storing *storing = &session->upload.storing;
	bool has_room = payload.len == 0 || payload.len < sink_room(storing);
	/* An ACK is sent when a whole window has room. Without it either the client did not wait for its ACK, or
	 * the sink has failed and is yet to say why. */
	if (!has_room && (session->waits != SESSION_WAITS_NOT || sink_append(storing, payload.at, 0))) {
		transfer_fail(&session->transfer, PACKET_ERROR_ILLEGAL,
			      "DATA sent ahead of the acknowledgement");
		return;
	}
	if (!has_room || (payload.len > 0 && !append(session, payload))) {
		fail(session);
		return;
	}
	if (session->transfer.phase == TRANSFER_COMMITTING && session->waits == SESSION_WAITS_NOT)
		commit(session);
}

bool session_write_has_room(struct session *session)
{
	struct session_upload *upload = &session->upload;
	if (session->transfer.direction != TRANSFER_RECEIVE ||
	    session->transfer.phase != TRANSFER_MOVING)
		return true;
	if (session->waits == SESSION_WAITS_FOR_SINK)
		return false;
	if (sink_room(&upload->storing) >= upload->burst_bytes)
		return true;
	sink_wait_room(&upload->storing);
	session->waits = SESSION_WAITS_FOR_SINK;
	return false;
}

void session_write_end(struct session *session)
{
	sink_abort(&session->upload.storing);
}

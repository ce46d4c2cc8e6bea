/* Everything a loop turn wants to send, sent in few calls.
 *
 * A message is one datagram, or a train of datagrams to one peer: equal segments, the last may be
 * shorter. It is queued on an endpoint; queued messages leave in order, at the latest when the loop has
 * handled its events. What the kernel does not take now (EAGAIN) waits for the socket and goes first; what
 * it refuses for good is counted. Messages come from a pool: no allocation per packet. */
#ifndef UVTFTP_NET_BATCH_H
#define UVTFTP_NET_BATCH_H

#include <sys/uio.h>
#include <uv.h>

#include "base/count.h"
#include "base/list.h"
#include "base/pool.h"
#include "net/addr.h"

#define BATCH_DATAGRAM_BYTES 65536 /* no UDP payload is larger */
#define BATCH_RECEIVE_MAX    20    /* datagrams that one recvmmsg of libuv takes */

#define MESSAGE_SEGMENTS_MAX 64 /* what older kernels take for UDP_SEGMENT */
#define MESSAGE_PIECES_MAX   2  /* of a segment: a header, and what it is the header of */
#define MESSAGE_IOV_MAX      (MESSAGE_PIECES_MAX * MESSAGE_SEGMENTS_MAX)
#define MESSAGE_BYTES_MAX    65507 /* the largest UDP payload over IPv4 */
#define MESSAGE_INLINE_BYTES 1024
#define MESSAGE_HOLDS_MAX    2

struct endpoint;

/* Something that must stay until the message has left. */
struct message_hold {
	void (*drop)(void *thing);
	void *thing;
};

struct message {
	struct list link;
	struct endpoint *endpoint;
	struct addr peer;
	uint32_t total_bytes;
	uint16_t segment_count;
	uint16_t segment_bytes; /* of each but the last */
	uint16_t sent_count;    /* segments the kernel has taken */
	uint16_t iov_count;
	uint16_t inline_used;
	uint8_t hold_count;
	struct message_hold holds[MESSAGE_HOLDS_MAX];
	struct iovec iov[MESSAGE_IOV_MAX];          /* all segments, one behind the other */
	uint8_t inline_bytes[MESSAGE_INLINE_BYTES]; /* headers, or a whole small packet */
};

struct batch {
	uv_loop_t *loop;
	uv_check_t check;     /* after the events of a turn */
	uv_prepare_t prepare; /* after its timers */
	struct pool messages;
	struct list dirty; /* endpoints with something to send and not blocked */
	/* Own; shared by all endpoints of the loop, touched only when used. One more datagram fits behind it. */
	uint8_t *receive_room;
	size_t receive_room_bytes;
	uint64_t receive_calls; /* what one of them brings was here before the next began */
	size_t queued;          /* messages */
	size_t fresh;           /* queued since the last flush */
	struct list spare;      /* messages used before: warm, and not zeroed again as the pool would */
	bool is_flushing;
	struct count datagrams_sent, datagrams_refused, send_calls, send_blocked;
};

/* 0 or a negative libuv error. messages_max bounds what may be queued at once. */
int batch_open(struct batch *batch, uv_loop_t *loop, size_t messages_max);
void batch_close(struct batch *batch); /* all endpoints closed before; handles end on the loop */
void batch_fini(struct batch *batch);  /* after the loop has run its close callbacks */

/* A message to fill in, or NULL when messages_max are queued: come back when fewer are. Give it to
 * batch_queue or batch_discard. */
struct message *batch_message(struct batch *batch, struct endpoint *endpoint, const struct addr *peer);
/* Starts a segment; at most MESSAGE_PIECES_MAX pieces follow. False: full, message unchanged. */
bool message_begin_segment(struct message *message);
/* Adds bytes that stay where they are (a hold keeps them). */
void message_add(struct message *message, const void *bytes, size_t len);
/* Whole segments that lie one behind the other: len bytes, the last may be shorter. Not more than message_room
 * says, and none after a short one. They stay where they are, too. */
void message_add_run(struct message *message, const void *bytes, size_t len, size_t segment_bytes);
/* How many segments of that size it takes yet. */
unsigned message_room(const struct message *message, size_t segment_bytes);
/* Room inside the message for len bytes, which is added; the caller writes it. NULL: does not fit. */
uint8_t *message_add_inline(struct message *message, size_t len);
/* One whole packet, copied into the message. False: larger than MESSAGE_INLINE_BYTES. */
bool message_add_packet(struct message *message, const void *packet, size_t len);
/* Takes over one hold; false when MESSAGE_HOLDS_MAX are in place: the caller keeps his. */
bool message_keep(struct message *message, void (*drop)(void *), void *thing);
/* From here the batch owns the message. On a closing endpoint it is dropped. */
void batch_queue(struct batch *batch, struct message *message);
void batch_discard(struct batch *batch, struct message *message);
/* Sends now. Drops of holds run inside: they may queue, but not close an endpoint. */
void batch_flush(struct batch *batch);

/* One implementation a platform (batch_linux.c, batch_posix.c): sends from the front of the endpoint's
 * queue, advancing sent_count and taking finished messages off with batch_done. 0: the queue is empty;
 * UV_EAGAIN: the socket is full; other negative errno: the first unsent datagram was refused. */
int batch_send(struct batch *batch, struct endpoint *endpoint);
void batch_done(struct batch *batch, struct message *message);

/* --- for the files of this folder ------------------------------------------------------------------ */

/* The endpoint's first message, or NULL. */
struct message *batch_first(const struct endpoint *endpoint);
/* The kernel has taken, or will never take, the next `segments` of the endpoint's first message. */
void batch_advance(struct batch *batch, struct endpoint *endpoint, unsigned segments);
void batch_drop_queue(struct batch *batch, struct endpoint *endpoint);
/* Puts the endpoint among those the next flush sends from. */
void batch_mark(struct batch *batch, struct endpoint *endpoint);
/* The pieces of one segment; their number. */
unsigned message_cut(const struct message *message, unsigned segment,
		     struct iovec pieces[MESSAGE_PIECES_MAX]);
/* The same as libuv wants them: at least 1. */
unsigned message_bufs(const struct message *message, unsigned segment,
		      uv_buf_t bufs[MESSAGE_PIECES_MAX]);
/* Bytes of one segment. */
size_t message_segment_len(const struct message *message, unsigned segment);

#endif

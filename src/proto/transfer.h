/* One transfer, from the request to the end, without clock, I/O or memory of its own.
 *
 * Three kinds of input: packets, what the local side did (opened, stored, failed), and the time. After each,
 * drain the outputs: transfer_next says what to send, transfer_sent that it was sent; what was not sent is
 * said again next time, because outputs are computed from state and never queued. transfer_deadline is the
 * one time at which transfer_expire must be called. Nothing here calls anybody.
 *
 * Role (who asked), direction (who has the file) and phase are three fields. The caller checks addresses:
 * only packets from the peer's TID come in. */
#ifndef UVTFTP_PROTO_TRANSFER_H
#define UVTFTP_PROTO_TRANSFER_H

#include "proto/receiver.h"
#include "proto/rto.h"
#include "proto/sender.h"
#include "proto/transfer_limits.h"

#define TRANSFER_NEVER        UINT64_MAX
#define TRANSFER_SIZE_UNKNOWN UINT64_MAX

enum transfer_role { TRANSFER_SERVE, TRANSFER_ASK };
enum transfer_direction { TRANSFER_SEND, TRANSFER_RECEIVE };
enum transfer_phase {
	TRANSFER_OPENING,    /* serve: until transfer_opened; ask: until the server's first answer */
	TRANSFER_MOVING,     /* blocks move */
	TRANSFER_COMMITTING, /* received whole; until transfer_stored the last ACK is withheld */
	TRANSFER_DALLYING,   /* the last ACK was sent and is repeated if its DATA comes again */
	TRANSFER_OVER
};

/* The control packet owed to the peer. */
enum transfer_owed {
	TRANSFER_OWES_NOTHING,
	TRANSFER_OWES_ERROR,
	TRANSFER_OWES_REQUEST,
	TRANSFER_OWES_OACK,
	TRANSFER_OWES_ACK
};

/* Small, because each of tens of thousands of clients has one: see the order and the union. */
struct transfer {
	enum transfer_role role : 8;
	enum transfer_direction direction : 8;
	enum transfer_phase phase : 8;
	enum transfer_outcome outcome : 8;
	enum packet_mode mode : 8;
	enum transfer_owed owed : 8;
	bool is_oack_open; /* serve: the OACK is not yet confirmed */
	bool has_heard;    /* the peer brought something new */
	bool has_news;     /* ... and what answers it is yet to be sent */
	bool is_ambiguous; /* the answer to what is owed gives no sample (Karn) */
	uint8_t rollover;  /* unless it is negotiated */
	uint32_t blksize;  /* in force from the answer on */
	union {
		struct sender sender;
		struct receiver receiver;
	};
	struct option_set options; /* ask: as asked until the answer; then and else as granted */
	struct text file;          /* ask: borrowed for the transfer's life */
	uint64_t size_bytes;       /* of the file, or TRANSFER_SIZE_UNKNOWN */
	struct transfer_counts counts;
	uint32_t packets_repeated; /* control packets sent again */
	uint32_t give_up_us;       /* these three: see struct transfer_limits */
	uint32_t dally_us;
	uint32_t repeats_max;
	int error_code;         /* of the ERROR sent or received; -1 none */
	const char *error_text; /* ours; static. NULL: peer_text, if there is an error_code */
	union {
		struct { /* while it is not over */
			struct rto rto;
			uint32_t suspect_us; /* round trip if the time-out below was wrong; 0: no */
			uint64_t waiting_since_us; /* the timer runs from here */
			uint64_t silent_since_us;  /* the peer's silence is counted from here */
			/* A control packet whose answer gives a sample; 0: none is being timed. */
			uint64_t timed_at_us;
			/* What this silence's first time-out repeats was sent; 0: there was none. */
			uint64_t doubted_at_us;
			/* By the timer or because the peer repeated itself, since it brought news. */
			uint32_t repeats;
		};
		char peer_text[64]; /* the peer ended it with an ERROR */
	};
};

enum transfer_out_kind {
	TRANSFER_OUT_PACKET, /* a control packet: transfer_format writes it */
	TRANSFER_OUT_DATA /* a run of DATA blocks: headers by transfer_data_header, bytes from the file */
};

struct transfer_out {
	enum transfer_out_kind kind;
	uint64_t offset; /* DATA: of the first block in the transferred bytes */
	uint64_t first_block;
	uint32_t block_count;
	uint32_t blksize;
};

/* Answers a request (RRQ or WRQ, parsed without fault); nothing of it is kept. */
void transfer_serve(struct transfer *transfer, const struct packet *request,
		    const struct transfer_limits *limits, uint64_t now_us);
/* Asks a server: the request with these options is the first output. `file` is borrowed. */
void transfer_ask(struct transfer *transfer, enum packet_op op, struct text file, enum packet_mode mode,
		  const struct option_set *options, const struct transfer_limits *limits,
		  uint64_t now_us);

/* serve, once: the file is open. size_bytes (not for uploads): to be sent, translated; or unknown. */
void transfer_opened(struct transfer *transfer, uint64_t size_bytes, uint64_t now_us);
/* Sending: the bytes to send end here (a stream whose size was not known before). */
void transfer_ends_at(struct transfer *transfer, uint64_t size_bytes);
/* Receiving: everything taken is stored for good, so the last ACK may go. */
void transfer_stored(struct transfer *transfer, uint64_t now_us);
/* Ends it with an ERROR to the peer, unless the last ACK was promised already. `text` is static. */
void transfer_fail(struct transfer *transfer, enum packet_error code, const char *text);

/* A packet from the peer. *payload is not empty if it brought the next bytes of the file: store them before
 * the next call (borrowed from `bytes`). Anything else in the packet was dealt with. */
void transfer_input(struct transfer *transfer, const void *bytes, size_t len, uint64_t now_us,
		    struct text *payload);
/* serve: the client repeated its request. Unless it has been heard since, the answer is repeated. */
void transfer_request_again(struct transfer *transfer);
void transfer_abandon(struct transfer *transfer, enum transfer_outcome outcome); /* nothing is sent */

/* What to send now. False: nothing. */
bool transfer_next(const struct transfer *transfer, struct transfer_out *out);
/* It was sent; of a run of DATA the first `block_count` blocks (at least one). */
void transfer_sent(struct transfer *transfer, const struct transfer_out *out, uint32_t block_count,
		   uint64_t now_us);
/* Writes the control packet that is due. Returns its bytes; 0 if the room is too small. */
size_t transfer_format(const struct transfer *transfer, void *room, size_t room_len);
void transfer_data_header(const struct transfer *transfer, uint64_t block,
			  uint8_t header[PACKET_HEADER_BYTES]);
/* Bytes of this block; UINT32_MAX stands for "up to blksize" while the size is unknown. */
uint32_t transfer_block_bytes(const struct transfer *transfer, uint64_t block);

uint64_t transfer_deadline(const struct transfer *transfer);      /* TRANSFER_NEVER: none */
void transfer_expire(struct transfer *transfer, uint64_t now_us); /* before it: nothing happens */

/* The peer gets our packets: it has answered one. Until then its address may be forged. */
bool transfer_is_proven(const struct transfer *transfer);
/* Between two bursts of a window; the deadline is when the next one may go. */
bool transfer_is_paused(const struct transfer *transfer);

/* Why it did not end well, or "". Lives as long as the transfer. */
const char *transfer_reason(const struct transfer *transfer);
uint64_t transfer_bytes(const struct transfer *transfer); /* confirmed by or taken from the peer */

#endif

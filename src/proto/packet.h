/* TFTP packets: RFC 1350 section 5, RFC 2347. Parsing borrows from the datagram, writing fills a cursor. */
#ifndef UVTFTP_PROTO_PACKET_H
#define UVTFTP_PROTO_PACKET_H

#include "base/bytes.h"

#define PACKET_HEADER_BYTES 4
/* Option pairs looked at in one packet; six are known in the field, the rest is ignored. */
#define PACKET_OPTIONS_MAX 16
/* RFC 2347 allows a request 512 bytes; longer ones are read all the same. */
#define PACKET_REQUEST_BYTES_MAX 512

enum packet_op {
	PACKET_RRQ = 1,
	PACKET_WRQ = 2,
	PACKET_DATA = 3,
	PACKET_ACK = 4,
	PACKET_ERROR = 5,
	PACKET_OACK = 6
};

enum packet_mode { PACKET_OCTET, PACKET_NETASCII };

/* RFC 1350 appendix, RFC 2347. */
enum packet_error {
	PACKET_ERROR_OTHER = 0,
	PACKET_ERROR_NOT_FOUND = 1,
	PACKET_ERROR_ACCESS = 2,
	PACKET_ERROR_FULL = 3,
	PACKET_ERROR_ILLEGAL = 4,
	PACKET_ERROR_UNKNOWN_TID = 5,
	PACKET_ERROR_EXISTS = 6,
	PACKET_ERROR_USER = 7,
	PACKET_ERROR_OPTION = 8
};

struct packet_pair {
	struct text name;
	struct text value;
};

struct packet {
	enum packet_op op;
	uint16_t number;       /* DATA, ACK: block on the wire; ERROR: code */
	struct text body;      /* DATA: payload; ERROR: text */
	struct text file;      /* RRQ, WRQ */
	enum packet_mode mode; /* RRQ, WRQ */
	size_t pair_count;     /* RRQ, WRQ, OACK */
	struct packet_pair pairs[PACKET_OPTIONS_MAX];
};

enum packet_fault {
	PACKET_FINE = 0,
	PACKET_TOO_SHORT,
	PACKET_UNKNOWN_OP,
	PACKET_NO_FILE_END,
	PACKET_NO_MODE_END,
	PACKET_UNKNOWN_MODE,
	PACKET_MAIL_MODE
};

/* Text after the mode that is no pair (a lone name, an empty name and all behind it) is ignored, and the
 * last value may lack its NUL: RFC 1785, old PXE ROMs. On a fault `packet->op` is set if two bytes were
 * there, nothing else. */
enum packet_fault packet_parse(struct packet *packet, const void *bytes, size_t len);
/* What a person at the client should read; never NULL. */
const char *packet_fault_text(enum packet_fault fault);

void packet_write_data_header(uint8_t header[PACKET_HEADER_BYTES], uint16_t number);
void packet_write_ack(struct bytes_out *out, uint16_t number);
/* The text is cut to what fits. */
void packet_write_error(struct bytes_out *out, uint16_t code, const char *text);
void packet_write_request(struct bytes_out *out, enum packet_op op, struct text file,
			  enum packet_mode mode);

#endif

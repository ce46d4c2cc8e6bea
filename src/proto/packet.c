#include "proto/packet.h"

static void parse_pairs(struct packet *packet, struct bytes_in *in)
{
	packet->pair_count = 0;
	while (packet->pair_count < PACKET_OPTIONS_MAX) {
		struct packet_pair pair;
		pair.name = bytes_in_string(in);
		if (in->has_failed || pair.name.len == 0 || bytes_in_left(in) == 0)
			return;
		pair.value = bytes_in_string_or_rest(in);
		packet->pairs[packet->pair_count++] = pair;
	}
}

static enum packet_fault parse_request(struct packet *packet, struct bytes_in *in)
{
	packet->file = bytes_in_string(in);
	if (in->has_failed)
		return PACKET_NO_FILE_END;
	struct text mode = bytes_in_string(in);
	if (in->has_failed)
		return PACKET_NO_MODE_END;
	if (text_equals_nocase(mode, text_of("octet")))
		packet->mode = PACKET_OCTET;
	else if (text_equals_nocase(mode, text_of("netascii")))
		packet->mode = PACKET_NETASCII;
	else if (text_equals_nocase(mode, text_of("mail")))
		return PACKET_MAIL_MODE;
	else
		return PACKET_UNKNOWN_MODE;
	parse_pairs(packet, in);
	return PACKET_FINE;
}

enum packet_fault packet_parse(struct packet *packet, const void *bytes, size_t len)
{
	struct bytes_in in;
	bytes_in_init(&in, bytes, len);
	uint16_t op = bytes_in_u16(&in);
	if (in.has_failed)
		return PACKET_TOO_SHORT;
	packet->op = (enum packet_op)op;
	switch (op) {
	case PACKET_RRQ:
	case PACKET_WRQ:
		return parse_request(packet, &in);
	case PACKET_OACK:
		parse_pairs(packet, &in);
		return PACKET_FINE;
	case PACKET_DATA:
	case PACKET_ACK:
	case PACKET_ERROR:
		packet->number = bytes_in_u16(&in);
		if (in.has_failed)
			return PACKET_TOO_SHORT;
		/* An ERROR's text without its NUL is still a text; an ACK's further bytes mean nothing here. */
		packet->body = op == PACKET_ERROR ? bytes_in_string_or_rest(&in) : bytes_in_rest(&in);
		return PACKET_FINE;
	default:
		return PACKET_UNKNOWN_OP;
	}
}

const char *packet_fault_text(enum packet_fault fault)
{
	switch (fault) {
	case PACKET_FINE:
		return "no fault";
	case PACKET_TOO_SHORT:
		return "packet too short";
	case PACKET_UNKNOWN_OP:
		return "unknown TFTP opcode";
	case PACKET_NO_FILE_END:
		return "request without an end of the file name";
	case PACKET_NO_MODE_END:
		return "request without a transfer mode";
	case PACKET_UNKNOWN_MODE:
		return "unknown transfer mode (octet and netascii are served)";
	default:
		return "mail mode is not supported";
	}
}

void packet_write_data_header(uint8_t header[PACKET_HEADER_BYTES], uint16_t number)
{
	header[0] = 0;
	header[1] = PACKET_DATA;
	header[2] = (uint8_t)(number >> 8);
	header[3] = (uint8_t)number;
}

void packet_write_ack(struct bytes_out *out, uint16_t number)
{
	bytes_out_u16(out, PACKET_ACK);
	bytes_out_u16(out, number);
}

void packet_write_error(struct bytes_out *out, uint16_t code, const char *text)
{
	struct text cut = text_of(text);
	bytes_out_u16(out, PACKET_ERROR);
	bytes_out_u16(out, code);
	size_t room = out->has_failed ? 0 : (size_t)(out->end - out->at);
	if (room > 0 && cut.len > room - 1)
		cut.len = room - 1;
	bytes_out_string(out, cut);
}

void packet_write_request(struct bytes_out *out, enum packet_op op, struct text file,
			  enum packet_mode mode)
{
	bytes_out_u16(out, (uint16_t)op);
	bytes_out_string(out, file);
	bytes_out_string(out, text_of(mode == PACKET_OCTET ? "octet" : "netascii"));
}

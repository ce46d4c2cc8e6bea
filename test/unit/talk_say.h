/* What a transfer has to send, as short text. See talk.h. */
#ifndef UVTFTP_TEST_TALK_SAY_H
#define UVTFTP_TEST_TALK_SAY_H

#include "unit/suite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/transfer.h"

struct talk {
	struct transfer transfer;
	uint64_t now_us;
	struct text payload; /* of the last packet heard */
	char said[4096];
};

__attribute__((format(printf, 2, 3))) static inline void say_more(struct talk *talk, const char *format,
								  ...)
{
	size_t len = strlen(talk->said);
	va_list list;
	va_start(list, format);
	vsnprintf(talk->said + len, sizeof talk->said - len, format, list);
	va_end(list);
	ck_assert_uint_lt(strlen(talk->said), sizeof talk->said - 1);
}

static inline void say_packet(struct talk *talk)
{
	static const char *const names[] = {"", "RRQ", "WRQ", "", "ACK", "ERROR", "OACK"};
	uint8_t room[256];
	struct packet packet;
	size_t len = transfer_format(&talk->transfer, room, sizeof room);
	ck_assert_int_eq(packet_parse(&packet, room, len), PACKET_FINE);
	say_more(talk, "%s", names[packet.op]);
	if (packet.op <= PACKET_WRQ)
		say_more(talk, " %.*s", (int)packet.file.len, packet.file.at);
	else if (packet.op != PACKET_OACK)
		say_more(talk, " %u", packet.number);
	if (packet.op == PACKET_ERROR)
		say_more(talk, " %.*s", (int)packet.body.len, packet.body.at);
	for (size_t i = 0; packet.op != PACKET_ACK && packet.op != PACKET_ERROR && i < packet.pair_count;
	     i++)
		say_more(talk, " %.*s=%.*s", (int)packet.pairs[i].name.len, packet.pairs[i].name.at,
			 (int)packet.pairs[i].value.len, packet.pairs[i].value.at);
}

static inline void say_data(struct talk *talk, const struct transfer_out *out)
{
	say_more(talk, "DATA");
	for (uint32_t i = 0; i < out->block_count; i++) {
		uint8_t header[PACKET_HEADER_BYTES];
		transfer_data_header(&talk->transfer, out->first_block + i, header);
		ck_assert_uint_eq(header[1], PACKET_DATA);
		say_more(talk, " %u:%" PRIu32, (unsigned)(header[2] << 8 | header[3]),
			 transfer_block_bytes(&talk->transfer, out->first_block + i));
	}
}

/* Drains what is to be sent, in text: "" for nothing, else each packet or run of DATA, "; " between. */
static inline const char *say(struct talk *talk)
{
	struct transfer_out out;
	talk->said[0] = '\0';
	while (transfer_next(&talk->transfer, &out)) {
		if (talk->said[0] != '\0')
			say_more(talk, "; ");
		if (out.kind == TRANSFER_OUT_PACKET)
			say_packet(talk);
		else
			say_data(talk, &out);
		transfer_sent(&talk->transfer, &out, out.kind == TRANSFER_OUT_DATA ? out.block_count : 1,
			      talk->now_us);
	}
	return talk->said;
}

#endif

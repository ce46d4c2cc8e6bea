/* One transfer driven by hand: packets in and out are short text, the time is a number.
 *
 *     talk_serve(&talk, PACKET_RRQ, "blksize=1024 tsize=0");
 *     transfer_opened(&talk.transfer, 1500, talk.now_us);
 *     SAYS(&talk, "OACK blksize=1024 tsize=1500");
 *     hear_ack(&talk, 0);
 *     SAYS(&talk, "DATA 1:1024");
 */
#ifndef UVTFTP_TEST_TALK_H
#define UVTFTP_TEST_TALK_H

#include "unit/talk_say.h"

#define SECOND_US UINT64_C(1000000)

static const struct transfer_limits talk_limits = {
    .options = {.blksize_max = OPTION_BLKSIZE_MAX, .windowsize_max = OPTION_WINDOWSIZE_MAX},
    .rto_floor_us = TRANSFER_RTO_FLOOR_US,
    .rto_cap_us = TRANSFER_RTO_CAP_US,
    .give_up_us = TRANSFER_GIVE_UP_US,
    .dally_us = 5000000,
};

/* "name=value name=value" as they are on the wire. */
static inline void put_pairs(struct bytes_out *out, const char *pairs)
{
	for (const char *at = pairs; *at != '\0'; at++)
		bytes_out_bytes(out, *at == '=' || *at == ' ' ? "" : at, 1);
	if (*pairs != '\0')
		bytes_out_bytes(out, "", 1);
}

static inline struct packet talk_request(uint8_t room[256], enum packet_op op, const char *pairs)
{
	struct bytes_out out;
	struct packet packet;
	bytes_out_init(&out, room, 256);
	packet_write_request(&out, op, text_of("f"), PACKET_OCTET);
	put_pairs(&out, pairs);
	ck_assert_int_eq(packet_parse(&packet, room, bytes_out_len(&out)), PACKET_FINE);
	return packet;
}

static inline void talk_serve(struct talk *talk, enum packet_op op, const char *pairs)
{
	uint8_t room[256];
	struct packet packet = talk_request(room, op, pairs);
	*talk = (struct talk){.now_us = SECOND_US};
	transfer_serve(&talk->transfer, &packet, &talk_limits, talk->now_us);
	memset(room, 0xee, sizeof room);
}

static inline void talk_ask(struct talk *talk, enum packet_op op, const char *pairs)
{
	uint8_t room[256];
	struct packet packet = talk_request(room, op, pairs);
	struct option_set options;
	option_read(&options, &packet);
	*talk = (struct talk){.now_us = SECOND_US};
	transfer_ask(&talk->transfer, op, text_of("f"), PACKET_OCTET, &options, &talk_limits,
		     talk->now_us);
}

static inline void hear(struct talk *talk, const void *bytes, size_t len)
{
	transfer_input(&talk->transfer, bytes, len, talk->now_us, &talk->payload);
}

static inline void hear_ack(struct talk *talk, uint16_t number)
{
	uint8_t bytes[] = {0, PACKET_ACK, (uint8_t)(number >> 8), (uint8_t)number};
	hear(talk, bytes, sizeof bytes);
}

static inline void hear_data(struct talk *talk, uint16_t number, size_t len)
{
	static uint8_t bytes[PACKET_HEADER_BYTES + OPTION_BLKSIZE_MAX + 1];
	packet_write_data_header(bytes, number);
	hear(talk, bytes, PACKET_HEADER_BYTES + len);
}

static inline void hear_error(struct talk *talk, uint16_t code, const char *text)
{
	uint8_t room[256];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	packet_write_error(&out, code, text);
	hear(talk, room, bytes_out_len(&out));
}

static inline void hear_oack(struct talk *talk, const char *pairs)
{
	uint8_t room[256];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	bytes_out_u16(&out, PACKET_OACK);
	put_pairs(&out, pairs);
	hear(talk, room, bytes_out_len(&out));
}

/* Not before the deadline, then at it. */
static inline void expire(struct talk *talk)
{
	struct transfer before = talk->transfer;
	uint64_t deadline_us = transfer_deadline(&talk->transfer);
	ck_assert_uint_ne(deadline_us, TRANSFER_NEVER);
	transfer_expire(&talk->transfer, deadline_us - 1);
	ck_assert_mem_eq(&before, &talk->transfer, sizeof before);
	talk->now_us = deadline_us;
	transfer_expire(&talk->transfer, deadline_us);
}

static inline void open_served(struct talk *talk, enum packet_op op, const char *pairs)
{
	talk_serve(talk, op, pairs);
	transfer_opened(&talk->transfer, 100000, talk->now_us);
}

static inline void assert_interval(const struct talk *talk, uint64_t wanted_us)
{
	ck_assert_uint_eq(transfer_deadline(&talk->transfer) - talk->now_us, wanted_us);
}

#define SAYS(talk, wanted) ck_assert_str_eq(say(talk), wanted)
#define SAYS_NOTHING(talk) SAYS(talk, "")
#define IS(talk, phase_, outcome_)                                                                      \
	do {                                                                                            \
		ck_assert_int_eq((talk)->transfer.phase, TRANSFER_##phase_);                            \
		ck_assert_int_eq((talk)->transfer.outcome, TRANSFER_##outcome_);                        \
	} while (0)

#endif

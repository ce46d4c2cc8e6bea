#include "unit/suite.h"

#include <string.h>

#include "proto/packet.h"

/* String literals bring one NUL of their own behind the bytes written. */
#define PARSE(packet, literal)        packet_parse(packet, literal, sizeof literal)
#define PARSE_NO_NUL(packet, literal) packet_parse(packet, literal, sizeof literal - 1)

static void assert_text(struct text text, const char *wanted)
{
	ck_assert_uint_eq(text.len, strlen(wanted));
	if (text.len > 0)
		ck_assert_mem_eq(text.at, wanted, text.len);
}

static void assert_pair(const struct packet *packet, size_t i, const char *name, const char *value)
{
	ck_assert_uint_lt(i, packet->pair_count);
	assert_text(packet->pairs[i].name, name);
	assert_text(packet->pairs[i].value, value);
}

/* 1350-1, 1350-2, 2347-1 */
START_TEST(reads_both_requests_with_their_options)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\1boot/a\0octet\0blksize\0"
					"1468\0tsize\0"
					"0"),
			 PACKET_FINE);
	ck_assert_int_eq(packet.op, PACKET_RRQ);
	ck_assert_int_eq(packet.mode, PACKET_OCTET);
	assert_text(packet.file, "boot/a");
	ck_assert_uint_eq(packet.pair_count, 2);
	assert_pair(&packet, 0, "blksize", "1468");
	assert_pair(&packet, 1, "tsize", "0");
	ck_assert_int_eq(PARSE(&packet, "\0\2f\0netascii"), PACKET_FINE);
	ck_assert_int_eq(packet.op, PACKET_WRQ);
	ck_assert_int_eq(packet.mode, PACKET_NETASCII);
	ck_assert_uint_eq(packet.pair_count, 0);
}
END_TEST

/* 1350-3, 1123-1 */
START_TEST(takes_the_mode_in_any_letter_case)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0OcTeT"), PACKET_FINE);
	ck_assert_int_eq(packet.mode, PACKET_OCTET);
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0NETascii"), PACKET_FINE);
	ck_assert_int_eq(packet.mode, PACKET_NETASCII);
}
END_TEST

/* 1350-6, 1123-2 */
START_TEST(refuses_mail_and_unknown_modes)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0mail"), PACKET_MAIL_MODE);
	ck_assert_int_eq(PARSE(&packet, "\0\2f\0MAIL"), PACKET_MAIL_MODE);
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0octets"), PACKET_UNKNOWN_MODE);
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0"), PACKET_UNKNOWN_MODE);
	ck_assert_int_eq(packet.op, PACKET_RRQ);
}
END_TEST

START_TEST(rejects_mode_without_nul)
{
	struct packet packet;
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\1f\0octet"), PACKET_NO_MODE_END);
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\2f\0"), PACKET_NO_MODE_END);
	ck_assert_int_eq(packet.op, PACKET_WRQ);
}
END_TEST

START_TEST(rejects_file_without_nul)
{
	struct packet packet;
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\1file"), PACKET_NO_FILE_END);
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\1"), PACKET_NO_FILE_END);
}
END_TEST

START_TEST(leaves_an_empty_file_name_to_the_policy)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\1\0octet"), PACKET_FINE);
	ck_assert_uint_eq(packet.file.len, 0);
}
END_TEST

/* 1785-1 */
START_TEST(ignores_an_option_without_value)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0octet\0tsize\0"
					"0\0blksize"),
			 PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 1);
	assert_pair(&packet, 0, "tsize", "0");
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\1f\0octet\0blksize"), PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 0);
}
END_TEST

/* 2090-1 */
START_TEST(takes_an_empty_value)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0octet\0multicast\0\0tsize\0"
					"0"),
			 PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 2);
	assert_pair(&packet, 0, "multicast", "");
	assert_pair(&packet, 1, "tsize", "0");
}
END_TEST

START_TEST(takes_the_last_value_without_nul)
{
	struct packet packet;
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\1f\0octet\0tsize\0"
					       "0\0blksize\0"
					       "1456"),
			 PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 2);
	assert_pair(&packet, 1, "blksize", "1456");
}
END_TEST

START_TEST(stops_at_an_empty_option_name)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\1f\0octet\0tsize\0"
					"0\0\0blksize\0"
					"1456"),
			 PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 1);
}
END_TEST

/* 1785-1 */
START_TEST(ignores_garbage_behind_the_mode)
{
	struct packet packet;
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\1f\0octet\0\xff\xff\xff\xff"), PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 0);
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\1f\0octet\0\0\0\0\0\0\0"), PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 0);
}
END_TEST

START_TEST(looks_at_sixteen_options_and_no_more)
{
	uint8_t bytes[128] = "\0\1f\0octet";
	size_t len = 10;
	for (int i = 0; i < 17; i++) {
		bytes[len] = (uint8_t)('a' + i);
		bytes[len + 2] = (uint8_t)('A' + i);
		len += 4;
	}
	struct packet packet;
	ck_assert_int_eq(packet_parse(&packet, bytes, len), PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, PACKET_OPTIONS_MAX);
	assert_pair(&packet, 0, "a", "A");
	assert_pair(&packet, 15, "p", "P");
}
END_TEST

/* 2347-2 */
START_TEST(reads_a_request_longer_than_the_rfc_allows)
{
	uint8_t bytes[2 + 600 + 1 + 6];
	memset(bytes, 'x', sizeof bytes);
	bytes[0] = 0;
	bytes[1] = PACKET_RRQ;
	memcpy(bytes + 602, "\0octet", 7);
	struct packet packet;
	ck_assert_int_eq(packet_parse(&packet, bytes, sizeof bytes), PACKET_FINE);
	ck_assert_uint_eq(packet.file.len, 600);
}
END_TEST

START_TEST(reads_data)
{
	struct packet packet;
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\3\xfe\x01payload"), PACKET_FINE);
	ck_assert_int_eq(packet.op, PACKET_DATA);
	ck_assert_uint_eq(packet.number, 0xfe01);
	assert_text(packet.body, "payload");
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\3\0\1"), PACKET_FINE);
	ck_assert_uint_eq(packet.body.len, 0);
}
END_TEST

START_TEST(takes_an_ack_with_a_fifth_byte)
{
	struct packet packet;
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\4\1\2\x40"), PACKET_FINE);
	ck_assert_int_eq(packet.op, PACKET_ACK);
	ck_assert_uint_eq(packet.number, 0x0102);
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\4\1\2"), PACKET_FINE);
}
END_TEST

START_TEST(takes_an_error_with_and_without_nul)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\5\0\1not found"), PACKET_FINE);
	ck_assert_int_eq(packet.op, PACKET_ERROR);
	ck_assert_uint_eq(packet.number, PACKET_ERROR_NOT_FOUND);
	assert_text(packet.body, "not found");
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\5\0\0closed"), PACKET_FINE);
	assert_text(packet.body, "closed");
	ck_assert_int_eq(PARSE(&packet, "\0\5\0\0text\0behind"), PACKET_FINE);
	assert_text(packet.body, "text");
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\5\0\x8"), PACKET_FINE);
	ck_assert_uint_eq(packet.body.len, 0);
}
END_TEST

START_TEST(reads_oack_pairs)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\6blksize\0"
					"1024\0tsize\0"
					"77"),
			 PACKET_FINE);
	ck_assert_int_eq(packet.op, PACKET_OACK);
	ck_assert_uint_eq(packet.pair_count, 2);
	assert_pair(&packet, 1, "tsize", "77");
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\0\6"), PACKET_FINE);
	ck_assert_uint_eq(packet.pair_count, 0);
}
END_TEST

START_TEST(rejects_what_is_too_short)
{
	struct packet packet;
	ck_assert_int_eq(packet_parse(&packet, NULL, 0), PACKET_TOO_SHORT);
	ck_assert_int_eq(PARSE_NO_NUL(&packet, "\1"), PACKET_TOO_SHORT);
	for (uint8_t op = PACKET_DATA; op <= PACKET_ERROR; op++) {
		const uint8_t bytes[3] = {0, op, 0};
		ck_assert_int_eq(packet_parse(&packet, bytes, 2), PACKET_TOO_SHORT);
		ck_assert_int_eq(packet_parse(&packet, bytes, 3), PACKET_TOO_SHORT);
		ck_assert_int_eq(packet.op, op);
	}
}
END_TEST

/* 1350-1 */
START_TEST(rejects_unknown_opcodes)
{
	struct packet packet;
	ck_assert_int_eq(PARSE(&packet, "\0\0f\0octet"), PACKET_UNKNOWN_OP);
	ck_assert_int_eq(PARSE(&packet, "\0\7f\0octet"), PACKET_UNKNOWN_OP);
	ck_assert_int_eq(PARSE(&packet, "\1\1f\0octet"), PACKET_UNKNOWN_OP);
	ck_assert_int_eq((int)packet.op, 0x0101);
}
END_TEST

START_TEST(has_another_text_for_each_fault)
{
	for (int a = PACKET_FINE; a <= PACKET_MAIL_MODE; a++)
		for (int b = PACKET_FINE; b < a; b++)
			ck_assert_str_ne(packet_fault_text((enum packet_fault)a),
					 packet_fault_text((enum packet_fault)b));
	ck_assert_ptr_nonnull(strstr(packet_fault_text(PACKET_MAIL_MODE), "mail"));
}
END_TEST

/* 1350-1 */
START_TEST(writes_headers_big_endian)
{
	uint8_t header[PACKET_HEADER_BYTES] = {0xff, 0xff, 0xff, 0xff};
	packet_write_data_header(header, 0xfe01);
	ck_assert_mem_eq(header, "\0\3\xfe\x01", 4);
	uint8_t room[4];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	packet_write_ack(&out, 0x1234);
	ck_assert_uint_eq(bytes_out_len(&out), 4);
	ck_assert_mem_eq(room, "\0\4\x12\x34", 4);
}
END_TEST

/* Writes ERROR 3 "full" into `len` bytes and returns how many it took. */
static size_t write_error(uint8_t *room, size_t len)
{
	struct bytes_out out;
	bytes_out_init(&out, room, len);
	packet_write_error(&out, PACKET_ERROR_FULL, "full");
	return bytes_out_len(&out);
}

/* 1350-17 */
START_TEST(writes_error_text_with_nul_and_cuts_it_to_the_room)
{
	uint8_t room[16];
	ck_assert_uint_eq(write_error(room, 16), 9);
	ck_assert_mem_eq(room, "\0\5\0\3full", 9);
	ck_assert_uint_eq(write_error(room, 9), 9);
	ck_assert_mem_eq(room, "\0\5\0\3full", 9);
	ck_assert_uint_eq(write_error(room, 7), 7);
	ck_assert_mem_eq(room, "\0\5\0\3fu", 7);
	ck_assert_uint_eq(write_error(room, 5), 5);
	ck_assert_uint_eq(write_error(room, 4), 0);
	ck_assert_uint_eq(write_error(room, 3), 0);
}
END_TEST

/* 1350-2 */
START_TEST(writes_requests_that_parse_back)
{
	for (int mode = PACKET_OCTET; mode <= PACKET_NETASCII; mode++) {
		uint8_t room[64];
		struct bytes_out out;
		bytes_out_init(&out, room, sizeof room);
		packet_write_request(&out, PACKET_WRQ, text_of("a/b"), (enum packet_mode)mode);
		struct packet packet;
		ck_assert_int_eq(packet_parse(&packet, room, bytes_out_len(&out)), PACKET_FINE);
		ck_assert_int_eq(packet.op, PACKET_WRQ);
		ck_assert_int_eq((int)packet.mode, mode);
		assert_text(packet.file, "a/b");
	}
}
END_TEST

SUITE("packet", reads_both_requests_with_their_options, takes_the_mode_in_any_letter_case,
      refuses_mail_and_unknown_modes, rejects_mode_without_nul, rejects_file_without_nul,
      leaves_an_empty_file_name_to_the_policy, ignores_an_option_without_value, takes_an_empty_value,
      takes_the_last_value_without_nul, stops_at_an_empty_option_name, ignores_garbage_behind_the_mode,
      looks_at_sixteen_options_and_no_more, reads_a_request_longer_than_the_rfc_allows, reads_data,
      takes_an_ack_with_a_fifth_byte, takes_an_error_with_and_without_nul, reads_oack_pairs,
      rejects_what_is_too_short, rejects_unknown_opcodes, has_another_text_for_each_fault,
      writes_headers_big_endian, writes_error_text_with_nul_and_cuts_it_to_the_room,
      writes_requests_that_parse_back)

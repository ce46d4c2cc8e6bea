#include <string.h>

#include "replay/play.h"

#define PACKET_ROOM (PACKET_HEADER_BYTES + UINT16_MAX + PHRASE_BYTES_MAX)
/* The round trip of a peer that behaves well. */
#define SKIP_RTT_US 1000u

/* The number on the wire, worked out here and not by the core, which is under test. */
static uint16_t to_wire(uint64_t block, unsigned rollover)
{
	return (uint16_t)(block > UINT16_MAX && rollover == 1 ? (block - 1) % UINT16_MAX + 1 : block);
}

/* The block nearest to the last one that has this number on the wire. */
static uint64_t find_block(const struct peer *peer, uint16_t wire)
{
	uint64_t period = UINT16_MAX + 1u - peer->rollover;
	uint64_t ahead = (period + wire - to_wire(peer->block, peer->rollover)) % period;
	if (ahead > period / 2 && peer->block >= period - ahead)
		return peer->block - (period - ahead);
	return peer->block + ahead;
}

/* Bytes of the block as the file has it; -1: it has no such block. */
static int64_t block_len(const struct peer *peer, uint64_t block)
{
	uint64_t offset = (block - 1) * peer->blksize;
	if (block == 0 || offset > peer->file->size_bytes)
		return -1;
	uint64_t left = peer->file->size_bytes - offset;
	return (int64_t)(left < peer->blksize ? left : peer->blksize);
}

static size_t write_data(const struct peer *peer, uint64_t block, uint16_t wire, size_t len,
			 uint8_t *room)
{
	packet_write_data_header(room, wire);
	stage_file_read(peer->file, (block - 1) * peer->blksize, room + PACKET_HEADER_BYTES, len);
	return PACKET_HEADER_BYTES + len;
}

/* One packet of the phrase. False: it cannot be made. */
static bool make(struct play *play, const struct phrase *phrase, uint64_t number, uint8_t *room,
		 size_t *len)
{
	struct peer *peer = play->peer;
	if (!phrase->is_data) {
		memcpy(room, phrase->head, *len = phrase->head_len);
	} else {
		bool is_upload = !peer->is_asking && peer->is_uploading;
		uint64_t block = find_block(peer, (uint16_t)number);
		int64_t payload = (int64_t)phrase->len;
		if (peer->file == NULL) {
			play_fail(play, "DATA of which file? There was no request");
			return false;
		}
		if (phrase->len == PHRASE_LEN_OF_FILE)
			payload = is_upload ? (int64_t)peer->blksize : block_len(peer, block);
		if (payload < 0) {
			play_fail(play, "\"%s\" has no block %llu", peer->file->name,
				  (unsigned long long)block);
			return false;
		}
		*len = write_data(peer, block, (uint16_t)number, (size_t)payload, room);
		peer->block = block;
	}
	if (phrase_end(phrase, room, PACKET_ROOM, len))
		return true;
	play_fail(play, "the packet would be too long, or too short");
	return false;
}

/* > PACKET */
void play_hear(struct play *play)
{
	static uint8_t room[PACKET_ROOM];
	struct phrase phrase;
	size_t len;
	const char *why = phrase_read(&phrase, &play->words);
	if (why != NULL)
		play_fail(play, "%s", why);
	for (uint64_t i = 0; i < phrase.times && play->fault[0] == '\0'; i++)
		for (uint64_t number = phrase.first; number <= phrase.last; number++)
			if (play_is_quiet(play, play->peer) && make(play, &phrase, number, room, &len))
				stage_hear(play->stage, play->peer, room, len);
}

static bool is_expected(const struct phrase *phrase, const struct letter *letter, const uint8_t *bytes,
			size_t len)
{
	if (!phrase->is_any_text)
		return letter->len == len && memcmp(letter->bytes, bytes, len) == 0;
	/* An ERROR with a text, which ends with the only NUL (RFC 1350 section 5). */
	return letter->len > PACKET_HEADER_BYTES + 1 && memcmp(letter->bytes, bytes, len) == 0 &&
	       memchr(letter->bytes + PACKET_HEADER_BYTES, 0, letter->len - PACKET_HEADER_BYTES) ==
		   letter->bytes + letter->len - 1;
}

static void tell_difference(struct play *play, const struct letter *letter, const uint8_t *bytes,
			    size_t len)
{
	phrase_format(bytes, len, play->due, sizeof play->due);
	if (letter == NULL) {
		play_fail(play, "nothing came");
		return;
	}
	phrase_format(letter->bytes, letter->len, play->came, sizeof play->came);
	size_t at = 0;
	while (at < len && at < letter->len && bytes[at] == letter->bytes[at])
		at++;
	play_fail(play, "another packet came: %zu bytes, not %zu; the first difference is byte %zu",
		  letter->len, len, at);
}

/* < PACKET */
void play_expect(struct play *play)
{
	static uint8_t room[PACKET_ROOM];
	struct phrase phrase;
	size_t len;
	const char *why = phrase_read(&phrase, &play->words);
	if (why != NULL)
		play_fail(play, "%s", why);
	for (uint64_t i = 0; i < phrase.times && play->fault[0] == '\0'; i++)
		for (uint64_t number = phrase.first; number <= phrase.last; number++) {
			const struct letter *letter;
			if (stage_letter(play->peer) == NULL)
				stage_run(play->stage, play->late_us, play->peer);
			if (!make(play, &phrase, number, room, &len))
				return;
			while ((letter = stage_letter(play->peer)) != NULL &&
			       !is_expected(&phrase, letter, room, len) &&
			       stage_forgives(play->stage, play->peer))
				stage_run(play->stage, play->late_us, play->peer);
			if (letter == NULL || !is_expected(&phrase, letter, room, len)) {
				tell_difference(play, letter, room, len);
				return;
			}
			stage_drop_letter(play->peer);
		}
}

/* What is there must be the blocks that follow, up to `end`. */
static bool take_blocks(struct play *play, uint64_t end)
{
	static uint8_t room[PACKET_ROOM];
	struct peer *peer = play->peer;
	const struct letter *letter;
	while (peer->block < end && (letter = stage_letter(peer)) != NULL) {
		int64_t payload = block_len(peer, peer->block + 1);
		uint16_t wire = to_wire(peer->block + 1, peer->rollover);
		if (payload < 0) {
			play_fail(play, "the file ends before that block");
			return false;
		}
		size_t len = write_data(peer, peer->block + 1, wire, (size_t)payload, room);
		if (letter->len != len || memcmp(letter->bytes, room, len) != 0) {
			tell_difference(play, letter, room, len);
			return false;
		}
		peer->block++;
		stage_drop_letter(peer);
	}
	return true;
}

static void say_ack(struct play *play)
{
	uint16_t wire = to_wire(play->peer->block, play->peer->rollover);
	uint8_t ack[] = {0, PACKET_ACK, (uint8_t)(wire >> 8), (uint8_t)wire};
	stage_run(play->stage, play->stage->now_us + SKIP_RTT_US, NULL);
	if (play_is_quiet(play, play->peer))
		stage_hear(play->stage, play->peer, ack, sizeof ack);
}

static bool take_acks(struct play *play)
{
	struct peer *peer = play->peer;
	uint16_t wire = to_wire(peer->block, peer->rollover);
	uint8_t ack[] = {0, PACKET_ACK, (uint8_t)(wire >> 8), (uint8_t)wire};
	const struct letter *letter = stage_letter(peer);
	if (letter == NULL)
		return true;
	if (letter->len != sizeof ack || memcmp(letter->bytes, ack, sizeof ack) != 0) {
		tell_difference(play, letter, ack, sizeof ack);
		return false;
	}
	stage_drop_letter(peer);
	return true;
}

static void say_block(struct play *play)
{
	static uint8_t room[PACKET_ROOM];
	struct peer *peer = play->peer;
	int64_t payload = peer->is_asking ? block_len(peer, peer->block + 1) : (int64_t)peer->blksize;
	if (payload < 0) {
		play_fail(play, "the file ends before that block");
		return;
	}
	peer->block++;
	size_t len =
	    write_data(peer, peer->block, to_wire(peer->block, peer->rollover), (size_t)payload, room);
	stage_hear(play->stage, peer, room, len);
}

/* skip to BLOCK: the peer behaves well; it says nothing to that block yet, or just that block. */
void play_skip(struct play *play)
{
	struct peer *peer = play->peer;
	uint64_t end;
	if (!words_take_if(&play->words, "to") || !words_take_number(&play->words, &end) ||
	    !peer->is_running) {
		play_fail(play,
			  "it is written: skip to BLOCK (counted on beyond 65535), within a transfer");
		return;
	}
	bool is_receiving = peer->transfer.direction == TRANSFER_RECEIVE;
	while (peer->block < end && play->fault[0] == '\0' && play->stage->why[0] == '\0') {
		if (is_receiving && take_acks(play))
			say_block(play);
		else if (!is_receiving && stage_letter(peer) == NULL)
			say_ack(play);
		if (!is_receiving && stage_letter(peer) == NULL)
			play_fail(play, "nothing came behind block %llu",
				  (unsigned long long)peer->block);
		else if (!is_receiving)
			take_blocks(play, end);
	}
}

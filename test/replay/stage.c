#include "replay/stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many wake-ups at one moment: the clock stands still. */
#define WAKES_MAX 100000u

/* Not zero, which the core takes for "no time". */
#define BEGIN_US 1000000u

struct stage *stage_new(void)
{
	struct stage *stage = calloc(1, sizeof *stage);
	if (stage == NULL)
		return NULL;
	stage->now_us = BEGIN_US;
	/* The daemon's own. */
	stage->limits = (struct transfer_limits){
	    .options = {.blksize_max = OPTION_BLKSIZE_MAX, .windowsize_max = 64},
	    .rto_floor_us = TRANSFER_RTO_FLOOR_US,
	    .rto_cap_us = TRANSFER_RTO_CAP_US,
	    .give_up_us = TRANSFER_GIVE_UP_US,
	    .dally_us = 2 * TRANSFER_RTO_CAP_US,
	};
	return stage;
}

void stage_free(struct stage *stage)
{
	if (stage == NULL)
		return;
	for (size_t i = 0; i < stage->peer_count; i++)
		while (stage_letter(&stage->peers[i]) != NULL)
			stage_drop_letter(&stage->peers[i]);
	policy_free(stage->policy);
	free(stage);
}

struct peer *stage_peer(struct stage *stage, struct text name)
{
	for (size_t i = 0; i < stage->peer_count; i++)
		if (text_equals(text_of(stage->peers[i].name), name))
			return &stage->peers[i];
	if (stage->peer_count == STAGE_PEERS_MAX || name.len >= STAGE_NAME_MAX)
		return NULL;
	struct peer *peer = &stage->peers[stage->peer_count++];
	memcpy(peer->name, name.at, name.len);
	peer->blksize = OPTION_BLKSIZE_DEFAULT;
	peer->keeps_seen = stage->server != NULL;
	list_init(&peer->letters);
	return peer;
}

struct stage_file *stage_file(struct stage *stage, struct text name)
{
	for (size_t i = 0; i < stage->file_count; i++)
		if (text_equals(text_of(stage->files[i].name), name))
			return &stage->files[i];
	if (stage->file_count == STAGE_FILES_MAX || name.len >= sizeof stage->files[0].name) {
		stage_fail(stage, "too many files, or a name that is too long");
		return NULL;
	}
	struct stage_file *file = &stage->files[stage->file_count++];
	memcpy(file->name, name.at, name.len);
	return file;
}

void stage_file_read(const struct stage_file *file, uint64_t offset, uint8_t *room, size_t len)
{
	uint64_t seed = 0xcbf29ce484222325u;
	for (const char *at = file->name; *at != '\0'; at++)
		seed = (seed ^ (unsigned char)*at) * 0x100000001b3u;
	for (size_t i = 0; i < len; i++) {
		uint64_t word = (offset + i + seed) * 0x9e3779b97f4a7c15u;
		room[i] = (uint8_t)(word >> 56);
	}
}

void stage_fail(struct stage *stage, const char *format, ...)
{
	if (stage->why[0] != '\0')
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(stage->why, sizeof stage->why, format, args);
	va_end(args);
}

void stage_print_packet(const struct stage_packet *note)
{
	char text[400];
	uint64_t us = note->at_us - BEGIN_US;
	bool is_whole = note->len <= sizeof note->bytes;
	phrase_format(note->bytes, is_whole ? note->len : sizeof note->bytes, text, sizeof text);
	if (note->len > PACKET_HEADER_BYTES && note->bytes[1] == PACKET_DATA)
		snprintf(text, sizeof text, "DATA %u:%zu",
			 (unsigned)(note->bytes[2] << 8 | note->bytes[3]),
			 note->len - PACKET_HEADER_BYTES);
	printf("%8u.%06u %s %c %s\n", (unsigned)(us / 1000000), (unsigned)(us % 1000000),
	       note->peer->name, note->direction, text);
}

void stage_note(struct stage *stage, const struct peer *peer, char direction, const void *bytes,
		size_t len)
{
	struct stage_packet *note = &stage->record[stage->record_count++ % STAGE_RECORD_MAX];
	size_t kept = len < sizeof note->bytes ? len : sizeof note->bytes;
	*note = (struct stage_packet){
	    .at_us = stage->now_us, .peer = peer, .direction = direction, .len = len};
	if (kept > 0)
		memcpy(note->bytes, bytes, kept);
	if (stage->is_loud)
		stage_print_packet(note);
}

const struct letter *stage_letter(const struct peer *peer)
{
	return list_is_empty(&peer->letters) ? NULL
					     : LIST_OWNER(peer->letters.next, struct letter, link);
}

static uint64_t hash(const uint8_t *bytes, size_t len)
{
	uint64_t value = 0xcbf29ce484222325u;
	for (size_t i = 0; i < len; i++)
		value = (value ^ bytes[i]) * 0x100000001b3u;
	return value;
}

void stage_drop_letter(struct peer *peer)
{
	struct list *first = list_take_first(&peer->letters);
	if (first == NULL)
		return;
	struct letter *letter = LIST_OWNER(first, struct letter, link);
	peer->letter_count--;
	if (peer->keeps_seen)
		peer->seen[peer->seen_count++ % STAGE_SEEN_MAX] = hash(letter->bytes, letter->len);
	free(letter);
}

bool stage_forgives(const struct stage *stage, struct peer *peer)
{
	const struct letter *letter = stage_letter(peer);
	if (stage->server == NULL || letter == NULL)
		return false;
	/* A client that hesitates is sent blocks in another order than one that does not. */
	if (letter->len >= PACKET_HEADER_BYTES && letter->bytes[1] == PACKET_DATA) {
		stage_drop_letter(peer);
		return true;
	}
	uint64_t value = hash(letter->bytes, letter->len);
	for (size_t i = 0; i < peer->seen_count && i < STAGE_SEEN_MAX; i++)
		if (peer->seen[i] == value) {
			stage_drop_letter(peer);
			return true;
		}
	return false;
}

static bool has_letters(const struct stage *stage, const struct peer *peer)
{
	if (peer != NULL)
		return peer->letter_count > 0;
	for (size_t i = 0; i < stage->peer_count; i++)
		if (stage->peers[i].letter_count > 0)
			return true;
	return false;
}

/* Who is to be woken first; NULL: nobody ever. */
static struct peer *find_due(struct stage *stage, uint64_t *due_us)
{
	struct peer *first = NULL;
	*due_us = TRANSFER_NEVER;
	for (size_t i = 0; i < stage->peer_count; i++) {
		uint64_t at_us = stage_peer_due(&stage->peers[i]);
		if (at_us < *due_us) {
			*due_us = at_us;
			first = &stage->peers[i];
		}
	}
	return first;
}

void stage_run(struct stage *stage, uint64_t until_us, const struct peer *stop)
{
	unsigned wakes = 0;
	if (stage->server != NULL) {
		stage->server->run(stage, until_us, stop);
		return;
	}
	while (!has_letters(stage, stop) && stage->why[0] == '\0') {
		uint64_t due_us;
		struct peer *peer = find_due(stage, &due_us);
		if (peer == NULL || due_us > until_us) {
			stage->now_us = until_us;
			return;
		}
		wakes = due_us > stage->now_us ? 0 : wakes + 1;
		if (wakes > WAKES_MAX)
			stage_fail(stage, "the transfer's timer fires again and again at one moment");
		if (due_us > stage->now_us)
			stage->now_us = due_us;
		stage_peer_wake(stage, peer);
	}
}

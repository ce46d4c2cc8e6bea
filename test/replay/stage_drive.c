/* What the daemon's admission and sessions do with the core, without their sockets, files and limits. */
#include <stdlib.h>
#include <string.h>

#include "proto/request.h"
#include "replay/stage.h"

void stage_say(struct stage *stage, struct peer *peer, const void *bytes, size_t len)
{
	struct letter *letter = malloc(sizeof *letter + len);
	if (letter == NULL || peer->letter_count == STAGE_LETTERS_MAX) {
		free(letter);
		stage_fail(stage, "a flood of packets, or no memory");
		return;
	}
	memcpy(letter->bytes, bytes, len);
	letter->len = len;
	list_append(&peer->letters, &letter->link);
	peer->letter_count++;
	stage_note(stage, peer, '<', bytes, len);
}

static void say_error(struct stage *stage, struct peer *peer, uint16_t code, const char *text)
{
	uint8_t room[512];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	packet_write_error(&out, code, text);
	stage_say(stage, peer, room, bytes_out_len(&out));
}

void stage_read_oack(struct peer *peer, const void *bytes, size_t len)
{
	struct packet packet;
	struct option_set set;
	if (packet_parse(&packet, bytes, len) != PACKET_FINE || packet.op != PACKET_OACK)
		return;
	option_read(&set, &packet);
	peer->blksize = (uint32_t)option_value(&set, OPTION_BLKSIZE);
	if (option_has(&set, OPTION_ROLLOVER))
		peer->rollover = (unsigned)option_value(&set, OPTION_ROLLOVER);
}

static void say_data(struct stage *stage, struct peer *peer, const struct transfer_out *out)
{
	static uint8_t room[PACKET_HEADER_BYTES + OPTION_BLKSIZE_MAX];
	for (uint32_t i = 0; i < out->block_count; i++) {
		uint64_t block = out->first_block + i;
		uint32_t len = transfer_block_bytes(&peer->transfer, block);
		if (len > out->blksize) {
			stage_fail(stage, "the core wants %u bytes in block %llu", len,
				   (unsigned long long)block);
			return;
		}
		transfer_data_header(&peer->transfer, block, room);
		stage_file_read(peer->file, out->offset + (uint64_t)i * out->blksize,
				room + PACKET_HEADER_BYTES, len);
		stage_say(stage, peer, room, PACKET_HEADER_BYTES + len);
	}
}

static void say_packet(struct stage *stage, struct peer *peer)
{
	uint8_t room[PHRASE_BYTES_MAX];
	size_t len = transfer_format(&peer->transfer, room, sizeof room);
	if (len == 0)
		stage_fail(stage, "the core writes a packet of no bytes");
	stage_read_oack(peer, room, len);
	stage_say(stage, peer, room, len);
}

static void finish_storing(struct stage *stage, struct peer *peer)
{
	peer->stores_at_us = TRANSFER_NEVER;
	peer->file->is_there = true;
	peer->file->size_bytes = transfer_bytes(&peer->transfer);
	if (peer->has_bad_bytes)
		stage_fail(stage, "\"%s\" was stored with wrong bytes", peer->file->name);
	transfer_stored(&peer->transfer, stage->now_us);
}

static void begin_storing(struct stage *stage, struct peer *peer)
{
	peer->is_storing = true;
	if (stage->store_delay_us == 0)
		finish_storing(stage, peer);
	else
		peer->stores_at_us = stage->now_us + stage->store_delay_us;
}

void stage_pump(struct stage *stage, struct peer *peer)
{
	struct transfer_out out;
	while (stage->why[0] == '\0' && transfer_next(&peer->transfer, &out)) {
		if (out.kind == TRANSFER_OUT_PACKET)
			say_packet(stage, peer);
		else
			say_data(stage, peer, &out);
		transfer_sent(&peer->transfer, &out, out.kind == TRANSFER_OUT_DATA ? out.block_count : 1,
			      stage->now_us);
	}
	peer->outcome = peer->transfer.outcome;
	if (peer->transfer.phase == TRANSFER_OVER) {
		peer->is_running = false;
		peer->was_here = true;
	} else if (peer->transfer.phase == TRANSFER_COMMITTING && !peer->is_storing) {
		begin_storing(stage, peer);
		stage_pump(stage, peer);
	}
}

static void open_file(struct stage *stage, struct peer *peer)
{
	struct transfer *transfer = &peer->transfer;
	peer->opens_at_us = TRANSFER_NEVER;
	bool is_write = transfer->direction == TRANSFER_RECEIVE;
	if (!is_write && !peer->file->is_there)
		transfer_fail(transfer, PACKET_ERROR_NOT_FOUND, "file not found");
	else if (is_write && peer->file->is_there && stage->writes == STAGE_CREATES)
		transfer_fail(transfer, PACKET_ERROR_EXISTS, "the file is there already");
	else
		transfer_opened(transfer, is_write ? TRANSFER_SIZE_UNKNOWN : peer->file->size_bytes,
				stage->now_us);
	stage_pump(stage, peer);
}

void stage_begin(struct stage *stage, struct peer *peer, struct stage_file *file)
{
	peer->is_running = true;
	peer->is_storing = peer->has_bad_bytes = false;
	peer->file = file;
	peer->started_us = stage->now_us;
	peer->opens_at_us = peer->stores_at_us = TRANSFER_NEVER;
	peer->block = 0;
	peer->blksize = OPTION_BLKSIZE_DEFAULT;
	peer->rollover = stage->limits.options.rollover;
}

/* The first of the paths to try that is there, or the last. */
static struct stage_file *find_file(struct stage *stage, const struct policy_decision *decision)
{
	struct stage_file *file = NULL;
	for (unsigned i = 0; i < decision->try_count; i++) {
		file = stage_file(stage, text_of(decision->tries[i]));
		if (file == NULL || file->is_there)
			break;
	}
	return file;
}

static bool decide(struct stage *stage, const struct packet *packet, struct policy_decision *decision)
{
	struct policy_root root = {.name = "main",
				   .client_directory = stage->client_directory,
				   .takes_writes = stage->writes != STAGE_TAKES_NO_WRITES};
	char error[256];
	if (stage->policy == NULL)
		stage->policy = policy_new(
		    &(struct policy_settings){
			.roots = &root, .root_count = 1, .is_lower_casing = stage->is_lower_casing},
		    error, sizeof error);
	struct policy_request asked = {
	    .name = packet->file, .is_write = packet->op == PACKET_WRQ, .is_mac_settled = true};
	if (stage->policy == NULL) {
		stage_fail(stage, "no policy: %s", error);
		return false;
	}
	return policy_decide(stage->policy, &asked, decision, NULL, NULL) == POLICY_OK;
}

static void serve(struct stage *stage, struct peer *peer, const struct packet *packet)
{
	struct policy_decision decision;
	if (!decide(stage, packet, &decision)) {
		peer->outcome = TRANSFER_REFUSED;
		say_error(stage, peer, (uint16_t)decision.code, decision.reason);
		return;
	}
	struct stage_file *file = find_file(stage, &decision);
	if (file == NULL)
		return;
	stage_begin(stage, peer, file);
	peer->is_uploading = packet->op == PACKET_WRQ;
	transfer_serve(&peer->transfer, packet, &stage->limits, stage->now_us);
	if (stage->open_delay_us > 0)
		peer->opens_at_us = stage->now_us + stage->open_delay_us;
	else
		open_file(stage, peer);
}

/* What server/admission.c does. */
void stage_admit(struct stage *stage, struct peer *peer, const uint8_t *bytes, size_t len)
{
	struct packet packet;
	enum packet_fault fault = packet_parse(&packet, bytes, len);
	if (fault == PACKET_TOO_SHORT)
		return;
	if (fault != PACKET_FINE) {
		say_error(stage, peer, PACKET_ERROR_ILLEGAL, packet_fault_text(fault));
		return;
	}
	if (packet.op != PACKET_RRQ && packet.op != PACKET_WRQ) {
		if (!peer->was_here && (packet.op == PACKET_DATA || packet.op == PACKET_ACK))
			say_error(stage, peer, PACKET_ERROR_UNKNOWN_TID,
				  "no transfer on this port with you");
		return;
	}
	bool is_same = len == peer->request_len && memcmp(bytes, peer->request, len) == 0;
	if (peer->is_running &&
	    request_judge(&peer->transfer, is_same, stage->now_us - peer->started_us) == REQUEST_AGAIN) {
		transfer_request_again(&peer->transfer);
		stage_pump(stage, peer);
		return;
	}
	peer->is_running = false;
	peer->request_len = len < sizeof peer->request ? len : 0;
	memcpy(peer->request, bytes, peer->request_len);
	serve(stage, peer, &packet);
}

void stage_ask(struct stage *stage, struct peer *peer, const struct packet *request)
{
	struct option_set options;
	struct stage_file *file = stage_file(stage, request->file);
	if (file == NULL)
		return;
	option_read(&options, request);
	stage_begin(stage, peer, file);
	peer->is_asking = true;
	transfer_ask(&peer->transfer, request->op, text_of(file->name), request->mode, &options,
		     &stage->limits, stage->now_us);
	if (request->op == PACKET_WRQ)
		transfer_ends_at(&peer->transfer, file->size_bytes);
	stage_pump(stage, peer);
}

static void check_bytes(struct peer *peer, struct text payload)
{
	static uint8_t room[OPTION_BLKSIZE_MAX];
	stage_file_read(peer->file, transfer_bytes(&peer->transfer) - payload.len, room, payload.len);
	if (memcmp(room, payload.at, payload.len) != 0)
		peer->has_bad_bytes = true;
}

void stage_hear(struct stage *stage, struct peer *peer, const uint8_t *bytes, size_t len)
{
	stage_note(stage, peer, '>', bytes, len);
	if (stage->server != NULL) {
		stage->server->hear(stage, peer, bytes, len);
		return;
	}
	bool is_request =
	    len >= 2 && bytes[0] == 0 && (bytes[1] == PACKET_RRQ || bytes[1] == PACKET_WRQ);
	if (!peer->is_asking && (is_request || !peer->is_running)) {
		stage_admit(stage, peer, bytes, len);
		return;
	}
	struct text payload;
	if (peer->is_asking)
		stage_read_oack(peer, bytes, len);
	transfer_input(&peer->transfer, bytes, len, stage->now_us, &payload);
	if (payload.len > 0)
		check_bytes(peer, payload);
	stage_pump(stage, peer);
}

uint64_t stage_peer_due(const struct peer *peer)
{
	if (!peer->is_running)
		return TRANSFER_NEVER;
	uint64_t due_us = transfer_deadline(&peer->transfer);
	if (peer->opens_at_us < due_us)
		due_us = peer->opens_at_us;
	return peer->stores_at_us < due_us ? peer->stores_at_us : due_us;
}

void stage_peer_wake(struct stage *stage, struct peer *peer)
{
	if (peer->opens_at_us <= stage->now_us) {
		open_file(stage, peer);
		return;
	}
	if (peer->stores_at_us <= stage->now_us)
		finish_storing(stage, peer);
	else
		transfer_expire(&peer->transfer, stage->now_us);
	stage_pump(stage, peer);
}

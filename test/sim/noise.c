#include "sim/noise.h"

#include <string.h>

#include "proto/block.h"
#include "sim/oracle.h"

#define PACKET_BYTES_MAX 600

static uint16_t near_number(struct noise *noise)
{
	uint64_t at = noise->data->position_max + 4;
	uint64_t block = at - dice_roll(&noise->dice, at < 8 ? at : 8);
	return block_to_wire(block, noise->scenario->rollover);
}

static size_t forge(struct noise *noise, uint8_t room[PACKET_BYTES_MAX])
{
	struct bytes_out out;
	bytes_out_init(&out, room, PACKET_BYTES_MAX);
	uint16_t op = (uint16_t)dice_between(&noise->dice, PACKET_RRQ, PACKET_OACK);
	if (op <= PACKET_WRQ) {
		packet_write_request(&out, (enum packet_op)op, text_of("boot/image"), PACKET_OCTET);
	} else if (op == PACKET_OACK) {
		option_write_oack(&out, &noise->scenario->asked);
	} else if (op == PACKET_ERROR) {
		packet_write_error(&out, (uint16_t)dice_roll(&noise->dice, 9), "forged");
	} else {
		bytes_out_u16(&out, op);
		bytes_out_u16(&out, near_number(noise));
	}
	size_t len = bytes_out_len(&out);
	if (op == PACKET_DATA)
		while (len < PACKET_BYTES_MAX && !dice_hits(&noise->dice, 20000))
			room[len++] = (uint8_t)dice_roll(&noise->dice, 256);
	return len;
}

/* Of no meaning wherever it comes from. Truncated below a header: a shortened DATA or OACK that still parses
 * is the checksum's business, not ours. */
static size_t make_rubbish(struct noise *noise, uint8_t room[PACKET_BYTES_MAX], bool is_for_sender)
{
	struct bytes_out out;
	bytes_out_init(&out, room, PACKET_BYTES_MAX);
	switch (dice_roll(&noise->dice, 5)) {
	case 0:
		bytes_out_u16(&out, (uint16_t)dice_between(&noise->dice, 1, 6));
		return (size_t)dice_roll(&noise->dice, 4);
	case 1:
		bytes_out_u16(&out, (uint16_t)dice_between(&noise->dice, 7, 65535));
		bytes_out_u16(&out, near_number(noise));
		return bytes_out_len(&out);
	case 2: /* the wrong way round */
		bytes_out_u16(&out, is_for_sender ? PACKET_DATA : PACKET_ACK);
		bytes_out_u16(&out, near_number(noise));
		return bytes_out_len(&out);
	case 3:
		packet_write_request(&out, PACKET_RRQ, text_of("boot/image"), PACKET_OCTET);
		return bytes_out_len(&out);
	default: /* an ACK of what was never sent, DATA from behind the window */
		bytes_out_u16(&out, is_for_sender ? PACKET_ACK : PACKET_DATA);
		bytes_out_u16(&out, block_to_wire(noise->data->position_max + SENDER_AHEAD_MAX +
						      noise->scenario->window + 1 +
						      dice_roll(&noise->dice, 1000),
						  noise->scenario->rollover));
		return bytes_out_len(&out);
	}
}

/* A window of half the numbers or more leaves no number that is neither old nor new. */
static bool has_begun(const struct noise *noise)
{
	return noise->data->position_max > noise->scenario->window && noise->scenario->window < 16384;
}

static void fire(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct noise *noise = context;
	uint8_t room[PACKET_BYTES_MAX] = {0};
	if (noise->client->is_closed)
		return;
	bool is_for_client = dice_hits(&noise->dice, DICE_CERTAIN / 2);
	struct end *end = is_for_client ? noise->client : noise->server;
	bool is_for_sender = is_for_client == (noise->scenario->op == PACKET_WRQ);
	bool is_rubbish = has_begun(noise) && dice_hits(&noise->dice, DICE_CERTAIN / 4);
	/* How a model takes rubbish from its server is its own affair. */
	is_rubbish &= !is_for_client || noise->scenario->model == NULL;
	size_t len = is_rubbish ? make_rubbish(noise, room, is_for_sender) : forge(noise, room);
	uint32_t from = WORLD_FORGER, to = end->address;
	if (is_rubbish)
		from = end->other->address;
	else if (is_for_client && end->peer != 0 && dice_hits(&noise->dice, DICE_CERTAIN / 2))
		from = WORLD_SERVER_STRANGER;
	else if (!is_for_client && dice_hits(&noise->dice, DICE_CERTAIN / 4))
		to = WORLD_SERVER_LISTENS;
	struct datagram *made = world_datagram(noise->world, from, to, len);
	if (made != NULL) {
		memcpy(made->bytes, room, len);
		made->is_forged = true;
		noise->oracle->forged++;
		oracle_watch(noise->oracle, WORLD_SENT, made);
		world_at(noise->world, noise->world->now_us, end->receive, end, made);
	}
	if (--noise->left > 0)
		world_at(noise->world,
			 noise->world->now_us + 1 + dice_roll(&noise->dice, 2 * noise->pause_us), fire,
			 noise, NULL);
}

void noise_start(struct noise *noise, uint64_t pause_us)
{
	dice_init(&noise->dice, noise->scenario->seed, 21);
	noise->left = noise->scenario->noise_count;
	noise->pause_us = pause_us;
	if (noise->left > 0)
		world_at(noise->world, dice_roll(&noise->dice, 2 * pause_us), fire, noise, NULL);
}

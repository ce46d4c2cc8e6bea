#include "sim/client.h"

#include <string.h>

#include "proto/block.h"
#include "sim/oracle.h"

static void expire(void *context, const struct datagram *datagram);
static void receive(void *context, const struct datagram *datagram);

void client_init(struct client *client, const struct end_setup *setup)
{
	const struct client_model *model = setup->scenario->model;
	*client = (struct client){.model = model,
				  .blksize = OPTION_BLKSIZE_DEFAULT,
				  .window = 1,
				  .timer_at_us = WORLD_FAR,
				  .event_at_us = WORLD_FAR};
	end_init(&client->end, setup, receive, false);
	dice_init(&client->dice, setup->scenario->seed, 12);
}

static void grow_interval(const struct client_model *model, uint32_t *interval_us)
{
	uint64_t grown = (uint64_t)*interval_us * model->growth_percent / 100 + model->step_us;
	*interval_us = grown < model->interval_max_us ? (uint32_t)grown : model->interval_max_us;
}

uint64_t client_patience_us(const struct client *client)
{
	uint32_t interval_us = client->interval_us;
	grow_interval(client->model, &interval_us);
	return interval_us;
}

static void plan_event(struct client *client)
{
	client->event_at_us = client->timer_at_us;
	world_at(client->end.world, client->event_at_us, expire, client, NULL);
}

/* One timer event is enough: it comes again while the interval has moved on. But not if it is now due earlier, as
 * when news ends a long interval. */
static void start_timer(struct client *client)
{
	client->timer_at_us = client->end.world->now_us + client->interval_us;
	if (client->timer_at_us < client->event_at_us)
		plan_event(client);
}

static void note_news(struct client *client)
{
	client->news_at_us = client->end.world->now_us;
	client->end.news_lost = oracle_count_lost_before(client->end.oracle);
	client->interval_us = client->model->interval_us;
	if (!client->model->counts_all_tries)
		client->tries = 0;
	start_timer(client);
}

static void close_end(struct client *client, enum transfer_outcome outcome)
{
	client->end.outcome = outcome;
	client->end.is_closed = true;
	client->end.closed_at_us = client->end.world->now_us;
	client->end.silent_us = client->end.closed_at_us - client->news_at_us;
	oracle_check_client(client->end.oracle, client);
}

static void say_ack(struct client *client, uint64_t block)
{
	uint8_t room[PACKET_HEADER_BYTES];
	struct bytes_out out;
	bytes_out_init(&out, room, sizeof room);
	packet_write_ack(&out, block_to_wire(block, 0));
	end_send(&client->end, room, sizeof room, block);
	if (!client->model->never_repeats_acks)
		start_timer(client);
}

void client_ack(struct client *client, uint64_t block)
{
	client->confirmed = client->got;
	client->acked = block;
	say_ack(client, block);
}

static void send_request(struct client *client)
{
	end_send(&client->end, client->end.request, client->end.request_len, WORLD_NO_POSITION);
	start_timer(client);
}

static void expire(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct client *client = context;
	uint64_t now_us = client->end.world->now_us;
	/* Or replaced by an earlier one. */
	if (client->end.is_closed || now_us != client->event_at_us)
		return;
	if (now_us < client->timer_at_us) {
		plan_event(client);
		return;
	}
	client->timer_at_us = client->event_at_us = WORLD_FAR;
	if (client->is_busy) {
		start_timer(client);
		return;
	}
	if (++client->tries > client->model->tries) {
		close_end(client, TRANSFER_TIMEOUT);
		return;
	}
	grow_interval(client->model, &client->interval_us);
	if (!client->has_answer)
		send_request(client);
	else if (client->model->never_repeats_acks)
		start_timer(client);
	else
		say_ack(client, client->got);
}

static void stop_being_busy(void *context, const struct datagram *datagram)
{
	(void)datagram;
	struct client *client = context;
	client->is_busy = false;
	client->queued = 0;
	if (!client->end.is_closed && client->acked < client->got)
		client_ack(client, client->got);
}

/* The reader goes off to write to its flash, and what comes meanwhile is queued. */
static void get_busy(struct client *client)
{
	const struct scenario *scenario = client->end.scenario;
	uint64_t busy_us = 1 + dice_roll(&client->dice, scenario->busy_us);
	client->is_busy = true;
	oracle_client_busy(client->end.oracle, busy_us);
	world_at(client->end.world, client->end.world->now_us + busy_us, stop_being_busy, client, NULL);
}

static void take_block(struct client *client, struct text payload)
{
	bool is_last = payload.len < client->blksize;
	if (!content_check_take(&client->end.check, payload.at, payload.len))
		oracle_fail(client->end.oracle, ORACLE_BYTES, "the client got wrong bytes in block %llu",
			    (unsigned long long)client->got + 1);
	client->got++;
	client->has_gap = false;
	note_news(client);
	if (is_last) {
		if (!content_check_end(&client->end.check))
			oracle_fail(client->end.oracle, ORACLE_BYTES, "the client's file is not whole");
		client->end.is_stored = true;
		client_ack(client, client->got);
		close_end(client, TRANSFER_DONE);
		return;
	}
	if (client->model->queue_max != 0 && !client->is_busy &&
	    dice_hits(&client->dice, client->end.scenario->busy_ppm))
		get_busy(client);
	if (client->is_busy && ++client->queued >= client->model->queue_max)
		return;
	if (client->got - client->confirmed >= client->window)
		client_ack(client, client->got);
}

static void take_data(struct client *client, const struct packet *packet)
{
	if (!client->has_answer)
		note_news(client);
	client->has_answer = true;
	client->received++;
	uint32_t ahead = block_ahead(packet->number, client->got, 0);
	if (packet->body.len > client->blksize) {
		oracle_fail(client->end.oracle, ORACLE_BYTES, "a block of %zu bytes", packet->body.len);
		return;
	}
	if (ahead == 1) {
		take_block(client, packet->body);
		return;
	}
	bool is_old = ahead == 0 || ahead > UINT16_MAX / 2;
	uint64_t behind = ahead == 0 ? 0 : UINT16_MAX + UINT64_C(1) - ahead;
	client->had += is_old;
	client->discarded += !is_old;
	if (!is_old)
		client->model->unexpected(client, client->got + ahead);
	else if (behind < client->got)
		client->model->unexpected(client, client->got - behind);
}

/* Every client measured checks that nothing was granted that it did not ask. */
static void take_oack(struct client *client, const struct packet *packet)
{
	struct option_set granted;
	if (client->got > 0)
		return;
	const char *why = option_accept(&granted, &client->end.scenario->asked, packet);
	if (why != NULL) {
		oracle_fail(client->end.oracle, ORACLE_BYTES, "the OACK is refused: %s", why);
		return;
	}
	client->blksize = (uint32_t)option_value(&granted, OPTION_BLKSIZE);
	client->window = (uint32_t)option_value(&granted, OPTION_WINDOWSIZE);
	if (!client->has_answer)
		note_news(client);
	client->has_answer = true;
	client_ack(client, 0);
}

static void receive(void *context, const struct datagram *datagram)
{
	struct client *client = context;
	struct packet packet;
	if (client->end.is_closed || datagram->to != client->end.address ||
	    !end_is_from_peer(&client->end, datagram) ||
	    packet_parse(&packet, datagram->bytes, datagram->len) != PACKET_FINE)
		return;
	if (packet.op == PACKET_DATA && !client->has_answer && packet.number != 1)
		return;
	client->end.peer = datagram->from;
	if (packet.op == PACKET_DATA)
		take_data(client, &packet);
	else if (packet.op == PACKET_OACK)
		take_oack(client, &packet);
	else if (packet.op == PACKET_ERROR)
		close_end(client, TRANSFER_ABORTED);
}

void client_start(struct client *client)
{
	struct bytes_out out;
	bytes_out_init(&out, client->end.request, sizeof client->end.request);
	packet_write_request(&out, PACKET_RRQ, text_of("boot/image"), PACKET_OCTET);
	option_write(&out, &client->end.scenario->asked);
	client->end.request_len = bytes_out_len(&out);
	client->end.is_started = true;
	note_news(client);
	send_request(client);
}

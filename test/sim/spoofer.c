#include "sim/spoofer.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/block.h"
#include "proto/transfer.h"
#include "sim/world.h"

#define FILE_BYTES     (16u << 20)
#define DATAGRAM_BYTES 28u /* IPv4 and UDP around what is sent */
#define ENDPOINTS      1024u
#define ACKS_MAX       400u
#define MS             1000u

struct request {
	const char *name;
	uint32_t blksize, window; /* 0: not asked */
};

/* How he acknowledges. Ahead: ACKs of later blocks come before their DATA can have been sent. */
struct way {
	const char *name;
	uint32_t acks_max;
	uint32_t pause_us; /* between two ACKs */
	uint32_t step;     /* blocks from ACK to ACK, in percent of the window */
	uint32_t again;    /* each is sent so many times: the victim's network, or his, repeats */
};

static const struct request requests[] = {
    {"no options", 0, 0},
    {"blksize 1468", 1468, 0},
    {"blksize 1468, windowsize 64", 1468, 64},
    {"blksize 65464, windowsize 64", 65464, 64},
};

static const struct way ways[] = {
    {"none", 0, 0, 0, 1},
    {"the first one only", 1, 20 * MS, 100, 1},
    {"each window, 20 ms apart", ACKS_MAX, 20 * MS, 100, 1},
    {"each window, at once", ACKS_MAX, 0, 100, 1},
    {"each window, 20 ms apart, 3 times each", ACKS_MAX, 20 * MS, 100, 3},
    {"half a window too far each time", ACKS_MAX, 20 * MS, 150, 1},
};

struct attack {
	struct transfer transfer;
	const struct way *way;
	uint32_t window;
	uint64_t now_us;
	uint64_t next_ack_us;
	uint64_t acks;
	uint64_t block; /* he acknowledges next */
	uint64_t spoofer_bytes;
	uint64_t victim_bytes;
	uint64_t victim_packets;
	uint64_t ended_us;
};

static void count_out(struct attack *attack, uint64_t bytes)
{
	attack->victim_bytes += bytes + DATAGRAM_BYTES;
	attack->victim_packets++;
}

static void drain(struct attack *attack)
{
	struct transfer *transfer = &attack->transfer;
	struct transfer_out out;
	while (transfer_next(transfer, &out)) {
		uint8_t room[600];
		if (out.kind == TRANSFER_OUT_PACKET)
			count_out(attack, transfer_format(transfer, room, sizeof room));
		for (uint32_t i = 0; out.kind == TRANSFER_OUT_DATA && i < out.block_count; i++)
			count_out(attack, PACKET_HEADER_BYTES +
					      transfer_block_bytes(transfer, out.first_block + i));
		transfer_sent(transfer, &out, out.block_count, attack->now_us);
	}
}

static size_t write_request(const struct request *request, uint8_t *room, size_t len)
{
	struct option_set asked = {.count = 0};
	struct bytes_out out;
	if (request->blksize != 0)
		option_put(&asked, OPTION_BLKSIZE, request->blksize);
	if (request->window != 0)
		option_put(&asked, OPTION_WINDOWSIZE, request->window);
	bytes_out_init(&out, room, len);
	packet_write_request(&out, PACKET_RRQ, text_of("boot/image"), PACKET_OCTET);
	option_write(&out, &asked);
	return bytes_out_len(&out);
}

static void ask(struct attack *attack, const struct request *request)
{
	static const struct transfer_limits limits = {
	    .options = {.blksize_max = OPTION_BLKSIZE_MAX, .windowsize_max = 64},
	    .rto_floor_us = TRANSFER_RTO_FLOOR_US,
	    .rto_cap_us = TRANSFER_RTO_CAP_US,
	    .give_up_us = TRANSFER_GIVE_UP_US,
	    .dally_us = TRANSFER_GIVE_UP_US,
	};
	uint8_t room[PACKET_REQUEST_BYTES_MAX];
	struct packet packet;
	size_t len = write_request(request, room, sizeof room);
	packet_parse(&packet, room, len);
	attack->spoofer_bytes = len + DATAGRAM_BYTES;
	attack->window = request->window != 0 ? request->window : 1;
	/* Without options there is no OACK to acknowledge. */
	attack->block = request->blksize != 0 ? 0 : 1;
	transfer_serve(&attack->transfer, &packet, &limits, attack->now_us);
	transfer_opened(&attack->transfer, FILE_BYTES, attack->now_us);
}

static void acknowledge(struct attack *attack)
{
	uint8_t room[PACKET_HEADER_BYTES];
	struct bytes_out out;
	struct text payload;
	bytes_out_init(&out, room, sizeof room);
	packet_write_ack(&out, block_to_wire(attack->block, 0));
	for (uint32_t i = 0; i < attack->way->again; i++) {
		attack->spoofer_bytes += sizeof room + DATAGRAM_BYTES;
		transfer_input(&attack->transfer, room, sizeof room, attack->now_us, &payload);
	}
	uint64_t step = (attack->window * (uint64_t)attack->way->step + 99) / 100;
	attack->block += step > 0 ? step : 1;
	attack->acks++;
	attack->next_ack_us =
	    attack->acks < attack->way->acks_max ? attack->now_us + attack->way->pause_us : WORLD_FAR;
}

static void run_attack(struct attack *attack, const struct request *request, const struct way *way)
{
	*attack = (struct attack){.way = way, .now_us = 1000000};
	attack->next_ack_us = way->acks_max > 0 ? attack->now_us + way->pause_us : WORLD_FAR;
	uint64_t start_us = attack->now_us;
	ask(attack, request);
	drain(attack);
	while (attack->transfer.phase != TRANSFER_OVER) {
		uint64_t deadline_us = transfer_deadline(&attack->transfer);
		bool is_ack = attack->next_ack_us <= deadline_us;
		uint64_t at_us = is_ack ? attack->next_ack_us : deadline_us;
		attack->now_us = at_us > attack->now_us ? at_us : attack->now_us;
		if (is_ack)
			acknowledge(attack);
		else
			transfer_expire(&attack->transfer, attack->now_us);
		drain(attack);
	}
	attack->ended_us = attack->now_us - start_us;
}

void spoofer_print(void)
{
	printf(
	    "A file of 16 MiB. Bytes with IPv4 and UDP headers. The victim is silent; only the core "
	    "defends\n"
	    "him, not the server's budgets. With a port for each transfer each ACK goes to all %u.\n\n"
	    "| request | ACKs | spoofer, bytes | victim, packets | bytes | over, s | factor: single "
	    "port "
	    "| factor: %u ports |\n"
	    "|---|---|---|---|---|---|---|---|\n",
	    ENDPOINTS, ENDPOINTS);
	for (size_t r = 0; r < sizeof requests / sizeof *requests; r++) {
		for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
			struct attack attack;
			run_attack(&attack, &requests[r], &ways[w]);
			uint64_t acks = attack.acks * ways[w].again;
			uint64_t many = attack.spoofer_bytes +
					acks * (ENDPOINTS - 1) * (PACKET_HEADER_BYTES + DATAGRAM_BYTES);
			printf("| %s | %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64
			       " | %.1f | %.1f | %.2f |\n",
			       requests[r].name, ways[w].name, attack.spoofer_bytes,
			       attack.victim_packets, attack.victim_bytes, (double)attack.ended_us / 1e6,
			       (double)attack.victim_bytes / (double)attack.spoofer_bytes,
			       (double)attack.victim_bytes / (double)many);
		}
	}
}

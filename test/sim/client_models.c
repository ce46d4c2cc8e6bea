/* Each client as its source has it, or as it was captured on the wire. */
#include "sim/client.h"

#include <string.h>

#define SECOND_US 1000000u

/* EDK2, NetworkPkg/Mtftp4Dxe/Mtftp4Rrq.c, Mtftp4RrqHandleData: an ACK for the block before the expected one
 * for every unexpected block, and the window starts anew with each. PXE: 4 s, 6 times. */
static void edk2_unexpected(struct client *client, uint64_t block)
{
	(void)block;
	client_ack(client, client->got);
}

/* U-Boot, net/tftp.c, tftp_handler: one for each block it stops at, none at block 0, whose tftp_last_nack it
 * starts with. timeout_count is never reset: 10 time-outs are for the whole transfer. */
static void uboot_unexpected(struct client *client, uint64_t block)
{
	(void)block;
	if (client->last_nack == client->got)
		return;
	client->last_nack = client->got;
	client_ack(client, client->got);
}

/* GRUB, grub-core/net/tftp.c, tftp_receive: what is old is acknowledged as it comes. Its timer only repeats
 * the request (GRUB_NET_INTERVAL, GRUB_NET_TRIES). */
static void grub_unexpected(struct client *client, uint64_t block)
{
	if (block <= client->got)
		client_ack(client, block);
}

/* iPXE, src/net/udp/tftp.c, tftp_rx_data: each DATA is answered by the first gap of a bitmap. PXELINUX,
 * core/fs/pxe/tftp.c, tftp_get_packet: "wrong packet, ACK the packet and try again". */
static void ipxe_unexpected(struct client *client, uint64_t block)
{
	(void)block;
	client_ack(client, client->got);
}

/* busybox, networking/tftp.c: the answer to an old block is compiled out; only its timer repeats an ACK. */
static void busybox_unexpected(struct client *client, uint64_t block)
{
	(void)client;
	(void)block;
}

/* The client of RFC 1350 and RFC 7440: an ACK for the last block again, and one for each gap. */
static void plain_unexpected(struct client *client, uint64_t block)
{
	bool is_gap = block > client->got && block <= client->got + client->window && !client->has_gap;
	bool is_last_again = block == client->got && client->got == client->confirmed;
	if (!is_gap && !is_last_again)
		return;
	client_ack(client, client->got);
	client->has_gap |= is_gap;
}

/* Firmware of about 2000: no gaps in lock-step, the last block again is acknowledged again. */
static void legacy_unexpected(struct client *client, uint64_t block)
{
	if (block == client->got)
		client_ack(client, block);
}

const struct client_model client_models[] = {
    {
	.name = "EDK2",
	.blksize = 1468,
	.window = 4,
	.asks_tsize = true,
	.can_window = true,
	.interval_us = 4 * SECOND_US,
	.growth_percent = 100,
	.interval_max_us = 4 * SECOND_US,
	.tries = 6,
	.answers_any = true,
	.answers_old = true,
	.unexpected = edk2_unexpected,
    },
    {
	.name = "U-Boot",
	.blksize = 1468,
	.timeout_s = 5,
	.can_window = true,
	.interval_us = 5 * SECOND_US,
	.growth_percent = 100,
	.interval_max_us = 5 * SECOND_US,
	.tries = 10,
	.counts_all_tries = true,
	.answers_any = true,
	.unexpected = uboot_unexpected,
    },
    {
	.name = "GRUB",
	.blksize = 1024,
	.asks_tsize = true,
	.interval_us = 400000,
	.growth_percent = 100,
	.step_us = 20000,
	.interval_max_us = 2 * SECOND_US,
	.tries = 40,
	.never_repeats_acks = true,
	.answers_old = true,
	.queue_max = 50,
	.unexpected = grub_unexpected,
    },
    {
	.name = "iPXE",
	.blksize = 1432,
	.asks_tsize = true,
	.interval_us = 250000,
	.growth_percent = 200,
	.interval_max_us = 10 * SECOND_US,
	.tries = 6,
	.answers_old = true,
	.unexpected = ipxe_unexpected,
    },
    {
	/* The table of core/fs/pxe/tftp.c, captured: 0.1 s, each about 1.2 of the one before. */
	.name = "PXELINUX",
	.blksize = 1408,
	.asks_tsize = true,
	.interval_us = 100000,
	.growth_percent = 120,
	.interval_max_us = 15 * SECOND_US,
	.tries = 30,
	.answers_old = true,
	.unexpected = ipxe_unexpected,
    },
    {
	.name = "busybox",
	.blksize = 1428,
	.asks_tsize = true,
	.interval_us = 100000,
	.growth_percent = 150,
	.interval_max_us = 2 * SECOND_US,
	.tries = 12,
	.unexpected = busybox_unexpected,
    },
    {
	/* What most ad hoc clients are: 1 s, 5 times. With a window it is RFC 7440's. */
	.name = "lockstep",
	.blksize = 1468,
	.can_window = true,
	.interval_us = SECOND_US,
	.growth_percent = 100,
	.interval_max_us = SECOND_US,
	.tries = 5,
	.answers_old = true,
	.unexpected = plain_unexpected,
    },
    {
	/* PXE 2.1 ROMs: no options but the size, blocks of 512. */
	.name = "PXE ROM",
	.asks_tsize = true,
	.interval_us = 2 * SECOND_US,
	.growth_percent = 200,
	.interval_max_us = 8 * SECOND_US,
	.tries = 3,
	.answers_old = true,
	.unexpected = legacy_unexpected,
    },
};
const size_t client_model_count = sizeof client_models / sizeof *client_models;

const struct client_model *client_model_find(const char *name)
{
	const struct client_model *model = client_models;
	while (strcmp(model->name, name) != 0)
		model++;
	return model;
}

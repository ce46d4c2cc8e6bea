/* What loss teaches about a client: smaller windows first, then smaller blocks; and back again. */
#include "server/ledger.h"

/* Above any window or block: no limit any more. */
#define NO_LIMIT 65536u

static uint32_t halve(uint32_t value, uint32_t least)
{
	return value / 2 > least ? value / 2 : least;
}

static uint32_t twice(uint32_t value)
{
	return value >= NO_LIMIT / 2 ? 0 : value * 2;
}

static void ease(struct ledger_client *client)
{
	if (client->blksize_max != 0)
		client->blksize_max = twice(client->blksize_max);
	else
		client->window_max = twice(client->window_max);
}

static void shrink_blocks(struct ledger_client *client, uint32_t blksize)
{
	if (blksize > LEDGER_BLKSIZE_SAFE)
		client->blksize_max = LEDGER_BLKSIZE_SAFE;
	else if (blksize > LEDGER_BLKSIZE_LEAST)
		client->blksize_max = halve(blksize, LEDGER_BLKSIZE_LEAST);
}

void ledger_ease(struct ledger_client *client, uint64_t now_us)
{
	while ((client->window_max | client->blksize_max) != 0 &&
	       now_us - client->eased_us >= LEDGER_EASE_US) {
		client->eased_us += LEDGER_EASE_US;
		ease(client);
	}
}

void ledger_note(struct ledger_client *client, const struct ledger_losses *losses, uint64_t now_us)
{
	uint64_t sent = losses->blocks_sent, resent = losses->blocks_resent;
	/* One lost block may cost a window: that is no habit yet. */
	bool is_repeated = resent > 2 * (uint64_t)losses->window;
	if (losses->is_black_hole) {
		shrink_blocks(client, losses->blksize);
	} else if (is_repeated && resent * 100 >= sent * LEDGER_LOSSY_PERCENT) {
		if (losses->window > 1)
			client->window_max = losses->window / 2;
		else
			shrink_blocks(client, losses->blksize);
	} else {
		if (sent >= LEDGER_CLEAN_BLOCKS && resent * 100 < sent * LEDGER_CLEAN_PERCENT)
			ease(client);
		return;
	}
	client->eased_us = now_us;
}

#include "proto/sender.h"

#include "proto/block.h"
#include "proto/sender_time.h"

/* A window that is paced takes at most so much longer, or one round trip. */
#define SPREAD_MAX_US 20000u
/* Below it a pause is a quarter longer than a round trip, so that the answer is here before the next burst. Above
 * it is not, for there receivers have time-outs that are hardly longer, and what they say then looks like a gap. */
#define SHORT_TRIP_US 2000u
/* The pause when no round trip is known. */
#define PAUSE_US 1000u
/* Well below the timers of clients, which would ask again. */
#define PAUSE_MAX_US 1000000u
/* So much longer than a burst takes on the slowest link is the pause behind it, so that a queue there drains. */
#define DRAIN_SHARE 32u
/* A window of blocks that take long is spread over no more than this. 64 of 1468 take 0.8 s at 1 Mbit/s. */
#define RATE_SPREAD_MAX_US 1000000u
/* So few blocks behind a loss another one means heavy loss: so many go at one burst a round trip even on a long
 * way. */
#define HEAVY_BLOCKS (2 * SENDER_BURST_MIN)

void sender_init(struct sender *sender, uint32_t window, uint8_t rollover)
{
	*sender = (struct sender){.next = 1,
				  .last = SENDER_LAST_UNKNOWN,
				  .window = (uint16_t)window,
				  .burst = (uint16_t)window,
				  .is_rate_guessed = true,
				  .rollover = rollover};
}

static uint64_t find_window_end(const struct sender *sender)
{
	uint64_t end = sender->acked + sender->window;
	return end < sender->last ? end : sender->last;
}

static bool is_paced(const struct sender *sender)
{
	return sender->burst < sender->window;
}

static bool is_nudging(const struct sender *sender)
{
	return sender->owes_nudge && sender->next > find_window_end(sender);
}

uint32_t sender_allowed(const struct sender *sender)
{
	if (is_nudging(sender))
		return 1;
	uint32_t left = (uint32_t)(find_window_end(sender) + 1 - sender->next);
	return is_paced(sender) && sender->burst_left < left ? sender->burst_left : left;
}

uint64_t sender_first(const struct sender *sender)
{
	return is_nudging(sender) ? sender->next + 1 : sender->next;
}

bool sender_is_paused(const struct sender *sender)
{
	return is_paced(sender) && sender->burst_left == 0 && sender->next <= find_window_end(sender);
}

static uint32_t find_burst_min(const struct sender *sender)
{
	uint32_t part = sender->window / SENDER_BURSTS_MAX;
	return part > SENDER_BURST_MIN ? part : SENDER_BURST_MIN;
}

/* A burst as fast as its blocks were seen to pass the slowest link. */
static uint64_t find_rate_us(const struct sender *sender, uint64_t bursts)
{
	uint64_t rate_us = (uint64_t)sender->block_us * sender->burst;
	rate_us += rate_us / DRAIN_SHARE;
	return rate_us < RATE_SPREAD_MAX_US / bursts ? rate_us : RATE_SPREAD_MAX_US / bursts;
}

/* A burst a round trip. But the whole window within SPREAD_MAX_US or a round trip: over a long way that would
 * take too long, unless much is lost. And never faster than the network was seen to take it, or a queue that is
 * shorter than the window loses its end each time. */
uint32_t sender_pause_us(const struct sender *sender, uint32_t srtt_us)
{
	/* The mean may hold what the receiver's own timer took. */
	if (sender->shortest_us != 0 && srtt_us / 2 > sender->shortest_us)
		srtt_us = 2 * sender->shortest_us;
	/* Asking, the mean holds what the server took to open the file, until the first block is answered. */
	if (sender->shortest_us == 0 && srtt_us > SPREAD_MAX_US)
		srtt_us = SPREAD_MAX_US;
	uint64_t trip_us = srtt_us < SHORT_TRIP_US ? srtt_us + srtt_us / 4 : srtt_us;
	if (srtt_us == 0)
		trip_us = PAUSE_US;
	if (trip_us > PAUSE_MAX_US)
		trip_us = PAUSE_MAX_US;
	uint64_t bursts = (sender->window + sender->burst - 1) / sender->burst;
	uint64_t spread_us = trip_us < SPREAD_MAX_US ? SPREAD_MAX_US : trip_us;
	uint64_t rate_us = find_rate_us(sender, bursts);
	bool is_heavy = sender->burst == find_burst_min(sender) && sender->clean_blocks < HEAVY_BLOCKS &&
			sender->next <= sender->acked + HEAVY_BLOCKS;
	uint64_t pause_us = is_heavy || trip_us * bursts <= spread_us ? trip_us : spread_us / bursts;
	return (uint32_t)(pause_us < rate_us ? rate_us : pause_us);
}

void sender_resume(struct sender *sender)
{
	sender->burst_left = sender->burst;
}

void sender_sent(struct sender *sender, uint32_t count, uint64_t now_us)
{
	uint64_t end = sender->next + count - 1;
	sender->blocks_sent += count;
	if (is_nudging(sender)) {
		sender->blocks_resent++;
		sender->owes_nudge = false;
		return;
	}
	sender_time_sent(sender, now_us);
	if (sender->next <= sender->sent_max) {
		uint64_t resent_end = end < sender->sent_max ? end : sender->sent_max;
		sender->blocks_resent += resent_end + 1 - sender->next;
	}
	if (end > sender->sent_max)
		sender->sent_max = end;
	sender->burst_left -= (uint16_t)(count < sender->burst_left ? count : sender->burst_left);
	sender->next = end + 1;
}

/* So many blocks have been confirmed since `next` went back. */
static bool is_at_restart(const struct sender *sender, uint32_t ahead)
{
	return (uint32_t)sender->acked - sender->restart == ahead;
}

static void go_back(struct sender *sender, uint32_t burst, uint64_t now_us)
{
	uint32_t burst_min = find_burst_min(sender);
	sender_time_restarted(sender, now_us);
	sender->is_second = !is_at_restart(sender, 0) && sender->acked <= sender->repeated;
	sender->repeated = sender->sent_max;
	sender->restart = (uint32_t)sender->acked;
	sender->owes_nudge = false;
	sender->next = sender->acked + 1;
	sender->burst = (uint16_t)(burst > burst_min ? burst : burst_min);
	sender->clean_blocks = 0;
	sender_resume(sender);
}

/* Halved, once it is below the window. */
static uint32_t shrink(const struct sender *sender)
{
	return (sender->burst < sender->window ? sender->burst : sender->window) / 2;
}

/* Copies make copies of their ACK, which would make copies again; and ACK 0 comes once for each OACK. But those
 * come at once. Where a window takes many round trips, its first block is missed long before its end or the timer
 * tells. */
static bool may_be_echo(const struct sender *sender, uint64_t now_us)
{
	bool is_missed = is_paced(sender) && sender_time_is_overdue(sender, sender->acked + 1, now_us);
	return sender->acked <= sender->repeated && !is_missed && !sender_time_is_quiet(sender, now_us);
}

static enum sender_event take_again(struct sender *sender, uint64_t now_us)
{
	if (sender->window == 1 || !sender_is_waiting(sender) || may_be_echo(sender, now_us) ||
	    sender_time_is_on_its_way(sender, sender->acked + 1, sender_time_trip_us(sender), now_us))
		return SENDER_REPEATED;
	/* It may have been an echo all the same. */
	if (sender->acked <= sender->repeated)
		sender_time_distrust(sender);
	go_back(sender, shrink(sender), now_us);
	return SENDER_RESTARTED;
}

static bool is_echo(const struct sender *sender, uint64_t now_us)
{
	bool is_second =
	    sender->is_second && !(is_paced(sender) && sender_time_is_drained(sender, now_us));
	return sender->acked <= sender->repeated &&
	       (is_at_restart(sender, 1) || sender->acked == sender->repeated || is_second);
}

static void grow(struct sender *sender, uint32_t blocks)
{
	if (!is_paced(sender))
		return;
	uint32_t clean = sender->clean_blocks + blocks;
	uint32_t burst = sender->burst + clean / SENDER_BURST_GROWTH;
	sender->burst = (uint16_t)(burst < sender->window ? burst : sender->window);
	sender->clean_blocks = (uint8_t)(clean % SENDER_BURST_GROWTH);
}

enum sender_event sender_ack(struct sender *sender, uint16_t wire, uint64_t now_us,
			     struct sender_answer *answer)
{
	*answer = (struct sender_answer){.rtt_us = 0};
	uint32_t ahead = block_ahead(wire, sender->acked, sender->rollover);
	uint64_t sent_ahead = sender->sent_max - sender->acked;
	if (ahead == 0)
		return take_again(sender, now_us);
	if (ahead > sent_ahead) {
		bool is_near =
		    ahead - sent_ahead <= SENDER_AHEAD_MAX && sender->window <= SENDER_AHEAD_WINDOW_MAX;
		return is_near ? SENDER_FORGED : SENDER_STALE;
	}
	bool was_quiet = sender_time_is_quiet(sender, now_us);
	sender->acked += ahead;
	sender->owes_nudge = false;
	sender_time_answered(sender, ahead, was_quiet, now_us, answer);
	/* Nothing had been lost. */
	if (answer->was_early)
		sender->burst = sender->burst_before;
	if (sender->acked == sender->last)
		return SENDER_FINISHED;
	if (sender->acked + 1 >= sender->next) {
		sender->next = sender->acked + 1;
		grow(sender, ahead);
		sender_resume(sender);
		return SENDER_ADVANCED;
	}
	if ((is_echo(sender, now_us) && !was_quiet) ||
	    sender_time_is_on_its_way(sender, sender->acked + 1, sender->shortest_us, now_us))
		return SENDER_ADVANCED;
	go_back(sender, shrink(sender), now_us);
	return SENDER_REWOUND;
}

void sender_rewind(struct sender *sender, bool may_nudge, uint64_t now_us)
{
	bool is_again = is_at_restart(sender, 0) && sender->doubtful == sender->sent_max;
	if (!is_again)
		sender->burst_before = sender->burst;
	sender_time_expired(sender, is_again, now_us);
	go_back(sender, 0, now_us);
	/* Without a block between it would be no gap but the next block, and its ACK taken for a forged one. And of a
	 * stream nobody knows whether it has that block. */
	sender->owes_nudge = may_nudge && is_again && sender->window > 1 &&
			     sender->last != SENDER_LAST_UNKNOWN &&
			     find_window_end(sender) + 1 < sender->last;
}

bool sender_is_waiting(const struct sender *sender)
{
	return sender->next > sender->acked + 1;
}

void sender_guess_trip(struct sender *sender, uint64_t trip_us)
{
	sender->shortest_us = trip_us < 2 ? 0 : (uint32_t)trip_us;
}

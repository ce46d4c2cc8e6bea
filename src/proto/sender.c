#include "proto/sender.h"

#include "proto/block.h"

/* A window that is paced takes at most so much longer, or one round trip. */
#define SPREAD_MAX_US 20000u
/* Below it a pause is a quarter longer than a round trip, so that the answer is here before the next burst. Above
 * it is not, for there receivers have time-outs that are hardly longer, and what they say then looks like a gap. */
#define SHORT_TRIP_US 2000u
/* The pause when no round trip is known. */
#define PAUSE_US 1000u
/* Well below the timers of clients, which would ask again. */
#define PAUSE_MAX_US 1000000u
/* A repeated ACK this long after the block behind it was sent means something, if no round trip is known. */
#define TRIP_UNKNOWN_US 200000u
/* So many halves of the shortest round trip after a window began anew, no echo of the block before comes any more. */
#define ECHO_HALF_TRIPS 5u
/* A queue on the way may hold echoes longer, and nobody knows while no round trip is known; but after so long a timer
 * has done what is to be done. */
#define ECHO_MAX_US 1000000u
/* What was learnt about echoes from restarts in vain loses an eighth with each answer. Were it a half, a restart for
 * each answer, which doubles it, would go on for ever. */
#define ECHO_SHARE 8u
/* And no less than so long after anything was sent: a client may be busy for a while before it answers. */
#define QUIET_MIN_US 100000u
/* Of the round trip of a window's end, which comes behind all the others, a block alone may take this part. */
#define WINDOW_SHARE 2u
/* So few blocks behind a loss another one means heavy loss: so many go at one burst a round trip even on a long
 * way. */
#define HEAVY_BLOCKS (2 * SENDER_BURST_MIN)

void sender_init(struct sender *sender, uint32_t window, uint8_t rollover)
{
	*sender = (struct sender){.next = 1,
				  .last = SENDER_LAST_UNKNOWN,
				  .window = window,
				  .burst = window,
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

/* A burst a round trip. But the whole window within SPREAD_MAX_US or a round trip: over a long way that would
 * take too long, unless much is lost. */
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
	bool is_heavy = sender->burst == find_burst_min(sender) && sender->clean_blocks < HEAVY_BLOCKS &&
			sender->next <= sender->acked + HEAVY_BLOCKS;
	if (is_heavy || trip_us * bursts <= spread_us)
		return (uint32_t)trip_us;
	return (uint32_t)(spread_us / bursts);
}

void sender_resume(struct sender *sender)
{
	sender->burst_left = sender->burst;
}

static void note_run(struct sender *sender, uint32_t at_us)
{
	uint32_t first = (uint32_t)sender->next;
	if (sender->run_count == 0)
		sender->restart_us = at_us;
	if (sender->run_count > 0 && sender->runs[0].at_us == at_us &&
	    first - sender->runs[0].first < sender->window)
		return;
	for (uint8_t i = SENDER_RUNS - 1; i > 0; i--)
		sender->runs[i] = sender->runs[i - 1];
	sender->runs[0] = (struct sender_run){first, at_us};
	if (sender->run_count < SENDER_RUNS)
		sender->run_count++;
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
	note_run(sender, (uint32_t)now_us);
	if (sender->next <= sender->sent_max) {
		uint64_t resent_end = end < sender->sent_max ? end : sender->sent_max;
		sender->blocks_resent += resent_end + 1 - sender->next;
	}
	if (end > sender->sent_max)
		sender->sent_max = end;
	sender->burst_left -= count < sender->burst_left ? count : sender->burst_left;
	sender->next = end + 1;
}

/* How long ago `block` was last sent. False: before what is remembered. */
static bool find_age(const struct sender *sender, uint64_t block, uint64_t now_us, uint32_t *age_us)
{
	for (uint8_t i = 0; i < sender->run_count && block < sender->next; i++) {
		uint32_t behind = (uint32_t)block - sender->runs[i].first;
		if (behind < sender->window) {
			*age_us = (uint32_t)now_us - sender->runs[i].at_us;
			return true;
		}
	}
	return false;
}

/* Sent so lately that no answer to it can be here. */
static bool is_on_its_way(const struct sender *sender, uint64_t block, uint32_t shortest_us,
			  uint64_t now_us)
{
	uint32_t age_us;
	return find_age(sender, block, now_us, &age_us) && age_us < shortest_us;
}

/* Nothing that was sent since `next` went back can have made this answer, and be it for another block. */
static bool is_too_fast_for_copies(const struct sender *sender, uint64_t now_us)
{
	if (sender->run_count == 0)
		return true;
	return sender->run_count < SENDER_RUNS &&
	       (uint32_t)now_us - sender->runs[sender->run_count - 1].at_us < sender->shortest_us;
}

/* The answer to the last copy, or to one before, took that long at least; and so will what comes behind it. */
static void note_echo(struct sender *sender, uint32_t age_us)
{
	uint32_t echo_us = age_us < ECHO_MAX_US ? age_us / 2 * ECHO_HALF_TRIPS : ECHO_MAX_US;
	uint32_t before_us = sender->echo_us - sender->echo_us / ECHO_SHARE;
	if (sender->acked <= sender->repeated && echo_us < before_us)
		echo_us = before_us;
	sender->echo_us = echo_us < ECHO_MAX_US ? echo_us : ECHO_MAX_US;
}

/* Karn: what a time-out repeated gives no sample. What a gap repeated gives one: the receiver had thrown the
 * first copies away. Unless they were only late, so nothing below the shortest round trip is believed, or before one
 * is known. An ACK inside a window may be long in coming, by the receiver's own timer, so only its end is timed. */
static void read_answer(struct sender *sender, uint64_t now_us, struct sender_answer *answer)
{
	uint64_t block = sender->acked;
	uint32_t shortest_us = sender->shortest_us, age_us = 0;
	bool is_known = find_age(sender, block, now_us, &age_us);
	bool is_fast = is_known && age_us < shortest_us;
	bool is_once = is_known && block > sender->repeated;
	*answer = (struct sender_answer){.is_bound = is_once,
					 .was_early = block <= sender->doubtful &&
						      is_too_fast_for_copies(sender, now_us)};
	if (is_known && age_us == 0)
		age_us = 1;
	if (block > sender->doubtful && block + 1 >= sender->next &&
	    (is_once || (shortest_us != 0 && !is_fast)))
		answer->rtt_us = age_us;
	else if (!is_fast)
		answer->age_us = age_us;
	/* What was sent once came back in no less than a round trip, whatever was believed before. Where the clock
	 * did not move it tells nothing. */
	uint32_t bound_us = is_once ? age_us : answer->rtt_us;
	if (shortest_us == 0)
		bound_us /= WINDOW_SHARE;
	if (bound_us > 1 && (shortest_us == 0 || is_fast))
		sender->shortest_us = bound_us;
	note_echo(sender, age_us);
}

static void go_back(struct sender *sender, uint32_t burst)
{
	uint32_t burst_min = find_burst_min(sender);
	sender->is_second = sender->acked > sender->restart && sender->acked <= sender->repeated;
	sender->repeated = sender->sent_max;
	sender->restart = sender->acked;
	sender->owes_nudge = false;
	sender->next = sender->acked + 1;
	sender->run_count = 0;
	sender->burst = burst > burst_min ? burst : burst_min;
	sender->clean_blocks = 0;
	sender_resume(sender);
}

/* Halved, once it is below the window. */
static uint32_t shrink(const struct sender *sender)
{
	return (sender->burst < sender->window ? sender->burst : sender->window) / 2;
}

static uint32_t find_trip(const struct sender *sender)
{
	return sender->shortest_us == 0 ? TRIP_UNKNOWN_US : sender->shortest_us;
}

/* The echoes of what was sent so long ago are here, or lost. */
static uint32_t find_echo_us(const struct sender *sender)
{
	uint64_t echo_us = (uint64_t)sender->shortest_us * ECHO_HALF_TRIPS / 2;
	if (sender->shortest_us == 0 || echo_us > ECHO_MAX_US)
		echo_us = ECHO_MAX_US;
	return echo_us < sender->echo_us ? sender->echo_us : (uint32_t)echo_us;
}

/* Nothing is on the way any more: who speaks now has waited. */
static bool is_quiet(const struct sender *sender, uint64_t now_us)
{
	uint32_t echo_us = find_echo_us(sender);
	return (uint32_t)now_us - sender->runs[0].at_us >=
	       (echo_us > QUIET_MIN_US ? echo_us : QUIET_MIN_US);
}

/* Copies make copies of their ACK, which would make copies again; and ACK 0 comes once for each OACK. But those
 * come at once. Where a window takes many round trips, its first block is missed long before its end or the timer
 * tells. */
static bool may_be_echo(const struct sender *sender, uint64_t now_us)
{
	bool is_missed = is_paced(sender) && sender->acked == sender->restart &&
			 (uint32_t)now_us - sender->restart_us >= find_echo_us(sender);
	return sender->acked <= sender->repeated && !is_missed && !is_quiet(sender, now_us);
}

/* Because of an ACK. If it was for a copy, it may have been an echo all the same: each time longer is waited. */
static void go_back_told(struct sender *sender)
{
	uint32_t echo_us = find_echo_us(sender);
	if (sender->acked <= sender->repeated)
		sender->echo_us = echo_us < ECHO_MAX_US / 2 ? 2 * echo_us : ECHO_MAX_US;
	go_back(sender, shrink(sender));
}

static enum sender_event take_again(struct sender *sender, uint64_t now_us)
{
	if (sender->window == 1 || !sender_is_waiting(sender) || may_be_echo(sender, now_us) ||
	    is_on_its_way(sender, sender->acked + 1, find_trip(sender), now_us))
		return SENDER_REPEATED;
	go_back_told(sender);
	return SENDER_RESTARTED;
}

static bool is_echo(const struct sender *sender)
{
	return sender->acked <= sender->repeated &&
	       (sender->acked == sender->restart + 1 || sender->acked == sender->repeated ||
		sender->is_second);
}

static void grow(struct sender *sender, uint32_t blocks)
{
	if (!is_paced(sender))
		return;
	uint32_t clean = sender->clean_blocks + blocks;
	sender->burst += clean / SENDER_BURST_GROWTH;
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
	bool was_quiet = is_quiet(sender, now_us);
	sender->acked += ahead;
	sender->owes_nudge = false;
	read_answer(sender, now_us, answer);
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
	if ((is_echo(sender) && !was_quiet) ||
	    is_on_its_way(sender, sender->acked + 1, sender->shortest_us, now_us))
		return SENDER_ADVANCED;
	go_back_told(sender);
	return SENDER_REWOUND;
}

void sender_rewind(struct sender *sender, bool may_nudge)
{
	bool is_again = sender->restart == sender->acked && sender->doubtful == sender->sent_max;
	if (!is_again)
		sender->burst_before = sender->burst;
	sender->doubtful = sender->sent_max;
	go_back(sender, 0);
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

#include "proto/sender_time.h"

#include <stddef.h>

/* A repeated ACK this long after the block behind it was sent means something, if no round trip is known. */
#define TRIP_UNKNOWN_US 200000u
/* So many halves of the shortest round trip after a window began anew, no echo of the block before comes any more. */
#define ECHO_HALF_TRIPS 5u
/* A queue on the way may hold echoes longer, and nobody knows while no round trip is known; but after so long a timer
 * has done what is to be done. */
#define ECHO_MAX_US 1000000u
/* What was learnt about echoes loses an eighth with each answer that tells nothing about them. */
#define ECHO_SHARE 8u
/* Nor is it quiet before so long after anything was sent: a client may be busy for a while before it answers. */
#define QUIET_MIN_US 100000u
/* Of the round trip of a window's end, which comes behind all the others, a block alone may take this part. */
#define WINDOW_SHARE 2u
/* The copy of a window that fell silent where no rate is known is spread over what was waited, and no more than this:
 * 64 blocks of 1468 in 0.1 s are 8 Mbit/s. */
#define GUESS_MAX_US 100000u
/* Each time-out more doubles that, while it is less than this part of what was waited. */
#define GUESS_SHARE 4u

/* With which `block` was last sent. NULL: before what is remembered. */
static const struct sender_run *find_run(const struct sender *sender, uint64_t block)
{
	for (uint8_t i = 0; i < sender->run_count && block < sender->next; i++)
		if ((uint32_t)block - sender->runs[i].first < sender->window)
			return &sender->runs[i];
	return NULL;
}

/* What waits in front of the slowest link, as time, when the run after this one is sent, or behind the latest at
 * `now_us`; below 0: since when nothing does. */
static int64_t pass_run(const struct sender *sender, uint8_t i, int64_t queue_us, uint64_t now_us)
{
	const struct sender_run *run = &sender->runs[i];
	uint32_t end = i > 0 ? run[-1].first : (uint32_t)sender->next;
	uint32_t end_us = i > 0 ? run[-1].at_us : (uint32_t)now_us;
	if (queue_us < 0)
		queue_us = 0;
	queue_us += (int64_t)(end - run->first) * sender->block_us - (end_us - run->at_us);
	return queue_us < ECHO_MAX_US ? queue_us : ECHO_MAX_US;
}

static int64_t find_queue_us(const struct sender *sender, uint64_t now_us)
{
	int64_t queue_us = sender->queue_us;
	for (uint8_t i = sender->run_count; i-- > 0;)
		queue_us = pass_run(sender, i, queue_us, now_us);
	return queue_us;
}

static uint32_t at_least_0(int64_t queue_us)
{
	return queue_us < 0 ? 0 : (uint32_t)queue_us;
}

void sender_time_sent(struct sender *sender, uint64_t now_us)
{
	uint32_t first = (uint32_t)sender->next, at_us = (uint32_t)now_us;
	if (sender->next == sender->acked + 1)
		sender->begun_us = at_us;
	if (sender->run_count == 0) {
		uint32_t drain_us = sender->queue_us, trip_us = sender->shortest_us;
		sender->drained_us = at_us + (drain_us < trip_us ? trip_us : drain_us);
	}
	if (sender->run_count > 0 && sender->runs[0].at_us == at_us &&
	    first - sender->runs[0].first < sender->window)
		return;
	if (sender->run_count == SENDER_RUNS)
		sender->queue_us =
		    at_least_0(pass_run(sender, SENDER_RUNS - 1, sender->queue_us, now_us));
	else
		sender->run_count++;
	for (uint8_t i = SENDER_RUNS - 1; i > 0; i--)
		sender->runs[i] = sender->runs[i - 1];
	sender->runs[0] = (struct sender_run){first, at_us};
}

bool sender_time_is_on_its_way(const struct sender *sender, uint64_t block, uint32_t trip_us,
			       uint64_t now_us)
{
	const struct sender_run *run = find_run(sender, block);
	return run != NULL && (uint32_t)now_us - run->at_us < trip_us;
}

uint32_t sender_time_trip_us(const struct sender *sender)
{
	return sender->shortest_us == 0 ? TRIP_UNKNOWN_US : sender->shortest_us;
}

static uint32_t find_echo_us(const struct sender *sender)
{
	uint64_t echo_us = (uint64_t)sender->shortest_us * ECHO_HALF_TRIPS / 2;
	if (echo_us < sender->echo_us)
		echo_us = sender->echo_us;
	return sender->shortest_us == 0 || echo_us > ECHO_MAX_US ? ECHO_MAX_US : (uint32_t)echo_us;
}

bool sender_time_is_overdue(const struct sender *sender, uint64_t block, uint64_t now_us)
{
	int64_t behind_us = (int64_t)(sender->next - 1 - block) * sender->block_us;
	int64_t passed_us = behind_us - find_queue_us(sender, now_us);
	uint32_t echo_us = find_echo_us(sender);
	return passed_us >= (int64_t)sender_time_trip_us(sender) * 3 / 2 &&
	       (uint32_t)now_us - sender->begun_us >= echo_us &&
	       !sender_time_is_on_its_way(sender, block, echo_us, now_us);
}

bool sender_time_is_drained(const struct sender *sender, uint64_t now_us)
{
	int32_t since_us = (int32_t)((uint32_t)now_us - sender->drained_us);
	return sender->shortest_us != 0 && since_us >= (int64_t)sender->shortest_us * 3 / 2;
}

bool sender_time_is_quiet(const struct sender *sender, uint64_t now_us)
{
	uint32_t echo_us = find_echo_us(sender);
	return find_queue_us(sender, now_us) <= 0 &&
	       (uint32_t)now_us - sender->runs[0].at_us >=
		   (echo_us > QUIET_MIN_US ? echo_us : QUIET_MIN_US);
}

void sender_time_distrust(struct sender *sender)
{
	uint32_t echo_us = find_echo_us(sender);
	sender->echo_us = echo_us < ECHO_MAX_US / 2 ? 2 * echo_us : ECHO_MAX_US;
}

void sender_time_restarted(struct sender *sender, uint64_t now_us)
{
	sender->queue_us = at_least_0(find_queue_us(sender, now_us));
	sender->run_count = 0;
}

/* The end of a window was lost and whatever was behind it, so nobody spoke of it; as a queue does that is shorter than
 * the window, each time anew. The copy is spread over a time that costs little beside what was waited in vain, and if
 * it is in vain as well, the next one over more. */
static void guess_rate(struct sender *sender, bool is_again, uint32_t waited_us)
{
	uint32_t most_us = waited_us / GUESS_SHARE / sender->window;
	if (sender->block_us == 0)
		sender->block_us =
		    (waited_us < GUESS_MAX_US ? waited_us : GUESS_MAX_US) / sender->window;
	else if (is_again && sender->block_us < most_us)
		sender->block_us = 2 * sender->block_us < most_us ? 2 * sender->block_us : most_us;
}

void sender_time_expired(struct sender *sender, bool is_again, uint64_t now_us)
{
	sender->doubtful = sender->sent_max;
	guess_rate(sender, is_again, (uint32_t)now_us - sender->runs[0].at_us);
}

/* Nothing that was sent since `next` went back can have made this answer, and be it for another block. */
static bool is_too_fast_for_copies(const struct sender *sender, uint64_t now_us)
{
	if (sender->run_count == 0)
		return true;
	return sender->run_count < SENDER_RUNS &&
	       (uint32_t)now_us - sender->runs[sender->run_count - 1].at_us < sender->shortest_us;
}

/* Of what is more than a round trip; at least 1. */
static uint32_t share(const struct sender *sender, uint32_t took_us, uint32_t blocks)
{
	uint64_t trip_us = (uint64_t)sender->shortest_us * (sender->is_trip_halved ? WINDOW_SHARE : 1);
	return (took_us > trip_us ? took_us - (uint32_t)trip_us : 0) / blocks + 1;
}

/* What was confirmed took a round trip and the time of its blocks, and so did the last burst of it, if it is long
 * enough to tell. The gap behind it is told later than that, so both are too much rather than too little. */
static uint32_t find_block_us(const struct sender *sender, uint32_t ahead, uint64_t now_us)
{
	const struct sender_run *run = find_run(sender, sender->acked);
	uint32_t block_us = share(sender, (uint32_t)now_us - sender->begun_us, ahead);
	uint32_t burst = run == NULL ? 0 : (uint32_t)sender->acked + 1 - run->first;
	if (burst < SENDER_BURST_MIN)
		return block_us;
	uint32_t burst_us = share(sender, (uint32_t)now_us - run->at_us, burst);
	return burst_us < block_us ? burst_us : block_us;
}

static void note_rate(struct sender *sender, uint32_t ahead, uint64_t now_us)
{
	uint64_t block = sender->acked;
	/* What copies tell is better than a guess, if they are there because of a gap. */
	bool is_certain = block > sender->repeated ||
			  (sender->is_rate_guessed && block > sender->doubtful && block < sender->next);
	if (!is_certain || sender_time_is_on_its_way(sender, block, sender->shortest_us, now_us))
		return;
	uint32_t block_us = find_block_us(sender, ahead, now_us);
	bool is_less = block_us < sender->block_us;
	if (!is_less && !sender->is_rate_guessed)
		return;
	sender->is_rate_guessed = sender->block_us != 0 && !is_less;
	sender->block_us = block_us;
}

/* The answer took that long, so what comes behind it may too. */
static void note_echo(struct sender *sender, bool is_late, uint64_t now_us)
{
	const struct sender_run *run = find_run(sender, sender->acked);
	sender->echo_us -= sender->echo_us / ECHO_SHARE;
	if (is_late || run == NULL)
		return;
	uint32_t age_us = (uint32_t)now_us - run->at_us;
	uint32_t echo_us = age_us < ECHO_MAX_US / 2 ? age_us + age_us / 2 : ECHO_MAX_US;
	if (sender->echo_us < echo_us || sender->acked > sender->repeated)
		sender->echo_us = echo_us;
}

/* What was sent once came back in no less than a round trip, whatever was believed before. Where the clock did not
 * move it tells nothing. */
static void note_trip(struct sender *sender, uint32_t age_us)
{
	bool is_first = sender->shortest_us == 0;
	uint32_t trip_us = is_first ? age_us / WINDOW_SHARE : age_us;
	if (trip_us <= 1 || (!is_first && trip_us >= sender->shortest_us))
		return;
	sender->shortest_us = trip_us;
	sender->is_trip_halved = is_first;
}

/* Karn: what a time-out repeated gives no sample. What a gap repeated gives one: the receiver had thrown the
 * first copies away. Unless they were only late, so nothing below the shortest round trip is believed, or before one
 * is known. An ACK inside a window may be long in coming, by the receiver's own timer, so only its end is timed, and
 * where it is paced what does not come after a silence: where much is lost no window's end is ever told. */
static void read_answer(struct sender *sender, bool is_flowing, uint64_t now_us,
			struct sender_answer *answer)
{
	uint64_t block = sender->acked;
	const struct sender_run *run = find_run(sender, block);
	uint32_t shortest_us = sender->shortest_us;
	uint32_t age_us = run == NULL ? 0 : (uint32_t)now_us - run->at_us;
	bool is_fast = run != NULL && age_us < shortest_us;
	bool is_once = run != NULL && block > sender->repeated;
	*answer = (struct sender_answer){.is_bound = is_once,
					 .was_early = block <= sender->doubtful &&
						      is_too_fast_for_copies(sender, now_us)};
	if (run != NULL && age_us == 0)
		age_us = 1;
	if (block > sender->doubtful && (block + 1 >= sender->next || is_flowing) &&
	    (is_once || (shortest_us != 0 && !is_fast)))
		answer->rtt_us = age_us;
	else if (!is_fast)
		answer->age_us = age_us;
	if (is_once)
		note_trip(sender, age_us);
}

void sender_time_answered(struct sender *sender, uint32_t ahead, bool was_quiet, uint64_t now_us,
			  struct sender_answer *answer)
{
	uint32_t shortest_us = sender->shortest_us;
	bool is_paced = sender->burst < sender->window;
	read_answer(sender, is_paced && !was_quiet, now_us, answer);
	note_echo(sender, was_quiet, now_us);
	/* A round trip taken from this very answer leaves nothing for its blocks. */
	if (shortest_us == sender->shortest_us)
		note_rate(sender, ahead, now_us);
}

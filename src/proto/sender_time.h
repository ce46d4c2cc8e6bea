/* What a sender knows about time, from answers: the round trip, how long a block takes to pass the slowest link, and
 * so how long what was sent waits in front of it. Part of the sender (sender.c); nobody else includes it.
 *
 * Laws: a block's time is never longer than the shortest seen, by windows and by bursts, for both bound it from
 * above; but a guess, made where a whole window fell silent, gives way to whatever is seen. Nothing is believed
 * that may answer an earlier copy (Karn), nor what was sent less than a round trip ago. */
#ifndef UVTFTP_PROTO_SENDER_TIME_H
#define UVTFTP_PROTO_SENDER_TIME_H

#include "proto/sender.h"

/* Blocks from sender->next on are being sent. */
void sender_time_sent(struct sender *sender, uint64_t now_us);
/* sender->acked has just moved on by `ahead` blocks. `was_quiet`: sender_time_is_quiet, before. */
void sender_time_answered(struct sender *sender, uint32_t ahead, bool was_quiet, uint64_t now_us,
			  struct sender_answer *answer);
/* The timer fired. `is_again`: for this window it did before. */
void sender_time_expired(struct sender *sender, bool is_again, uint64_t now_us);
/* sender->next is about to go back. */
void sender_time_restarted(struct sender *sender, uint64_t now_us);
/* ... because of an ACK that told nothing new: the next one is believed only after twice the time. */
void sender_time_distrust(struct sender *sender);

/* The shortest round trip, or what is taken for it. */
uint32_t sender_time_trip_us(const struct sender *sender);
/* `block` was sent less than `trip_us` ago, so no answer to it can be here. */
bool sender_time_is_on_its_way(const struct sender *sender, uint64_t block, uint32_t trip_us,
			       uint64_t now_us);
/* `block` was sent so long ago that it would be answered, if the network keeps the order. */
bool sender_time_is_overdue(const struct sender *sender, uint64_t block, uint64_t now_us);
/* What was sent before `next` went back has been answered, or is lost. */
bool sender_time_is_drained(const struct sender *sender, uint64_t now_us);
/* Nothing is on the way any more: who speaks now has waited. */
bool sender_time_is_quiet(const struct sender *sender, uint64_t now_us);

#endif

#include "proto/rto.h"

/* The clock granularity G of RFC 6298: timers fire on whole milliseconds. */
#define GRANULARITY_US 1000u
/* Patience loses a 64th with each sample: from its maximum to a floor of 10 ms in two hundred. */
#define PATIENCE_SHARE 64u

static uint32_t clamp(uint64_t value, uint32_t low, uint32_t high)
{
	if (value < low)
		return low;
	return value > high ? high : (uint32_t)value;
}

void rto_init(struct rto *rto, uint32_t initial_us, uint32_t floor_us, uint32_t cap_us)
{
	*rto = (struct rto){.value_us = initial_us, .floor_us = floor_us, .cap_us = cap_us};
}

/* Before floor and cap. */
static uint64_t estimate(const struct rto *rto)
{
	uint64_t margin = 4 * (uint64_t)rto->rttvar_us;
	return rto->srtt_us + (margin < GRANULARITY_US ? GRANULARITY_US : margin);
}

static uint32_t find_value(const struct rto *rto)
{
	uint64_t value = estimate(rto);
	return clamp(value < rto->patience_us ? rto->patience_us : value, rto->floor_us, rto->cap_us);
}

void rto_sample(struct rto *rto, uint64_t rtt_us)
{
	uint32_t r = clamp(rtt_us, 0, RTO_MAX_US);
	if (!rto->has_sample) {
		rto->srtt_us = r;
		rto->rttvar_us = r / 2;
		rto->has_sample = true;
	} else {
		uint32_t error = r > rto->srtt_us ? r - rto->srtt_us : rto->srtt_us - r;
		rto->rttvar_us = rto->rttvar_us - rto->rttvar_us / 4 + error / 4;
		rto->srtt_us = rto->srtt_us - rto->srtt_us / 8 + r / 8;
	}
	rto->confirmed = 0;
	rto->patience_us -= rto->patience_us / PATIENCE_SHARE;
	rto->value_us = find_value(rto);
}

void rto_back_off(struct rto *rto)
{
	rto->value_us = clamp(2 * (uint64_t)rto->value_us, rto->floor_us, rto->cap_us);
}

void rto_wait(struct rto *rto, uint32_t least_us)
{
	if (rto->value_us < least_us)
		rto->value_us = clamp(least_us, rto->floor_us, rto->cap_us);
}

void rto_was_early(struct rto *rto, uint64_t rtt_us)
{
	uint32_t patience_us = clamp(rtt_us, 0, RTO_PATIENCE_MAX_US);
	if (patience_us > rto->patience_us)
		rto->patience_us = patience_us;
	rto_sample(rto, rtt_us);
}

void rto_confirm(struct rto *rto, uint32_t age_us, bool is_repetition)
{
	if (!is_repetition)
		rto->confirmed = 0;
	if (!rto->has_sample || age_us > estimate(rto) || rto->confirmed == RTO_CONFIRMED_MAX)
		return;
	rto->confirmed += is_repetition;
	rto->value_us = find_value(rto);
}

#include "sim/dice.h"

/* splitmix64: 64 bits of state, no bad seed. */
#define STEP UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t dice_hash(uint64_t seed, uint64_t index)
{
	return mix(seed + (index + 1) * STEP);
}

void dice_init(struct dice *dice, uint64_t seed, uint64_t tag)
{
	dice->state = dice_hash(mix(seed), tag);
}

uint64_t dice_roll(struct dice *dice, uint64_t below)
{
	dice->state += STEP;
	return mix(dice->state) % below;
}

uint64_t dice_between(struct dice *dice, uint64_t low, uint64_t high)
{
	return low + dice_roll(dice, high - low + 1);
}

bool dice_hits(struct dice *dice, uint32_t ppm)
{
	return ppm != 0 && dice_roll(dice, DICE_CERTAIN) < ppm;
}

#include "sim/dice.h"

void dice_init(struct dice *dice, uint64_t seed, uint64_t tag)
{
	dice->state = dice_hash(dice_mix(seed), tag);
}

uint64_t dice_roll(struct dice *dice, uint64_t below)
{
	dice->state += DICE_STEP;
	return dice_mix(dice->state) % below;
}

uint64_t dice_between(struct dice *dice, uint64_t low, uint64_t high)
{
	return low + dice_roll(dice, high - low + 1);
}

bool dice_hits(struct dice *dice, uint32_t ppm)
{
	return ppm != 0 && dice_roll(dice, DICE_CERTAIN) < ppm;
}

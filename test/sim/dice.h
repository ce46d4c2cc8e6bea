/* Randomness that is the same on every machine: everything a run draws follows from its seed. */
#ifndef UVTFTP_SIM_DICE_H
#define UVTFTP_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

#define DICE_CERTAIN 1000000u /* dice_hits counts in parts per million */

struct dice {
	uint64_t state;
};

/* splitmix64: 64 bits of state, no bad seed. */
#define DICE_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t dice_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* In the header, because every eight bytes of a file are one. */
static inline uint64_t dice_hash(uint64_t seed, uint64_t index)
{
	return dice_mix(seed + (index + 1) * DICE_STEP);
}

/* Streams with different tags are independent, so that drawing from one never shifts another. */
void dice_init(struct dice *dice, uint64_t seed, uint64_t tag);
uint64_t dice_roll(struct dice *dice, uint64_t below);                 /* 0 to below - 1 */
uint64_t dice_between(struct dice *dice, uint64_t low, uint64_t high); /* both included */
bool dice_hits(struct dice *dice, uint32_t ppm);

#endif

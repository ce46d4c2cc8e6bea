/* Randomness that is the same on every machine: everything a run draws follows from its seed. */
#ifndef UVTFTP_SIM_DICE_H
#define UVTFTP_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

#define DICE_CERTAIN 1000000u /* dice_hits counts in parts per million */

struct dice {
	uint64_t state;
};

uint64_t dice_hash(uint64_t seed, uint64_t index);
/* Streams with different tags are independent, so that drawing from one never shifts another. */
void dice_init(struct dice *dice, uint64_t seed, uint64_t tag);
uint64_t dice_roll(struct dice *dice, uint64_t below);                 /* 0 to below - 1 */
uint64_t dice_between(struct dice *dice, uint64_t low, uint64_t high); /* both included */
bool dice_hits(struct dice *dice, uint32_t ppm);

#endif

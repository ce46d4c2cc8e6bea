#include "store/portion.h"

#define SHRINK_SHARE 4u

bool portion_shrink(struct portion *portion, uint32_t frames, uint32_t burst_frames)
{
	/* Whole bursts, so that few lie in two chunks. */
	uint32_t wanted = burst_frames;
	while (wanted * 2 <= frames / SHRINK_SHARE)
		wanted *= 2;
	portion->lasted = 0;
	if (wanted >= frames)
		return false;
	portion->chunk_frames = (uint16_t)wanted;
	return true;
}

bool portion_grow(struct portion *portion, uint32_t frames_max)
{
	if (portion->chunk_frames == 0 || ++portion->lasted < PORTION_LASTED_MAX)
		return false;
	uint32_t wanted = portion->chunk_frames * 2u;
	portion->lasted = 0;
	portion->chunk_frames = wanted < frames_max ? (uint16_t)wanted : 0;
	return true;
}

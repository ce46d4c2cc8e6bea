/* How much of a content a reader has the cache read at a time.
 *
 * Whole chunks, as long as there is memory for them. A chunk that is given up before its reader came back for the rest
 * has cost far more than the few frames it gave: from then on this reader's chunks have a quarter of the frames, down
 * to what it takes at once, and twice as many again when a few have lasted. So what is read stays near what is sent,
 * however many readers share however little memory. */
#ifndef UVTFTP_STORE_PORTION_H
#define UVTFTP_STORE_PORTION_H

#include <stdbool.h>

#include "store/framing.h"

/* Chunks that last before larger ones are tried. The larger one may be read for half of it: a fifth more. */
#define PORTION_LASTED_MAX 4u

/* All zero: whole chunks. */
struct portion {
	uint16_t chunk_frames; /* as in a framing */
	uint16_t lasted;       /* chunks, one after the other, of this size */
};

/* A chunk with so many frames was given up too early; `burst_frames`, at least 1, are taken at once. True: the next
 * ones are smaller. */
bool portion_shrink(struct portion *portion, uint32_t frames, uint32_t burst_frames);
/* The reader comes to another chunk; `frames_max` as of its framing. True: it shall be larger. */
bool portion_grow(struct portion *portion, uint32_t frames_max);

#endif

/* How a content lies in memory: as frames, each a header and the next piece of the content, one behind the
 * other, so that a run of frames is sent as it lies. What the headers say is up to who sends them.
 *
 * The last frame's piece is shorter than the others; it is empty if the content is a whole number of pieces. A
 * chunk has as many whole frames as fit, unless the framing says fewer. */
#ifndef UVTFTP_STORE_FRAMING_H
#define UVTFTP_STORE_FRAMING_H

#include <stdint.h>

#define CHUNK_BYTES           65536u
#define FRAME_HEADER_BYTES    4u
#define FRAME_PIECE_BYTES_MAX (CHUNK_BYTES - FRAME_HEADER_BYTES)

/* Equal ones have equal frames of a content. */
struct framing {
	uint32_t piece_bytes;  /* of the content in each frame; 1 to FRAME_PIECE_BYTES_MAX */
	uint16_t variant;      /* of the headers */
	uint16_t chunk_frames; /* in each chunk but the last; 0: as many as fit */
};

/* Writes FRAME_HEADER_BYTES for frame `number`, counted from 0. On any thread. */
typedef void frame_writer(uint8_t *header, uint64_t number, uint32_t variant);

/* What a chunk has of a content. */
struct chunk_range {
	uint64_t first_frame;
	uint32_t frame_count;
	uint32_t content_bytes; /* in all its frames */
	uint64_t offset;        /* of the first one's piece in the content */
};

uint32_t framing_frames_max(struct framing framing);   /* as many as fit in a chunk */
uint32_t framing_chunk_frames(struct framing framing); /* of each chunk but the last */
uint64_t framing_chunks(struct framing framing, uint64_t content_bytes);
/* index < framing_chunks(framing, content_bytes) */
struct chunk_range framing_range(struct framing framing, uint64_t content_bytes, uint64_t index);
uint32_t framing_range_bytes(const struct chunk_range *range); /* with the headers */
/* Makes frames, from the beginning of the room, of the pieces that lie without gaps at its end. The room has
 * framing_range_bytes. */
void framing_spread(struct framing framing, const struct chunk_range *range, frame_writer *write_header,
		    uint8_t *room);

#endif

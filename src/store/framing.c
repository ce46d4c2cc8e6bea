#include "store/framing.h"

#include <string.h>

#include "base/err.h"

static uint32_t frame_bytes(struct framing framing)
{
	return FRAME_HEADER_BYTES + framing.piece_bytes;
}

static uint64_t count_frames(struct framing framing, uint64_t content_bytes)
{
	return content_bytes / framing.piece_bytes + 1;
}

uint32_t framing_frames_max(struct framing framing)
{
	ASSERT(framing.piece_bytes >= 1 && framing.piece_bytes <= FRAME_PIECE_BYTES_MAX);
	return CHUNK_BYTES / frame_bytes(framing);
}

uint32_t framing_chunk_frames(struct framing framing)
{
	uint32_t frames_max = framing_frames_max(framing);
	ASSERT(framing.chunk_frames <= frames_max);
	return framing.chunk_frames != 0 ? framing.chunk_frames : frames_max;
}

uint64_t framing_chunks(struct framing framing, uint64_t content_bytes)
{
	return (count_frames(framing, content_bytes) - 1) / framing_chunk_frames(framing) + 1;
}

struct chunk_range framing_range(struct framing framing, uint64_t content_bytes, uint64_t index)
{
	ASSERT(index < framing_chunks(framing, content_bytes));
	uint32_t frames = framing_chunk_frames(framing);
	struct chunk_range range = {.first_frame = index * frames};
	uint64_t frames_left = count_frames(framing, content_bytes) - range.first_frame;
	range.frame_count = frames_left < frames ? (uint32_t)frames_left : frames;
	range.offset = range.first_frame * framing.piece_bytes;
	uint64_t bytes_left = content_bytes - range.offset;
	uint32_t full_bytes = range.frame_count * framing.piece_bytes;
	range.content_bytes = bytes_left < full_bytes ? (uint32_t)bytes_left : full_bytes;
	return range;
}

uint32_t framing_range_bytes(const struct chunk_range *range)
{
	return range->frame_count * FRAME_HEADER_BYTES + range->content_bytes;
}

/* Each piece moves towards the beginning, and less far than the one before it: none is in another's way. */
void framing_spread(struct framing framing, const struct chunk_range *range, frame_writer *write_header,
		    uint8_t *room)
{
	const uint8_t *from = room + range->frame_count * FRAME_HEADER_BYTES;
	uint32_t left = range->content_bytes;
	for (uint32_t i = 0; i < range->frame_count; i++) {
		uint8_t *to = room + i * frame_bytes(framing) + FRAME_HEADER_BYTES;
		uint32_t len = left < framing.piece_bytes ? left : framing.piece_bytes;
		if (to != from)
			memmove(to, from, len);
		write_header(to - FRAME_HEADER_BYTES, range->first_frame + i, framing.variant);
		from += len;
		left -= len;
	}
}

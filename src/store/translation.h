/* A file as seen through a filter: where each TRANSLATION_MARK_BYTES of the translated stream begin in the file,
 * so that a read starts near and not at the beginning. */
#ifndef UVTFTP_STORE_TRANSLATION_H
#define UVTFTP_STORE_TRANSLATION_H

#include "store/store.h"

#define TRANSLATION_MARK_BYTES 65536u
#define TRANSLATION_MARKS_MAX                                                                           \
	16384u /* 1 GiB of translated text; the scan blocks a pool thread as long */

struct translation_mark {
	uint64_t file_offset;
	uint32_t state; /* of the filter */
};

struct translation {
	const struct store_filter *filter; /* borrowed */
	int fd;                            /* borrowed */
	uint64_t file_bytes;
	uint64_t size_bytes;            /* translated */
	struct translation_mark *marks; /* own */
	size_t mark_count;
	size_t mark_room;
};

/* Scans the file once. Blocks. 0, or a negative errno and nothing to be freed; -EFBIG: too many marks. */
int translation_init(struct translation *translation, const struct store_filter *filter, int fd,
		     uint64_t file_bytes);
void translation_fini(struct translation *translation); /* also of a zeroed one */
/* Fills `room` from the translated stream; offset + len <= size_bytes. Blocks. 0 or a negative errno. */
int translation_read(const struct translation *translation, uint64_t offset, void *room, size_t len);

#endif

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/read_exact.h"
#include "store/translation.h"

#define INPUT_BYTES 16384u
#define SPARE_BYTES 16384u

/* One pass over the file. On the heap: pool threads may have small stacks. */
struct pass {
	const struct translation *translation; /* borrowed */
	struct translation_mark here;          /* where the next byte is made from */
	size_t input_at;
	size_t input_len;
	uint8_t input[INPUT_BYTES];
	uint8_t spare[SPARE_BYTES]; /* for output nobody wants */
};

static struct pass *begin(const struct translation *translation, struct translation_mark from)
{
	struct pass *pass = mem_alloc(sizeof *pass);
	if (pass == NULL)
		return NULL;
	pass->translation = translation;
	pass->here = from;
	pass->input_at = pass->input_len = 0;
	return pass;
}

static int refill(struct pass *pass)
{
	uint64_t left = pass->translation->file_bytes - pass->here.file_offset;
	pass->input_at = 0;
	pass->input_len = left < INPUT_BYTES ? (size_t)left : INPUT_BYTES;
	return read_exact(pass->translation->fd, pass->here.file_offset, pass->input, pass->input_len);
}

/* Makes up to `len` bytes; 0 of them at the end of the stream only. */
static int make(struct pass *pass, uint8_t *out, size_t len, size_t *made)
{
	const struct store_filter *filter = pass->translation->filter;
	*made = 0;
	for (;;) {
		size_t used = 0;
		if (pass->input_at == pass->input_len) {
			int rc = refill(pass);
			if (rc != 0)
				return rc;
		}
		size_t in_len = pass->input_len - pass->input_at;
		filter->translate(&pass->here.state, pass->input + pass->input_at, in_len, &used, out,
				  len, made);
		ASSERT(used <= in_len && *made <= len);
		pass->input_at += used;
		pass->here.file_offset += used;
		if (*made > 0 || in_len == 0)
			return 0;
		ASSERT(used > 0);
	}
}

static int add_mark(struct translation *translation, struct translation_mark mark)
{
	if (translation->mark_count == TRANSLATION_MARKS_MAX)
		return -EFBIG;
	if (translation->mark_count == translation->mark_room) {
		size_t more = translation->mark_room == 0 ? 16 : translation->mark_room * 2;
		struct translation_mark *marks = mem_alloc(more * sizeof *marks);
		if (marks == NULL)
			return -ENOMEM;
		if (translation->mark_count > 0)
			memcpy(marks, translation->marks, translation->mark_count * sizeof *marks);
		mem_free(translation->marks);
		translation->marks = marks;
		translation->mark_room = more;
	}
	translation->marks[translation->mark_count++] = mark;
	return 0;
}

static int scan(struct translation *translation, struct pass *pass)
{
	for (;;) {
		size_t behind_mark = (size_t)(translation->size_bytes % TRANSLATION_MARK_BYTES);
		size_t wanted = TRANSLATION_MARK_BYTES - behind_mark;
		size_t made;
		struct translation_mark here = pass->here;
		int rc = make(pass, pass->spare, wanted < SPARE_BYTES ? wanted : SPARE_BYTES, &made);
		if (rc != 0 || made == 0)
			return rc;
		if (behind_mark == 0) {
			rc = add_mark(translation, here);
			if (rc != 0)
				return rc;
		}
		translation->size_bytes += made;
	}
}

int translation_init(struct translation *translation, const struct store_filter *filter, int fd,
		     uint64_t file_bytes)
{
	*translation = (struct translation){.filter = filter, .fd = fd, .file_bytes = file_bytes};
	struct pass *pass = begin(translation, (struct translation_mark){0, 0});
	if (pass == NULL)
		return -ENOMEM;
	int rc = scan(translation, pass);
	mem_free(pass);
	if (rc != 0)
		translation_fini(translation);
	return rc;
}

void translation_fini(struct translation *translation)
{
	mem_free(translation->marks);
	translation->marks = NULL;
}

int translation_read(const struct translation *translation, uint64_t offset, void *room, size_t len)
{
	if (len == 0)
		return 0;
	uint64_t mark = offset / TRANSLATION_MARK_BYTES;
	size_t skip = (size_t)(offset % TRANSLATION_MARK_BYTES);
	ASSERT(mark < translation->mark_count);
	struct pass *pass = begin(translation, translation->marks[mark]);
	if (pass == NULL)
		return -ENOMEM;

	int rc = 0;
	uint8_t *at = room;
	while (rc == 0 && skip + len > 0) {
		size_t made;
		if (skip > 0) {
			rc = make(pass, pass->spare, skip < SPARE_BYTES ? skip : SPARE_BYTES, &made);
			skip -= made;
		} else {
			rc = make(pass, at, len, &made);
			at += made;
			len -= made;
		}
		/* Ends before it did when it was scanned. */
		if (rc == 0 && made == 0)
			rc = -ESTALE;
	}
	mem_free(pass);
	return rc;
}

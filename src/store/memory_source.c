#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/memory_source.h"
#include "store/opening.h"

#define SCRATCH_BYTES 512u /* what the filter may make in one call */

struct memory_source {
	struct source source;
	uint64_t id[2];            /* random: no two sources share a content key */
	struct list items;         /* own */
	uint64_t item_count;       /* numbers the items */
	_Atomic size_t open_count; /* contents not closed yet */
};

struct item {
	struct list link;
	uint64_t number;
	unsigned delay_ms;
	size_t len;
	uint8_t *bytes; /* own */
	char *name;     /* own */
};

struct memory_content {
	struct content content;
	struct memory_source *source; /* borrowed: outlives its contents */
	unsigned delay_ms;
	const uint8_t *bytes;
	uint8_t *translated; /* own; NULL without a filter */
};

static struct memory_source *of(struct source *source)
{
	return LIST_OWNER(source, struct memory_source, source);
}

static int read_bytes(struct content *content, uint64_t offset, void *room, size_t len)
{
	struct memory_content *memory = LIST_OWNER(content, struct memory_content, content);
	if (memory->delay_ms > 0)
		uv_sleep(memory->delay_ms);
	if (len > 0)
		memcpy(room, memory->bytes + offset, len);
	return 0;
}

static void close_content(struct content *content)
{
	struct memory_content *memory = LIST_OWNER(content, struct memory_content, content);
	size_t before = atomic_fetch_sub(&memory->source->open_count, 1);
	ASSERT(before > 0);
	mem_free(memory->translated);
	mem_free(memory);
}

static const struct content_ops memory_content_ops = {.read = read_bytes, .close = close_content};

/* How much the filter makes of the item; written to `out` unless that is NULL. */
static size_t translate(const struct item *item, const struct store_filter *filter, uint8_t *out)
{
	uint8_t scratch[SCRATCH_BYTES];
	uint32_t state = 0;
	size_t at = 0, total = 0, used, made;
	do {
		uint8_t *to = out != NULL ? out + total : scratch;
		used = made = 0;
		filter->translate(&state, item->bytes + at, item->len - at, &used, to, sizeof scratch,
				  &made);
		at += used;
		total += made;
	} while (used > 0 || made > 0);
	return total;
}

static struct content *make_content(struct memory_source *source, const struct item *item,
				    const struct store_filter *filter)
{
	struct memory_content *memory = mem_zalloc(1, sizeof *memory);
	if (memory == NULL)
		return NULL;
	memory->content.ops = &memory_content_ops;
	memory->content.size_bytes = item->len;
	memory->bytes = item->bytes;
	if (filter != NULL) {
		size_t len = translate(item, filter, NULL);
		memory->translated = mem_alloc(len + SCRATCH_BYTES);
		if (memory->translated == NULL) {
			mem_free(memory);
			return NULL;
		}
		translate(item, filter, memory->translated);
		memory->bytes = memory->translated;
		memory->content.size_bytes = len;
	}
	atomic_init(&memory->content.holds, 1);
	memory->content.key = (struct content_key){
	    {source->id[0], source->id[1], item->number, filter != NULL ? filter->id : 0}};
	memory->source = source;
	memory->delay_ms = item->delay_ms;
	atomic_fetch_add(&source->open_count, 1);
	return &memory->content;
}

static const struct item *find(const struct memory_source *source, const char *name)
{
	for (struct list *link = source->items.next; link != &source->items; link = link->next) {
		const struct item *item = LIST_OWNER(link, struct item, link);
		if (strcmp(item->name, name) == 0)
			return item;
	}
	return NULL;
}

static int open_item(struct source *base, const char *path, const struct store_filter *filter,
		     struct opening *opening)
{
	struct memory_source *source = of(base);
	const struct item *item = find(source, path);
	struct answer answer = {NULL, -ENOENT, "file not found"};
	opening_begin(opening, base);
	if (item != NULL) {
		answer = (struct answer){make_content(source, item, filter), 0, NULL};
		if (answer.content == NULL) {
			opening->source = NULL;
			return -ENOMEM;
		}
	}
	opening_answer(opening, &answer);
	return 0;
}

static void cancel_open(struct source *base, struct opening *opening)
{
	(void)base;
	if (opening->source != NULL)
		opening_take_back(opening);
}

static void free_item(struct item *item)
{
	mem_free(item->bytes);
	mem_free(item->name);
	mem_free(item);
}

static void close_source(struct source *base)
{
	struct memory_source *source = of(base);
	struct list *first;
	ASSERT(atomic_load(&source->open_count) == 0);
	while ((first = list_take_first(&source->items)) != NULL)
		free_item(LIST_OWNER(first, struct item, link));
	mem_free(source);
}

static bool try_open_item(struct source *base, const char *path, const struct store_filter *filter,
			  struct answer *answer)
{
	(void)base;
	(void)path;
	(void)filter;
	(void)answer;
	return false;
}

static struct content *find_open(struct source *base, const struct content_key *key)
{
	(void)base;
	(void)key;
	return NULL;
}

static const struct source_ops memory_source_ops = {.open = open_item,
						    .try_open = try_open_item,
						    .find = find_open,
						    .cancel = cancel_open,
						    .close = close_source};

int memory_source_new(struct source **made)
{
	struct memory_source *source = mem_zalloc(1, sizeof *source);
	if (source == NULL)
		return -ENOMEM;
	int rc = uv_random(NULL, NULL, source->id, sizeof source->id, 0, NULL);
	if (rc != 0) {
		mem_free(source);
		return rc;
	}
	source->source.ops = &memory_source_ops;
	list_init(&source->items);
	*made = &source->source;
	return 0;
}

int memory_source_add(struct source *base, const char *name, const void *bytes, size_t len,
		      unsigned delay_ms)
{
	struct memory_source *source = of(base);
	struct item *item = mem_zalloc(1, sizeof *item);
	if (item == NULL)
		return -ENOMEM;
	item->number = source->item_count;
	item->delay_ms = delay_ms;
	item->len = len;
	item->bytes = mem_alloc(len + 1);
	item->name = mem_copy(name, strlen(name));
	if (item->bytes == NULL || item->name == NULL) {
		free_item(item);
		return -ENOMEM;
	}
	if (len > 0)
		memcpy(item->bytes, bytes, len);
	source->item_count++;
	list_append(&source->items, &item->link);
	return 0;
}

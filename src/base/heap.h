/* A binary heap of what is due, soonest first. Intrusive: each entry knows its place, so it can leave. */
#ifndef UVTFTP_BASE_HEAP_H
#define UVTFTP_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_link {
	uint64_t at;    /* unit is the owner's */
	uint32_t place; /* 1 is the root; 0: in no heap */
};

struct heap {
	struct heap_link **places; /* own; places[0] is not used */
	uint32_t count;
	uint32_t room;
};

#define HEAP_ENTRY(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* A zeroed heap is empty. */
void heap_fini(struct heap *heap);
/* Puts the entry in, or moves it. False: memory is short, it is in no heap (or still where it was). */
bool heap_put(struct heap *heap, struct heap_link *link, uint64_t at);
void heap_remove(struct heap *heap, struct heap_link *link); /* harmless if it is in none */
struct heap_link *heap_first(const struct heap *heap);       /* NULL: empty */

#endif

#include "base/heap.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

#define ROOM_FIRST 64u

void heap_fini(struct heap *heap)
{
	mem_free(heap->places);
	*heap = (struct heap){NULL, 0, 0};
}

static void set(struct heap *heap, uint32_t place, struct heap_link *link)
{
	heap->places[place] = link;
	link->place = place;
}

static void rise(struct heap *heap, struct heap_link *link)
{
	uint32_t place = link->place;
	for (; place > 1 && heap->places[place / 2]->at > link->at; place /= 2)
		set(heap, place, heap->places[place / 2]);
	set(heap, place, link);
}

static void sink(struct heap *heap, struct heap_link *link)
{
	uint32_t place = link->place;
	for (uint32_t child; (child = 2 * place) <= heap->count; place = child) {
		if (child < heap->count && heap->places[child + 1]->at < heap->places[child]->at)
			child++;
		if (heap->places[child]->at >= link->at)
			break;
		set(heap, place, heap->places[child]);
	}
	set(heap, place, link);
}

static bool grow(struct heap *heap)
{
	uint32_t room = heap->room == 0 ? ROOM_FIRST : 2 * heap->room;
	struct heap_link **places = mem_alloc((room + 1) * sizeof *places);
	if (places == NULL)
		return false;
	if (heap->count > 0)
		memcpy(places + 1, heap->places + 1, heap->count * sizeof *places);
	mem_free(heap->places);
	heap->places = places;
	heap->room = room;
	return true;
}

bool heap_put(struct heap *heap, struct heap_link *link, uint64_t at)
{
	if (link->place == 0) {
		if (heap->count == heap->room && !grow(heap))
			return false;
		set(heap, ++heap->count, link);
	}
	link->at = at;
	rise(heap, link);
	sink(heap, link);
	return true;
}

void heap_remove(struct heap *heap, struct heap_link *link)
{
	if (link->place == 0)
		return;
	ASSERT(link->place <= heap->count && heap->places[link->place] == link);
	struct heap_link *last = heap->places[heap->count--];
	if (last != link) {
		set(heap, link->place, last);
		rise(heap, last);
		sink(heap, last);
	}
	link->place = 0;
}

struct heap_link *heap_first(const struct heap *heap)
{
	return heap->count > 0 ? heap->places[1] : NULL;
}

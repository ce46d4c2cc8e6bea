#include "uvtftpd/config_table.h"

#include <string.h>

/* Names longer than this are never meant to be ours. */
#define WORD_MAX 63

const struct config_key *config_find(unsigned places, const char *name)
{
	for (size_t i = 0; i < config_key_count; i++)
		if ((config_keys[i].places & places) != 0 && strcmp(config_keys[i].name, name) == 0)
			return &config_keys[i];
	return NULL;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t low = a < b ? a : b;
	return low < c ? low : c;
}

/* Levenshtein's: insertions, deletions and replacements from one word to the other. */
static size_t measure(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], b_len = strlen(b);
	if (b_len > WORD_MAX)
		b_len = WORD_MAX;
	for (size_t k = 0; k <= b_len; k++)
		row[k] = k;
	for (size_t i = 1; i <= WORD_MAX && a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			size_t above = row[k];
			row[k] = least(above + 1, row[k - 1] + 1, diagonal + (a[i - 1] != b[k - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

const char *config_closest(const char *const *names, size_t count, const char *name)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;
	for (size_t i = 0; i < count; i++) {
		size_t distance = measure(name, names[i]);
		if (distance >= best_distance)
			continue;
		best = names[i];
		best_distance = distance;
	}
	return best;
}

const char *config_nearest(unsigned places, const char *name)
{
	const char *best = NULL;
	for (size_t i = 0; i < config_key_count; i++) {
		if ((config_keys[i].places & places) == 0)
			continue;
		const char *const pair[] = {best != NULL ? best : config_keys[i].name,
					    config_keys[i].name};
		best = config_closest(pair, 2, name);
	}
	return best;
}

#include "uvtftp/storm_histogram.h"

#define FINE       (UINT64_C(1) << STORM_HISTOGRAM_FINE_BITS)
#define LONGEST_NS ((UINT64_C(1) << STORM_HISTOGRAM_TOP_BITS) - 1)

/* The first octaves share the buckets below 2 * FINE, one a nanosecond; each later one has FINE of its own. */
static size_t find_bucket(uint64_t ns)
{
	unsigned shift = 0;
	if (ns > LONGEST_NS)
		ns = LONGEST_NS;
	while (ns >> shift >= 2 * FINE)
		shift++;
	return (size_t)(shift * FINE + (ns >> shift));
}

static uint64_t find_start(size_t bucket)
{
	uint64_t shift = bucket < 2 * FINE ? 0 : bucket / FINE - 1;
	return (bucket - shift * FINE) << shift;
}

static uint64_t find_middle(size_t bucket)
{
	uint64_t start = find_start(bucket);
	return start + (find_start(bucket + 1) - start) / 2;
}

void storm_histogram_add(struct storm_histogram *histogram, uint64_t ns)
{
	histogram->buckets[find_bucket(ns)]++;
	if (histogram->count++ == 0 || ns < histogram->min_ns)
		histogram->min_ns = ns;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
}

void storm_histogram_merge(struct storm_histogram *into, const struct storm_histogram *from)
{
	if (from->count == 0)
		return;
	for (size_t i = 0; i < STORM_HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	if (into->count == 0 || from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->count += from->count;
}

uint64_t storm_histogram_at(const struct storm_histogram *histogram, double share)
{
	uint64_t seen = 0;
	if (histogram->count == 0)
		return 0;
	uint64_t wanted = (uint64_t)(share * (double)histogram->count + 0.5);
	if (wanted == 0)
		wanted = 1;
	if (wanted >= histogram->count)
		return histogram->max_ns;
	size_t bucket = 0;
	while ((seen += histogram->buckets[bucket]) < wanted)
		bucket++;
	uint64_t ns = find_middle(bucket);
	if (ns < histogram->min_ns)
		return histogram->min_ns;
	return ns > histogram->max_ns ? histogram->max_ns : ns;
}

uint64_t storm_histogram_between(const struct storm_histogram *histogram, uint64_t from_ns,
				 uint64_t below_ns)
{
	uint64_t count = 0;
	for (size_t i = find_bucket(from_ns); i < STORM_HISTOGRAM_BUCKETS; i++) {
		if (find_start(i) >= below_ns)
			break;
		if (find_start(i) >= from_ns)
			count += histogram->buckets[i];
	}
	return count;
}

/* How long things took, in fixed memory: log-linear buckets, each less than 1 % wide. */
#ifndef UVTFTP_UVTFTP_STORM_HISTOGRAM_H
#define UVTFTP_UVTFTP_STORM_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define STORM_HISTOGRAM_FINE_BITS 7u /* 128 buckets an octave */
#define STORM_HISTOGRAM_TOP_BITS                                                                        \
	43u /* 2^43 ns are more than two hours; longer times count as the longest */
#define STORM_HISTOGRAM_BUCKETS                                                                         \
	((STORM_HISTOGRAM_TOP_BITS - STORM_HISTOGRAM_FINE_BITS + 1u) << STORM_HISTOGRAM_FINE_BITS)

struct storm_histogram {
	uint64_t buckets[STORM_HISTOGRAM_BUCKETS];
	uint64_t count;
	uint64_t min_ns; /* exact, and 0 while there is none */
	uint64_t max_ns;
};

void storm_histogram_add(struct storm_histogram *histogram, uint64_t ns);
void storm_histogram_merge(struct storm_histogram *into, const struct storm_histogram *from);
/* What this share of all took at most: 0.5 is the median, 1 the longest. 0 if there is none. */
uint64_t storm_histogram_at(const struct storm_histogram *histogram, double share);
/* How many took from `from_ns` on, below `below_ns`, as exactly as the buckets are. */
uint64_t storm_histogram_between(const struct storm_histogram *histogram, uint64_t from_ns,
				 uint64_t below_ns);

#endif

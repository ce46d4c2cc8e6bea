/* A file is replaced by rename(2), again and again, while clients are in the middle of it.
 *
 * Each version is a pattern that tells its number at every offset. Whoever had an answer before the rename
 * gets the old version to its last byte, whoever asks after it the new one; those on the way at that moment
 * get either, but one. Versions of equal size and of different size take turns: with equal sizes only inode
 * and times can tell them apart, and inodes are used again. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lockstep.h"

#define BLKSIZE  8192
#define BASE_LEN 140000 /* three chunks of the cache, the last one short */
#define LEN_MAX  (BASE_LEN + 7 * 1000)

#define BEFORE   3 /* clients that have an answer when the file is replaced */
#define RACING   2 /* ... that have asked, but not looked */
#define AFTER    3 /* ... that ask then */
#define CLIENTS  (BEFORE + RACING + AFTER)

#define NEVER    UINT32_MAX

struct visitor {
	struct lockstep lockstep;
	uint32_t oldest; /* the versions that are right, both included */
	uint32_t newest;
	uint32_t version; /* of the bytes seen; NEVER: none seen */
	uint64_t bytes;
	bool is_over;
};

static const char *root;
static struct wire_addr server;
static uint64_t dice = 88172645463325252u;
static unsigned faults;

static uint64_t throw_dice(uint64_t sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice % sides;
}

static size_t version_len(uint32_t version)
{
	return BASE_LEN + (version % 16 < 8 ? 0 : version % 8 * 1000);
}

static void fill(uint8_t *bytes, uint32_t version, uint64_t offset, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t at = offset + i;
		uint32_t word = version * 2654435761u ^ (uint32_t)(at / 4) * 40503u;
		bytes[i] = (uint8_t)(word >> 8 * (at % 4));
	}
}

static void publish(uint32_t version)
{
	static uint8_t bytes[LEN_MAX];
	char path[2][4096];
	snprintf(path[0], sizeof path[0], "%s/next", root);
	snprintf(path[1], sizeof path[1], "%s/file", root);
	fill(bytes, version, 0, version_len(version));
	int fd = open(path[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, version_len(version)) != (ssize_t)version_len(version) ||
	    close(fd) != 0 || rename(path[0], path[1]) != 0) {
		perror(path[0]);
		exit(2);
	}
}

static void fault(const struct visitor *visitor, const char *what)
{
	if (faults++ < 10)
		fprintf(stderr,
			"replace: versions %" PRIu32 " to %" PRIu32 ", at byte %" PRIu64 ": %s\n",
			visitor->oldest, visitor->newest, visitor->bytes, what);
}

static void ask(struct visitor *visitor, uint32_t oldest, uint32_t newest)
{
	struct wire_ask ask = {.name = "file", .mode = "octet", .blksize = BLKSIZE, .wants_tsize = true};
	visitor->oldest = oldest;
	visitor->newest = newest;
	visitor->version = NEVER;
	visitor->bytes = 0;
	visitor->is_over = false;
	lockstep_ask(&visitor->lockstep, &server, &ask);
}

static void end(struct visitor *visitor)
{
	visitor->is_over = true;
	lockstep_close(&visitor->lockstep);
}

/* Which version begins so; NEVER if none that is right here. */
static uint32_t recognise(const struct visitor *visitor)
{
	uint8_t expected[BLKSIZE];
	for (uint32_t version = visitor->oldest; version <= visitor->newest; version++) {
		fill(expected, version, 0, visitor->lockstep.len);
		if (memcmp(expected, visitor->lockstep.data, visitor->lockstep.len) == 0)
			return version;
	}
	return NEVER;
}

static void check_block(struct visitor *visitor)
{
	uint8_t expected[BLKSIZE];
	if (visitor->version == NEVER) {
		visitor->version = recognise(visitor);
		if (visitor->version == NEVER)
			fault(visitor, "the first block is of a version that is not right");
		else if ((uint64_t)visitor->lockstep.oack.tsize != version_len(visitor->version))
			fault(visitor, "tsize is of another version");
	}
	fill(expected, visitor->version, visitor->bytes, visitor->lockstep.len);
	if (visitor->version != NEVER &&
	    memcmp(expected, visitor->lockstep.data, visitor->lockstep.len) != 0)
		fault(visitor, "bytes of another version in the middle");
	visitor->bytes += visitor->lockstep.len;
}

static void take(struct visitor *visitor, enum lockstep_event event)
{
	switch (event) {
	case LOCKSTEP_OACK:
		return;
	case LOCKSTEP_DATA:
		check_block(visitor);
		return;
	case LOCKSTEP_LAST:
		check_block(visitor);
		if (visitor->version != NEVER && visitor->bytes != version_len(visitor->version))
			fault(visitor, "not the whole file");
		break;
	case LOCKSTEP_ERROR:
		fault(visitor, (const char *)visitor->lockstep.data);
		break;
	case LOCKSTEP_SILENCE:
		fault(visitor, "silence");
		break;
	case LOCKSTEP_NONSENSE:
		fault(visitor, (const char *)visitor->lockstep.data);
		break;
	}
	end(visitor);
}

static void step(struct visitor *visitor)
{
	if (!visitor->is_over)
		take(visitor, lockstep_next(&visitor->lockstep));
}

static void play_round(struct visitor *visitors, uint32_t old)
{
	for (unsigned i = 0; i < BEFORE; i++) {
		ask(&visitors[i], old, old);
		take(&visitors[i], lockstep_first(&visitors[i].lockstep));
		for (uint64_t steps = throw_dice(12); steps > 0; steps--)
			step(&visitors[i]);
	}
	for (unsigned i = BEFORE; i < BEFORE + RACING; i++)
		ask(&visitors[i], old, old + 1);
	publish(old + 1);
	for (unsigned i = BEFORE + RACING; i < CLIENTS; i++)
		ask(&visitors[i], old + 1, old + 1);
	for (unsigned i = BEFORE; i < CLIENTS; i++)
		take(&visitors[i], lockstep_first(&visitors[i].lockstep));
	for (unsigned left = CLIENTS; left > 0;) {
		struct visitor *visitor = &visitors[throw_dice(CLIENTS)];
		if (visitor->is_over)
			continue;
		step(visitor);
		left -= visitor->is_over;
	}
}

int main(int argc, char **argv)
{
	static struct visitor visitors[CLIENTS], elder;
	if (argc != 5 || !wire_parse_addr(&server, argv[1], argv[2])) {
		fputs("Usage: replace HOST PORT ROOT ROUNDS\n", stderr);
		return 2;
	}
	root = argv[3];
	uint32_t rounds = (uint32_t)wire_number("ROUNDS", argv[4], 1, 100000);
	elder.is_over = true;
	publish(0);
	for (uint32_t round = 0; round < rounds; round++) {
		/* One client that takes a block a round lives through many versions. */
		if (elder.is_over) {
			ask(&elder, round, round);
			take(&elder, lockstep_first(&elder.lockstep));
		}
		play_round(visitors, round);
		step(&elder);
	}
	while (!elder.is_over)
		step(&elder);
	printf("replace: %" PRIu32 " versions, %u clients each, %u faults\n", rounds, CLIENTS, faults);
	return faults == 0 ? 0 : 1;
}

/* The file, cut into packets. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "light.h"

#define IMAGES_MAX    16
#define MADE_UP_BYTES 65521 /* of content, before it repeats: a prime, so that no two blocks are alike */

static struct image images[IMAGES_MAX];
static const uint8_t *content;
static uint64_t content_len; /* what is there, repeated up to the size */
static uint64_t size;

static void make_up(void)
{
	uint8_t *bytes = malloc(MADE_UP_BYTES);
	uint32_t random = 1;

	if (!bytes)
		die("memory");
	for (size_t i = 0; i < MADE_UP_BYTES; i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(random >> 24);
	}
	content = bytes;
	content_len = MADE_UP_BYTES;
}

void image_content(const char *what)
{
	char *end;
	struct stat status;
	int fd;

	size = strtoull(what, &end, 10);
	if (*what && !*end) {
		make_up();
		return;
	}
	fd = open(what, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0)
		die(what);
	size = content_len = (uint64_t)status.st_size;
	if (size == 0)
		return;
	size_t len = (size_t)size;
	if (len != size)
		die("the file is larger than memory can be");
	content = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (content == MAP_FAILED)
		die(what);
	close(fd);
}

uint64_t image_size(void)
{
	return size;
}

static void fill(uint8_t *to, uint64_t offset, size_t len)
{
	while (len > 0) {
		uint64_t from = offset % content_len;
		size_t part = content_len - from < len ? (size_t)(content_len - from) : len;

		memcpy(to, content + from, part);
		to += part;
		offset += part;
		len -= part;
	}
}

const struct image *image_for(unsigned blksize)
{
	struct image *image = images;
	uint64_t blocks;

	while (image->packets && image->blksize != blksize)
		if (++image == images + IMAGES_MAX)
			die("too many block sizes");
	if (image->packets)
		return image;
	image->blksize = blksize;
	image->last = size / blksize + 1;
	image->last_len = (size_t)(size % blksize);
	blocks = image->last < NUMBERS ? image->last : NUMBERS;
	image->packets = calloc((size_t)blocks, blksize + 4);
	if (!image->packets)
		die("memory");
	for (uint64_t i = 0; i < blocks; i++) {
		uint8_t *packet = image->packets + i * (blksize + 4);

		packet[0] = 0;
		packet[1] = 3;
		packet[2] = (uint8_t)((i + 1) >> 8);
		packet[3] = (uint8_t)(i + 1);
		fill(packet + 4, i * blksize, i + 1 == image->last ? image->last_len : blksize);
	}
	return image;
}

#include "uvtftp/storm_target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char placeholder[] = "{n}";

void storm_target_name(struct storm_target *target, bool is_upload)
{
	const char *place = strstr(target->url.path, placeholder);
	target->before = text_of(target->url.path);
	target->after = text_of("");
	target->is_number_implied = place == NULL && is_upload;
	target->has_number = place != NULL || is_upload;
	if (place == NULL)
		return;
	target->before.len = (size_t)(place - target->url.path);
	target->after = text_of(place + strlen(placeholder));
}

/* Name and number as sent, without a NUL. */
static void write_name(struct bytes_out *out, const struct storm_target *target, uint32_t number)
{
	char digits[16] = "";
	bytes_out_bytes(out, target->before.at, target->before.len);
	if (target->is_number_implied && number > 0)
		snprintf(digits, sizeof digits, ".%" PRIu32, number);
	else if (target->has_number && !target->is_number_implied)
		snprintf(digits, sizeof digits, "%" PRIu32, number);
	bytes_out_bytes(out, digits, strlen(digits));
	bytes_out_bytes(out, target->after.at, target->after.len);
}

size_t storm_target_request(const struct storm_target *target, bool is_upload,
			    const struct option_set *asked, uint32_t number,
			    uint8_t room[STORM_REQUEST_MAX])
{
	char name[URL_PATH_MAX + 16];
	struct bytes_out out;
	bytes_out_init(&out, name, sizeof name);
	write_name(&out, target, number);
	struct text file = {name, bytes_out_len(&out)};
	bytes_out_init(&out, room, STORM_REQUEST_MAX);
	packet_write_request(&out, is_upload ? PACKET_WRQ : PACKET_RRQ, file, PACKET_OCTET);
	option_write(&out, asked);
	return bytes_out_len(&out);
}

bool storm_bytes_match(const struct storm_bytes *bytes, uint64_t offset, const void *data, size_t len)
{
	if (bytes->at == NULL)
		return true;
	uint64_t whole = bytes->len + bytes->unkept;
	uint64_t known = offset < bytes->len ? bytes->len - offset : 0;
	if (offset > whole || len > whole - offset)
		return false;
	return known == 0 || memcmp(bytes->at + offset, data, known < len ? (size_t)known : len) == 0;
}

bool storm_bytes_end_at(const struct storm_bytes *bytes, uint64_t len)
{
	return bytes->at == NULL || bytes->len + bytes->unkept == len;
}

int storm_bytes_map(struct storm_bytes *bytes, const char *path)
{
	struct stat status;
	int error = 0;
	int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) != 0)
		error = -errno;
	else if (!S_ISREG(status.st_mode))
		error = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	/* More than there are addresses, on small machines. */
	if (error == 0 && (off_t)(size_t)status.st_size != status.st_size)
		error = -EFBIG;
	if (error == 0 && status.st_size > 0) {
		void *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED)
			error = -errno;
		else
			*bytes = (struct storm_bytes){
			    .at = at, .len = (uint64_t)status.st_size, .is_mapped = true};
	} else if (error == 0) {
		*bytes = (struct storm_bytes){.at = (const uint8_t *)"", .is_mapped = true};
	}
	close(fd);
	return error;
}

int storm_bytes_make(struct storm_bytes *bytes, uint64_t len)
{
	uint64_t state = 1;
	uint8_t *at = len < SIZE_MAX ? mem_alloc((size_t)len + 1) : NULL;
	if (at == NULL)
		return -ENOMEM;
	for (uint64_t i = 0; i < len; i++) {
		state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
		at[i] = (uint8_t)(state >> 56);
	}
	*bytes = (struct storm_bytes){.at = at, .len = len};
	return 0;
}

void storm_bytes_free(struct storm_bytes *bytes)
{
	if (!bytes->is_mapped)
		mem_free((uint8_t *)(uintptr_t)bytes->at);
	else if (bytes->len > 0)
		munmap((uint8_t *)(uintptr_t)bytes->at, (size_t)bytes->len);
	*bytes = (struct storm_bytes){.at = NULL};
}

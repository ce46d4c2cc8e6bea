#include "e2e/upload.h"

#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Loopback loses what a full socket buffer does not take. */
#define RESEND_MS 1000

static unsigned granted(const struct talk *talk, const char *option, unsigned absent)
{
	const char *at = (const char *)talk->in.bytes + 2;
	const char *end = (const char *)talk->in.bytes + talk->in.len;
	while (at < end) {
		const char *value = at + strlen(at) + 1;
		if (strcmp(at, option) == 0)
			return (unsigned)atoi(value);
		at = value + strlen(value) + 1;
	}
	return absent;
}

void upload_begin(struct upload *upload, struct talk *talk, const char *const *strings,
		  const void *bytes, size_t len)
{
	*upload = (struct upload){
	    .talk = talk, .bytes = bytes, .len = len, .blksize = 512, .window = 1, .rollover = 0};
	talk_ask(talk, WRQ, strings);
	ck_assert_msg(talk_next(talk, DEADLINE_MS), "no answer to the WRQ for %s", strings[0]);
	if (talk_op(talk) == OACK) {
		upload->blksize = granted(talk, "blksize", 512);
		upload->window = granted(talk, "windowsize", 1);
		upload->rollover = granted(talk, "rollover", 0);
		return;
	}
	ck_assert_msg(talk_op(talk) == ACK && talk_number(talk) == 0,
		      "opcode %u, number %u (%s) instead of ACK 0 for %s", talk_op(talk),
		      talk_number(talk), talk_op(talk) == ERROR ? talk_text(talk) : "", strings[0]);
}

unsigned upload_last(const struct upload *upload)
{
	return (unsigned)(upload->len / upload->blksize) + 1;
}

static unsigned on_wire(const struct upload *upload, unsigned block)
{
	return upload->rollover == 0 || block == 0 ? block % 65536 : (block - 1) % 65535 + 1;
}

void upload_send(const struct upload *upload, unsigned block)
{
	static uint8_t packet[UDP_BYTES_MAX];
	size_t offset = (size_t)(block - 1) * upload->blksize;
	size_t left = upload->len - offset;
	size_t piece = left < upload->blksize ? left : upload->blksize;
	unsigned number = on_wire(upload, block);
	packet[1] = DATA;
	packet[2] = (uint8_t)(number >> 8);
	packet[3] = (uint8_t)number;
	if (piece > 0)
		memcpy(packet + 4, upload->bytes + offset, piece);
	talk_send(upload->talk, packet, 4 + piece);
}

/* How far the daemon is beyond block `base`: up to a window, or nothing new. */
static unsigned take_progress(const struct upload *upload, unsigned base, unsigned sent)
{
	struct talk *talk = upload->talk;
	if (talk_op(talk) == OACK)
		return 0;
	if (talk_op(talk) != ACK)
		ck_abort_msg("opcode %u, number %u (%s) instead of ACK %u", talk_op(talk),
			     talk_number(talk), talk_op(talk) == ERROR ? talk_text(talk) : "", sent);
	for (unsigned block = base + 1; block <= sent; block++)
		if (talk_number(talk) == on_wire(upload, block))
			return block - base;
	return 0;
}

/* A disk that takes a second for the last block: what we said again meanwhile is acknowledged, too, and that must not
 * be taken for the next answer. As talk_barrier, but a daemon that is to end answers no nonsense. */
static void drop_late_acks(struct talk *talk)
{
	static struct udp_packet packet;
	static const uint8_t nonsense[] = {0, 99};
	int fd = udp_open(talk->asked.sa.sa_family == AF_INET ? "0.0.0.0" : "::");
	ck_assert_int_ge(fd, 0);
	for (int i = 0; i < 2; i++) {
		udp_send(fd, &talk->asked, nonsense, sizeof nonsense);
		if (!udp_receive(fd, &packet, RESEND_MS))
			break;
	}
	close(fd);
	while (talk_next(talk, 0))
		continue;
}

void upload_finish(const struct upload *upload, unsigned block)
{
	unsigned base = block - 1, sent = base, last = upload_last(upload);
	bool has_repeated = false;
	uint64_t until_us = udp_now_us() + (uint64_t)DEADLINE_MS * 1000;
	while (base < last) {
		while (sent < last && sent < base + upload->window)
			upload_send(upload, ++sent);
		if (!talk_next(upload->talk, RESEND_MS)) {
			sent = base;
			has_repeated = true;
			if (udp_now_us() > until_us)
				ck_abort_msg("no ACK behind block %u", base);
			continue;
		}
		unsigned progress = take_progress(upload, base, sent);
		base += progress;
		if (progress > 0)
			until_us = udp_now_us() + (uint64_t)DEADLINE_MS * 1000;
	}
	if (has_repeated)
		drop_late_acks(upload->talk);
}

void upload_whole(struct talk *talk, const char *const *strings, const void *bytes, size_t len)
{
	struct upload upload;
	upload_begin(&upload, talk, strings, bytes, len);
	upload_finish(&upload, 1);
	talk_barrier(&talk->asked);
	while (talk_next(talk, 0))
		continue;
}

static bool is_old(const struct talk *talk, unsigned number)
{
	unsigned behind = (number - talk_number(talk)) & 0xffff;
	return talk_op(talk) == OACK || (talk_op(talk) == ACK && behind != 0 && behind < 0x8000);
}

void upload_expect_ack(struct talk *talk, unsigned number)
{
	do
		ck_assert_msg(talk_next(talk, DEADLINE_MS), "ACK %u did not come", number);
	while (is_old(talk, number));
	ck_assert_msg(talk_op(talk) == ACK && talk_number(talk) == number && talk->in.len == 4,
		      "opcode %u, number %u (%s) instead of ACK %u", talk_op(talk), talk_number(talk),
		      talk_op(talk) == ERROR ? talk_text(talk) : "", number);
}

void upload_expect_error(struct talk *talk, unsigned code)
{
	do
		ck_assert_msg(talk_next(talk, DEADLINE_MS), "ERROR %u did not come", code);
	while (talk_op(talk) == ACK || talk_op(talk) == OACK);
	ck_assert_msg(talk_op(talk) == ERROR && talk_number(talk) == code,
		      "opcode %u, number %u instead of ERROR %u", talk_op(talk), talk_number(talk),
		      code);
}

unsigned upload_count_acks(struct talk *talk, unsigned number)
{
	unsigned count = 0;
	talk_barrier(&talk->asked);
	while (talk_next(talk, 0))
		count += talk_op(talk) == ACK && talk_number(talk) == number;
	return count;
}

bool upload_is_there(const struct tree *tree, const char *name, const void *bytes, size_t len)
{
	char path[TREE_PATH_MAX];
	FILE *file = fopen(tree_path(tree, name, path), "rb");
	if (file == NULL)
		return false;
	uint8_t *found = malloc(len + 1);
	ck_assert_ptr_nonnull(found);
	bool is_same =
	    fread(found, 1, len + 1, file) == len && (len == 0 || memcmp(found, bytes, len) == 0);
	free(found);
	fclose(file);
	return is_same;
}

bool upload_is_nothing_there(const struct tree *tree, const char *name)
{
	char path[TREE_PATH_MAX];
	struct stat stat;
	return lstat(tree_path(tree, name, path), &stat) != 0;
}

unsigned upload_entries(const struct tree *tree, const char *directory)
{
	char path[TREE_PATH_MAX];
	DIR *dir = opendir(tree_path(tree, directory, path));
	unsigned count = 0;
	ck_assert_ptr_nonnull(dir);
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

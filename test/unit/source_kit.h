/* A file source on a new directory, and those who ask it. */
#ifndef UVTFTP_TEST_SOURCE_KIT_H
#define UVTFTP_TEST_SOURCE_KIT_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/file_source.h"
#include "unit/store_kit.h"

struct asker {
	struct opening opening;
	bool is_done;
};

static char top[64];
static struct desk desk;
static struct source *source;
static struct asker askers[4];

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	close(fd);
}

static inline void open_source(const char *root, bool allow_private)
{
	struct file_source_options options = {.root = root, .allow_private = allow_private};
	ck_assert_int_eq(file_source_new(&source, &options), 0);
}

static inline void set_up(void)
{
	strcpy(top, "/tmp/uvtftp-source-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(mkdir("root", 0755), 0);
	write_file("outside", "secret");
	ck_assert_int_eq(chdir("root"), 0);
	desk_open(&desk);
	open_source(".", false);
}

static inline void tear_down(void)
{
	char command[128];
	desk_close(&desk);
	source->ops->close(source);
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static inline void note_done(struct opening *opening)
{
	struct asker *asker = LIST_OWNER(opening, struct asker, opening);
	ck_assert(!asker->is_done);
	asker->is_done = true;
}

static inline int ask_at(struct desk *at, int i, const char *path, const struct store_filter *filter)
{
	struct asker *asker = &askers[i];
	memset(asker, 0, sizeof *asker);
	asker->opening.mailbox = &at->mailbox;
	asker->opening.done = note_done;
	return source->ops->open(source, path, filter, &asker->opening);
}

static inline void ask(int i, const char *path)
{
	ck_assert_int_eq(ask_at(&desk, i, path, NULL), 0);
	ck_assert(!askers[i].is_done);
}

static inline void cancel(int i)
{
	source->ops->cancel(source, &askers[i].opening);
}

static inline struct content *get(int i)
{
	desk_run_until(&desk, &askers[i].is_done);
	ck_assert_msg(askers[i].opening.error == 0, "%d %s", askers[i].opening.error,
		      askers[i].opening.why);
	ck_assert_ptr_nonnull(askers[i].opening.content);
	return askers[i].opening.content;
}

static inline struct content *open_path(const char *path)
{
	ask(0, path);
	return get(0);
}

static inline void expect_refusal(const char *path, int error, const char *why)
{
	ask(0, path);
	desk_run_until(&desk, &askers[0].is_done);
	ck_assert_ptr_null(askers[0].opening.content);
	ck_assert_msg(askers[0].opening.error == error, "%s: %d", path, askers[0].opening.error);
	ck_assert_str_eq(askers[0].opening.why, why);
}

static inline void expect_text(struct content *content, const char *text)
{
	char room[64];
	ck_assert_uint_eq(content->size_bytes, strlen(text));
	ck_assert_int_eq(content->ops->read(content, 0, room, strlen(text)), 0);
	ck_assert_mem_eq(room, text, strlen(text));
}

static inline bool has_same_key(const struct content *a, const struct content *b)
{
	return memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

static inline int lowest_fd(void)
{
	int fd = dup(0);
	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* A file is known by its times once the clock has moved on from them: waits for just that. */
static inline void let_settle(const char *path)
{
	uv_fs_t request;
	uv_timeval64_t now;
	ck_assert_int_eq(uv_fs_stat(NULL, &request, path, NULL), 0);
	uv_timespec_t changed = request.statbuf.st_ctim;
	uv_fs_req_cleanup(&request);
	int64_t settled_us = (int64_t)changed.tv_sec * 1000000 + (changed.tv_nsec == 0 ? 2100000 : 0) +
			     changed.tv_nsec / 1000 + 21000;
	do
		ck_assert_int_eq(uv_gettimeofday(&now), 0);
	while (now.tv_sec * 1000000 + now.tv_usec < settled_us);
}

#endif

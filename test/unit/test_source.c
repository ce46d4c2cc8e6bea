#include "unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "uvtftp/source.h"

/* Each test is a process of its own: it works in a directory of its own. */
static char home[] = "/tmp/uvtftp-source-XXXXXX";

static void enter(void)
{
	ck_assert_ptr_nonnull(mkdtemp(home));
	ck_assert_int_eq(chdir(home), 0);
}

static void leave(const char *left)
{
	if (left != NULL)
		ck_assert_int_eq(unlink(left), 0);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(home), 0);
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_read(struct source *source, size_t len, const char *wanted)
{
	uint8_t room[64];
	ck_assert_uint_le(len, sizeof room);
	ck_assert_int_eq(source_read(source, room, len), strlen(wanted));
	ck_assert_mem_eq(room, wanted, strlen(wanted));
}

START_TEST(gives_a_file_in_pieces)
{
	struct source source;
	enter();
	append("f", "hello");
	ck_assert_int_eq(source_open(&source, "f"), 0);
	ck_assert_uint_eq(source.size_bytes, 5);
	assert_read(&source, 3, "hel");
	assert_read(&source, 9, "lo");
	assert_read(&source, 9, "");
	ck_assert_ptr_null(source.fault.doing);
	source_close(&source);
	leave("f");
}
END_TEST

START_TEST(gives_what_was_there_although_it_grows)
{
	struct source source;
	enter();
	append("f", "old");
	ck_assert_int_eq(source_open(&source, "f"), 0);
	append("f", "new");
	assert_read(&source, 64, "old");
	assert_read(&source, 64, "");
	source_close(&source);
	leave("f");
}
END_TEST

START_TEST(says_that_the_file_became_shorter)
{
	struct source source;
	uint8_t room[64];
	enter();
	append("f", "hello");
	ck_assert_int_eq(source_open(&source, "f"), 0);
	assert_read(&source, 2, "he");
	ck_assert_int_eq(truncate("f", 3), 0);
	assert_read(&source, 9, "l");
	ck_assert_int_eq(source_read(&source, room, sizeof room), UV_EOF);
	ck_assert_ptr_nonnull(strstr(source.fault.doing, "shorter"));
	ck_assert_ptr_nonnull(source.fault.remedy);
	source_close(&source);
	leave("f");
}
END_TEST

START_TEST(opens_only_what_can_be_read)
{
	struct source source;
	enter();
	ck_assert_int_eq(source_open(&source, "missing"), -ENOENT);
	ck_assert_ptr_nonnull(source.fault.doing);
	source_close(&source);
	ck_assert_int_eq(source_open(&source, "."), -EISDIR);
	ck_assert_ptr_nonnull(source.fault.remedy);
	source_close(&source);
	leave(NULL);
}
END_TEST

/* A pipe as standard input; returns the end to write to. */
static int pipe_in(void)
{
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	return ends[1];
}

static void count_ready(void *user)
{
	++*(unsigned *)user;
}

START_TEST(says_when_a_stream_has_more)
{
	struct source source;
	unsigned ready = 0;
	uint8_t room[64];
	uv_loop_t loop;
	int end = pipe_in();
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(source_open(&source, "-"), 0);
	ck_assert_uint_eq(source.size_bytes, SOURCE_SIZE_UNKNOWN);
	source_watch(&source, &loop, count_ready, &ready);
	ck_assert_int_eq(source_read(&source, room, sizeof room), UV_EAGAIN);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(ready, 0);
	ck_assert_int_eq(write(end, "more", 4), 4);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_uint_eq(ready, 1);
	assert_read(&source, 64, "more");
	ck_assert_int_eq(source_read(&source, room, sizeof room), UV_EAGAIN);
	close(end);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_uint_eq(ready, 2);
	assert_read(&source, 64, "");
	source_unwatch(&source);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	source_close(&source);
}
END_TEST

/* Whoever else has the stream must not find it changed. */
START_TEST(leaves_a_stream_as_it_was)
{
	struct source source;
	unsigned ready = 0;
	uv_loop_t loop;
	int end = pipe_in();
	int flags = fcntl(STDIN_FILENO, F_GETFL);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(source_open(&source, "-"), 0);
	source_watch(&source, &loop, count_ready, &ready);
	source_unwatch(&source);
	source_unwatch(&source);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	source_close(&source);
	ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFL), flags);
	close(end);
}
END_TEST

/* A loop cannot watch a file, and nobody waits for one. */
START_TEST(takes_a_file_for_a_stream_if_it_is_standard_input)
{
	struct source source;
	unsigned ready = 0;
	uv_loop_t loop;
	enter();
	append("f", "text");
	int fd = open("f", O_RDONLY);
	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(source_open(&source, "-"), 0);
	ck_assert_uint_eq(source.size_bytes, SOURCE_SIZE_UNKNOWN);
	source_watch(&source, &loop, count_ready, &ready);
	assert_read(&source, 64, "text");
	assert_read(&source, 64, "");
	source_unwatch(&source);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	source_close(&source);
	close(fd);
	leave("f");
}
END_TEST

START_TEST(says_that_a_stream_cannot_be_read)
{
	struct source source;
	uint8_t room[64];
	int end = pipe_in();
	ck_assert_int_eq(dup2(end, STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(source_open(&source, "-"), 0);
	ck_assert_int_eq(source_read(&source, room, sizeof room), -EBADF);
	ck_assert_ptr_nonnull(source.fault.doing);
	source_close(&source);
	close(end);
}
END_TEST

SUITE("source", gives_a_file_in_pieces, gives_what_was_there_although_it_grows,
      says_that_the_file_became_shorter, opens_only_what_can_be_read, says_when_a_stream_has_more,
      leaves_a_stream_as_it_was, takes_a_file_for_a_stream_if_it_is_standard_input,
      says_that_a_stream_cannot_be_read)

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/file_inside.h"
#include "store/file_source.h"
#include "store/fold.h"
#include "store/read_exact.h"
#include "store/translation.h"

/* A file's times move in steps, so a write right after another may leave them as they were. A file that
 * changed less than a step ago is not yet known by its times. */
#define STEP_US        20000   /* a kernel tick is 10 ms at most */
#define STEP_COARSE_US 2000000 /* of file systems that count seconds */

/* Longer paths are not looked for in another letter case. */
#define FOLDED_MAX 1024

struct file_content {
	struct content content;
	struct file_source *source; /* held */
	int fd;                     /* own */
	uint64_t file_bytes;
	uv_timespec_t modified;
	struct translation translation; /* zeroed without a filter */
	struct table_link in_contents;
};

static int read_stat(int fd, uv_stat_t *stat)
{
	uv_fs_t request;
	int rc = uv_fs_fstat(NULL, &request, fd, NULL);
	*stat = request.statbuf;
	uv_fs_req_cleanup(&request);
	return rc;
}

static bool is_same_version(const struct file_content *file, const uv_stat_t *stat)
{
	return stat->st_size == file->file_bytes && stat->st_mtim.tv_sec == file->modified.tv_sec &&
	       stat->st_mtim.tv_nsec == file->modified.tv_nsec;
}

/* After a read, so that what was read is of the version that was opened. 0 or a negative errno. */
static int check_version(const struct file_content *file)
{
	uv_stat_t stat;
	int rc = read_stat(file->fd, &stat);
	return rc == 0 && !is_same_version(file, &stat) ? -ESTALE : rc;
}

static int read_range(struct content *content, uint64_t offset, void *room, size_t len)
{
	struct file_content *file = LIST_OWNER(content, struct file_content, content);
	int rc = file->translation.filter != NULL
		     ? translation_read(&file->translation, offset, room, len)
		     : read_exact(file->fd, offset, room, len);
	return rc == 0 ? check_version(file) : rc;
}

static int read_range_now(struct content *content, uint64_t offset, void *room, size_t len)
{
	struct file_content *file = LIST_OWNER(content, struct file_content, content);
	bool may_wait = !file->source->opens_now || file->translation.filter != NULL;
	int rc = may_wait ? -EAGAIN : read_now(file->fd, offset, room, len);
	return rc == 0 ? check_version(file) : rc;
}

static void free_content(struct file_content *file)
{
	translation_fini(&file->translation);
	close(file->fd);
	mem_free(file);
}

static void close_content(struct content *content)
{
	struct file_content *file = LIST_OWNER(content, struct file_content, content);
	uv_mutex_lock(&file->source->mutex);
	table_remove(&file->source->contents, &file->in_contents);
	uv_mutex_unlock(&file->source->mutex);
	struct file_source *source = file->source;
	free_content(file);
	file_source_drop(source);
}

static const struct content_ops file_content_ops = {
    .read = read_range, .read_now = read_range_now, .close = close_content};

/* What a person reads for an error of the system, and the error we say it is. */
static struct answer refuse(int error)
{
	static const struct answer answers[] = {
	    {NULL, -ENOENT, "file not found"},
	    {NULL, -EACCES, "permission denied"},
	    {NULL, -EMFILE, "too many open files"},
	    {NULL, -ENFILE, "too many open files"},
	    {NULL, -ENOMEM, "out of memory"},
	    {NULL, -ENAMETOOLONG, "the name is too long"},
	    {NULL, -EISDIR, "is a directory"},
	    {NULL, -EFBIG, "too large for netascii"},
	    {NULL, -ESTALE, "was changed while it was being read"},
	    {NULL, -EIO, "cannot be read"},
	};
	switch (error) {
	case -ENOTDIR:
		return refuse(-ENOENT);
	case -ELOOP:
		return (struct answer){NULL, -EACCES, "too many symbolic links"};
	case -EXDEV:
		return (struct answer){NULL, -EACCES, "leads outside the served directory"};
	case -ENXIO: /* a socket, a device without driver */
	case -ENODEV:
		return (struct answer){NULL, -EACCES, "is not a regular file"};
	default:
		break;
	}
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		if (answers[i].error == error)
			return answers[i];
	}
	return (struct answer){NULL, error, "cannot be opened"};
}

static struct answer judge(const struct file_source *source, const uv_stat_t *stat)
{
	mode_t mode = (mode_t)stat->st_mode;
	if (S_ISDIR(mode))
		return refuse(-EISDIR);
	if (!S_ISREG(mode))
		return (struct answer){NULL, -EACCES, "is not a regular file"};
	if ((mode & S_IROTH) == 0 && !source->allow_private)
		return (struct answer){NULL, -EACCES, "is not readable by everyone"};
	return (struct answer){NULL, 0, NULL};
}

static int64_t now_us(void)
{
	uv_timeval64_t now = {0};
	uv_gettimeofday(&now);
	return now.tv_sec * 1000000 + now.tv_usec;
}

static bool is_settled(const uv_stat_t *stat, int64_t opened_us)
{
	int64_t changed_us = (int64_t)stat->st_ctim.tv_sec * 1000000 + stat->st_ctim.tv_nsec / 1000;
	bool is_coarse = stat->st_mtim.tv_nsec == 0 && stat->st_ctim.tv_nsec == 0;
	int64_t step_us = is_coarse ? STEP_COARSE_US : STEP_US;
	return opened_us > changed_us + step_us || opened_us < changed_us - step_us;
}

/* `unsettled`: 0, or a number no other content has. */
static struct content_key make_key(const uv_stat_t *stat, const struct store_filter *filter,
				   uint64_t unsettled)
{
	uint64_t nanoseconds = (uint64_t)stat->st_mtim.tv_nsec << 32 | (uint64_t)stat->st_ctim.tv_nsec;
	return (struct content_key){{stat->st_dev, stat->st_ino, stat->st_size,
				     (uint64_t)stat->st_mtim.tv_sec, (uint64_t)stat->st_ctim.tv_sec,
				     nanoseconds, filter != NULL ? filter->id : 0, unsettled}};
}

/* False if the last hold is gone: it is about to leave the table. */
static bool try_hold(struct content *content)
{
	uint32_t holds = atomic_load_explicit(&content->holds, memory_order_relaxed);
	do {
		if (holds == 0)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&content->holds, &holds, holds + 1,
							memory_order_acquire, memory_order_relaxed));
	return true;
}

/* Under the mutex. */
static struct content *find(struct file_source *source, const struct content_key *key, uint64_t hash)
{
	struct table_link *link = table_first(&source->contents, hash);
	for (; link != NULL; link = table_next(link)) {
		struct file_content *file = TABLE_ENTRY(link, struct file_content, in_contents);
		if (memcmp(&file->content.key, key, sizeof *key) == 0 && try_hold(&file->content))
			return &file->content;
	}
	return NULL;
}

/* The content with this key if it is open, held; else the one given (may be NULL) enters the table. */
static struct content *find_or_enter(struct file_source *source, const struct content_key *key,
				     struct file_content *file)
{
	uint64_t hash = table_hash(&source->contents, key, sizeof *key);
	uv_mutex_lock(&source->mutex);
	struct content *found = find(source, key, hash);
	if (found == NULL && file != NULL) {
		table_insert(&source->contents, &file->in_contents, hash);
		file_source_hold(source);
	}
	uv_mutex_unlock(&source->mutex);
	return found;
}

struct content *file_content_find(struct file_source *source, const struct content_key *key)
{
	return find_or_enter(source, key, NULL);
}

/* Unique in the process: the cache is shared by all sources. */
static struct content_key name_version(const uv_stat_t *stat, const struct store_filter *filter,
				       int64_t opened_us)
{
	static _Atomic uint64_t count;
	uint64_t unsettled = is_settled(stat, opened_us) ? 0 : atomic_fetch_add(&count, 1) + 1;
	return make_key(stat, filter, unsettled);
}

/* Takes the descriptor over when it returns 0. */
static int make_content(struct file_source *source, int fd, const uv_stat_t *stat,
			const struct store_filter *filter, struct file_content **made)
{
	struct file_content *file = mem_zalloc(1, sizeof *file);
	if (file == NULL)
		return -ENOMEM;
	file->content.ops = &file_content_ops;
	atomic_init(&file->content.holds, 1);
	file->content.size_bytes = stat->st_size;
	file->source = source;
	file->fd = fd;
	file->file_bytes = stat->st_size;
	file->modified = stat->st_mtim;

	int rc = 0;
	if (filter != NULL) {
		uv_stat_t after;
		rc = translation_init(&file->translation, filter, fd, file->file_bytes);
		file->content.size_bytes = file->translation.size_bytes;
		if (rc == 0)
			rc = read_stat(fd, &after);
		if (rc == 0 && !is_same_version(file, &after))
			rc = -ESTALE;
	}
	if (rc != 0) {
		translation_fini(&file->translation);
		mem_free(file);
		return rc;
	}
	*made = file;
	return 0;
}

static struct answer adopt(struct file_source *source, int fd, const struct store_filter *filter,
			   int64_t opened_us)
{
	uv_stat_t stat;
	int rc = read_stat(fd, &stat);
	struct answer answer = rc == 0 ? judge(source, &stat) : refuse(rc);
	if (answer.error != 0) {
		close(fd);
		return answer;
	}
	struct content_key key = name_version(&stat, filter, opened_us);
	answer.content = find_or_enter(source, &key, NULL);
	if (answer.content != NULL) {
		close(fd);
		return answer;
	}
	struct file_content *file = NULL;
	rc = make_content(source, fd, &stat, filter, &file);
	if (rc != 0) {
		close(fd);
		return refuse(rc);
	}
	file->content.key = key;
	answer.content = find_or_enter(source, &key, file);
	if (answer.content != NULL)
		free_content(file);
	else
		answer.content = &file->content;
	return answer;
}

static int open_beneath(const struct file_source *source, const char *path)
{
	char found[FOLDED_MAX];
	int fd = beneath_open(source->root_fd, source->root_path, path);
	if (fd != -ENOENT || !source->ignore_case)
		return fd;
	int rc = fold_path(source->root_fd, source->root_path, path, found, sizeof found);
	return rc == 0 ? beneath_open(source->root_fd, source->root_path, found) : rc;
}

struct answer file_content_open(struct file_source *source, const char *path,
				const struct store_filter *filter)
{
	int64_t opened_us = now_us();
	int fd = open_beneath(source, path);
	return fd < 0 ? refuse(fd) : adopt(source, fd, filter, opened_us);
}

bool file_content_try(struct file_source *source, const char *path, struct answer *answer)
{
	int64_t opened_us = now_us();
	int fd = beneath_open_now(source->root_fd, path);
	if (fd < 0 && (fd != -ENOENT || source->ignore_case))
		return false;
	*answer = fd < 0 ? refuse(fd) : adopt(source, fd, NULL, opened_us);
	return true;
}

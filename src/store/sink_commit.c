/* First the bytes are made safe, then they get their name, then the name is made safe. Whatever fails before
 * the name is given leaves the old file as it was. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sink_inside.h"

#define OK         ((struct outcome){0, NULL})
#define TRIES_MAX  64u /* version numbers that another server on the same directory may take first */
#define DIGITS_MAX 9u  /* of a version number */

static int set_owner(int fd, int64_t uid, int64_t gid)
{
	if (uid < 0 && gid < 0)
		return 0;
	return fchown(fd, (uid_t)uid, (gid_t)gid) == 0 ? 0 : -errno;
}

/* The mode before the owner: a file given away cannot be changed any more. No set-user-id bits: what a
 * stranger sends must not run as somebody. */
static struct outcome dress(const struct upload *upload, const struct stat *old)
{
	const struct sink_options *options = &upload->sink->options;
	bool keeps_old = options->mode == SINK_EXISTING;
	unsigned mode = keeps_old ? (unsigned)old->st_mode : options->file_mode;
	if (fchmod(upload->fd, (mode_t)(mode & 0777)) != 0)
		return sink_refuse(-errno);
	if (keeps_old) {
		(void)set_owner(upload->fd, old->st_uid, old->st_gid); /* where permitted */
		return OK;
	}
	int rc = set_owner(upload->fd, options->uid, options->gid);
	return rc == 0 ? OK : (struct outcome){sink_refuse(rc).error, "the owner cannot be set"};
}

/* N of NAME.~N~, or 0. */
static unsigned long version_of(const char *entry, const char *name)
{
	size_t len = strlen(name);
	unsigned long version = 0;
	if (strncmp(entry, name, len) != 0 || strncmp(entry + len, ".~", 2) != 0)
		return 0;
	const char *digits = entry + len + 2;
	size_t count = strspn(digits, "0123456789");
	if (count == 0 || count > DIGITS_MAX || strcmp(digits + count, "~") != 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		version = version * 10 + (unsigned long)(digits[i] - '0');
	return version;
}

static int find_highest(int target_fd, const char *name, unsigned long *highest)
{
	int fd = openat(target_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	if (directory == NULL) {
		int rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*highest = 0;
	while ((entry = readdir(directory)) != NULL) {
		unsigned long version = version_of(entry->d_name, name);
		if (version > *highest)
			*highest = version;
	}
	closedir(directory);
	return 0;
}

/* A second name for the old file; the first one stays until the new file takes it. Only where links are not
 * to be had (a file system without them, a file of somebody else's) it is renamed, and the name is away until
 * the new file takes it. */
static int keep_old(int target_fd, const char *name, char kept[SINK_NAME_MAX + 1])
{
	unsigned long highest = 0;
	int rc = find_highest(target_fd, name, &highest);
	if (rc != 0)
		return rc;
	rc = -EEXIST;
	for (unsigned tries = 1; rc == -EEXIST && tries <= TRIES_MAX; tries++) {
		int len = snprintf(kept, SINK_NAME_MAX + 1, "%s.~%lu~", name, highest + tries);
		if (len > (int)SINK_NAME_MAX)
			return -ENAMETOOLONG;
		rc = linkat(target_fd, name, target_fd, kept, 0) == 0 ? 0 : -errno;
		if (rc != 0 && rc != -EEXIST && sink_rename_new(target_fd, name, target_fd, kept) == 0)
			rc = 0;
	}
	return rc;
}

/* Renaming one link of a file over another does nothing, so the second one goes extra. */
static void take_back(int target_fd, const char *name, const char *kept)
{
	if (renameat(target_fd, kept, target_fd, name) == 0)
		unlinkat(target_fd, kept, 0);
}

static struct outcome replace(struct upload *upload, int target_fd, const char *name, bool keeps_old)
{
	char kept[SINK_NAME_MAX + 1];
	struct outcome outcome = sink_draft_name(upload);
	if (outcome.error != 0)
		return outcome;
	int rc = keeps_old ? keep_old(target_fd, name, kept) : 0;
	if (rc != 0)
		return (struct outcome){sink_refuse(rc).error, "the old version cannot be kept"};
	if (renameat(upload->dir_fd, upload->hidden, target_fd, name) != 0) {
		outcome = sink_refuse(-errno);
		if (keeps_old)
			take_back(target_fd, name, kept);
		return outcome;
	}
	upload->hidden[0] = '\0';
	return OK;
}

/* The hidden name goes when the draft is discarded. */
static struct outcome place_new(struct upload *upload, int target_fd, const char *name)
{
	int rc;
	if (upload->hidden[0] == '\0')
		rc = sink_link_nameless(upload->fd, target_fd, name);
	else
		rc = linkat(upload->dir_fd, upload->hidden, target_fd, name, 0) == 0 ? 0 : -errno;
	if (rc == 0)
		return OK;
	if (rc == -EEXIST || upload->hidden[0] == '\0')
		return sink_refuse(rc);
	/* A file system without links. */
	int renamed = sink_rename_new(upload->dir_fd, upload->hidden, target_fd, name);
	if (renamed == 0)
		upload->hidden[0] = '\0';
	return renamed == 0 ? OK : sink_refuse(renamed == -EEXIST ? renamed : rc);
}

/* Nobody else of this sink is between looking and giving, so the quota sees each old file once. */
static struct outcome publish(struct upload *upload, int target_fd, const char *name)
{
	struct sink *sink = upload->sink;
	struct stat old = {.st_nlink = 0};
	uv_mutex_lock(&sink->publishing);
	struct outcome outcome = atomic_load(&upload->is_unwanted)
				     ? sink_refuse(-ECANCELED)
				     : sink_place_judge(sink, target_fd, name, &old);
	if (outcome.error == 0) {
		bool is_replaced = old.st_nlink > 0;
		bool keeps_old = is_replaced && sink->options.mode == SINK_VERSION;
		if (sink->options.mode == SINK_CREATE)
			outcome = place_new(upload, target_fd, name);
		else
			outcome = replace(upload, target_fd, name, keeps_old);
		if (outcome.error == 0)
			sink_quota_settle(upload, is_replaced && !keeps_old ? (uint64_t)old.st_size : 0);
	}
	uv_mutex_unlock(&sink->publishing);
	return outcome;
}

/* Some file systems have nothing to sync about a directory and say so. */
static struct outcome sync_directory(int fd)
{
	int rc = sink_sync(fd);
	return rc == 0 || rc == -EINVAL || rc == -ENOTSUP ? OK : sink_refuse(rc);
}

static struct outcome commit_to(struct upload *upload, int target_fd, const char *name)
{
	struct stat old;
	struct outcome outcome = sink_place_judge(upload->sink, target_fd, name, &old);
	if (outcome.error == 0)
		outcome = dress(upload, &old);
	if (outcome.error != 0)
		return outcome;
	int rc = sink_sync(upload->fd);
	outcome = rc == 0 ? publish(upload, target_fd, name) : sink_refuse(rc);
	return outcome.error == 0 ? sync_directory(target_fd) : outcome;
}

struct outcome sink_draft_commit(struct upload *upload)
{
	int target_fd;
	const char *name;
	struct outcome outcome = sink_draft_append(upload, &upload->halves[upload->filling]);
	if (outcome.error == 0)
		outcome = sink_place_make(upload, &target_fd, &name);
	if (outcome.error != 0)
		return outcome;
	outcome = commit_to(upload, target_fd, name);
	if (target_fd != upload->dir_fd)
		close(target_fd);
	sink_draft_discard(upload);
	return outcome;
}

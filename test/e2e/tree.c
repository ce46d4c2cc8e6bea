#include "e2e/tree.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *tree_path(const struct tree *tree, const char *name, char room[TREE_PATH_MAX])
{
	snprintf(room, TREE_PATH_MAX, "%s/%s", tree->root, name);
	return room;
}

void tree_make(struct tree *tree)
{
	const char *base = getenv("TMPDIR");
	snprintf(tree->top, sizeof tree->top, "%s/uvtftp-e2e-XXXXXX", base != NULL ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(tree->top));
	ck_assert_int_eq(chmod(tree->top, 0755), 0);
	snprintf(tree->root, sizeof tree->root, "%s/root", tree->top);
	tree_directory(tree, "");
	tree_directory(tree, "../outside");
	tree_write(tree, "../outside/secret", TREE_SECRET, strlen(TREE_SECRET));
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
	(void)stat;
	(void)kind;
	(void)walk;
	return remove(path);
}

void tree_remove(const struct tree *tree)
{
	ck_assert_int_eq(nftw(tree->top, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void tree_write(const struct tree *tree, const char *name, const void *bytes, size_t len)
{
	char path[TREE_PATH_MAX];
	int fd = open(tree_path(tree, name, path), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_msg(fd >= 0, "cannot write %s: %s", path, strerror(errno));
	const char *at = bytes;
	while (len > 0) {
		ssize_t done = write(fd, at, len);
		ck_assert_int_gt(done, 0);
		at += done;
		len -= (size_t)done;
	}
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	close(fd);
}

void tree_mode(const struct tree *tree, const char *name, unsigned mode)
{
	char path[TREE_PATH_MAX];
	ck_assert_int_eq(chmod(tree_path(tree, name, path), (mode_t)mode), 0);
}

void tree_directory(const struct tree *tree, const char *name)
{
	char path[TREE_PATH_MAX];
	ck_assert_int_eq(mkdir(tree_path(tree, name, path), 0755), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

void tree_link(const struct tree *tree, const char *name, const char *target)
{
	char path[TREE_PATH_MAX];
	ck_assert_int_eq(symlink(target, tree_path(tree, name, path)), 0);
}

void tree_fill(uint8_t *bytes, size_t len)
{
	uint32_t state = 1;
	for (size_t i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(state >> 24);
	}
}

void tree_write_filled(const struct tree *tree, const char *name, uint8_t *bytes, size_t len)
{
	tree_fill(bytes, len);
	tree_write(tree, name, bytes, len);
}

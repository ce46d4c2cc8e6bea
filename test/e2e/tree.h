/* Files to serve, in a directory of the test's own:
 *
 *     TOP/root/...        what the daemon serves
 *     TOP/outside/secret  what no client may ever see */
#ifndef UVTFTP_TEST_E2E_TREE_H
#define UVTFTP_TEST_E2E_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_PATH_MAX 512
#define TREE_SECRET   "nobody may read this"

struct tree {
	char top[TREE_PATH_MAX / 4];
	char root[TREE_PATH_MAX / 2];
};

void tree_make(struct tree *tree);
void tree_remove(const struct tree *tree);
/* Where a name beneath the root is. */
const char *tree_path(const struct tree *tree, const char *name, char room[TREE_PATH_MAX]);
void tree_write(const struct tree *tree, const char *name, const void *bytes, size_t len);
void tree_mode(const struct tree *tree, const char *name, unsigned mode);
void tree_directory(const struct tree *tree, const char *name);
void tree_link(const struct tree *tree, const char *name, const char *target);
/* Bytes in which every piece of some length says where it belongs, and the file of them. */
void tree_fill(uint8_t *bytes, size_t len);
void tree_write_filled(const struct tree *tree, const char *name, uint8_t *bytes, size_t len);

#endif

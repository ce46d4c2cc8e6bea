#include "store/fold.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "store/file_source.h"

/* A directory with more entries is not searched to the end. */
#define ENTRIES_MAX 100000

struct folding {
	int root_fd;
	const char *root_path;
	char *found; /* what has been found so far */
	size_t len;
	size_t room;
};

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_alike(const char *entry, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower(entry[i]) != lower(name[i]))
			return false;
	return entry[len] == '\0';
}

static bool is_better(const char *entry, const char *best, const char *name, size_t len)
{
	if (best[0] == '\0' || memcmp(entry, name, len) == 0)
		return true;
	return memcmp(best, name, len) != 0 && strcmp(entry, best) < 0;
}

/* The best entry of the directory for one component, into `best` (len + 1 bytes). */
static int search(DIR *directory, const char *name, size_t len, char *best)
{
	const struct dirent *entry;
	best[0] = '\0';
	for (int i = 0; i < ENTRIES_MAX && (entry = readdir(directory)) != NULL; i++)
		if (is_alike(entry->d_name, name, len) && is_better(entry->d_name, best, name, len))
			memcpy(best, entry->d_name, len + 1);
	return best[0] != '\0' ? 0 : -ENOENT;
}

static int open_directory(const struct folding *folding, DIR **directory)
{
	int fd = folding->len == 0 ? openat(folding->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				   : beneath_open(folding->root_fd, folding->root_path, folding->found);
	if (fd < 0)
		return folding->len == 0 ? -errno : fd;
	*directory = fdopendir(fd);
	if (*directory == NULL) {
		int rc = errno == ENOTDIR ? -ENOENT : -errno;
		close(fd);
		return rc;
	}
	return 0;
}

static int add_component(struct folding *folding, const char *name, size_t len)
{
	DIR *directory = NULL;
	if (folding->len + len + 2 > folding->room)
		return -ENAMETOOLONG;
	int rc = open_directory(folding, &directory);
	if (directory == NULL)
		return rc;
	char *at = folding->found + folding->len;
	if (folding->len > 0)
		*at++ = '/';
	rc = search(directory, name, len, at);
	closedir(directory);
	folding->len = (size_t)(at - folding->found) + len;
	return rc;
}

int fold_path(int root_fd, const char *root_path, const char *path, char *found, size_t found_len)
{
	struct folding folding = {root_fd, root_path, found, 0, found_len};
	int rc = 0;
	while (*path != '\0' && rc == 0) {
		size_t len = strcspn(path, "/");
		rc = add_component(&folding, path, len);
		path += len + (path[len] == '/');
	}
	return rc;
}

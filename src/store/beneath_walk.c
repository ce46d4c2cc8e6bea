/* What is still to be walked is kept as text (`rest`), and so is the way from the root to where the walk
 * is (`resolved`), which holds real directories only. A link puts its target in front of the rest. A ".."
 * takes the last name off `resolved` and walks again from the root, because a directory's own ".." may
 * lead outside if somebody moves it meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/file_source.h"

#define WALK_BYTES_MAX 4096 /* of a path while it is resolved, with its NUL */
#define WALK_LINKS_MAX 40   /* as in the Linux kernel */

/* To pass through a directory one needs to search it, not to list it. */
#if defined(O_PATH)
#define PASS_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#elif defined(O_SEARCH)
#define PASS_FLAGS (O_SEARCH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#else
#define PASS_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#endif
#define LAST_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)

struct walk {
	int root_fd; /* borrowed */
	const char *root_path;
	int at_fd; /* own, unless it is root_fd */
	unsigned links;
	size_t resolved_len;
	char resolved[WALK_BYTES_MAX];
	char rest[WALK_BYTES_MAX];
};

static void move_to(struct walk *walk, int fd)
{
	if (walk->at_fd != walk->root_fd)
		close(walk->at_fd);
	walk->at_fd = fd;
}

static int open_at(int fd, const char *name, int flags)
{
	int opened;
	do
		opened = openat(fd, name, flags);
	while (opened < 0 && errno == EINTR);
	return opened < 0 ? -errno : opened;
}

/* rest = head "/" tail; tail may point into rest. */
static int put_before(struct walk *walk, const char *head, size_t head_len, const char *tail)
{
	size_t tail_len = strlen(tail);
	if (head_len + 1 + tail_len + 1 > sizeof walk->rest)
		return -ENAMETOOLONG;
	/* No "/" where nothing follows: it would ask for a directory. */
	size_t gap = head_len > 0 && tail_len > 0 ? 1 : 0;
	memmove(walk->rest + head_len + gap, tail, tail_len + 1);
	memcpy(walk->rest, head, head_len);
	if (gap > 0)
		walk->rest[head_len] = '/';
	return 0;
}

static void back_to_root(struct walk *walk)
{
	move_to(walk, walk->root_fd);
	walk->resolved_len = 0;
}

/* What of an absolute path lies beneath the root, or NULL. */
static const char *beneath_root(const char *root_path, const char *path)
{
	size_t len = strlen(root_path);
	while (len > 0 && root_path[len - 1] == '/')
		len--;
	if (strncmp(path, root_path, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len + strspn(path + len, "/");
}

/* Goes on at the target of a link, or of the path asked for if that is absolute. */
static int follow(struct walk *walk, const char *target, const char *tail)
{
	if (target[0] == '/') {
		target = beneath_root(walk->root_path, target);
		if (target == NULL)
			return -EXDEV;
		back_to_root(walk);
	}
	return put_before(walk, target, strlen(target), tail);
}

/* `name` could not be opened: 0 if it is a link, which is followed, else `error`. */
static int try_link(struct walk *walk, const char *name, const char *tail, int error)
{
	char target[WALK_BYTES_MAX];
	ssize_t len = readlinkat(walk->at_fd, name, target, sizeof target);
	if (len < 0)
		return error;
	if (++walk->links > WALK_LINKS_MAX)
		return -ELOOP;
	if ((size_t)len >= sizeof target)
		return -ENAMETOOLONG;
	target[len] = '\0';
	return follow(walk, target, tail);
}

static int go_up(struct walk *walk, const char *tail)
{
	size_t len = walk->resolved_len;
	if (len == 0)
		return -EXDEV;
	while (len > 0 && walk->resolved[len - 1] != '/')
		len--;
	if (len > 0)
		len--;
	back_to_root(walk);
	return put_before(walk, walk->resolved, len, tail);
}

static int go_down(struct walk *walk, const char *name, const char *tail)
{
	size_t name_len = strlen(name);
	if (walk->resolved_len + 1 + name_len >= sizeof walk->resolved)
		return -ENAMETOOLONG;
	int fd = open_at(walk->at_fd, name, PASS_FLAGS);
	if (fd < 0)
		return try_link(walk, name, tail, fd);

	move_to(walk, fd);
	if (walk->resolved_len > 0)
		walk->resolved[walk->resolved_len++] = '/';
	memcpy(walk->resolved + walk->resolved_len, name, name_len);
	walk->resolved_len += name_len;
	memmove(walk->rest, tail, strlen(tail) + 1);
	return 0;
}

/* Takes one name off the rest. 0 and *opened = -1: not there yet. */
static int step(struct walk *walk, int *opened)
{
	char *name = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(name, "/");
	bool is_last = name[len] == '\0';
	const char *tail = is_last ? "" : name + len + 1;
	bool is_dot = len == 1 && name[0] == '.';
	bool is_dotdot = len == 2 && name[0] == '.' && name[1] == '.';

	if (len == 0) {
		*opened = open_at(walk->at_fd, ".", LAST_FLAGS);
		return *opened < 0 ? *opened : 0;
	}
	name[len] = '\0';
	if (!is_last && tail[0] == '\0')
		tail = "."; /* "name/" asks for a directory, also behind a link */
	if (is_dot) {
		memmove(walk->rest, tail, strlen(tail) + 1);
		return 0;
	}
	if (is_dotdot)
		return go_up(walk, tail);
	if (!is_last)
		return go_down(walk, name, tail);
	*opened = open_at(walk->at_fd, name, LAST_FLAGS);
	return *opened < 0 ? try_link(walk, name, tail, *opened) : 0;
}

int beneath_walk(int root_fd, const char *root_path, const char *path)
{
	struct walk walk = {.root_fd = root_fd, .root_path = root_path, .at_fd = root_fd};
	if (path[0] == '\0')
		return -ENOENT;

	int opened = -1;
	int rc = follow(&walk, path, "");
	while (rc == 0 && opened < 0)
		rc = step(&walk, &opened);
	move_to(&walk, root_fd);
	return rc < 0 ? rc : opened;
}

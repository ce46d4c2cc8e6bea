/* Files beneath one directory.
 *
 * Nothing outside the directory is ever opened: no "..", and symbolic links only while they lead to
 * something inside (relative ones, and absolute ones that begin with the directory's own path). Regular
 * files only. Opens of one path that are still queued are shared by all who ask. Contents with the same
 * identity (device, inode, size, mtime, ctime) share one descriptor. */
#ifndef UVTFTP_STORE_FILE_SOURCE_H
#define UVTFTP_STORE_FILE_SOURCE_H

#include "store/store.h"

struct file_source_options {
	const char *root;
	bool allow_private; /* else only files whose mode lets others read */
	bool ignore_case;   /* a path that is not there is looked for in another letter case */
};

/* 0 and a source the caller owns, or a negative errno (root missing, not a directory, not readable). */
int file_source_new(struct source **source, const struct file_source_options *options);

/* Opens `path` beneath the directory `root_fd`, whose real path is `root_path`, read-only, without ever
 * blocking on a FIFO or a device. A descriptor, or a negative errno: -EXDEV if the path leads outside.
 * One implementation a platform (beneath_*.c). */
int beneath_open(int root_fd, const char *root_path, const char *path);

/* The same, of the root's own file system only and only if no disk has to be waited for: a descriptor, -ENOENT,
 * or -EAGAIN if that cannot be known. */
int beneath_open_now(int root_fd, const char *path);
/* Whether it is worth asking: the file system beneath `root_fd` is one whose cached names and inodes never wait
 * for a server or a program. */
bool beneath_opens_now(int root_fd);

/* The portable walk: component by component, no link followed by the kernel. */
int beneath_walk(int root_fd, const char *root_path, const char *path);

#endif

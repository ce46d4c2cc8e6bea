/* A small disk of its own for one test program, where that can be had: Linux, as root. */
#ifndef UVTFTP_TEST_DISK_H
#define UVTFTP_TEST_DISK_H

#include <stdbool.h>
#include <stdio.h>

#if defined(__linux__)
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Nobody else sees it. Before the pool has threads. False: not here. */
static inline bool disk_mount(const char *path, unsigned size_bytes)
{
	char size[32];
	snprintf(size, sizeof size, "size=%u", size_bytes);
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mkdir(path, 0755) == 0 && mount("tmpfs", path, "tmpfs", 0, size) == 0;
}
static inline void disk_unmount(const char *path)
{
	umount2(path, MNT_DETACH);
}
#else
static inline bool disk_mount(const char *path, unsigned size_bytes)
{
	(void)path;
	(void)size_bytes;
	return false;
}
static inline void disk_unmount(const char *path)
{
	(void)path;
}
#endif

#endif

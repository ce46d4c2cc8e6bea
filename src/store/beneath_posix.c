#include <errno.h>

#include "store/file_source.h"

int beneath_open(int root_fd, const char *root_path, const char *path)
{
	return beneath_walk(root_fd, root_path, path);
}

int beneath_open_now(int root_fd, const char *path)
{
	(void)root_fd;
	(void)path;
	return -EAGAIN;
}

bool beneath_opens_now(int root_fd)
{
	(void)root_fd;
	return false;
}

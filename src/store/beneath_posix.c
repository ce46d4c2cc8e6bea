#include "store/file_source.h"

int beneath_open(int root_fd, const char *root_path, const char *path)
{
	return beneath_walk(root_fd, root_path, path);
}

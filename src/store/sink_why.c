#include <errno.h>

#include "store/sink_inside.h"

struct outcome sink_refuse(int error)
{
	static const struct outcome outcomes[] = {
	    {-ENOENT, "no such directory"},
	    {-EEXIST, "the file exists already"},
	    {-EACCES, "permission denied"},
	    {-EISDIR, "is a directory"},
	    {-EXDEV, "leads outside the served directory"},
	    {-EFBIG, "larger than this server takes"},
	    {-EDQUOT, "the disk quota is used up"},
	    {-ENOSPC, "the disk is full"},
	    {-EROFS, "the disk is read-only"},
	    {-EMFILE, "too many open files"},
	    {-ENFILE, "too many open files"},
	    {-ENOMEM, "out of memory"},
	    {-ENAMETOOLONG, "the name is too long"},
	};
	if (error == -ENOTDIR)
		error = -ENOENT;
	if (error == -EPERM)
		error = -EACCES;
	if (error == -ELOOP)
		return (struct outcome){-EACCES, "too many symbolic links"};
	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
		if (outcomes[i].error == error)
			return outcomes[i];
	}
	return (struct outcome){error, "cannot be written"};
}

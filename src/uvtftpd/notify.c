#include "uvtftpd/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "uvtftpd/output.h"

/* sd_notify(3): a path, or with a leading '@' a name without a file. Returns the address's length; 0: it is neither. */
static socklen_t name_socket(struct sockaddr_un *address, const char *name)
{
	size_t len = strlen(name);
	if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof address->sun_path)
		return 0;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, name, len);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	/* The bytes behind the name are part of one without a file. */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void notify_say(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	if (name == NULL)
		return;
	socklen_t len = name_socket(&address, name);
	int fd = len == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0 ||
	    sendto(fd, state, strlen(state), MSG_DONTWAIT, (struct sockaddr *)&address, len) < 0)
		output_line(UVTFTP_LOG_WARNING, "cannot tell %s: %s", name, state);
	if (fd >= 0)
		close(fd);
}

/* For big-endian machines under qemu, whose user emulation hands control messages that it does not know on as they
 * stand: of UDP_SEGMENT the kernel reads the size of a segment with its bytes swapped, and a train leaves as one
 * datagram (4 becomes 1024) or in the wrong pieces. So the machine is one without it, as with a kernel before 4.18.
 * Linked with --wrap=getsockopt. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (level == IPPROTO_UDP && name == UDP_SEGMENT) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return __real_getsockopt(fd, level, name, value, len);
}

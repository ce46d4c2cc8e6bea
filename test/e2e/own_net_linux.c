#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "e2e/own_net.h"

/* As an alias of the loopback, the way that needs no program and no netlink. */
static bool change(unsigned long request, struct ifreq *change)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		return false;
	bool is_done = ioctl(fd, request, change) == 0;
	close(fd);
	return is_done;
}

static bool write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	if (file == NULL)
		return false;
	bool is_written = fputs(text, file) >= 0;
	return fclose(file) == 0 && is_written;
}

static bool map_ids(uid_t uid, gid_t gid, bool is_root)
{
	char users[64], groups[64];
	snprintf(users, sizeof users, "%lu %lu 1", is_root ? 0ul : (unsigned long)uid,
		 (unsigned long)uid);
	snprintf(groups, sizeof groups, "%lu %lu 1", is_root ? 0ul : (unsigned long)gid,
		 (unsigned long)gid);
	return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/gid_map", groups) &&
	       write_text("/proc/self/uid_map", users);
}

/* With users of its own, too, where only those who have them may have a network. */
static bool separate(bool is_root)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && map_ids(uid, gid, is_root);
}

static bool enter(bool is_root)
{
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	return separate(is_root) && change(SIOCSIFFLAGS, &up);
}

bool own_net_enter(void)
{
	return enter(false);
}

bool own_net_enter_as_root(void)
{
	return enter(true);
}

bool own_net_add(const char *host)
{
	static unsigned count;
	struct ifreq alias = {0};
	struct sockaddr_in addr = {.sin_family = AF_INET};
	snprintf(alias.ifr_name, sizeof alias.ifr_name, "lo:%u", ++count);
	if (inet_pton(AF_INET, host, &addr.sin_addr) != 1)
		return false;
	memcpy(&alias.ifr_addr, &addr, sizeof addr);
	return change(SIOCSIFADDR, &alias);
}

bool own_net_set_mtu(int mtu)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_mtu = mtu};
	return change(SIOCSIFMTU, &lo);
}

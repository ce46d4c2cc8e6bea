#include "unit/suite.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "uvtftpd/notify.h"

static char directory[] = "/tmp/uvtftp-notify.XXXXXX";
static struct sockaddr_un address;

/* A service manager's socket, at a path or, with '@', without a file. */
static int listen_at(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void expect(int fd, const char *state)
{
	char text[100];
	notify_say(state);
	ssize_t len = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
	ck_assert_int_eq(len, (ssize_t)strlen(state));
	text[len] = '\0';
	ck_assert_str_eq(text, state);
	ck_assert_int_lt(recv(fd, text, sizeof text, MSG_DONTWAIT), 0);
	close(fd);
}

START_TEST(says_it_at_a_path)
{
	char path[sizeof directory + 10];
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/notify", directory);
	expect(listen_at(path), "READY=1");
	unlink(path);
	rmdir(directory);
}
END_TEST

#ifdef __linux__ /* has names without a file */
START_TEST(says_it_at_a_name_without_a_file)
{
	char name[40];
	snprintf(name, sizeof name, "@uvtftp-notify-%ld", (long)getpid());
	expect(listen_at(name), "STOPPING=1");
}
END_TEST
#endif

START_TEST(without_a_manager_nothing_happens)
{
	unsetenv("NOTIFY_SOCKET");
	notify_say("READY=1");
}
END_TEST

START_TEST(goes_on_where_the_manager_cannot_be_reached)
{
	char name[300];
	memset(name, 'x', sizeof name - 1);
	name[0] = '/';
	name[sizeof name - 1] = '\0';
	const char *const names[] = {"", "/", "@", "relative", "/nonexistent/notify", name};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		notify_say("READY=1");
	}
}
END_TEST

#ifdef __linux__
SUITE("notify", says_it_at_a_path, says_it_at_a_name_without_a_file, without_a_manager_nothing_happens,
      goes_on_where_the_manager_cannot_be_reached)
#else
SUITE("notify", says_it_at_a_path, without_a_manager_nothing_happens,
      goes_on_where_the_manager_cannot_be_reached)
#endif

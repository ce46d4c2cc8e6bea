#include "unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uvtftpd/inherit.h"

static void say(const char *pid, const char *count)
{
	char self[20];
	snprintf(self, sizeof self, "%ld", (long)getpid());
	setenv("LISTEN_PID", pid != NULL ? pid : self, 1);
	setenv("LISTEN_FDS", count, 1);
	setenv("LISTEN_FDNAMES", "a:b", 1);
}

START_TEST(takes_those_meant_for_us)
{
	int sockets[INHERIT_MAX];
	ck_assert_int_ge(dup2(0, 3), 0);
	ck_assert_int_ge(dup2(0, 4), 0);
	say(NULL, "2");
	ck_assert_uint_eq(inherit_sockets(sockets), 2);
	ck_assert_int_eq(sockets[0], 3);
	ck_assert_int_eq(sockets[1], 4);
	ck_assert_int_eq(fcntl(4, F_GETFD), FD_CLOEXEC);
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
	ck_assert_uint_eq(inherit_sockets(sockets), 0);
}
END_TEST

START_TEST(leaves_those_of_others)
{
	int sockets[INHERIT_MAX];
	say("1", "1");
	ck_assert_uint_eq(inherit_sockets(sockets), 0);
	say("", "1");
	ck_assert_uint_eq(inherit_sockets(sockets), 0);
}
END_TEST

START_TEST(takes_no_more_than_there_is_room_for)
{
	int sockets[INHERIT_MAX];
	say(NULL, "1000000");
	ck_assert_uint_eq(inherit_sockets(sockets), INHERIT_MAX);
	say(NULL, "-1");
	ck_assert_uint_eq(inherit_sockets(sockets), 0);
	say(NULL, "many");
	ck_assert_uint_eq(inherit_sockets(sockets), 0);
}
END_TEST

SUITE("inherit", takes_those_meant_for_us, leaves_those_of_others, takes_no_more_than_there_is_room_for)

/* For tests of ASSERT: runs `body` in a process of its own, which must abort with `message` on stderr. */
#ifndef UVTFTP_TEST_DEATH_H
#define UVTFTP_TEST_DEATH_H

#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void expect_abort(void (*body)(void), const char *message)
{
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	pid_t child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		body();
		_exit(0);
	}
	close(ends[1]);
	char said[4096];
	size_t len = 0;
	ssize_t got;
	while (len < sizeof said - 1 && (got = read(ends[0], said + len, sizeof said - 1 - len)) > 0)
		len += (size_t)got;
	said[len] = '\0';
	close(ends[0]);
	int status = 0;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	ck_assert_msg(strstr(said, message) != NULL, "said: %s", said);
}

#endif

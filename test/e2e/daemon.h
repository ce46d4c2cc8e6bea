/* The daemon as a process: started, listened to, stopped by its pid. It lives in the process group of the
 * test, which check ends with the test, so a test that fails leaves nobody behind. */
#ifndef UVTFTP_TEST_E2E_DAEMON_H
#define UVTFTP_TEST_E2E_DAEMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "e2e/tree.h"

/* For what must happen; a loaded machine under sanitizers needs its time. */
#define DEADLINE_MS     20000

#define DAEMON_LINE_MAX 2048
#define STRINGS(...)                                                                                    \
	(const char *const[])                                                                           \
	{                                                                                               \
		__VA_ARGS__, NULL                                                                       \
	}
#define NOTHING                                                                                         \
	(const char *const[])                                                                           \
	{                                                                                               \
		NULL                                                                                    \
	}

/* The machine lacks what this test is about: it says so and passes. */
#define NOT_HERE(reason)                                                                                \
	do {                                                                                            \
		fprintf(stderr, "%s: not applicable: %s\n", __func__, reason);                          \
		return;                                                                                 \
	} while (0)

struct daemon {
	pid_t pid;
	uint16_t port; /* of the first address it listens on */
	pthread_t reader;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int log_fd;
	char *log; /* own; all it has said, terminated */
	size_t log_len;
	bool has_ended; /* its log was closed */
	char line[DAEMON_LINE_MAX];
};

/* What a daemon that ends by itself did. */
struct daemon_run {
	int code;
	char out[8192];
	char err[8192];
};

/* Starts it with these arguments and waits until it listens. */
void daemon_start(struct daemon *daemon, const char *const *args);
/* `prepare` runs in the new process just before the program: rights are dropped there. */
void daemon_start_as(struct daemon *daemon, const char *const *args, void (*prepare)(void));
/* One worker on a free port of 127.0.0.1, the tree's root, and these arguments. */
void daemon_serve(struct daemon *daemon, const struct tree *tree, const char *const *args);

/* Waits until it has said this, and returns the line that holds it: good until the next call. */
const char *daemon_await(struct daemon *daemon, const char *text);
unsigned daemon_count(struct daemon *daemon, const char *text); /* in what it has said until now */
void daemon_await_count(struct daemon *daemon, const char *text, unsigned count); /* or more */

/* Of the nth address it listens on. */
uint16_t daemon_port(struct daemon *daemon, unsigned nth);

void daemon_signal(const struct daemon *daemon, int signal);
/* Waits for its end. The exit code, or 128 and the signal; the log stays until daemon_forget. */
int daemon_wait(struct daemon *daemon);
void daemon_forget(struct daemon *daemon);
/* Ends it by a signal: it must end well, and its log must be clean text. The log stays. */
void daemon_end(struct daemon *daemon, int signal);
/* The same by SIGTERM; it must have served this much. The log goes. */
void daemon_stop(struct daemon *daemon, unsigned requests, unsigned done);

/* Runs it to its end. */
void daemon_run(struct daemon_run *run, const char *const *args, void (*prepare)(void));

/* For `prepare`: become nobody, if this is root. */
void daemon_drop_rights(void);

/* The program cannot be started, as when a directory above it is closed to its user. */
#define DAEMON_NO_EXEC_CODE 126

#endif

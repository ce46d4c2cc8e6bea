#include "e2e/daemon.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "e2e/udp.h"

#define ARGS_MAX  32
#define NOBODY_ID 65534

static const char *program(void)
{
	const char *other = getenv("UVTFTPD");
	return other != NULL ? other : E2E_DAEMON;
}

/* The new process has this standard output and error; nothing else is left open in it. */
static pid_t spawn(const char *const *args, void (*prepare)(void), int out_fd, int err_fd)
{
	const char *argv[ARGS_MAX + 2] = {program()};
	for (size_t i = 0; args[i] != NULL; i++) {
		ck_assert_uint_lt(i, ARGS_MAX);
		argv[i + 1] = args[i];
	}
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	if (out_fd >= 0)
		dup2(out_fd, STDOUT_FILENO);
	dup2(err_fd, STDERR_FILENO);
	if (prepare != NULL)
		prepare();
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(DAEMON_NO_EXEC_CODE);
}

static void make_pipe(int fds[2])
{
	ck_assert_int_eq(pipe(fds), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(fcntl(fds[i], F_SETFD, FD_CLOEXEC), 0);
}

static void take(struct daemon *daemon, const char *bytes, size_t len)
{
	pthread_mutex_lock(&daemon->mutex);
	char *grown = realloc(daemon->log, daemon->log_len + len + 1);
	if (grown != NULL) {
		memcpy(grown + daemon->log_len, bytes, len);
		daemon->log = grown;
		daemon->log_len += len;
		grown[daemon->log_len] = '\0';
	}
	pthread_cond_broadcast(&daemon->changed);
	pthread_mutex_unlock(&daemon->mutex);
}

/* A thread, so that a daemon that says much never waits for a test that is busy. What it says also goes to
 * our own standard error, to be seen when a test fails. */
static void *read_log(void *user)
{
	struct daemon *daemon = user;
	char bytes[4096];
	ssize_t len;
	while ((len = read(daemon->log_fd, bytes, sizeof bytes)) != 0) {
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			break;
		fwrite(bytes, 1, (size_t)len, stderr);
		take(daemon, bytes, (size_t)len);
	}
	pthread_mutex_lock(&daemon->mutex);
	daemon->has_ended = true;
	pthread_cond_broadcast(&daemon->changed);
	pthread_mutex_unlock(&daemon->mutex);
	return NULL;
}

static uint64_t find_deadline(void)
{
	return udp_now_us() + (uint64_t)DEADLINE_MS * 1000;
}

/* Under the mutex. Waits for more of the log, or for a while: the clock that pthreads know may be set meanwhile, and that
 * is not to end the test. False: the deadline is over. */
static bool wait_for_more(struct daemon *daemon, uint64_t until_us)
{
	struct timespec while_ends;
	clock_gettime(CLOCK_REALTIME, &while_ends);
	while_ends.tv_sec++;
	pthread_cond_timedwait(&daemon->changed, &daemon->mutex, &while_ends);
	return udp_now_us() < until_us;
}

/* Under the mutex. The start of the text in what was said, waited for; NULL: it did not come. */
static const char *find(struct daemon *daemon, const char *text)
{
	uint64_t until_us = find_deadline();
	for (bool is_over = false;; is_over = !wait_for_more(daemon, until_us)) {
		const char *at = strstr(daemon->log, text);
		/* The whole line must be there. */
		if (at != NULL && strchr(at, '\n') != NULL)
			return at;
		if (daemon->has_ended || is_over)
			return NULL;
	}
}

const char *daemon_await(struct daemon *daemon, const char *text)
{
	pthread_mutex_lock(&daemon->mutex);
	const char *at = find(daemon, text);
	if (at != NULL) {
		const char *first = at;
		while (first > daemon->log && first[-1] != '\n')
			first--;
		snprintf(daemon->line, sizeof daemon->line, "%.*s", (int)strcspn(first, "\n"), first);
	}
	pthread_mutex_unlock(&daemon->mutex);
	ck_assert_msg(at != NULL, "the daemon never said \"%s\"", text);
	return daemon->line;
}

/* Under the mutex. */
static unsigned count_in_log(const struct daemon *daemon, const char *text)
{
	unsigned count = 0;
	for (const char *at = daemon->log; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

unsigned daemon_count(struct daemon *daemon, const char *text)
{
	pthread_mutex_lock(&daemon->mutex);
	unsigned count = count_in_log(daemon, text);
	pthread_mutex_unlock(&daemon->mutex);
	return count;
}

void daemon_await_count(struct daemon *daemon, const char *text, unsigned count)
{
	uint64_t until_us = find_deadline();
	pthread_mutex_lock(&daemon->mutex);
	while (count_in_log(daemon, text) < count && !daemon->has_ended &&
	       wait_for_more(daemon, until_us))
		continue;
	unsigned found = count_in_log(daemon, text);
	pthread_mutex_unlock(&daemon->mutex);
	ck_assert_msg(found >= count, "the daemon said \"%s\" %u times, not %u", text, found, count);
}

uint16_t daemon_port(struct daemon *daemon, unsigned nth)
{
	static const char text[] = "listening on ";
	pthread_mutex_lock(&daemon->mutex);
	const char *at = strstr(daemon->log, text);
	while (nth-- > 0 && at != NULL)
		at = strstr(at + 1, text);
	const char *end = at != NULL ? strchr(at, '\n') : NULL;
	while (end != NULL && end[-1] >= '0' && end[-1] <= '9')
		end--;
	int port = end != NULL ? atoi(end) : 0;
	pthread_mutex_unlock(&daemon->mutex);
	ck_assert_int_ne(port, 0);
	return (uint16_t)port;
}

void daemon_start_as(struct daemon *daemon, const char *const *args, void (*prepare)(void))
{
	int fds[2];
	memset(daemon, 0, sizeof *daemon);
	daemon->log = calloc(1, 1);
	ck_assert_ptr_nonnull(daemon->log);
	pthread_mutex_init(&daemon->mutex, NULL);
	pthread_cond_init(&daemon->changed, NULL);
	make_pipe(fds);
	daemon->pid = spawn(args, prepare, -1, fds[1]);
	close(fds[1]);
	daemon->log_fd = fds[0];
	ck_assert_int_eq(pthread_create(&daemon->reader, NULL, read_log, daemon), 0);
	/* The last thing it says before it serves. */
	daemon_await(daemon, "serving ");
	daemon->port = daemon_port(daemon, 0);
}

void daemon_start(struct daemon *daemon, const char *const *args)
{
	daemon_start_as(daemon, args, NULL);
}

void daemon_serve(struct daemon *daemon, const struct tree *tree, const char *const *args)
{
	const char *all[ARGS_MAX + 1] = {"--listen", "127.0.0.1:0", "--workers", "1", tree->root};
	size_t count = 5;
	for (size_t i = 0; args[i] != NULL; i++) {
		ck_assert_uint_lt(count, ARGS_MAX);
		all[count++] = args[i];
	}
	daemon_start(daemon, all);
}

void daemon_signal(const struct daemon *daemon, int signal)
{
	ck_assert_int_eq(kill(daemon->pid, signal), 0);
}

static int read_status(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int daemon_wait(struct daemon *daemon)
{
	uint64_t until_us = find_deadline();
	pthread_mutex_lock(&daemon->mutex);
	while (!daemon->has_ended && wait_for_more(daemon, until_us))
		continue;
	bool has_ended = daemon->has_ended;
	pthread_mutex_unlock(&daemon->mutex);
	if (!has_ended)
		kill(daemon->pid, SIGKILL);
	ck_assert_msg(has_ended, "the daemon did not end");
	pthread_join(daemon->reader, NULL);
	close(daemon->log_fd);
	return read_status(daemon->pid);
}

void daemon_forget(struct daemon *daemon)
{
	pthread_mutex_destroy(&daemon->mutex);
	pthread_cond_destroy(&daemon->changed);
	free(daemon->log);
	daemon->log = NULL;
}

void daemon_end(struct daemon *daemon, int signal)
{
	daemon_signal(daemon, signal);
	ck_assert_int_eq(daemon_wait(daemon), 0);
	for (const char *at = daemon->log; *at != '\0'; at++)
		if (*at != '\n' && (*at < ' ' || *at > '~'))
			ck_abort_msg("byte 0x%02x in the log at %zu", (unsigned char)*at,
				     (size_t)(at - daemon->log));
}

void daemon_stop(struct daemon *daemon, unsigned requests, unsigned done)
{
	char summary[80];
	snprintf(summary, sizeof summary, "stopped: %u requests, %u of them done, ", requests, done);
	daemon_end(daemon, SIGTERM);
	ck_assert_msg(daemon_count(daemon, summary) == 1, "it did not say \"%s\"", summary);
	daemon_forget(daemon);
}

/* One end of a process' speech. False: it has closed it. */
static bool collect(int fd, char *room, size_t room_len, size_t *len)
{
	ssize_t got = read(fd, room + *len, room_len - 1 - *len);
	if (got > 0)
		*len += (size_t)got;
	room[*len] = '\0';
	return got > 0 && *len < room_len - 1;
}

void daemon_run(struct daemon_run *run, const char *const *args, void (*prepare)(void))
{
	int out[2], err[2];
	size_t out_len = 0, err_len = 0;
	make_pipe(out);
	make_pipe(err);
	pid_t pid = spawn(args, prepare, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	struct pollfd polls[2] = {{.fd = out[0], .events = POLLIN}, {.fd = err[0], .events = POLLIN}};
	uint64_t until_us = udp_now_us() + (uint64_t)DEADLINE_MS * 1000;
	run->out[0] = run->err[0] = '\0';
	while ((polls[0].fd >= 0 || polls[1].fd >= 0) && udp_now_us() < until_us) {
		if (poll(polls, 2, 100) <= 0)
			continue;
		if (polls[0].revents != 0 && !collect(out[0], run->out, sizeof run->out, &out_len))
			polls[0].fd = -1;
		if (polls[1].revents != 0 && !collect(err[0], run->err, sizeof run->err, &err_len))
			polls[1].fd = -1;
	}
	bool has_ended = polls[0].fd < 0 && polls[1].fd < 0;
	if (!has_ended)
		kill(pid, SIGKILL);
	run->code = read_status(pid);
	close(out[0]);
	close(err[0]);
	ck_assert_msg(has_ended, "it went on instead of ending; it said: %s", run->err);
}

void daemon_drop_rights(void)
{
	if (getuid() != 0)
		return;
	if (setgid(NOBODY_ID) != 0 || setuid(NOBODY_ID) != 0)
		_exit(DAEMON_NO_EXEC_CODE);
}

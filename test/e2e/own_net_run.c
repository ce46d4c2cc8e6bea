/* Runs a test in a loopback network of its own where the system gives it: on a shared one late packets of other
 * tests reach ports that are in use again. Else, or with UVTFTP_OWN_NET=no, it runs as it is.
 *
 *     own-net [--root] PROGRAM [ARGUMENT...]
 *
 * --root: for scripts that change this network; who is not root becomes it, in there. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/own_net.h"

#define NO_EXEC_CODE 126

/* An attempt that fails half-way leaves its process changed: so another one makes it first. */
static bool is_given(bool (*enter)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(enter() ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
	bool (*enter)(void) = own_net_enter;
	const char *wish = getenv("UVTFTP_OWN_NET");
	(void)argc;
	argv++;
	if (*argv != NULL && strcmp(*argv, "--root") == 0) {
		enter = own_net_enter_as_root;
		argv++;
	}
	if (*argv == NULL) {
		fprintf(stderr, "usage: own-net [--root] PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	if (wish == NULL)
		setenv("UVTFTP_OWN_NET", is_given(enter) && enter() ? "yes" : "no", 1);
	execvp(argv[0], argv);
	perror(argv[0]);
	return NO_EXEC_CODE;
}

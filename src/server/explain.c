/* What would become of a request: the policy's steps, then what is on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/neighbour.h"
#include "server/setup.h"
#include "store/file_source.h"

struct explaining {
	void (*on_line)(void *user, const char *line);
	void *user;
};

static void forward(void *user, const char *line)
{
	const struct explaining *explaining = user;
	explaining->on_line(explaining->user, line);
}

struct found {
	const char *what; /* for a person */
	bool is_there;
	bool may_read;
};

/* Opens it as a request would, so that links out of the root are told apart. */
static struct found look_at(const struct uvtftp_root *root, const char *path)
{
	struct stat status;
	char *real = realpath(root->path, NULL);
	int root_fd = real == NULL ? -1 : open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = root_fd < 0 ? -ENOENT : beneath_open(root_fd, real, path);
	bool is_open = fd >= 0 && fstat(fd, &status) == 0;
	if (fd >= 0)
		close(fd);
	if (root_fd >= 0)
		close(root_fd);
	free(real);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return (struct found){"is not there now", false, false};
	if (!is_open)
		return (struct found){"cannot be opened, or leads outside the root", true, false};
	if (!S_ISREG(status.st_mode))
		return (struct found){"is not a regular file", true, false};
	if (!root->allow_private && (status.st_mode & S_IROTH) == 0)
		return (struct found){"is not readable by everyone", true, false};
	return (struct found){"is a file that may be read", true, true};
}

static bool has_directory(const struct uvtftp_root *root, const char *path)
{
	char parent[PATH_BYTES_MAX];
	const char *slash = strrchr(path, '/');
	if (slash == NULL || root->make_directories)
		return true;
	snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
	return look_at(root, parent).is_there;
}

/* Says what is found under each path. True: one of them would be served. */
static bool look(const struct uvtftp_root *root, const struct policy_decision *decision, bool is_write,
		 const struct explaining *explaining)
{
	char line[PATH_BYTES_MAX + 600];
	for (unsigned i = 0; i < decision->try_count; i++) {
		const char *path = decision->tries[i];
		struct found found = look_at(root, path);
		bool has_place = !is_write || has_directory(root, path);
		snprintf(line, sizeof line, "'%s/%s' %s%s", root->path, path, found.what,
			 has_place ? "" : ", and neither is its directory");
		explaining->on_line(explaining->user, line);
		if (is_write)
			return has_place &&
			       (found.is_there ? found.may_read && root->write != UVTFTP_WRITE_CREATE
					       : root->write != UVTFTP_WRITE_EXISTING);
		if (found.is_there)
			return found.may_read;
	}
	return false;
}

int uvtftp_explain(const struct uvtftp_server_options *options, const char *client, const char *name,
		   bool is_write, void (*on_line)(void *user, const char *line), void *user,
		   struct uvtftp_error *error)
{
	struct explaining explaining = {on_line, user};
	struct policy_decision decision;
	struct policy_request request = {
	    .name = text_of(name), .is_write = is_write, .is_mac_settled = true};
	struct addr addr;
	int rc = setup_check(options, error);
	if (rc != 0)
		return rc;
	if (addr_parse(&addr, client, 0) != 0)
		return err_set(error, UVTFTP_ERR_USAGE, "'%s' is not a numeric client address", client);
	struct policy *policy = setup_policy(options, error);
	if (policy == NULL)
		return error != NULL ? error->code : UVTFTP_ERR_POLICY;
	addr_host_bytes(&addr, request.client.bytes);
	request.has_mac = neighbour_find(&addr, request.mac);
	enum policy_verdict verdict = policy_decide(policy, &request, &decision, forward, &explaining);
	policy_free(policy);
	if (verdict != POLICY_OK)
		return 1;
	return look(&options->roots[decision.root], &decision, is_write, &explaining) ? 0 : 1;
}

int uvtftp_check(const struct uvtftp_server_options *options, struct uvtftp_error *error)
{
	struct setup *setup;
	int rc = setup_new(&setup, options, NULL, error);
	if (rc == 0)
		setup_drop(setup);
	return rc;
}

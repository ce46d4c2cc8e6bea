/* From the addresses asked for to the sockets each worker opens.
 *
 * A wildcard becomes a catch-all plus one socket per address of this machine: those answer from the address
 * that was asked without looking, and the catch-all serves the rest (127.0.0.2, addresses added later). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "server/server.h"

#define DEFAULT_LISTEN ":69"
#define DEFAULT_PORT   69
/* Tries to find one port that is free in both families. */
#define FREE_PORT_TRIES 16

struct plan {
	struct server *server;
	struct uvtftp_error *error;
};

static int explain(struct plan *plan, const struct addr *addr, int rc)
{
	char text[ADDR_TEXT_MAX];
	addr_format(addr, text);
	if (rc == -EACCES || rc == -EPERM)
		return err_set(
		    plan->error, UVTFTP_ERR_PERMISSION,
		    "cannot listen on %s: ports below 1024 need a right this process lacks. Run it "
		    "as root, or give it the capability (setcap cap_net_bind_service=+ep "
		    "/path/to/uvtftpd), or choose another port (--listen :6969)",
		    text);
	if (rc == -EADDRINUSE)
		return err_set(
		    plan->error, UVTFTP_ERR_LISTEN,
		    "cannot listen on %s: the port is in use, perhaps by another TFTP server. Stop "
		    "it, or choose another port or address (--listen)",
		    text);
	return err_set(plan->error, UVTFTP_ERR_LISTEN, "cannot listen on %s: %s", text, uv_strerror(rc));
}

static bool has_listen(const struct server *server, const struct addr *addr)
{
	for (size_t i = 0; i < server->listen_count; i++)
		if (addr_equal(&server->listens[i].addr, addr))
			return true;
	return false;
}

static void add_socket(struct server *server, const struct addr *addr, bool is_catch_all)
{
	if (server->listen_count == SERVER_LISTEN_MAX || has_listen(server, addr))
		return;
	server->listens[server->listen_count++] = (struct server_listen){
	    .addr = *addr,
	    .is_catch_all = is_catch_all,
	    .may_be_absent = true,
	};
}

/* The addresses of this machine, as far as there is room; the catch-all has those that are left. */
static void add_interfaces(struct server *server, const struct addr *any)
{
	uv_interface_address_t *list;
	int count;
	if (uv_interface_addresses(&list, &count) != 0)
		return;
	for (int i = 0; i < count; i++) {
		struct addr addr;
		if (!addr_from_sockaddr(&addr, (const struct sockaddr *)&list[i].address) ||
		    addr.sa.sa_family != any->sa.sa_family)
			continue;
		addr_set_port(&addr, addr_port(any));
		if (endpoint_is_here(&addr))
			add_socket(server, &addr, false);
	}
	uv_free_interface_addresses(list, count);
}

static void note_address(struct server *server, const struct addr *addr)
{
	if (server->address_count < 2 * SERVER_LISTEN_TEXTS)
		addr_format(addr, server->addresses[server->address_count++]);
}

/* Makes sure that nobody else has the address. A port that the system chooses is held: somebody else could be given it
 * before the workers have it. One that was asked for is not, because requests may come there already. */
static int claim(struct server *server, struct addr *addr, bool is_held)
{
	if (!is_held)
		return endpoint_probe(addr, true);
	int fd = endpoint_hold(addr, true);
	if (fd < 0)
		return fd;
	server->holds[server->hold_count++] = fd;
	return 0;
}

static void release(struct server *server, size_t count)
{
	while (server->hold_count > count)
		close(server->holds[--server->hold_count]);
}

void listen_release(struct server *server)
{
	release(server, 0);
}

static void enter(struct server *server, const struct addr *addr)
{
	if (has_listen(server, addr))
		return;
	if (addr_is_any(addr)) {
		add_socket(server, addr, true);
		add_interfaces(server, addr);
	} else {
		if (!endpoint_is_here(addr)) {
			char text[ADDR_TEXT_MAX];
			addr_format_host(addr, text);
			log_line(&server->log, LOG_LEVEL_WARNING,
				 "%s is not an address of this machine now; it is served once it is",
				 text);
		}
		add_socket(server, addr, false);
	}
	note_address(server, addr);
}

/* Claims and enters one address. 0, or a negative errno: nothing is added. */
static int add(struct server *server, struct addr *addr)
{
	int rc = claim(server, addr, addr_port(addr) == 0);
	if (rc == 0)
		enter(server, addr);
	return rc;
}

/* ":PORT": both families, on one port; one of them may be missing. */
static int add_both(struct plan *plan, uint16_t port)
{
	struct server *server = plan->server;
	struct addr v4, v6;
	int rc4 = 0, rc6 = 0;
	size_t held = server->hold_count;
	for (int i = 0; i < FREE_PORT_TRIES; i++) {
		release(server, held);
		addr_any(&v4, AF_INET, port);
		rc4 = claim(server, &v4, port == 0);
		addr_any(&v6, AF_INET6, rc4 == 0 ? addr_port(&v4) : port);
		rc6 = claim(server, &v6, port == 0);
		if (port != 0 || rc6 != -EADDRINUSE)
			break;
	}
	if (rc4 == -EADDRINUSE || rc4 == -EACCES)
		return explain(plan, &v4, rc4);
	if (rc6 == -EADDRINUSE || rc6 == -EACCES || (rc4 != 0 && rc6 != 0))
		return explain(plan, &v6, rc6);
	if (rc4 != 0)
		log_line(&server->log, LOG_LEVEL_WARNING, "no IPv4 here (%s): serving IPv6 only",
			 uv_strerror(rc4));
	if (rc6 != 0)
		log_line(&server->log, LOG_LEVEL_WARNING, "no IPv6 here (%s): serving IPv4 only",
			 uv_strerror(rc6));
	if (rc4 == 0)
		enter(server, &v4);
	if (rc6 == 0)
		enter(server, &v6);
	return 0;
}

static int add_text(struct plan *plan, const char *text)
{
	struct addr addr;
	bool is_port_only = text[0] == ':' && text[1] != ':';
	char with_host[ADDR_TEXT_MAX] = "0.0.0.0";
	size_t len = strlen(text);
	if (is_port_only && len < sizeof with_host - strlen(with_host))
		memcpy(with_host + strlen(with_host), text, len + 1);
	if (addr_parse(&addr, is_port_only ? with_host : text, DEFAULT_PORT) != 0)
		return err_set(
		    plan->error, UVTFTP_ERR_USAGE,
		    "'%s' is not an address to listen on. Use ADDR:PORT, [V6ADDR]:PORT or :PORT, "
		    "with numbers (192.0.2.1:69, [::1]:6969, :69)",
		    text);
	if (is_port_only)
		return add_both(plan, addr_port(&addr));
	int rc = add(plan->server, &addr);
	return rc == 0 ? 0 : explain(plan, &addr, rc);
}

/* 0 if it is a UDP socket, bound, of one family; else a negative errno. */
static int look_at(int fd, struct addr *addr)
{
	struct sockaddr_storage bound;
	int type = 0, is_v6_only = 1;
	socklen_t bound_len = sizeof bound, len = sizeof type;
	if (getsockname(fd, (struct sockaddr *)&bound, &bound_len) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0)
		return -errno;
	if (type != SOCK_DGRAM || !addr_from_sockaddr(addr, (struct sockaddr *)&bound) ||
	    addr_port(addr) == 0)
		return -EINVAL;
	len = sizeof is_v6_only;
	if (addr->sa.sa_family == AF_INET6 &&
	    getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_v6_only, &len) != 0)
		return -errno;
	return is_v6_only != 0 ? 0 : -EINVAL;
}

static int take_sockets(struct server *server, const struct uvtftp_server_options *options,
			struct uvtftp_error *error)
{
	for (size_t i = 0; i < options->socket_count; i++) {
		struct addr addr;
		int rc = look_at(options->sockets[i], &addr);
		if (rc != 0)
			return err_set(
			    error, UVTFTP_ERR_LISTEN,
			    "cannot listen on descriptor %d: %s; it must be a UDP socket that "
			    "is bound, to IPv6 only if to IPv6",
			    options->sockets[i], uv_strerror(rc));
		server->listens[server->listen_count++] = (struct server_listen){
		    .addr = addr,
		    .is_catch_all = true,
		    .inherited = &options->sockets[i],
		};
		note_address(server, &addr);
	}
	return 0;
}

int listen_prepare(struct server *server, const struct uvtftp_server_options *options,
		   struct uvtftp_error *error)
{
	struct plan plan = {server, error};
	static const char *const usual[] = {DEFAULT_LISTEN};
	const char *const *texts = options->listen_count > 0 ? options->listen : usual;
	size_t count = options->listen_count > 0 ? options->listen_count : 1;
	if (count > SERVER_LISTEN_TEXTS || options->socket_count > SERVER_LISTEN_TEXTS)
		return err_set(error, UVTFTP_ERR_USAGE, "at most %d addresses to listen on, not %zu",
			       SERVER_LISTEN_TEXTS,
			       count > SERVER_LISTEN_TEXTS ? count : options->socket_count);
	server->addresses = mem_zalloc(2 * SERVER_LISTEN_TEXTS, sizeof *server->addresses);
	if (server->addresses == NULL)
		return err_set(error, UVTFTP_ERR_NOMEM, "out of memory");
	if (options->socket_count > 0)
		return take_sockets(server, options, error);
	for (size_t i = 0; i < count; i++) {
		int rc = add_text(&plan, texts[i]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

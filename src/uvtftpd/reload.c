#include "uvtftpd/reload.h"

#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "uvtftpd/output.h"

/* How often the map file is looked at. */
#define MAP_POLL_MS 1000

static void replace(struct reload *reload, struct settings *next)
{
	if (reload->now != reload->started) {
		settings_fini(reload->now);
		mem_free(reload->now);
	}
	reload->now = next;
}

static void say_restarts(const struct reload *reload, const struct settings *next)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		if (key->needs_restart &&
		    !config_is_same(&reload->started->config.top, &next->config.top, key))
			output_line(UVTFTP_LOG_WARNING, "'%s' changed: takes effect after a restart",
				    key->name);
	}
}

static void say_done(const struct settings *now)
{
	const struct uvtftp_server_options *server = &now->server;
	bool has_file = now->config.file != NULL;
	output_line(UVTFTP_LOG_INFO, "settings reloaded%s%s: directories %zu, rules %zu%s%s",
		    has_file ? " from " : "", has_file ? now->config.file : "", server->root_count,
		    server->rule_count, server->map_file != NULL ? ", map file " : "",
		    server->map_file != NULL ? server->map_file : "");
}

static bool load(struct reload *reload, struct settings *next, struct uvtftp_error *error)
{
	const struct uvtftp_server_options *old = &reload->started->server;
	if (!settings_load(next, reload->options->file, &reload->options->config.top, error))
		return false;
	next->server.on_log = old->on_log;
	next->server.on_report = old->on_report;
	next->server.on_drained = old->on_drained;
	next->server.user = old->user;
	if (uvtftp_server_reload(reload->server, &next->server, error) == 0)
		return true;
	settings_fini(next);
	return false;
}

static void watch(struct reload *reload);

static void load_again(struct reload *reload)
{
	struct uvtftp_error error = {UVTFTP_ERR_NOMEM, "out of memory"};
	struct settings *next = mem_alloc(sizeof *next);
	if (next == NULL || !load(reload, next, &error)) {
		mem_free(next);
		output_line(UVTFTP_LOG_ERROR, "not reloaded, the settings stay as they were: %s",
			    error.text);
		return;
	}
	/* The path that is watched is the old settings' until here. */
	bool is_other = (reload->watched == NULL) != (next->server.map_file == NULL) ||
			(reload->watched != NULL && strcmp(reload->watched, next->server.map_file) != 0);
	say_restarts(reload, next);
	say_done(next);
	replace(reload, next);
	reload->watched = next->server.map_file;
	if (is_other)
		watch(reload);
}

static void on_map_change(uv_fs_poll_t *poll, int status, const uv_stat_t *before,
			  const uv_stat_t *after)
{
	struct reload *reload = poll->data;
	(void)status; /* that it is gone is a change too, of which the reload says what is wrong */
	(void)before;
	(void)after;
	output_line(UVTFTP_LOG_INFO, "the map file %s changed", reload->watched);
	load_again(reload);
}

static void watch(struct reload *reload)
{
	uv_fs_poll_stop(&reload->map);
	if (reload->watched == NULL)
		return;
	int rc = uv_fs_poll_start(&reload->map, on_map_change, reload->watched, MAP_POLL_MS);
	if (rc != 0)
		output_line(UVTFTP_LOG_WARNING, "changes of the map file %s will go unseen: %s",
			    reload->watched, uv_strerror(rc));
}

static void on_hangup(uv_signal_t *handle, int number)
{
	struct reload *reload = handle->data;
	(void)number;
	if (reload->server != NULL)
		load_again(reload);
}

void reload_init(struct reload *reload, uv_loop_t *loop, const struct options *options,
		 struct settings *started)
{
	*reload = (struct reload){.options = options, .started = started, .now = started};
	uv_signal_init(loop, &reload->hangup);
	uv_fs_poll_init(loop, &reload->map);
	reload->hangup.data = reload->map.data = reload;
	uv_signal_start(&reload->hangup, on_hangup, SIGHUP);
}

void reload_begin(struct reload *reload, struct uvtftp_server *server)
{
	reload->server = server;
	reload->watched = reload->now->server.map_file;
	watch(reload);
}

void reload_end(struct reload *reload)
{
	reload->server = NULL;
	uv_fs_poll_stop(&reload->map);
}

void reload_fini(struct reload *reload)
{
	replace(reload, NULL);
	settings_fini(reload->started);
	mem_free(reload->started);
}

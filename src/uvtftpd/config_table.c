#include "uvtftpd/config_table.h"

#include "uvtftpd/config_value.h"

/* A bound for sizes on disks that no disk reaches: 1 PiB. */
#define DISK_MAX (UINT64_C(1) << 50)

#define STORE(function, statement)                                                                      \
	static void function(const struct config_target *target, const struct config_value *value)      \
	{                                                                                               \
		statement;                                                                              \
	}

/* clang-format off */
STORE(store_root, target->root->path = value->texts[0])
STORE(store_write, target->root->write = (enum uvtftp_write)value->number)
STORE(store_private, target->root->allow_private = value->number != 0)
STORE(store_ignore_case, target->root->ignore_case = value->number != 0)
STORE(store_directories, target->root->make_directories = value->number != 0)
STORE(store_mode, target->root->file_mode = (unsigned)value->number)
STORE(store_owner, target->root->uid = (int64_t)value->number;
	target->root->gid = value->second == UINT64_MAX ? -1 : (int64_t)value->second)
STORE(store_upload, target->root->upload_bytes_max = value->number)
STORE(store_quota, target->root->quota_bytes = value->number)
STORE(store_client_quota, target->root->client_quota_bytes = value->number)
STORE(store_client_directory, target->root->client_directory = value->texts[0])

STORE(store_listen, target->server->listen = value->texts; target->server->listen_count = value->count)
STORE(store_single_port, target->server->is_single_port = value->number != 0)
STORE(store_ports, target->server->port_low = (uint16_t)value->number;
	target->server->port_high = (uint16_t)value->second)
STORE(store_endpoints, target->server->endpoints = (unsigned)value->number)
STORE(store_workers, target->server->workers = (unsigned)value->number)
STORE(store_sessions, target->server->sessions_max = (unsigned)value->number)
STORE(store_client_sessions, target->server->sessions_per_client_max = (unsigned)value->number)
STORE(store_request_rate, target->server->request_rate = (unsigned)value->number)
STORE(store_cache, target->server->cache_bytes = value->number)
STORE(store_socket_buffer, target->server->socket_buffer_bytes = (unsigned)value->number)
STORE(store_map_file, target->server->map_file = value->texts[0])
STORE(store_lower_case, target->server->lower_case = value->number != 0)
STORE(store_blksize, target->server->blksize_max = (unsigned)value->number)
STORE(store_windowsize, target->server->windowsize_max = (unsigned)value->number)
STORE(store_mtu, target->server->mtu = (unsigned)value->number)
STORE(store_fragments, target->server->allow_fragments = value->number != 0)
STORE(store_give_up, target->server->give_up_ms = (unsigned)value->number * 1000)
STORE(store_rto_min, target->server->rto_min_ms = (unsigned)value->number)
STORE(store_retries, target->server->retries_max = (unsigned)value->number)
STORE(store_log_level, target->server->log_level = (enum uvtftp_log_level)value->number)
STORE(store_drain, target->own->drain_s = (unsigned)value->number)

STORE(store_clients, target->rule->clients = value->texts; target->rule->client_count = value->count)
STORE(store_locals, target->rule->locals = value->texts; target->rule->local_count = value->count)
STORE(store_names, target->rule->patterns = value->texts; target->rule->pattern_count = value->count)
STORE(store_operation, target->rule->operation = (enum uvtftp_operation)(value->number + 1))
STORE(store_action, target->rule->action = (enum uvtftp_action)value->number)
STORE(store_rule_root, target->rule->root = value->texts[0])
STORE(store_reason, target->rule->reason = value->texts[0])
STORE(store_rule_blksize, target->rule->blksize_max = (unsigned)value->number)
STORE(store_rule_windowsize, target->rule->windowsize_max = (unsigned)value->number)
STORE(store_refused, target->rule->refused_options = (unsigned)value->number)
STORE(store_rollover, target->rule->rollover = (int)value->number)
/* clang-format on */

/* In the order of the enumerations of uvtftp.h. */
static const char *const writes[] = {"no", "create", "overwrite", "version", "existing", NULL};
static const char *const levels[] = {"error", "warning", "info", "debug", NULL};
static const char *const operations[] = {"read", "write", "any", NULL};
static const char *const actions[] = {"continue", "allow", "deny", NULL};
static const char *const options[] = {"blksize", "timeout", "tsize", "windowsize", "rollover", NULL};

#define TOP    (CONFIG_FLAG | CONFIG_TOP)
#define SHARED (CONFIG_FLAG | CONFIG_TOP | CONFIG_DIRECTORY)

/* A screen of rows, not of fields. */
/* clang-format off */
const struct config_key config_keys[] = {
	{.name = "root", .places = CONFIG_TOP, .kind = CONFIG_PATH, .value = "DIR",
	 .fallback = CONFIG_ROOT_DEFAULT,
	 .help = "the directory to serve; the argument ROOT on the command line", .store = store_root},
	{.name = "path", .places = CONFIG_DIRECTORY, .kind = CONFIG_PATH, .is_required = true,
	 .value = "DIR", .without = "none: it must be given", .example = "/srv/other",
	 .help = "where the directory is", .store = store_root},
	{.name = "listen", .letter = 'l', .places = TOP, .kind = CONFIG_ADDRESS, .is_list = true,
	 .needs_restart = true, .items_max = 16, .value = "ADDR:PORT", .fallback = ":69",
	 .help = "where to take requests; may be repeated",
	 .detail = "Without an address, all addresses of both families are meant. Port 0 is a free "
		"one, which the log names.", .store = store_listen},
	{.name = "single-port", .places = TOP, .kind = CONFIG_SWITCH, .needs_restart = true,
	 .fallback = "false", .help = "answer from the port that was asked",
	 .detail = "For firewalls and load balancers that pass only one port. A stranger who can "
		"forge addresses then has one thing less to guess.", .store = store_single_port},
	{.name = "port-range", .places = TOP, .kind = CONFIG_PORTS, .needs_restart = true,
	 .value = "LOW-HIGH", .without = "the system chooses", .example = "50000-50999",
	 .help = "ports to answer from", .store = store_ports},
	{.name = "endpoints", .places = TOP, .kind = CONFIG_NUMBER, .needs_restart = true, .value = "N",
	 .fallback = "1024", .min = 1, .max = 32768,
	 .help = "how many ports to answer from, per local address", .store = store_endpoints},
	{.name = "workers", .letter = 'w', .places = TOP, .kind = CONFIG_NUMBER, .needs_restart = true,
	 .value = "N", .without = "one for two processors", .example = "4", .min = 1, .max = 256,
	 .help = "threads", .store = store_workers},
	{.name = "max-sessions", .places = TOP, .kind = CONFIG_NUMBER, .needs_restart = true,
	 .value = "N", .fallback = "65536", .min = 1, .max = 1 << 24, .help = "transfers at once",
	 .detail = "Requests beyond it wait until a transfer has ended, each client address in turn.",
	 .store = store_sessions},
	{.name = "max-sessions-per-client", .places = TOP, .kind = CONFIG_NUMBER, .needs_restart = true,
	 .value = "N", .fallback = "0", .max = 1 << 24,
	 .help = "of them for one client address; 0 is no limit",
	 .detail = "Many machines may share an address. Requests beyond it wait.",
	 .store = store_client_sessions},
	{.name = "request-rate", .places = TOP, .kind = CONFIG_NUMBER, .needs_restart = true,
	 .value = "N", .fallback = "1000", .max = 1 << 24,
	 .help = "requests a second of one network that may stay unacknowledged; 0 is no limit",
	 .detail = "Networks are IPv4 /24 and IPv6 /56. Beyond it the first answer to a request is not "
		"repeated by itself; beyond 64 times as many, requests are dropped: their addresses may "
		"be forged. Clients that are there acknowledge and are not limited.",
	 .store = store_request_rate},
	{.name = "cache", .places = TOP, .kind = CONFIG_SIZE, .needs_restart = true, .value = "SIZE",
	 .fallback = "64M", .max = UINT64_C(1) << 44, .help = "memory for file contents",
	 .store = store_cache},
	{.name = "socket-buffer", .places = TOP, .kind = CONFIG_SIZE, .needs_restart = true,
	 .value = "SIZE", .fallback = "8M", .min = 4096, .max = 1 << 30,
	 .help = "receive buffer of each address and thread",
	 .detail = "Where requests wait when many machines boot at once. Where the system caps it "
		   "(net.core.rmem_max), several sockets share the address.",
	 .store = store_socket_buffer},
	{.name = "allow-private", .places = SHARED, .kind = CONFIG_SWITCH, .fallback = "false",
	 .help = "serve files that are not world-readable too", .store = store_private},
	{.name = "ignore-case", .places = SHARED, .kind = CONFIG_SWITCH, .fallback = "false",
	 .help = "a name that is not there is looked for in another letter case",
	 .store = store_ignore_case},
	{.name = "lower-case", .places = TOP, .kind = CONFIG_SWITCH, .fallback = "false",
	 .help = "make names lower-case before they are looked for", .store = store_lower_case},
	{.name = "map-file", .places = TOP, .kind = CONFIG_TEXT, .value = "FILE",
	 .without = "names are taken as they come", .example = "/etc/uvtftpd.map",
	 .help = "rules that rewrite names, as tftpd-hpa has them",
	 .detail = "Read again when it changes.", .store = store_map_file},
	{.name = "client-directory", .places = SHARED, .kind = CONFIG_TEXT, .value = "TEMPLATE",
	 .without = "none", .example = "by-mac/{mac}",
	 .help = "a client's own files, tried first: {ip}, {mac}, {pxemac}, {serial}",
	 .store = store_client_directory},
	{.name = "write", .places = SHARED, .kind = CONFIG_CHOICE, .value = "MODE", .bare = "create",
	 .fallback = "no", .choices = writes,
	 .help = "take uploads: no, create, overwrite, version or existing",
	 .detail = "create takes new names only; overwrite replaces the old file; version keeps it "
		"as NAME.~N~; existing takes only files that are there and that everybody may write.",
	 .store = store_write},
	{.name = "max-upload", .places = SHARED, .kind = CONFIG_SIZE, .value = "SIZE", .fallback = "0",
	 .max = DISK_MAX, .help = "largest upload; 0 is no limit", .store = store_upload},
	{.name = "quota", .places = SHARED, .kind = CONFIG_SIZE, .value = "SIZE", .fallback = "0",
	 .max = DISK_MAX, .help = "of all files in the directory together; 0 is no limit",
	 .store = store_quota},
	{.name = "client-quota", .places = SHARED, .kind = CONFIG_SIZE, .value = "SIZE",
	 .fallback = "0", .max = DISK_MAX,
	 .help = "uploaded by one client since the start; 0 is no limit", .store = store_client_quota},
	{.name = "upload-mode", .places = SHARED, .kind = CONFIG_OCTAL, .value = "MODE",
	 .fallback = "0644", .max = 0777, .help = "permissions of uploaded files", .store = store_mode},
	{.name = "upload-owner", .places = SHARED, .kind = CONFIG_OWNER, .value = "OWNER",
	 .without = "who runs the daemon", .example = "nobody",
	 .help = "who uploaded files belong to: USER or USER:GROUP", .store = store_owner},
	{.name = "make-directories", .places = SHARED, .kind = CONFIG_SWITCH, .fallback = "false",
	 .help = "an upload may create the directories of its path", .store = store_directories},
	{.name = "max-blksize", .places = TOP, .kind = CONFIG_NUMBER, .value = "N", .fallback = "65464",
	 .min = 8, .max = 65464, .help = "largest block to grant, bytes", .store = store_blksize},
	{.name = "max-windowsize", .places = TOP, .kind = CONFIG_NUMBER, .value = "N", .fallback = "64",
	 .min = 1, .max = 65535, .help = "largest window to grant, blocks", .store = store_windowsize},
	{.name = "mtu", .places = TOP, .kind = CONFIG_NUMBER, .value = "BYTES", .fallback = "0",
	 .max = 65535, .help = "blocks granted fit packets of this size; 0 asks the route to the client",
	 .detail = "At least 576, and 1280 for IPv6.", .store = store_mtu},
	{.name = "allow-fragments", .places = TOP, .kind = CONFIG_SWITCH, .fallback = "false",
	 .help = "grant blocks larger than the MTU, which travel in fragments",
	 .detail = "Old PXE ROMs and many firewalls drop fragments.", .store = store_fragments},
	{.name = "give-up", .places = TOP, .kind = CONFIG_SECONDS,
	 .value = "SECONDS", .fallback = "30", .min = 1, .max = 3600,
	 .help = "silence after which a client is given up", .store = store_give_up},
	{.name = "rto-min", .places = TOP, .kind = CONFIG_NUMBER, .value = "MS", .fallback = "10",
	 .min = 1, .max = 1000, .help = "shortest wait before a packet is sent again, milliseconds",
	 .detail = "The wait follows the measured round trip; before there is one it is a second, or what "
		"the client asks for.", .store = store_rto_min},
	{.name = "retries", .places = TOP, .kind = CONFIG_NUMBER, .value = "N", .fallback = "64",
	 .min = 2, .max = 1000, .help = "how often a packet that brings no answer is sent again",
	 .detail = "Then the client is only waited for. One that has never answered gets two.",
	 .store = store_retries},
	{.name = "drain", .places = TOP, .kind = CONFIG_SECONDS, .value = "SECONDS", .fallback = "10",
	 .max = 86400, .help = "time for running transfers after SIGTERM", .store = store_drain},
	{.name = "log-level", .places = TOP, .kind = CONFIG_CHOICE, .needs_restart = true,
	 .value = "LEVEL", .fallback = "info", .choices = levels,
	 .help = "the least important lines to log: error, warning, info or debug",
	 .store = store_log_level},
	{.name = "client", .places = CONFIG_RULE, .kind = CONFIG_NETWORK, .is_list = true,
	 .value = "NETWORK", .without = "every client", .example = "192.0.2.0/24", .help = "who asks",
	 .store = store_clients},
	{.name = "local", .places = CONFIG_RULE, .kind = CONFIG_NETWORK, .is_list = true,
	 .value = "NETWORK", .without = "every one", .example = "2001:db8::1",
	 .help = "which address of ours was asked", .store = store_locals},
	{.name = "name", .places = CONFIG_RULE, .kind = CONFIG_TEXT, .is_list = true,
	 .value = "PATTERN", .without = "every name", .example = "*.efi",
	 .help = "what is asked for, after the map file: a path with * and ?", .store = store_names},
	{.name = "operation", .places = CONFIG_RULE, .kind = CONFIG_CHOICE, .value = "WHAT",
	 .fallback = "any", .choices = operations, .help = "downloads, uploads or both",
	 .store = store_operation},
	{.name = "action", .places = CONFIG_RULE, .kind = CONFIG_CHOICE, .value = "WHAT",
	 .fallback = "continue", .choices = actions,
	 .help = "what becomes of a request that is all of that",
	 .detail = "allow and deny end the list of rules; continue sets what the rule says and goes "
		"on with the next. What no rule denies is allowed.", .store = store_action},
	{.name = "directory", .places = CONFIG_RULE, .kind = CONFIG_TEXT, .value = "NAME",
	 .without = "as the rules before say, at first " CONFIG_ROOT_NAME, .example = CONFIG_ROOT_NAME,
	 .help = "the directory to serve it from", .store = store_rule_root},
	{.name = "reason", .places = CONFIG_RULE, .kind = CONFIG_TEXT, .value = "TEXT",
	 .without = "a general one", .example = "not for you", .help = "what a denied client is told",
	 .store = store_reason},
	{.name = "max-blksize", .places = CONFIG_RULE, .kind = CONFIG_NUMBER, .value = "N",
	 .without = "unchanged", .example = "1428", .min = 8, .max = 65464,
	 .help = "largest block to grant, bytes; the lowest of the rules that apply holds",
	 .store = store_rule_blksize},
	{.name = "max-windowsize", .places = CONFIG_RULE, .kind = CONFIG_NUMBER, .value = "N",
	 .without = "unchanged", .example = "16", .min = 1, .max = 65535,
	 .help = "largest window to grant, blocks; the lowest of the rules that apply holds",
	 .store = store_rule_windowsize},
	{.name = "refuse-options", .places = CONFIG_RULE, .kind = CONFIG_CHOICE, .is_list = true,
	 .value = "OPTION", .without = "none", .example = "windowsize", .choices = options,
	 .help = "options that are not granted", .store = store_refused},
	{.name = "rollover", .places = CONFIG_RULE, .kind = CONFIG_NUMBER, .value = "N",
	 .without = "unchanged, at first 0", .example = "1", .max = 1,
	 .help = "the block number behind 65535 where the client does not negotiate it",
	 .store = store_rollover},
	{.name = "verbose", .letter = 'v', .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .alias = "log-level", .alias_to = "debug", .help = "the same as --log-level debug"},
	{.name = "quiet", .letter = 'q', .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .alias = "log-level", .alias_to = "warning", .help = "the same as --log-level warning"},
	{.name = "config", .letter = 'c', .places = CONFIG_FLAG, .kind = CONFIG_TEXT,
	 .command = CONFIG_COMMAND_FILE, .value = "FILE",
	 .without = CONFIG_FILE_DEFAULT " if it is there and no ROOT is given",
	 .help = "settings; flags win over them"},
	{.name = "check-config", .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .command = CONFIG_COMMAND_CHECK, .help = "say whether the settings are valid, and exit"},
	{.name = "print-config", .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .command = CONFIG_COMMAND_PRINT,
	 .help = "write the settings in force as a configuration file, and exit"},
	{.name = "sample-config", .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .command = CONFIG_COMMAND_SAMPLE,
	 .help = "write a configuration file with every key explained, and exit"},
	{.name = "man-config", .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .command = CONFIG_COMMAND_MAN, .help = "write the list of keys for the manual page, and exit"},
	{.name = "from-tftpd-hpa", .places = CONFIG_FLAG, .kind = CONFIG_TEXT,
	 .command = CONFIG_COMMAND_FROM_HPA, .value = "FILE",
	 .help = "write FILE, as /etc/default/tftpd-hpa is, as a configuration file, and exit"},
	{.name = "explain", .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .command = CONFIG_COMMAND_EXPLAIN,
	 .help = "say what would become of the request that CLIENT and NAME describe"},
	{.name = "help", .letter = 'h', .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .command = CONFIG_COMMAND_HELP, .help = "this text"},
	{.name = "version", .letter = 'V', .places = CONFIG_FLAG, .kind = CONFIG_SWITCH,
	 .command = CONFIG_COMMAND_VERSION, .help = "the version"},
};
/* clang-format on */
const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

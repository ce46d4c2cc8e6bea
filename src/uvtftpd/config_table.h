/* The one table of everything that can be set: a row says what a key is called, where it may stand, what values it
 * takes, what holds without it, and what becomes of a value. Flags, configuration file, --help, --print-config,
 * --sample-config, the manual page and the messages all come from it. */
#ifndef UVTFTP_UVTFTPD_CONFIG_TABLE_H
#define UVTFTP_UVTFTPD_CONFIG_TABLE_H

#include "uvtftp.h"

#define CONFIG_ROOT_DEFAULT "/srv/tftp"
#define CONFIG_FILE_DEFAULT "/etc/uvtftpd.conf"
#define CONFIG_ROOT_NAME    "default" /* of the directory set at the top level */
#define CONFIG_ITEMS_MAX    256       /* of one list, unless its row says less */
#define CONFIG_NAME_MAX     63        /* bytes of the name of a directory or a rule */

/* Where a key may stand, as bits. */
enum config_place {
	CONFIG_FLAG = 1,      /* --name on the command line */
	CONFIG_TOP = 2,       /* the top level of the file */
	CONFIG_DIRECTORY = 4, /* directory NAME { } */
	CONFIG_RULE = 8       /* rule NAME { } */
};

enum config_kind {
	CONFIG_SWITCH, /* true, false; as a flag without a value */
	CONFIG_NUMBER,
	CONFIG_SIZE, /* bytes, with K, M or G */
	CONFIG_SECONDS,
	CONFIG_OCTAL,
	CONFIG_TEXT,
	CONFIG_PATH, /* of a directory */
	CONFIG_CHOICE,
	CONFIG_PORTS,   /* LOW-HIGH */
	CONFIG_OWNER,   /* USER[:GROUP] */
	CONFIG_ADDRESS, /* to listen on */
	CONFIG_NETWORK  /* ADDRESS[/BITS] */
};

/* What only the command line can ask for. */
enum config_command {
	CONFIG_SET, /* nothing of the kind: the row is a setting */
	CONFIG_COMMAND_FILE,
	CONFIG_COMMAND_CHECK,
	CONFIG_COMMAND_EXPLAIN,
	CONFIG_COMMAND_PRINT,
	CONFIG_COMMAND_SAMPLE,
	CONFIG_COMMAND_MAN,
	CONFIG_COMMAND_FROM_HPA,
	CONFIG_COMMAND_HELP,
	CONFIG_COMMAND_VERSION
};

struct config_value;

/* Settings of the daemon itself, beside the library's. */
struct config_own {
	unsigned drain_s;
};

/* Where values go. A row stores into what the place it stands in has: the rest is NULL. */
struct config_target {
	struct uvtftp_server_options *server;
	struct config_own *own;
	struct uvtftp_root *root;
	struct uvtftp_rule *rule;
};

struct config_key {
	const char *name;
	char letter; /* of the short option, or 0 */
	unsigned places;
	enum config_kind kind;
	enum config_command command;
	bool is_list;
	bool is_required;     /* its section is nothing without it */
	bool needs_restart;   /* a change is not taken over by a reload */
	size_t items_max;     /* of a list; 0: CONFIG_ITEMS_MAX */
	const char *value;    /* what the value is called in --help; NULL: none is taken */
	const char *bare;     /* the value of the flag without one; NULL: it needs one */
	const char *fallback; /* the default, as written in a file; NULL: none */
	const char *without;  /* what holds without a default, for a person */
	const char *example;  /* for the sample file where there is no default */
	uint64_t min;         /* of numbers */
	uint64_t max;
	const char *const *choices;   /* NULL-terminated; the number of a choice is its index */
	const char *help;             /* one line */
	const char *detail;           /* more for the manual page, or NULL */
	const char *alias, *alias_to; /* the flag sets this key to this value; NULL: it is itself */
	/* The value has passed config_parse; texts in it stay valid as long as the target. */
	void (*store)(const struct config_target *target, const struct config_value *value);
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* The key of that name in one of the places; NULL: there is none. */
const struct config_key *config_find(unsigned places, const char *name);
/* The most similar name there; never NULL. */
const char *config_nearest(unsigned places, const char *name);
/* The one of `count` names that takes the fewest changes to be `name`; NULL if there are none. */
const char *config_closest(const char *const *names, size_t count, const char *name);

#endif

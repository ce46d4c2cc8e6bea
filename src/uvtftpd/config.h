/* Settings as texts, before they mean anything to the server: what a file or a command line says, key by key.
 * Every text in here has passed the table's checks. */
#ifndef UVTFTP_UVTFTPD_CONFIG_H
#define UVTFTP_UVTFTPD_CONFIG_H

#include "uvtftpd/config_table.h"

#define CONFIG_SECTIONS_MAX 1024 /* directories, and as many rules */
#define CONFIG_TEXT_MAX     4096 /* bytes of one value */

/* What is set for one key. Owned by the section. */
struct config_entry {
	char **texts;
	size_t count;  /* 0: not set */
	unsigned line; /* of the file, the first one; 0: the command line */
};

struct config_section {
	enum config_place place;
	char *name;                   /* of a directory or rule; NULL at the top level */
	unsigned line;                /* of the file */
	struct config_entry *entries; /* one a key of the table */
	struct config_section *next;
};

struct config {
	struct config_section top;
	struct config_section *directories; /* in their order */
	struct config_section *rules;
	char *file; /* where it came from; NULL: the command line alone */
};

/* False: memory is short; config_fini is then still due. */
bool config_init(struct config *config);
void config_fini(struct config *config);

/* Adds a value to a list or sets a key that is not set yet. False with what is wrong with it, and nothing about
 * where, in `error`. */
bool config_add(struct config_section *section, const struct config_key *key, const char *text,
		unsigned line, struct uvtftp_error *error);
/* Forgets what is set for the key. */
void config_clear(struct config_section *section, const struct config_key *key);
const struct config_entry *config_entry(const struct config_section *section,
					const struct config_key *key);
/* A new directory or rule at the end. NULL with `error` filled in. */
struct config_section *config_open(struct config *config, enum config_place place, const char *name,
				   unsigned line, struct uvtftp_error *error);
/* What `over` sets wins over `config`'s top level. False: memory is short. */
bool config_override(struct config *config, const struct config_section *over);
/* Whether both have the same values for the key. */
bool config_is_same(const struct config_section *a, const struct config_section *b,
		    const struct config_key *key);

#endif

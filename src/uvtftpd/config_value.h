/* Texts to values, by the kind of their key, and back. */
#ifndef UVTFTP_UVTFTPD_CONFIG_VALUE_H
#define UVTFTP_UVTFTPD_CONFIG_VALUE_H

#include "uvtftpd/config_table.h"

#define CONFIG_WHY_MAX 400

/* One value of a key, or all of a list. */
struct config_value {
	uint64_t
	    number; /* numbers; switches: 0 or 1; choices: the index, of a list of them the bits; the
			    lower port; the user's id */
	uint64_t second;          /* the higher port; the group's id, UINT64_MAX if none was named */
	const char *const *texts; /* as written; borrowed */
	size_t count;
};

/* Fills in the numbers. False with "'8Q' is not allowed; a number from 8 to 65464 is" in `why`. */
bool config_parse(const struct config_key *key, const char *text, struct config_value *value,
		  char why[CONFIG_WHY_MAX]);
/* "a number from 8 to 65464": what the key takes. */
void config_describe(const struct config_key *key, char *text, size_t room);
/* The shortest text of the same value, so that equal values are equal texts. */
void config_normalise(const struct config_key *key, const char *text, char *normal, size_t room);

#endif

/* `uvtftp storm`: its command line. */
#ifndef UVTFTP_UVTFTP_STORM_OPTIONS_H
#define UVTFTP_UVTFTP_STORM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define STORM_CLIENTS_MAX  50000u
#define STORM_WORKERS_MAX  64u
#define STORM_URLS_MAX     256u
#define STORM_SIZE_DEFAULT 1024u
#define STORM_LOSS_WHOLE   100000u /* thousandths of a percent: everything */

/* Numbers have one type, so that the table of options can store them. */
struct storm_options {
	char *const *urls; /* borrowed */
	uint64_t url_count;
	uint64_t clients;
	uint64_t workers; /* 0: chosen */
	uint64_t repeat;  /* transfers of each client; 0: as many as the duration allows */
	uint64_t duration_ms;
	uint64_t rate;    /* transfers that begin in a second; 0: no limit */
	uint64_t blksize; /* the options of TFTP that are asked for; 0: is not */
	uint64_t windowsize;
	uint64_t timeout_s;
	uint64_t loss; /* of STORM_LOSS_WHOLE, each way */
	uint64_t seed;
	uint64_t retry_ms;
	uint64_t tries;
	uint64_t size_bytes; /* of what is made up for an upload */
	const char *expect;  /* a local file; NULL: the first copy */
	const char *source;  /* an address; NULL: the system's choice */
	int family;
	bool wants_tsize;
	bool is_upload;
	bool is_stall;
	bool has_fresh_ports;
	bool is_quiet;
	bool wants_json;
	bool wants_help;
};

/* False: it has complained. */
bool storm_options_parse(struct storm_options *options, int argc, char **argv);
void storm_options_print_help(void);

#endif

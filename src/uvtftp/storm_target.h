/* What the clients of a storm ask for: a server, a name, the bytes that must come or go. */
#ifndef UVTFTP_UVTFTP_STORM_TARGET_H
#define UVTFTP_UVTFTP_STORM_TARGET_H

#include "net/addr.h"
#include "proto/option.h"
#include "uvtftp/url.h"

#define STORM_REQUEST_MAX 640                 /* bytes of a request: a name, a number, the options */
#define STORM_COPY_MAX    (UINT64_C(1) << 30) /* kept of a first copy, in memory */

/* Never changes while somebody else looks. */
struct storm_bytes {
	const uint8_t *at; /* own; NULL: nobody knows them */
	uint64_t len;
	bool is_mapped;
	uint64_t unkept; /* bytes of the file behind those: only their number is known */
};

struct storm_target {
	const char *text; /* the URL as given; borrowed */
	struct url url;
	struct addr server;
	struct text before;              /* the name up to the number of the client; in url.path */
	struct text after;               /* and behind it */
	bool has_number;                 /* each client has its own name */
	bool is_number_implied;          /* ".1" for the second client, nothing for the first */
	const struct storm_bytes *bytes; /* what is compared or sent; borrowed */
};

/* The text must be a URL that url_parse took; `is_upload` demands different names. */
void storm_target_name(struct storm_target *target, bool is_upload);
/* Writes the request of this client. Returns its bytes, 0 if they do not fit. */
size_t storm_target_request(const struct storm_target *target, bool is_upload,
			    const struct option_set *asked, uint32_t number,
			    uint8_t room[STORM_REQUEST_MAX]);

/* Whether the file has these bytes there. Of an unknown file everything is taken. */
bool storm_bytes_match(const struct storm_bytes *bytes, uint64_t offset, const void *data, size_t len);
/* Whether a file of this length may be it. */
bool storm_bytes_end_at(const struct storm_bytes *bytes, uint64_t len);
/* A local file. 0 or a negative errno. */
int storm_bytes_map(struct storm_bytes *bytes, const char *path);
/* Something that is no two blocks the same. 0 or a negative errno. */
int storm_bytes_make(struct storm_bytes *bytes, uint64_t len);
void storm_bytes_free(struct storm_bytes *bytes);

#endif

/* tftp://HOST[:PORT]/PATH[;mode=octet|netascii] (RFC 3617, RFC 3986).
 *
 * The path goes out percent-decoded and without its leading slash: "tftp://host//srv/x" asks for "/srv/x".
 * TFTP knows neither queries nor fragments: '?' and '#' are part of the name. */
#ifndef UVTFTP_UVTFTP_URL_H
#define UVTFTP_UVTFTP_URL_H

#include <stdbool.h>
#include <stdint.h>

#define URL_HOST_MAX     255
#define URL_PATH_MAX     440 /* a request holds no more, options included */
#define URL_PORT_DEFAULT 69

struct url {
	char host[URL_HOST_MAX + 1]; /* without brackets; a zone follows '%' */
	uint16_t port;
	char path[URL_PATH_MAX + 1]; /* as sent; not empty, no NUL inside */
	bool is_netascii;
};

/* NULL, or why it is no URL of ours (static). */
const char *url_parse(struct url *url, const char *text);
/* The same of where a local file is to go: if the path is empty or ends in '/', the file's name is added.
 * `local` NULL: it has none. */
const char *url_parse_target(struct url *url, const char *text, const char *local);
/* The last component of the path, for a local name; NULL if it cannot be one ("", ".", ".."). */
const char *url_name(const struct url *url);

#endif

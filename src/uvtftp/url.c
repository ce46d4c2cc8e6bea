#include "uvtftp/url.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"

#define PORT_MAX 65535u

static int read_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The two digits behind the percent sign at `at`; -1: they are not there. */
static int read_escape(struct text text, size_t at)
{
	if (text.len - at < 3)
		return -1;
	int high = read_digit(text.at[at + 1]);
	int low = read_digit(text.at[at + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Percent-decodes into `room`, with a NUL. NULL, or what is wrong. */
static const char *decode(struct text text, char *room, size_t room_len)
{
	size_t made = 0;
	for (size_t i = 0; i < text.len; i++) {
		int c = (unsigned char)text.at[i];
		if (c == '%') {
			c = read_escape(text, i);
			i += 2;
		}
		if (c < 0)
			return "a '%' is not followed by two hexadecimal digits";
		if (c == 0)
			return "a name cannot hold a NUL (%00)";
		if (made + 1 >= room_len)
			return "it is too long";
		room[made++] = (char)c;
	}
	room[made] = '\0';
	return NULL;
}

static bool skip_nocase(struct text *text, const char *prefix)
{
	struct text wanted = text_of(prefix);
	if (text->len < wanted.len || !text_equals_nocase((struct text){text->at, wanted.len}, wanted))
		return false;
	text->at += wanted.len;
	text->len -= wanted.len;
	return true;
}

/* Everything up to the first `c`, which stays in `text`. */
static struct text take_until(struct text *text, char c)
{
	struct text taken = {text->at, 0};
	while (taken.len < text->len && text->at[taken.len] != c)
		taken.len++;
	text->at += taken.len;
	text->len -= taken.len;
	return taken;
}

static const char *parse_port(struct url *url, struct text text)
{
	uint64_t port = URL_PORT_DEFAULT;
	if (text.len > 0 && (!text_number(text, &port) || port == 0 || port > PORT_MAX))
		return "the port is not a number from 1 to 65535";
	url->port = (uint16_t)port;
	return NULL;
}

/* In brackets an address and perhaps a zone, as %25eth0 (RFC 6874) or as plain %eth0. */
static const char *parse_bracketed(struct url *url, struct text text)
{
	struct text address = take_until(&text, '%');
	if (address.len > URL_HOST_MAX)
		return "the host is too long";
	memcpy(url->host, address.at, address.len);
	url->host[address.len] = '\0';
	if (strchr(url->host, ':') == NULL ||
	    strspn(url->host, "0123456789abcdefABCDEF:.") != address.len)
		return "what is in brackets is not an IPv6 address";
	if (text.len == 0)
		return NULL;
	if (!skip_nocase(&text, "%25"))
		skip_nocase(&text, "%");
	if (text.len == 0)
		return "the zone behind '%' is empty";
	url->host[address.len] = '%';
	return decode(text, url->host + address.len + 1, URL_HOST_MAX - address.len);
}

static const char *parse_authority(struct url *url, struct text text)
{
	const char *why;
	if (text.len > 0 && text.at[0] == '[') {
		text.at++;
		text.len--;
		struct text host = take_until(&text, ']');
		if (text.len == 0)
			return "the ']' is missing";
		why = parse_bracketed(url, host);
		text.at++;
		text.len--;
		if (why == NULL && text.len > 0 && text.at[0] != ':')
			why = "after ']' comes a ':' and the port, or '/'";
	} else {
		why = decode(take_until(&text, ':'), url->host, sizeof url->host);
		if (why == NULL && url->host[0] == '\0')
			why = "the host is missing";
		if (why == NULL && strpbrk(url->host, "@ :/[]") != NULL)
			why = "that is no host name (IPv6 addresses go in brackets; TFTP has no users)";
	}
	if (why != NULL || text.len == 0)
		return why != NULL ? why : parse_port(url, text);
	return parse_port(url, (struct text){text.at + 1, text.len - 1});
}

/* Takes ";mode=..." off the end. Any other ';' belongs to the name. */
static const char *parse_mode(struct url *url, struct text *path)
{
	size_t at = path->len;
	while (at > 0 && path->at[at - 1] != ';')
		at--;
	struct text mode = {path->at + at, path->len - at};
	if (at == 0 || !skip_nocase(&mode, "mode="))
		return NULL;
	url->is_netascii = text_equals_nocase(mode, text_of("netascii"));
	if (!url->is_netascii && !text_equals_nocase(mode, text_of("octet")))
		return "the mode is neither octet nor netascii";
	path->len = at - 1;
	return NULL;
}

/* The path may be empty. */
static const char *parse(struct url *url, const char *text)
{
	struct text rest = text_of(text);
	*url = (struct url){.port = URL_PORT_DEFAULT};
	if (!skip_nocase(&rest, "tftp://"))
		return "it does not start with tftp://";
	const char *why = parse_authority(url, take_until(&rest, '/'));
	if (why != NULL)
		return why;
	if (rest.len > 0) {
		rest.at++;
		rest.len--;
	}
	why = parse_mode(url, &rest);
	return why != NULL ? why : decode(rest, url->path, sizeof url->path);
}

const char *url_parse(struct url *url, const char *text)
{
	const char *why = parse(url, text);
	if (why == NULL && url->path[0] == '\0')
		why = "the path is missing";
	return why;
}

const char *url_parse_target(struct url *url, const char *text, const char *local)
{
	const char *why = parse(url, text);
	if (why != NULL)
		return why;
	size_t len = strlen(url->path);
	if (len > 0 && url->path[len - 1] != '/')
		return NULL;
	const char *slash = local != NULL ? strrchr(local, '/') : NULL;
	const char *name = slash != NULL ? slash + 1 : local;
	if (name == NULL || name[0] == '\0')
		return "the path does not end in a file name";
	size_t name_len = strlen(name);
	if (name_len > URL_PATH_MAX - len)
		return "it is too long";
	memcpy(url->path + len, name, name_len + 1);
	return NULL;
}

const char *url_name(const struct url *url)
{
	const char *slash = strrchr(url->path, '/');
	const char *name = slash != NULL ? slash + 1 : url->path;
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return NULL;
	return name;
}

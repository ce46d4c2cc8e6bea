#include "policy/client_directory.h"

#include <stdio.h>
#include <string.h>

#define MAC_BYTES    6
#define MAC_TEXT_LEN 17 /* aa-bb-cc-dd-ee-ff */

/* Not isxdigit() and the like: the locale must not decide whose directory it is. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_separator(char c)
{
	return c == '-' || c == ':';
}

/* The value of two hex digits with no letter or digit behind them, or -1. */
static int parse_pair(const char *text)
{
	int high = digit(text[0]);
	int low = high < 0 ? -1 : digit(text[1]);
	return low < 0 || is_alphanumeric(text[2]) ? -1 : high << 4 | low;
}

/* aa-bb-cc-dd-ee-ff, or with colons, and no seventh pair. */
static bool parse_mac(const char *text, uint8_t mac[MAC_BYTES])
{
	for (int i = 0; i < MAC_BYTES; i++) {
		int pair = i == 0 || is_separator(text[-1]) ? parse_pair(text) : -1;
		if (pair < 0)
			return false;
		mac[i] = (uint8_t)pair;
		text += 3;
	}
	return !is_separator(text[-1]) || parse_pair(text) < 0;
}

/* PXELINUX asks for pxelinux.cfg/01-aa-bb-cc-dd-ee-ff, GRUB for grub.cfg-01-aa-...: the type of the hardware
 * comes before the address, so of seven pairs the last six are it. */
static bool find_mac(const char *path, uint8_t mac[MAC_BYTES])
{
	for (const char *at = path; *at != '\0'; at++)
		if ((at == path || !is_alphanumeric(at[-1])) && parse_mac(at, mac))
			return true;
	return false;
}

/* The length of a leading component that is a serial number, or 0. */
static size_t serial_len(const char *path)
{
	size_t len = 0;
	while (digit(path[len]) >= 0)
		len++;
	return (len == 8 || len == 16) && path[len] == '/' ? len : 0;
}

struct filling {
	const struct policy_request *request;
	const char *path;
	size_t serial_len;
	struct bytes_out out;
};

static void put(struct filling *filling, const char *text)
{
	bytes_out_bytes(&filling->out, text, strlen(text));
}

static enum directory_verdict put_mac(struct filling *filling, const char *prefix)
{
	uint8_t mac[MAC_BYTES];
	char text[MAC_TEXT_LEN + 1];
	if (!filling->request->is_mac_settled)
		return DIRECTORY_NEEDS_MAC;
	if (filling->request->has_mac)
		memcpy(mac, filling->request->mac, sizeof mac);
	else if (!find_mac(filling->path, mac))
		return DIRECTORY_NONE;
	snprintf(text, sizeof text, "%02x-%02x-%02x-%02x-%02x-%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	put(filling, prefix);
	put(filling, text);
	return DIRECTORY_MADE;
}

static enum directory_verdict put_ip(struct filling *filling)
{
	char text[46];
	acl_format(&filling->request->client, text);
	put(filling, text);
	return DIRECTORY_MADE;
}

static enum directory_verdict put_serial(struct filling *filling)
{
	bytes_out_bytes(&filling->out, filling->path, filling->serial_len);
	return filling->serial_len > 0 ? DIRECTORY_MADE : DIRECTORY_NONE;
}

static bool skip(const char **at, const char *placeholder)
{
	size_t len = strlen(placeholder);
	if (strncmp(*at, placeholder, len) != 0)
		return false;
	*at += len;
	return true;
}

static enum directory_verdict fill(struct filling *filling, const char *pattern)
{
	enum directory_verdict verdict = DIRECTORY_MADE;
	for (const char *at = pattern; *at != '\0' && verdict == DIRECTORY_MADE;) {
		if (skip(&at, "{ip}"))
			verdict = put_ip(filling);
		else if (skip(&at, "{mac}"))
			verdict = put_mac(filling, "");
		else if (skip(&at, "{pxemac}"))
			verdict = put_mac(filling, "01-");
		else if (skip(&at, "{serial}"))
			verdict = put_serial(filling);
		else
			bytes_out_bytes(&filling->out, at++, 1);
	}
	return verdict;
}

enum directory_verdict client_directory_fill(const char *pattern, const struct policy_request *request,
					     const char *path, char made[PATH_BYTES_MAX],
					     const char **rest)
{
	char room[PATH_BYTES_MAX];
	struct filling filling = {.request = request, .path = path};
	if (strstr(pattern, "{serial}") != NULL)
		filling.serial_len = serial_len(path);
	*rest = filling.serial_len > 0 ? path + filling.serial_len + 1 : path;
	bytes_out_init(&filling.out, room, sizeof room);
	enum directory_verdict verdict = fill(&filling, pattern);
	if (verdict != DIRECTORY_MADE)
		return verdict;
	put(&filling, "/");
	put(&filling, *rest);
	/* What did not fit has no length and so no path; what did may still have a component too long. */
	struct text whole = {room, bytes_out_len(&filling.out)};
	return path_normalise(whole, made) == PATH_OK ? DIRECTORY_MADE : DIRECTORY_NONE;
}

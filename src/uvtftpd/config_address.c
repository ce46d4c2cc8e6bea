#include "uvtftpd/config_address.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>

/* Room for an address with the name of an interface. */
#define ADDRESS_MAX    80
#define NAME_MAX_BYTES 64

static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return false;
	}
	*number = value;
	return true;
}

/* The family of a numeric address, or 0. */
static int find_family(const char *text)
{
	struct in6_addr room;
	if (inet_pton(AF_INET, text, &room) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, &room) == 1 ? AF_INET6 : 0;
}

static bool is_port(const char *text)
{
	uint64_t port;
	return parse_number(text, 65535, &port);
}

/* The zone behind '%' is for the system to know. */
static bool is_v6(char *text)
{
	char *zone = strchr(text, '%');
	if (zone != NULL) {
		if (zone[1] == '\0')
			return false;
		*zone = '\0';
	}
	return find_family(text) == AF_INET6;
}

bool config_is_address(const char *text)
{
	char room[ADDRESS_MAX];
	size_t len = strlen(text);
	if (len >= sizeof room)
		return false;
	memcpy(room, text, len + 1);
	if (room[0] == '[') {
		char *end = strchr(room, ']');
		if (end == NULL)
			return false;
		*end = '\0';
		return is_v6(room + 1) && (end[1] == '\0' || (end[1] == ':' && is_port(end + 2)));
	}
	char *colon = strchr(room, ':');
	if (colon == NULL)
		return find_family(room) == AF_INET;
	if (strchr(colon + 1, ':') != NULL)
		return is_v6(room);
	*colon = '\0';
	return is_port(colon + 1) && (colon == room || find_family(room) == AF_INET);
}

bool config_is_network(const char *text)
{
	char room[ADDRESS_MAX];
	size_t len = strlen(text);
	uint64_t bits;
	if (len >= sizeof room)
		return false;
	memcpy(room, text, len + 1);
	char *slash = strchr(room, '/');
	if (slash != NULL)
		*slash++ = '\0';
	int family = find_family(room);
	return family != 0 &&
	       (slash == NULL || parse_number(slash, family == AF_INET ? 32 : 128, &bits));
}

/* The last id is what chown takes for "leave it". */
static bool find_user(const char *name, uint64_t *id)
{
	if (parse_number(name, UINT32_MAX - 1, id))
		return true;
	const struct passwd *entry = name[0] != '\0' ? getpwnam(name) : NULL;
	if (entry != NULL)
		*id = entry->pw_uid;
	return entry != NULL;
}

static bool find_group(const char *name, uint64_t *id)
{
	if (parse_number(name, UINT32_MAX - 1, id))
		return true;
	const struct group *entry = name[0] != '\0' ? getgrnam(name) : NULL;
	if (entry != NULL)
		*id = entry->gr_gid;
	return entry != NULL;
}

bool config_find_owner(const char *text, uint64_t *user, uint64_t *group)
{
	char name[NAME_MAX_BYTES];
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);
	if (len >= sizeof name)
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	*group = UINT64_MAX;
	return find_user(name, user) && (colon == NULL || find_group(colon + 1, group));
}

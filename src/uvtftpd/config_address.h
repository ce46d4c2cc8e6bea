/* Whether addresses, networks and owners are what they look like. */
#ifndef UVTFTP_UVTFTPD_CONFIG_ADDRESS_H
#define UVTFTP_UVTFTPD_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* "192.0.2.7:69", "[2001:db8::7]:69", ":69"; the port may be missing where there is an address. */
bool config_is_address(const char *text);
/* "192.0.2.0/24", "2001:db8::7" */
bool config_is_network(const char *text);
/* "tftp", "tftp:users", "1000:1000". The group is UINT64_MAX if none was named. */
bool config_find_owner(const char *text, uint64_t *user, uint64_t *group);

#endif

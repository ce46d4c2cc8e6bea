/* What the tests of configuration share: a text as a file, and the settings that come of it. */
#ifndef UVTFTP_TEST_CONFIG_KIT_H
#define UVTFTP_TEST_CONFIG_KIT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "uvtftpd/config_file.h"
#include "uvtftpd/settings.h"

struct kit {
	struct settings settings;
	struct uvtftp_error error;
	char path[64];
	bool is_loaded;
};

static inline void kit_write(struct kit *kit, const char *text, size_t len)
{
	snprintf(kit->path, sizeof kit->path, "/tmp/uvtftpd-test-XXXXXX");
	int fd = mkstemp(kit->path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, text, len), (int)len);
	close(fd);
}

/* kit_end is due. */
static inline bool kit_load_bytes(struct kit *kit, const char *text, size_t len)
{
	struct config none;
	ck_assert(config_init(&none));
	kit_write(kit, text, len);
	kit->is_loaded = settings_load(&kit->settings, kit->path, &none.top, &kit->error);
	config_fini(&none);
	unlink(kit->path);
	return kit->is_loaded;
}

static inline bool kit_load(struct kit *kit, const char *text)
{
	return kit_load_bytes(kit, text, strlen(text));
}

static inline void kit_end(struct kit *kit)
{
	if (kit->is_loaded)
		settings_fini(&kit->settings);
}

static inline void kit_expect(const char *text)
{
	struct kit kit;
	ck_assert_msg(kit_load(&kit, text), "%s: %s", text, kit.error.text);
	kit_end(&kit);
}

/* The message ends with this, behind the path. */
static inline void kit_refuse(const char *text, const char *message)
{
	struct kit kit;
	ck_assert_msg(!kit_load(&kit, text), "accepted: %s", text);
	ck_assert_msg(strncmp(kit.error.text, kit.path, strlen(kit.path)) == 0, "%s", kit.error.text);
	ck_assert_str_eq(kit.error.text + strlen(kit.path), message);
}

/* Without libconfuse there is nothing to test but that it says so. */
static inline bool kit_reads_files(void)
{
	struct kit kit;
	bool reads = kit_load(&kit, "");
	if (!reads)
		ck_assert_ptr_nonnull(strstr(kit.error.text, "built without configuration files"));
	kit_end(&kit);
	return reads;
}

#endif

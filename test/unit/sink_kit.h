/* A sink on a new directory, and those who upload to it. */
#ifndef UVTFTP_TEST_SINK_KIT_H
#define UVTFTP_TEST_SINK_KIT_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/sink_inside.h"
#include "unit/file_kit.h"
#include "unit/store_kit.h"

struct owner {
	struct storing storing;
	bool is_done;
};

static char top[64];
static struct desk desk;
static struct sink *sink;
static struct owner owners[8];
static struct sink_options options;
static struct sink_memory memory;
static bool wants_names; /* of the sinks that are opened */

static inline void open_sink(void)
{
	ck_assert_int_eq(sink_new(&sink, &options), 0);
	sink->wants_names = wants_names;
}

/* Works in the root, beside which is a file that no upload may reach. */
static inline void set_up(enum sink_mode mode)
{
	strcpy(top, "/tmp/uvtftp-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(chdir("root"), 0);
	memset(owners, 0, sizeof owners);
	desk_open(&desk);
	memory.limit_bytes = 4u << 20;
	options = (struct sink_options){
	    .root = ".", .mode = mode, .file_mode = 0644, .uid = -1, .gid = -1, .memory = &memory};
	open_sink();
}

static inline void tear_down(void)
{
	char command[128];
	desk_close(&desk);
	if (sink != NULL)
		ck_assert_uint_eq(atomic_load(&sink->holds), 1);
	ck_assert_uint_eq(atomic_load(&memory.used_bytes), 0);
	sink_drop(sink);
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static inline void note_done(struct storing *storing)
{
	struct owner *owner = LIST_OWNER(storing, struct owner, storing);
	ck_assert(!owner->is_done);
	owner->is_done = true;
}

static inline int ask(int i, const struct sink_request *request)
{
	struct owner *owner = &owners[i];
	memset(owner, 0, sizeof *owner);
	owner->storing.mailbox = &desk.mailbox;
	owner->storing.done = note_done;
	return sink_begin(sink, request, &owner->storing);
}

static inline void begin(int i, const char *path)
{
	struct sink_request request = {
	    .path = path, .size_bytes = SINK_SIZE_UNKNOWN, .burst_bytes = 512};
	ck_assert_int_eq(ask(i, &request), 0);
	ck_assert(!owners[i].is_done);
}

/* Waits for done, once; its error. */
static inline int await(int i)
{
	desk_run_until(&desk, &owners[i].is_done);
	owners[i].is_done = false;
	ck_assert((owners[i].storing.error == 0) == (owners[i].storing.why == NULL));
	return owners[i].storing.error;
}

static inline void put(int i, const char *text)
{
	ck_assert_uint_ge(sink_room(&owners[i].storing), strlen(text));
	ck_assert(sink_append(&owners[i].storing, text, strlen(text)));
}

static inline void begin_with(int i, const char *path, const char *text)
{
	begin(i, path);
	ck_assert_msg(await(i) == 0, "%s", owners[i].storing.why);
	put(i, text);
}

static inline int commit(int i)
{
	sink_commit(&owners[i].storing);
	int error = await(i);
	ck_assert_ptr_null(owners[i].storing.upload);
	return error;
}

/* A whole upload; its error. */
static inline int store(const char *path, const char *text)
{
	begin(0, path);
	if (await(0) != 0)
		return owners[0].storing.error;
	put(0, text);
	return commit(0);
}

static inline void expect_refusal(const char *path, int error, const char *why)
{
	int found = store(path, "unwanted");
	ck_assert_msg(found == error, "%s: %d", path, found);
	ck_assert_str_eq(owners[0].storing.why, why);
	ck_assert_ptr_null(owners[0].storing.upload);
}

#endif

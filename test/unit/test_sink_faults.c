/* File systems and neighbours that are not as they should be: some calls of the system fail. */
#include "unit/suite.h"

#include <dlfcn.h>

#include "unit/sink_kit.h"

/* What the next calls answer instead of being made: errno, or 0. */
static _Atomic int linkat_error, renameat_error, fchown_error;
static _Atomic int syncs_before_error;  /* that succeed; below 0: no error */
static _Atomic unsigned unguarded;      /* renames while another upload could look at the name */
static const char *_Atomic comes_first; /* somebody makes a file of that name before the next link */

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	int (*real)(int, const char *, int, const char *, int);
	void *found = dlsym(RTLD_NEXT, "linkat");
	memcpy(&real, &found, sizeof real);
	const char *rival = atomic_exchange(&comes_first, NULL);
	if (rival != NULL)
		write_file(rival, "rival");
	errno = atomic_load(&linkat_error);
	return errno != 0 ? -1 : real(from_fd, from, to_fd, to, flags);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	int (*real)(int, const char *, int, const char *);
	void *found = dlsym(RTLD_NEXT, "renameat");
	memcpy(&real, &found, sizeof real);
	if (uv_mutex_trylock(&sink->publishing) == 0) {
		uv_mutex_unlock(&sink->publishing);
		atomic_fetch_add(&unguarded, 1);
	}
	errno = atomic_exchange(&renameat_error, 0);
	return errno != 0 ? -1 : real(from_fd, from, to_fd, to);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	(void)fd;
	(void)uid;
	(void)gid;
	errno = atomic_load(&fchown_error);
	return errno != 0 ? -1 : 0;
}

int fsync(int fd)
{
	(void)fd;
	errno = EIO;
	return atomic_fetch_sub(&syncs_before_error, 1) == 0 ? -1 : 0;
}

static void set_up_faults(int named, enum sink_mode mode)
{
	wants_names = named != 0;
	atomic_store(&linkat_error, 0);
	atomic_store(&renameat_error, 0);
	atomic_store(&fchown_error, 0);
	atomic_store(&syncs_before_error, -1);
	set_up(mode);
}

START_TEST(another_server_that_creates_the_file_first_wins)
{
	for (int named = 0; named < 2; named++) {
		set_up_faults(named, SINK_CREATE);
		atomic_store(&comes_first, "name");
		expect_refusal("name", -EEXIST, "the file exists already");
		expect_file("name", "rival");
		expect_listing("name ");
		tear_down();
	}
}
END_TEST

START_TEST(another_server_that_takes_the_version_first_keeps_it)
{
	set_up_faults(1, SINK_VERSION);
	write_file("name", "old");
	atomic_store(&comes_first, "name.~1~");
	ck_assert_int_eq(store("name", "new"), 0);
	expect_file("name.~1~", "rival");
	expect_file("name.~2~", "old");
	expect_file("name", "new");
	tear_down();
}
END_TEST

/* Not every platform can rename without replacing. */
static bool can_rename_new(void)
{
	write_file("from", "x");
	bool can = sink_rename_new(AT_FDCWD, "from", AT_FDCWD, "to") == 0;
	ck_assert_int_eq(unlink(can ? "to" : "from"), 0);
	return can;
}

START_TEST(file_system_without_links_gets_the_file_where_the_platform_can)
{
	set_up_faults(1, SINK_CREATE);
	bool can = can_rename_new();
	atomic_store(&linkat_error, EPERM);
	ck_assert_int_eq(store("name", "new"), can ? 0 : -EACCES);
	expect_listing(can ? "name " : "");
	tear_down();
	set_up_faults(1, SINK_VERSION);
	write_file("name", "old");
	atomic_store(&linkat_error, EPERM);
	ck_assert_int_eq(store("name", "new"), can ? 0 : -EACCES);
	expect_file("name", can ? "new" : "old");
	expect_file(can ? "name.~1~" : "name", "old");
	expect_listing(can ? "name name.~1~ " : "name ");
	atomic_store(&renameat_error, EIO);
	expect_refusal("name", can ? -EIO : -EACCES,
		       can ? "cannot be written" : "the old version cannot be kept");
	expect_file("name", can ? "new" : "old");
	tear_down();
}
END_TEST

/* Else two commits could both count the one old file as replaced. */
START_TEST(nobody_looks_at_a_name_while_it_is_given)
{
	for (int named = 0; named < 2; named++) {
		set_up_faults(named, SINK_OVERWRITE);
		ck_assert_int_eq(store("name", "one"), 0);
		ck_assert_int_eq(store("name", "two"), 0);
		ck_assert_uint_eq(atomic_load(&unguarded), 0);
		tear_down();
	}
}
END_TEST

START_TEST(failed_rename_leaves_the_old_file_under_its_name)
{
	static const enum sink_mode modes[] = {SINK_OVERWRITE, SINK_EXISTING, SINK_VERSION};
	for (int named = 0; named < 2; named++) {
		for (size_t i = 0; i < 3; i++) {
			set_up_faults(named, modes[i]);
			write_file("name", "old");
			ck_assert_int_eq(chmod("name", 0666), 0);
			atomic_store(&renameat_error, ENOSPC);
			expect_refusal("name", -ENOSPC, "the disk is full");
			expect_file("name", "old");
			expect_listing("name ");
			tear_down();
		}
	}
}
END_TEST

START_TEST(bytes_that_cannot_be_made_safe_get_no_name)
{
	for (int named = 0; named < 2; named++) {
		set_up_faults(named, SINK_OVERWRITE);
		write_file("name", "old");
		atomic_store(&syncs_before_error, 0);
		expect_refusal("name", -EIO, "cannot be written");
		expect_file("name", "old");
		expect_listing("name ");
		tear_down();
	}
}
END_TEST

START_TEST(name_that_cannot_be_made_safe_is_no_promise_but_counts)
{
	set_up_faults(0, SINK_OVERWRITE);
	options.quota_bytes = 100;
	sink_drop(sink);
	open_sink();
	atomic_store(&syncs_before_error, 1);
	expect_refusal("name", -EIO, "cannot be written");
	ck_assert_uint_eq(sink->used_bytes, strlen("unwanted"));
	ck_assert_uint_eq(sink->reserved_bytes, 0);
	tear_down();
}
END_TEST

START_TEST(owner_that_cannot_be_set_is_an_error_unless_it_is_the_old_one)
{
	set_up_faults(0, SINK_OVERWRITE);
	options.uid = 1;
	sink_drop(sink);
	open_sink();
	atomic_store(&fchown_error, EPERM);
	expect_refusal("name", -EACCES, "the owner cannot be set");
	expect_listing("");
	sink_drop(sink);
	options.mode = SINK_EXISTING;
	open_sink();
	write_file("name", "old");
	ck_assert_int_eq(chmod("name", 0666), 0);
	ck_assert_int_eq(store("name", "new"), 0);
	expect_file("name", "new");
	tear_down();
}
END_TEST

SUITE("sink_faults", another_server_that_creates_the_file_first_wins,
      another_server_that_takes_the_version_first_keeps_it,
      file_system_without_links_gets_the_file_where_the_platform_can,
      nobody_looks_at_a_name_while_it_is_given, failed_rename_leaves_the_old_file_under_its_name,
      bytes_that_cannot_be_made_safe_get_no_name, name_that_cannot_be_made_safe_is_no_promise_but_counts,
      owner_that_cannot_be_set_is_an_error_unless_it_is_the_old_one)

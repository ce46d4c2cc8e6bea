#include "unit/suite.h"

#include <inttypes.h>

#include "unit/config_kit.h"
#include "uvtftpd/config_value.h"

static const struct config_key *key_at(size_t i)
{
	return &config_keys[i];
}

static bool is_setting(const struct config_key *key)
{
	return key->command == CONFIG_SET && key->alias == NULL;
}

static bool accepts(const struct config_key *key, const char *text)
{
	struct config_value value = {0};
	char why[CONFIG_WHY_MAX];
	return config_parse(key, text, &value, why);
}

/* The key with this value where it may stand in a file: at the top, in a directory, in a rule. */
static void write_file(char *room, size_t room_len, const struct config_key *key,
		       enum config_place place, const char *value)
{
	const char *before = place == CONFIG_DIRECTORY ? "directory a {\npath = /\n"
			     : place == CONFIG_RULE    ? "rule a {\n\n"
						       : "\n\n";
	if (place == CONFIG_DIRECTORY && key->is_required)
		before = "directory a {\n\n";
	snprintf(room, room_len, "%s%s = \"%s\"\n%s", before, key->name, value,
		 place == CONFIG_TOP ? "" : "}\n");
}

static void in_files(const struct config_key *key, const char *value, bool is_good)
{
	for (unsigned place = CONFIG_TOP; place <= CONFIG_RULE; place <<= 1) {
		char text[300], allowed[200], message[400];
		/* The name of a directory must be one of the file's, which is tested with files. */
		if ((key->places & place) == 0 ||
		    (is_good && key == config_find(CONFIG_RULE, "directory")))
			continue;
		write_file(text, sizeof text, key, place, value);
		config_describe(key, allowed, sizeof allowed);
		snprintf(message, sizeof message, ":3: key '%s': '%s' is not allowed; %s is", key->name,
			 value, allowed);
		if (is_good)
			kit_expect(text);
		else
			kit_refuse(text, message);
	}
}

static void expect(const struct config_key *key, const char *value, bool is_good)
{
	ck_assert_msg(accepts(key, value) == is_good, "%s = '%s' was %s", key->name, value,
		      is_good ? "refused" : "accepted");
}

/* Runs `check` with every value that says where the range of a number ends. */
static void check_number(const struct config_key *key,
			 void (*check)(const struct config_key *, const char *, bool))
{
	char text[40];
	const uint64_t good[] = {key->min, key->max};
	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof text, key->kind == CONFIG_OCTAL ? "%" PRIo64 : "%" PRIu64,
			 good[i]);
		check(key, text, true);
	}
	snprintf(text, sizeof text, key->kind == CONFIG_OCTAL ? "%" PRIo64 : "%" PRIu64, key->max + 1);
	check(key, text, false);
	snprintf(text, sizeof text, key->kind == CONFIG_OCTAL ? "%" PRIo64 : "%" PRIu64, key->min - 1);
	check(key, text, false);
	static const char *const wrong[] = {"",
					    "x",
					    "-1",
					    "1.5",
					    " 1",
					    "1 ",
					    "0x10",
					    "1e3",
					    "true",
					    "+1",
					    "K",
					    "1KK",
					    "1T",
					    "99999999999999999999",
					    "9G9",
					    "1,0",
					    "18446744073709551616"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		check(key, wrong[i], false);
	bool is_size = key->kind == CONFIG_SIZE;
	if (!is_size)
		check(key, "1K", false);
	if (key->kind == CONFIG_OCTAL)
		check(key, "8", false);
}

struct sample {
	const char *good[8];
	const char *wrong[24];
};

static const struct sample samples[] = {
    [CONFIG_SWITCH] = {{"true", "false", "yes", "no", "on", "off"}, {"", "1", "0", "TRUE", "maybe"}},
    [CONFIG_TEXT] = {{"a", "with space", "#'{}"}, {""}},
    [CONFIG_PATH] = {{"/", "a b"}, {""}},
    [CONFIG_PORTS] = {{"1-65535", "5-5"},
		      {"", "1", "0-1", "2-1", "1-65536", "-1-2", "1-2x", "a-b", "1--2", "1-", "-"}},
    [CONFIG_OWNER] = {{"0", "0:0", "1000:1000", "root", "4294967294"},
		      {"", ":", "0:", ":0", "no such user", "0:no such group", "4294967295", "-1"}},
    [CONFIG_ADDRESS] = {{":69", "192.0.2.1:69", "192.0.2.1", "[2001:db8::1]:69", "[::1]",
			 "[fe80::1%lo]:69", "2001:db8::1"},
			{"", ":", "::g", "nowhere", "localhost:69", "127.0.0.1:65536",
			 "127.0.0.1:", "300.1.1.1:69", "[::1", "[::1]69", "[::1]:", ":99999",
			 "127.0.0.1:69x", "1.2.3:69", "[1.2.3.4]:69", "[fe80::1%]:69"}},
    [CONFIG_NETWORK] = {{"192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "::1", "0.0.0.0/0", "::/128"},
			{"", "192.0.2.0/33", "::/129", "192.0.2/24", "x", "1.2.3.4/", "/24", "1.2.3.4/x",
			 "1.2.3.4/-1", "1.2.3.4/24/24"}},
};

static void check_kind(const struct config_key *key,
		       void (*check)(const struct config_key *, const char *, bool))
{
	switch (key->kind) {
	case CONFIG_NUMBER:
	case CONFIG_SIZE:
	case CONFIG_SECONDS:
	case CONFIG_OCTAL:
		check_number(key, check);
		return;
	case CONFIG_CHOICE:
		for (size_t i = 0; key->choices[i] != NULL; i++)
			check(key, key->choices[i], true);
		check(key, "", false);
		check(key, "nonsense", false);
		check(key, "0", false);
		return;
	default:
		break;
	}
	const struct sample *sample = &samples[key->kind];
	for (size_t i = 0; sample->good[i] != NULL; i++)
		check(key, sample->good[i], true);
	for (size_t i = 0; sample->wrong[i] != NULL; i++)
		check(key, sample->wrong[i], false);
}

START_TEST(every_key_has_its_range)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (is_setting(key_at(i)))
			check_kind(key_at(i), expect);
}
END_TEST

START_TEST(every_key_has_its_range_in_files)
{
	if (!kit_reads_files())
		return;
	for (size_t i = 0; i < config_key_count; i++)
		if (is_setting(key_at(i)))
			check_kind(key_at(i), in_files);
}
END_TEST

START_TEST(every_row_is_whole)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = key_at(i);
		ck_assert_msg(key->help != NULL && key->places != 0, "%s", key->name);
		for (size_t k = 0; k < i; k++) {
			ck_assert_msg(strcmp(key->name, key_at(k)->name) != 0 ||
					  (key->places & key_at(k)->places) == 0,
				      "%s is there twice", key->name);
			ck_assert_msg(key->letter == 0 || key->letter != key_at(k)->letter, "-%c",
				      key->letter);
		}
		ck_assert_msg((key->value == NULL) == (key->kind == CONFIG_SWITCH), "%s", key->name);
		if (key->alias != NULL)
			ck_assert(accepts(config_find(CONFIG_FLAG, key->alias), key->alias_to));
		if (!is_setting(key))
			continue;
		ck_assert_msg(key->store != NULL, "%s", key->name);
		ck_assert_msg((key->fallback == NULL) != (key->without == NULL), "%s", key->name);
		ck_assert_msg(key->fallback == NULL ? key->example != NULL : accepts(key, key->fallback),
			      "%s", key->name);
		ck_assert_msg(key->bare == NULL || accepts(key, key->bare), "%s", key->name);
		ck_assert_msg(key->kind != CONFIG_CHOICE || key->choices != NULL, "%s", key->name);
		ck_assert_msg((key->places & CONFIG_FLAG) == 0 || (key->places & CONFIG_TOP) != 0,
			      "%s is a flag but no key", key->name);
	}
}
END_TEST

/* Defaults stand in the table for people, and in the library for those who embed it. */
START_TEST(defaults_are_those_of_the_library)
{
	struct uvtftp_server_options server;
	struct uvtftp_root root;
	struct settings settings;
	struct uvtftp_error error;
	struct config none;
	ck_assert(config_init(&none));
	uvtftp_server_options_init(&server);
	uvtftp_root_init(&root);
	ck_assert(settings_load(&settings, NULL, &none.top, &error));
	ck_assert_str_eq(settings.server.listen[0], ":69");
	ck_assert_str_eq(settings.roots[0].path, CONFIG_ROOT_DEFAULT);
	ck_assert_str_eq(settings.roots[0].name, CONFIG_ROOT_NAME);
	ck_assert_uint_eq(settings.own.drain_s, 10);
	/* What the daemon sets and the library leaves open. */
	server.roots = settings.roots;
	server.root_count = 1;
	server.rules = settings.rules;
	server.listen = settings.server.listen;
	server.listen_count = 1;
	root.name = settings.roots[0].name;
	root.path = settings.roots[0].path;
	ck_assert_mem_eq(&settings.server, &server, sizeof server);
	ck_assert_mem_eq(&settings.roots[0], &root, sizeof root);
	settings_fini(&settings);
	config_fini(&none);
}
END_TEST

START_TEST(sizes_have_suffixes)
{
	static const struct {
		const char *text;
		uint64_t bytes;
		const char *normal;
	} sizes[] = {{"0", 0, "0"},
		     {"1K", 1024, "1K"},
		     {"1024", 1024, "1K"},
		     {"64m", 64 << 20, "64M"},
		     {"65536K", 64 << 20, "64M"},
		     {"1500", 1500, "1500"},
		     {"2g", UINT64_C(2) << 30, "2G"}};
	const struct config_key *key = config_find(CONFIG_FLAG, "cache");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct config_value value = {0};
		char why[CONFIG_WHY_MAX], normal[40];
		ck_assert(config_parse(key, sizes[i].text, &value, why));
		ck_assert_uint_eq(value.number, sizes[i].bytes);
		config_normalise(key, sizes[i].text, normal, sizeof normal);
		ck_assert_str_eq(normal, sizes[i].normal);
	}
}
END_TEST

START_TEST(the_nearest_key_takes_the_fewest_changes)
{
	ck_assert_str_eq(config_nearest(CONFIG_TOP, "blksize"), "max-blksize");
	ck_assert_str_eq(config_nearest(CONFIG_TOP, "wirte"), "write");
	ck_assert_str_eq(config_nearest(CONFIG_TOP, "Root"), "root");
	ck_assert_str_eq(config_nearest(CONFIG_RULE, "clients"), "client");
	ck_assert_str_eq(config_nearest(CONFIG_DIRECTORY, ""), "path");
	char longest[200];
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	ck_assert_ptr_nonnull(config_nearest(CONFIG_TOP, longest));
}
END_TEST

SUITE("config_table", every_key_has_its_range, every_key_has_its_range_in_files, every_row_is_whole,
      defaults_are_those_of_the_library, sizes_have_suffixes, the_nearest_key_takes_the_fewest_changes)

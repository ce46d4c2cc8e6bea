#include "unit/suite.h"

#include <getopt.h>

#include "unit/config_kit.h"
#include "uvtftpd/options.h"

#define WORDS_MAX 24

static struct options options;

/* "uvtftpd" and the words, of which the last is NULL. */
static enum options_verdict parse(const char *const *words)
{
	static char room[WORDS_MAX][64];
	static char *argv[WORDS_MAX + 2];
	int argc = 0;
	argv[argc++] = (char[]){"uvtftpd"};
	for (; *words != NULL; words++) {
		snprintf(room[argc], sizeof room[argc], "%s", *words);
		argv[argc] = room[argc];
		argc++;
	}
	argv[argc] = NULL;
	optind = 1;
	return options_parse(&options, argc, argv);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static const char *value_of(const char *key)
{
	const struct config_entry *entry =
	    config_entry(&options.config.top, config_find(CONFIG_TOP, key));
	return entry->count > 0 ? entry->texts[entry->count - 1] : NULL;
}

START_TEST(flags_set_keys)
{
	ck_assert_int_eq(
	    PARSE("--cache", "1024K", "-w", "3", "--single-port", "--port-range=1-2", "/srv"),
	    OPTIONS_RUN);
	ck_assert_str_eq(value_of("cache"), "1M");
	ck_assert_str_eq(value_of("workers"), "3");
	ck_assert_str_eq(value_of("single-port"), "true");
	ck_assert_str_eq(value_of("port-range"), "1-2");
	ck_assert_str_eq(value_of("root"), "/srv");
	ck_assert_ptr_null(value_of("drain"));
	ck_assert_ptr_null(options.file);
	options_fini(&options);
}
END_TEST

START_TEST(the_last_of_a_flag_wins_and_lists_grow)
{
	ck_assert_int_eq(PARSE("-w3", "-w", "4", "-l:1", "-l:2", "-v", "-q", "/"), OPTIONS_RUN);
	ck_assert_str_eq(value_of("workers"), "4");
	ck_assert_str_eq(value_of("log-level"), "warning");
	ck_assert_str_eq(value_of("listen"), ":2");
	const struct config_key *key = config_find(CONFIG_TOP, "listen");
	ck_assert_uint_eq(config_entry(&options.config.top, key)->count, 2);
	options_fini(&options);
}
END_TEST

START_TEST(write_alone_is_create)
{
	static const char *const modes[] = {"no", "create", "overwrite", "version", "existing"};
	ck_assert_int_eq(PARSE("--write", "/srv"), OPTIONS_RUN);
	ck_assert_str_eq(value_of("write"), "create");
	ck_assert_str_eq(value_of("root"), "/srv");
	options_fini(&options);
	for (size_t i = 0; i < 5; i++) {
		char flag[40];
		snprintf(flag, sizeof flag, "--write=%s", modes[i]);
		ck_assert_int_eq(PARSE(flag, "/"), OPTIONS_RUN);
		ck_assert_str_eq(value_of("write"), modes[i]);
		options_fini(&options);
	}
	ck_assert_int_eq(PARSE("--write=maybe", "/"), OPTIONS_BAD);
	options_fini(&options);
}
END_TEST

START_TEST(explain_takes_a_client_and_a_name)
{
	ck_assert_int_eq(PARSE("--explain", "192.0.2.1", "a/b", "/srv"), OPTIONS_EXPLAIN);
	ck_assert_str_eq(options.client, "192.0.2.1");
	ck_assert_str_eq(options.name, "a/b");
	ck_assert(!options.is_write);
	ck_assert_str_eq(value_of("root"), "/srv");
	options_fini(&options);
	ck_assert_int_eq(PARSE("--explain", "192.0.2.1"), OPTIONS_BAD);
	options_fini(&options);
	ck_assert_int_eq(PARSE("--explain", "a", "b", "c", "d"), OPTIONS_BAD);
	options_fini(&options);
}
END_TEST

/* Wherever it stands: --write alone is about the request then, --write=MODE about the directory. */
START_TEST(explain_with_write_alone_asks_about_an_upload)
{
	ck_assert_int_eq(PARSE("--explain", "::1", "f", "--write", "/srv"), OPTIONS_EXPLAIN);
	ck_assert(options.is_write);
	ck_assert_ptr_null(value_of("write"));
	ck_assert_str_eq(value_of("root"), "/srv");
	options_fini(&options);
	ck_assert_int_eq(PARSE("--write", "--write=overwrite", "--explain", "::1", "f"),
			 OPTIONS_EXPLAIN);
	ck_assert(options.is_write);
	ck_assert_str_eq(value_of("write"), "overwrite");
	options_fini(&options);
	ck_assert_int_eq(PARSE("--explain", "::1", "f", "--write=overwrite"), OPTIONS_EXPLAIN);
	ck_assert(!options.is_write);
	options_fini(&options);
}
END_TEST

START_TEST(bad_words_are_refused)
{
	static const char *const bad[][2] = {
	    {"--cache", "x"},           {"--frobnicate", "/"},  {"a", "b"},
	    {"--single-port=yes", "/"}, {"", "--quiet"},        {"--workers", "0"},
	    {"--quiet", "--config"},    {"--quiet", "--root=/"}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_msg(PARSE(bad[i][0], bad[i][1]) == OPTIONS_BAD, "%s %s", bad[i][0], bad[i][1]);
		options_fini(&options);
	}
}
END_TEST

START_TEST(every_flag_of_the_table_is_taken)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		char flag[60], word[120];
		const char *value = key->fallback != NULL ? key->fallback : key->example;
		if ((key->places & CONFIG_FLAG) == 0 || key->command != CONFIG_SET)
			continue;
		snprintf(flag, sizeof flag, "--%s", key->name);
		if (key->kind != CONFIG_SWITCH)
			snprintf(word, sizeof word, "%s=%s", flag, value);
		ck_assert_msg(PARSE(key->kind == CONFIG_SWITCH ? flag : word, "/") == OPTIONS_RUN, "%s",
			      flag);
		ck_assert_ptr_nonnull(value_of(key->alias != NULL ? key->alias : key->name));
		options_fini(&options);
	}
}
END_TEST

START_TEST(the_command_line_wins_over_the_file)
{
	static const char text[] = "root = /from/file\ncache = 1M\nlisten = {:1, :2}\nworkers = 3\n"
				   "write = version\ndirectory a { path = /a }\nrule r { }\n";
	struct kit kit;
	struct settings settings;
	if (!kit_reads_files())
		return;
	kit_write(&kit, text, strlen(text));
	ck_assert_int_eq(PARSE("--config", kit.path, "--cache=2M", "--listen", ":9", "/from/line"),
			 OPTIONS_RUN);
	ck_assert_str_eq(options.file, kit.path);
	ck_assert_msg(settings_load(&settings, options.file, &options.config.top, &kit.error), "%s",
		      kit.error.text);
	ck_assert_str_eq(settings.roots[0].path, "/from/line");
	ck_assert_uint_eq(settings.server.cache_bytes, 2 << 20);
	ck_assert_uint_eq(settings.server.listen_count, 1);
	ck_assert_str_eq(settings.server.listen[0], ":9");
	ck_assert_uint_eq(settings.server.workers, 3);
	ck_assert_int_eq(settings.roots[0].write, UVTFTP_WRITE_VERSION);
	ck_assert_uint_eq(settings.server.root_count, 2);
	ck_assert_uint_eq(settings.server.rule_count, 1);
	settings_fini(&settings);
	options_fini(&options);
	unlink(kit.path);
}
END_TEST

SUITE("config_options", flags_set_keys, the_last_of_a_flag_wins_and_lists_grow, write_alone_is_create,
      explain_takes_a_client_and_a_name, explain_with_write_alone_asks_about_an_upload,
      bad_words_are_refused, every_flag_of_the_table_is_taken, the_command_line_wins_over_the_file)

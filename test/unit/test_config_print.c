#include "unit/suite.h"

#include <ctype.h>

#include "base/mem.h"
#include "unit/config_kit.h"
#include "uvtftpd/config_print.h"

static char text[1 << 16];

static const char *print(void (*printer)(FILE *), const struct config *config)
{
	FILE *out = tmpfile();
	ck_assert_ptr_nonnull(out);
	if (printer != NULL)
		printer(out);
	else
		config_print(config, out);
	rewind(out);
	size_t len = fread(text, 1, sizeof text - 1, out);
	ck_assert_uint_lt(len, sizeof text - 1);
	text[len] = '\0';
	fclose(out);
	return text;
}

/* Printed, read, and printed again: the same. */
static void go_round(const char *file)
{
	struct kit first, second;
	ck_assert_msg(kit_load(&first, file), "%s", first.error.text);
	print(NULL, &first.settings.config);
	char *printed = mem_copy(text, strlen(text));
	ck_assert_msg(kit_load(&second, printed), "%s\n%s", second.error.text, printed);
	ck_assert_str_eq(print(NULL, &second.settings.config), printed);
	/* The second has the defaults written out: the same server comes of it. */
	ck_assert_uint_eq(first.settings.server.root_count, second.settings.server.root_count);
	ck_assert_uint_eq(first.settings.server.rule_count, second.settings.server.rule_count);
	ck_assert_uint_eq(first.settings.server.cache_bytes, second.settings.server.cache_bytes);
	mem_free(printed);
	kit_end(&first);
	kit_end(&second);
}

START_TEST(what_is_printed_can_be_read)
{
	if (!kit_reads_files())
		return;
	go_round("");
	go_round("root = \"/srv/\\\"quoted\\\" \\\\ and \\${HOME}\\n\\x01\\177\"\n"
		 "listen = {:1, \"[::1]:2\"} workers = 007 cache = 65536K single-port = on\n"
		 "port-range = 1-2 client-directory = \"{mac}\" upload-owner = 1:2 upload-mode = 7\n"
		 "directory \"a b\" { path = '/x' write = existing }\n"
		 "rule \"it's \\\"1\\\"\" { client = ::1 refuse-options = {tsize, rollover} }\n"
		 "rule empty { }\n");
}
END_TEST

START_TEST(what_is_printed_means_the_same)
{
	struct kit first, second;
	if (!kit_reads_files())
		return;
	ck_assert(kit_load(&first, "root = \"/a\\\"b\\\\c\\${HOME}\\n\\t\\x7f'\"\nworkers = 007\n"));
	ck_assert_str_eq(first.settings.roots[0].path, "/a\"b\\c${HOME}\n\t\x7f'");
	ck_assert(kit_load(&second, print(NULL, &first.settings.config)));
	ck_assert_str_eq(second.settings.roots[0].path, first.settings.roots[0].path);
	ck_assert_uint_eq(second.settings.server.workers, 7);
	kit_end(&first);
	kit_end(&second);
}
END_TEST

/* Takes the '#' away that stands before settings. */
static void uncomment(char *at)
{
	bool is_begin = true;
	for (; *at != '\0'; at++) {
		if (is_begin && *at == '#' && at[1] != ' ')
			*at = ' ';
		is_begin = *at == '\n';
	}
}

START_TEST(the_sample_is_valid_with_and_without_its_comments)
{
	struct kit kit;
	if (!kit_reads_files())
		return;
	kit_expect(print(config_print_sample, NULL));
	uncomment(text);
	ck_assert_msg(kit_load(&kit, text), "%s\n%s", kit.error.text, text);
	ck_assert_uint_eq(kit.settings.server.root_count, 2);
	ck_assert_uint_eq(kit.settings.server.rule_count, 1);
	/* Every key is in it. */
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		const struct config *config = &kit.settings.config;
		const struct config_section *sections[] = {&config->top, config->directories,
							   config->rules};
		for (size_t k = 0; k < 3; k++)
			ck_assert_msg((key->places & sections[k]->place) == 0 ||
					  config_entry(sections[k], key)->count == 1,
				      "no %s", key->name);
	}
	kit_end(&kit);
}
END_TEST

START_TEST(lines_of_the_sample_fit_a_screen)
{
	print(config_print_sample, NULL);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 100, "%zu: %s", strlen(line), line);
}
END_TEST

START_TEST(help_has_every_flag)
{
	print(config_print_help, NULL);
	for (size_t i = 0; i < config_key_count; i++) {
		char flag[60];
		snprintf(flag, sizeof flag, " --%s", config_keys[i].name);
		const char *at = strstr(text, flag);
		if ((config_keys[i].places & CONFIG_FLAG) == 0)
			continue;
		ck_assert_msg(at != NULL, "no%s", flag);
		ck_assert_msg(strchr(" [", at[strlen(flag)]) != NULL, "%s", at);
	}
}
END_TEST

START_TEST(the_manual_has_every_key)
{
	print(config_print_man, NULL);
	for (size_t i = 0; i < config_key_count; i++) {
		char item[60];
		snprintf(item, sizeof item, "\n.It Ic %s No ", config_keys[i].name);
		ck_assert_msg((config_keys[i].places & ~(unsigned)CONFIG_FLAG) == 0 ||
				  strstr(text, item) != NULL,
			      "no %s", item);
	}
}
END_TEST

SUITE("config_print", what_is_printed_can_be_read, what_is_printed_means_the_same,
      the_sample_is_valid_with_and_without_its_comments, lines_of_the_sample_fit_a_screen,
      help_has_every_flag, the_manual_has_every_key)

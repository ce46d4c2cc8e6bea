#include "unit/suite.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "unit/config_kit.h"
#include "uvtftpd/from_hpa.h"

static char text[1 << 14];

/* What comes of a file with these bytes; it must load where configuration files do. */
static const char *convert(const char *file)
{
	struct uvtftp_error error;
	struct kit kit;
	char path[] = "/tmp/uvtftp-hpa.XXXXXX";
	int fd = mkstemp(path);
	FILE *out = tmpfile();
	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(write(fd, file, strlen(file)), (ssize_t)strlen(file));
	close(fd);
	ck_assert_msg(from_hpa_print(path, out, &error), "%s", error.text);
	unlink(path);
	rewind(out);
	size_t len = fread(text, 1, sizeof text - 1, out);
	ck_assert_uint_lt(len, sizeof text - 1);
	text[len] = '\0';
	fclose(out);
	if (!kit_reads_files())
		return text;
	ck_assert_msg(kit_load(&kit, text), "%s\n%s", kit.error.text, text);
	kit_end(&kit);
	return text;
}

static void expect_line(const char *line)
{
	char inside[400];
	snprintf(inside, sizeof inside, "\n%s\n", line);
	ck_assert_msg(strstr(text, inside) != NULL, "'%s' is not a line of:\n%s", line, text);
}

static void expect_no(const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "'%s' is in:\n%s", part, text);
}

START_TEST(takes_the_file_debian_installs)
{
	convert("# /etc/default/tftpd-hpa\n\nTFTP_USERNAME=\"tftp\"\nTFTP_DIRECTORY=\"/srv/tftp\"\n"
		"TFTP_ADDRESS=\":69\"\nTFTP_OPTIONS=\"--secure\"\n");
	expect_line("root = \"/srv/tftp\"");
	expect_line("write = \"existing\"");
	expect_line("upload-mode = 0666");
	expect_no("listen");
	expect_no("secure");
	expect_no("cache");
}
END_TEST

START_TEST(takes_every_option_there_is_a_setting_for)
{
	convert("TFTP_DIRECTORY='/tftp boot'\n  TFTP_ADDRESS=192.0.2.1:6969 # here\n"
		"TFTP_OPTIONS=\"-scp --umask=027 -m /etc/map --blocksize 1468 -R50000:50100 -vvv "
		"--refuse blksize -r windowsize -rutimeout -4 -l --pidfile /run/x\"\n");
	expect_line("listen = {\"192.0.2.1:6969\"}");
	expect_line("write = \"create\"");
	expect_line("upload-mode = 0640");
	expect_line("allow-private = true");
	expect_line("map-file = \"/etc/map\"");
	expect_line("max-blksize = 1468");
	expect_line("port-range = \"50000-50100\"");
	expect_line("\trefuse-options = {\"blksize\", \"windowsize\"}");
	expect_no("not understood");
}
END_TEST

START_TEST(takes_a_family_for_an_address)
{
	convert("TFTP_ADDRESS=:70\nTFTP_OPTIONS=--ipv4\n");
	expect_line("listen = {\"0.0.0.0:70\"}");
	convert("TFTP_OPTIONS='-6'\n");
	expect_line("listen = {\"[::]:69\"}");
	convert("TFTP_ADDRESS=:69\nTFTP_OPTIONS='-4 -6'\n");
	expect_no("listen");
}
END_TEST

START_TEST(says_what_it_leaves_out)
{
	convert("TFTP_DIRECTORY=\"/a /b\"\nTFTP_ADDRESS=\"tftp.example.org:69\"\nTFTP_USERNAME=$WHO\n"
		"TFTP_OPTIONS=\"--bogus word -Z --blocksize\"\n");
	expect_line("root = \"/a\"");
	expect_line("# directory /b: only one is served by default; see DIRECTORIES in uvtftpd.conf(5)");
	expect_line("# option --bogus: not understood");
	expect_line("# option word: not understood");
	expect_line("# option of -Z: not understood");
	expect_line("# --blocksize: its value is missing");
	ck_assert_ptr_nonnull(strstr(text, "# listen: "));
	ck_assert_ptr_nonnull(strstr(text, "# without --secure: "));
	ck_assert_ptr_nonnull(strstr(text, "only plain texts are taken over"));
}
END_TEST

START_TEST(a_value_cannot_become_a_setting)
{
	convert("TFTP_DIRECTORY=/a\\\"\nTFTP_OPTIONS='--map-file /x\"' \n");
	expect_line("map-file = \"/x\\\"\"");
	convert("TFTP_OPTIONS=\"--umask 99 --bogus\rroot=1\"\n");
	expect_line("# --umask 99: not an octal number");
	expect_no("\nroot");
}
END_TEST

START_TEST(more_options_than_any_are_cut)
{
	char file[FROM_HPA_LINE_MAX] = "TFTP_OPTIONS='";
	for (int i = 0; i < FROM_HPA_WORDS_MAX + 10; i++)
		strcat(file, "-v ");
	strcat(file, "'\n");
	convert(file);
	ck_assert_ptr_nonnull(strstr(text, "too many options"));
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
	struct uvtftp_error error;
	ck_assert(!from_hpa_print("/nonexistent/hpa", stdout, &error));
	ck_assert_str_eq(error.text, "cannot read /nonexistent/hpa: No such file or directory");
	ck_assert(!from_hpa_print("/", stdout, &error));
}
END_TEST

SUITE("from_hpa", takes_the_file_debian_installs, takes_every_option_there_is_a_setting_for,
      takes_a_family_for_an_address, says_what_it_leaves_out, a_value_cannot_become_a_setting,
      more_options_than_any_are_cut, a_file_that_is_not_there_is_an_error)

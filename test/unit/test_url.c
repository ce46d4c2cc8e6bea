#include "unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "uvtftp/url.h"

static void assert_url(const char *text, const char *host, unsigned port, const char *path)
{
	struct url url;
	const char *why = url_parse(&url, text);
	ck_assert_msg(why == NULL, "%s: %s", text, why);
	ck_assert_str_eq(url.host, host);
	ck_assert_uint_eq(url.port, port);
	ck_assert_str_eq(url.path, path);
}

static void assert_refused(const char *text, const char *why_part)
{
	struct url url;
	const char *why = url_parse(&url, text);
	ck_assert_msg(why != NULL, "%s was taken", text);
	ck_assert_msg(strstr(why, why_part) != NULL, "%s: %s", text, why);
}

START_TEST(takes_host_and_path)
{
	assert_url("tftp://boot/pxelinux.0", "boot", 69, "pxelinux.0");
	assert_url("TFTP://10.0.0.1/a/b", "10.0.0.1", 69, "a/b");
	assert_url("tftp://boot.example.net:/x", "boot.example.net", 69, "x");
}
END_TEST

START_TEST(takes_a_port)
{
	assert_url("tftp://h:1/x", "h", 1, "x");
	assert_url("tftp://h:65535/x", "h", 65535, "x");
	assert_url("tftp://[::1]:6969/x", "::1", 6969, "x");
	assert_refused("tftp://h:0/x", "port");
	assert_refused("tftp://h:65536/x", "port");
	assert_refused("tftp://h:6x/x", "port");
	assert_refused("tftp://h:-1/x", "port");
	assert_refused("tftp://h:1:2/x", "port");
}
END_TEST

START_TEST(takes_ipv6_in_brackets_with_a_zone)
{
	assert_url("tftp://[2001:db8::1]/x", "2001:db8::1", 69, "x");
	assert_url("tftp://[::ffff:1.2.3.4]/x", "::ffff:1.2.3.4", 69, "x");
	assert_url("tftp://[fe80::1%25eth0]:70/x", "fe80::1%eth0", 70, "x");
	assert_url("tftp://[fe80::1%eth0]/x", "fe80::1%eth0", 69, "x");
	assert_url("tftp://[fe80::1%25a%2eb]/x", "fe80::1%a.b", 69, "x");
}
END_TEST

START_TEST(refuses_malformed_brackets)
{
	assert_refused("tftp://[::1/x", "]");
	assert_refused("tftp://[]/x", "IPv6");
	assert_refused("tftp://[host]/x", "IPv6");
	assert_refused("tftp://[1.2.3.4]/x", "IPv6");
	assert_refused("tftp://[::1]69/x", "':'");
	assert_refused("tftp://[fe80::1%25]/x", "zone");
	assert_refused("tftp://[fe80::1%]/x", "zone");
	assert_refused("tftp://[fe80::1%25%0g]/x", "hexadecimal");
	assert_refused("tftp://::1/x", "host");
}
END_TEST

START_TEST(refuses_what_is_no_host)
{
	assert_refused("tftp:///x", "host");
	assert_refused("tftp://:69/x", "host");
	assert_refused("tftp://me@h/x", "users");
	assert_refused("tftp://a b/x", "host name");
	assert_refused("tftp://a%20b/x", "host name");
	assert_refused("tftp://a]/x", "host name");
}
END_TEST

START_TEST(refuses_other_schemes)
{
	assert_refused("", "tftp://");
	assert_refused("tftp:/h/x", "tftp://");
	assert_refused("http://h/x", "tftp://");
	assert_refused("h:x", "tftp://");
}
END_TEST

START_TEST(decodes_percent_signs)
{
	assert_url("tftp://h/a%20b%2Fc%2f%25", "h", 69, "a b/c/%");
	assert_url("tftp://h/%ff", "h", 69, "\xff");
	assert_url("tftp://%68ost/x", "host", 69, "x");
	assert_refused("tftp://h/%", "hexadecimal");
	assert_refused("tftp://h/%4", "hexadecimal");
	assert_refused("tftp://h/%4g", "hexadecimal");
	assert_refused("tftp://h/%-1", "hexadecimal");
	assert_refused("tftp://h/a%00b", "NUL");
}
END_TEST

START_TEST(keeps_only_a_second_leading_slash)
{
	assert_url("tftp://h//srv/tftp/x", "h", 69, "/srv/tftp/x");
	assert_url("tftp://h/x//y", "h", 69, "x//y");
	assert_url("tftp://h/%2fx", "h", 69, "/x");
}
END_TEST

START_TEST(refuses_an_empty_path)
{
	assert_refused("tftp://h", "path");
	assert_refused("tftp://h/", "path");
	assert_refused("tftp://h/;mode=octet", "path");
	assert_refused("tftp://h:69", "path");
}
END_TEST

static void assert_target(const char *text, const char *local, const char *path)
{
	struct url url;
	const char *why = url_parse_target(&url, text, local);
	ck_assert_msg(why == NULL, "%s: %s", text, why);
	ck_assert_str_eq(url.path, path);
}

START_TEST(adds_a_local_name_where_a_path_names_a_directory)
{
	assert_target("tftp://h", "f", "f");
	assert_target("tftp://h/", "/tmp/f", "f");
	assert_target("tftp://h/;mode=netascii", "f", "f");
	assert_target("tftp://h/a/", "../f", "a/f");
	assert_target("tftp://h/a%2f", "f%20;mode=octet", "a/f%20;mode=octet");
	assert_target("tftp://h/a/b", "f", "a/b");
	assert_target("tftp://h/a/b", NULL, "a/b");
}
END_TEST

START_TEST(refuses_a_directory_where_there_is_no_local_name)
{
	struct url url;
	char name[URL_PATH_MAX + 1];
	ck_assert_ptr_nonnull(url_parse_target(&url, "tftp://h/", NULL));
	ck_assert_ptr_nonnull(url_parse_target(&url, "tftp://h/a/", NULL));
	ck_assert_ptr_nonnull(url_parse_target(&url, "tftp://h/a/", "b/"));
	ck_assert_ptr_nonnull(url_parse_target(&url, "http://h/a", "b"));
	memset(name, 'n', sizeof name);
	name[URL_PATH_MAX] = '\0';
	ck_assert_ptr_null(url_parse_target(&url, "tftp://h/", name));
	ck_assert_ptr_nonnull(url_parse_target(&url, "tftp://h/a/", name));
}
END_TEST

START_TEST(takes_questions_and_hashes_as_part_of_the_name)
{
	assert_url("tftp://h/a?b=c#d", "h", 69, "a?b=c#d");
}
END_TEST

START_TEST(understands_a_mode_at_the_end)
{
	struct url url;
	ck_assert_ptr_null(url_parse(&url, "tftp://h/x;mode=netascii"));
	ck_assert(url.is_netascii);
	ck_assert_str_eq(url.path, "x");
	ck_assert_ptr_null(url_parse(&url, "tftp://h/x;MODE=NetASCII"));
	ck_assert(url.is_netascii);
	ck_assert_ptr_null(url_parse(&url, "tftp://h/x;mode=octet"));
	ck_assert(!url.is_netascii);
	ck_assert_str_eq(url.path, "x");
	assert_refused("tftp://h/x;mode=mail", "mode");
	assert_refused("tftp://h/x;mode=", "mode");
}
END_TEST

START_TEST(leaves_other_semicolons_in_the_name)
{
	assert_url("tftp://h/a;b", "h", 69, "a;b");
	assert_url("tftp://h/a;mode=octet;b", "h", 69, "a;mode=octet;b");
	assert_url("tftp://h/a%3bmode=octet", "h", 69, "a;mode=octet");
	assert_url("tftp://h/a;", "h", 69, "a;");
}
END_TEST

START_TEST(refuses_what_is_too_long)
{
	char text[URL_HOST_MAX + URL_PATH_MAX + 64];
	char path[URL_PATH_MAX + 2];
	char host[URL_HOST_MAX + 2];
	memset(path, 'p', sizeof path);
	memset(host, 'h', sizeof host);
	path[URL_PATH_MAX] = host[URL_HOST_MAX] = '\0';
	snprintf(text, sizeof text, "tftp://%s/%s", host, path);
	assert_url(text, host, 69, path);
	snprintf(text, sizeof text, "tftp://%s/%sp", host, path);
	assert_refused(text, "too long");
	snprintf(text, sizeof text, "tftp://%sh/%s", host, path);
	assert_refused(text, "too long");
	memset(host, ':', URL_HOST_MAX + 1);
	host[URL_HOST_MAX + 1] = '\0';
	snprintf(text, sizeof text, "tftp://[%s]/x", host);
	assert_refused(text, "too long");
	host[URL_HOST_MAX - 1] = '\0';
	snprintf(text, sizeof text, "tftp://[%s%%25eth0]/x", host);
	assert_refused(text, "too long");
}
END_TEST

static const char *name_of(const char *text)
{
	static struct url url;
	ck_assert_ptr_null(url_parse(&url, text));
	return url_name(&url);
}

START_TEST(names_a_file_after_the_last_component)
{
	ck_assert_str_eq(name_of("tftp://h/x"), "x");
	ck_assert_str_eq(name_of("tftp://h//a/b/c.img"), "c.img");
	ck_assert_str_eq(name_of("tftp://h/a%2f.b"), ".b");
	ck_assert_str_eq(name_of("tftp://h/..."), "...");
	ck_assert_ptr_null(name_of("tftp://h/a/"));
	ck_assert_ptr_null(name_of("tftp://h/a/."));
	ck_assert_ptr_null(name_of("tftp://h/a/.."));
	ck_assert_ptr_null(name_of("tftp://h/.."));
	ck_assert_ptr_null(name_of("tftp://h/a%2f%2e%2E"));
}
END_TEST

SUITE("url", takes_host_and_path, takes_a_port, takes_ipv6_in_brackets_with_a_zone,
      refuses_malformed_brackets, refuses_what_is_no_host, refuses_other_schemes, decodes_percent_signs,
      keeps_only_a_second_leading_slash, refuses_an_empty_path,
      adds_a_local_name_where_a_path_names_a_directory, refuses_a_directory_where_there_is_no_local_name,
      takes_questions_and_hashes_as_part_of_the_name, understands_a_mode_at_the_end,
      leaves_other_semicolons_in_the_name, refuses_what_is_too_long,
      names_a_file_after_the_last_component)

#include "unit/policy_kit.h"
#include "unit/suite.h"

#include "policy/client_directory.h"

struct filled {
	const char *pattern;
	const char *path;
	const char *made; /* NULL: DIRECTORY_NONE */
	const char *rest;
};

static void assert_filled(const struct filled *filled, struct policy_request request)
{
	char made[PATH_BYTES_MAX];
	const char *rest = NULL;
	memset(made, '#', sizeof made);
	enum directory_verdict verdict =
	    client_directory_fill(filled->pattern, &request, filled->path, made, &rest);
	enum directory_verdict wanted = filled->made != NULL ? DIRECTORY_MADE : DIRECTORY_NONE;
	ck_assert_msg(verdict == wanted, "%s for %s: verdict %d", filled->pattern, filled->path,
		      (int)verdict);
	ck_assert_str_eq(rest, filled->rest);
	if (verdict == DIRECTORY_MADE)
		ck_assert_str_eq(made, filled->made);
}

START_TEST(fills_in_the_address)
{
	static const struct filled v4[] = {
	    {"{ip}", "a/b", "192.0.2.7/a/b", "a/b"},
	    {"by-ip/{ip}/files", "a", "by-ip/192.0.2.7/files/a", "a"},
	    {"{ip}-{ip}", "a", "192.0.2.7-192.0.2.7/a", "a"},
	    {"common", "a", "common/a", "a"},
	    {"}x", "a", "}x/a", "a"},
	};
	for (size_t i = 0; i < COUNT(v4); i++)
		assert_filled(&v4[i], ask("x"));
	struct filled v6 = {"{ip}", "a", "2001:db8::7/a", "a"};
	assert_filled(&v6, ask_from("2001:db8::7", "x"));
}
END_TEST

START_TEST(fills_in_the_hardware_address_of_the_neighbour_table)
{
	static const struct filled cases[] = {
	    {"{mac}", "a", "aa-bb-cc-0d-ee-ff/a", "a"},
	    {"{pxemac}", "a", "01-aa-bb-cc-0d-ee-ff/a", "a"},
	    {"x/{mac}.d", "a", "x/aa-bb-cc-0d-ee-ff.d/a", "a"},
	    /* what the client writes into the name does not count then */
	    {"{mac}", "01-11-22-33-44-55-66", "aa-bb-cc-0d-ee-ff/01-11-22-33-44-55-66",
	     "01-11-22-33-44-55-66"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_filled(&cases[i], with_mac(ask("x"), kit_mac));
}
END_TEST

START_TEST(takes_the_hardware_address_from_the_name)
{
	static const char *const names[] = {
	    "pxelinux.cfg/01-aa-bb-cc-0d-ee-ff", /* PXELINUX */
	    "01-aa-bb-cc-0d-ee-ff",
	    "grub.cfg-01-aa-bb-cc-0d-ee-ff", /* GRUB */
	    "boot/grub/grub.cfg-01-aa-bb-cc-0d-ee-ff",
	    "pxelinux.cfg/01-AA-BB-CC-0D-EE-FF",
	    "pxelinux.cfg/06-aa-bb-cc-0d-ee-ff", /* IEEE 802 */
	    "pxelinux.cfg/20-aa-bb-cc-0d-ee-ff", /* InfiniBand */
	    "aa:bb:cc:0d:ee:ff/boot.cfg",
	    "aa-bb-cc-0d-ee-ff.cfg",
	    "aa-bb-cc-0d-ee-ff/grub.cfg",
	    "ipxe-aa:bb:cc:0d:ee:ff.ipxe",
	    "aa-bb-cc-0d-ee-ff-backup",
	    "aa-bb-cc-0d-ee-ff-0",
	    "aa-bb-cc-0d-ee-ff-000",
	    "aa-bb-cc-0d-ee-ff-",
	    "aa-bb-cc-0d-ee-ff-x",
	    "aa-bb-cc-0d-ee-ff{",
	    "~aa-bb-cc-0d-ee-ff",
	    "aa-bb-cc-0d-ee-ff\xe4",
	    "x\344aa-bb-cc-0d-ee-ff",
	    "00-00-aa/aa-bb-cc-0d-ee-ff",
	    "aa-bb-cc-0d-ee-ff/11-22-33-44-55-66",
	};
	for (size_t i = 0; i < COUNT(names); i++) {
		char made[PATH_BYTES_MAX];
		snprintf(made, sizeof made, "aa-bb-cc-0d-ee-ff/%s", names[i]);
		struct filled filled = {"{mac}", names[i], made, names[i]};
		assert_filled(&filled, with_mac(ask("x"), NULL));
		snprintf(made, sizeof made, "p/01-aa-bb-cc-0d-ee-ff/%s", names[i]);
		filled.pattern = "p/{pxemac}";
		assert_filled(&filled, with_mac(ask("x"), NULL));
	}
}
END_TEST

START_TEST(takes_the_last_six_pairs_of_a_longer_row)
{
	static const struct filled cases[] = {
	    {"{mac}", "01-aa-bb-cc-0d-ee-00", "aa-bb-cc-0d-ee-00/01-aa-bb-cc-0d-ee-00",
	     "01-aa-bb-cc-0d-ee-00"},
	    {"{mac}", "1-2-00-01-aa-bb-cc-0d-ee-01", "aa-bb-cc-0d-ee-01/1-2-00-01-aa-bb-cc-0d-ee-01",
	     "1-2-00-01-aa-bb-cc-0d-ee-01"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_filled(&cases[i], with_mac(ask("x"), NULL));
}
END_TEST

START_TEST(reads_and_writes_every_pair)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		char name[24], made[48];
		snprintf(name, sizeof name,
			 byte % 2 == 0 ? "%02x-0a-%02x:00-00-%02x" : "%02X-0A:%02X-00-00-%02X", byte,
			 byte, byte);
		snprintf(made, sizeof made, "%02x-0a-%02x-00-00-%02x/%s", byte, byte, byte, name);
		struct filled filled = {"{mac}", name, made, name};
		assert_filled(&filled, with_mac(ask("x"), NULL));
	}
}
END_TEST

START_TEST(finds_no_hardware_address_where_there_is_none)
{
	static const char *const names[] = {
	    "grub.cfg",
	    "a",
	    "aa",
	    "aa-",
	    "aa-b",
	    "aa-bb-cc-0d-ee",
	    "aa-bb-cc-0d-ee-f",
	    "aa-bb-cc-0d-ee-fff",
	    "aa-bb-cc-0d-ee-ffA",
	    "aa-bb-cc-0d-ee-ffZ",
	    "aa-bb-cc-0d-ee-ffz",
	    "aa-bb-cc-0d-ee-ff9",
	    "aaa-bb-cc-0d-ee-ff",
	    "aa-bb-cc-0d-ee-gg",
	    "aa-bb-cc-0d-ee-0g",
	    "aa-bb-cc-0d-ee-G0",
	    "aa-bb-cc-0d-ee-/0",
	    "aa-bb-cc-0d-ee-@0",
	    "aa-bb-cc-0d-ee-`0",
	    "aa_bb_cc_0d_ee_ff",
	    "aa.bb.cc.0d.ee.ff",
	    "aa-bb-cc/0d-ee-ff",
	    "aabbcc0deeff",
	    "aabb-cc0d-eeff",
	    "xaa-bb-cc-0d-ee-ff",
	    "9aa-bb-cc-0d-ee-ff",
	    "Zaa-bb-cc-0d-ee-ff",
	};
	for (size_t i = 0; i < COUNT(names); i++) {
		struct filled filled = {"{mac}", names[i], NULL, names[i]};
		assert_filled(&filled, with_mac(ask("x"), NULL));
	}
}
END_TEST

START_TEST(asks_for_the_hardware_address_only_when_it_is_named)
{
	static const struct {
		const char *pattern;
		enum directory_verdict verdict;
	} cases[] = {
	    {"{mac}", DIRECTORY_NEEDS_MAC},
	    {"x/{pxemac}", DIRECTORY_NEEDS_MAC},
	    {"{ip}/{mac}", DIRECTORY_NEEDS_MAC},
	    {"{ip}", DIRECTORY_MADE},
	    {"mac", DIRECTORY_MADE},
	    {"{serial}/{mac}", DIRECTORY_NONE},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char made[PATH_BYTES_MAX];
		const char *path = "01-aa-bb-cc-0d-ee-ff", *rest = NULL;
		struct policy_request request = ask("x");
		enum directory_verdict verdict =
		    client_directory_fill(cases[i].pattern, &request, path, made, &rest);
		ck_assert_msg(verdict == cases[i].verdict, "%s: %d", cases[i].pattern, (int)verdict);
		ck_assert_ptr_eq(rest, path);
	}
}
END_TEST

START_TEST(takes_the_serial_number_from_before_the_name)
{
	static const struct filled cases[] = {
	    {"{serial}", "1234abcd/start4.elf", "1234abcd/start4.elf", "start4.elf"},
	    {"pi/{serial}", "1234ABCD/a/b", "pi/1234ABCD/a/b", "a/b"},
	    {"{serial}", "100000001234abcd/x", "100000001234abcd/x", "x"},
	    {"{serial}/{ip}", "1234abcd/x", "1234abcd/192.0.2.7/x", "x"},
	    {"{ip}", "1234abcd/x", "192.0.2.7/1234abcd/x", "1234abcd/x"},
	    {"{serial}", "1234abcd", NULL, "1234abcd"},
	    {"{serial}", "1234abc/x", NULL, "1234abc/x"},
	    {"{serial}", "1234abcde/x", NULL, "1234abcde/x"},
	    {"{serial}", "00000001234abcd/x", NULL, "00000001234abcd/x"},
	    {"{serial}", "100000001234abcd0/x", NULL, "100000001234abcd0/x"},
	    {"{serial}", "1234abcg/x", NULL, "1234abcg/x"},
	    {"{serial}", "g234abcd/x", NULL, "g234abcd/x"},
	    {"{serial}", "1234abcd-x/x", NULL, "1234abcd-x/x"},
	    {"{serial}", "x/1234abcd/x", NULL, "x/1234abcd/x"},
	    /* the shared file is still found when the own directory cannot be told */
	    {"{mac}/{serial}", "1234abcd/x", NULL, "x"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_filled(&cases[i], with_mac(ask("x"), NULL));
}
END_TEST

/* A path of `len` bytes in components of at most 200. */
static void make_path(char *path, size_t len)
{
	memset(path, 'a', len);
	for (size_t i = 200; i < len; i += 201)
		path[i] = '/';
	path[len] = '\0';
}

START_TEST(makes_no_path_that_is_too_long)
{
	char path[PATH_BYTES_MAX], made[PATH_BYTES_MAX + 16], pattern[PATH_BYTES_MAX];
	make_path(path, PATH_BYTES_MAX - 1 - 10);
	snprintf(made, sizeof made, "192.0.2.7/%s", path);
	struct filled filled = {"{ip}", path, made, path};
	assert_filled(&filled, ask("x"));
	filled.made = NULL;
	for (size_t len = PATH_BYTES_MAX - 10; len < PATH_BYTES_MAX; len++) {
		make_path(path, len);
		assert_filled(&filled, ask("x"));
	}
	/* The placeholders alone are too long, or the component they are in is. */
	for (size_t i = 0; i < 100; i++)
		memcpy(pattern + 4 * i, "{ip}", 5);
	filled = (struct filled){pattern, "a", NULL, "a"};
	assert_filled(&filled, ask("x"));
	pattern[4 * 29] = '\0';
	assert_filled(&filled, ask("x"));
	memset(pattern, 'x', sizeof pattern);
	memcpy(pattern + 246, "{ip}", 5);
	snprintf(made, sizeof made, "%.246s192.0.2.7/a", pattern);
	filled.made = made;
	assert_filled(&filled, ask("x"));
	filled.made = NULL;
	memcpy(pattern + 247, "{ip}", 5);
	assert_filled(&filled, ask("x"));
}
END_TEST

SUITE("client_directory", fills_in_the_address, fills_in_the_hardware_address_of_the_neighbour_table,
      takes_the_hardware_address_from_the_name, takes_the_last_six_pairs_of_a_longer_row,
      reads_and_writes_every_pair, finds_no_hardware_address_where_there_is_none,
      asks_for_the_hardware_address_only_when_it_is_named, takes_the_serial_number_from_before_the_name,
      makes_no_path_that_is_too_long)

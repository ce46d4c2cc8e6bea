#include "unit/suite.h"

#include <string.h>

#include "base/err.h"
#include "unit/death.h"

static const struct {
	int code;
	const char *text;
} errors[] = {
#define ROW(name, value, text) {UVTFTP_ERR_##name, text},
    UVTFTP_ERRORS(ROW)
#undef ROW
};
enum { ERROR_COUNT = sizeof errors / sizeof errors[0] };

START_TEST(every_code_has_its_own_number_and_text)
{
	for (int i = 0; i < ERROR_COUNT; i++) {
		ck_assert_int_lt(errors[i].code, 0);
		ck_assert_str_eq(uvtftp_error_text(errors[i].code), errors[i].text);
		ck_assert_str_ne(errors[i].text, "");
		for (int j = 0; j < i; j++) {
			ck_assert_int_ne(errors[i].code, errors[j].code);
			ck_assert_str_ne(errors[i].text, errors[j].text);
		}
	}
}
END_TEST

START_TEST(other_codes_have_a_text_as_well)
{
	ck_assert_str_eq(uvtftp_error_text(UVTFTP_OK), "success");
	ck_assert_str_eq(uvtftp_error_text(1), "unknown error");
	ck_assert_str_eq(uvtftp_error_text(-9999), "unknown error");
}
END_TEST

START_TEST(sets_code_and_text)
{
	struct uvtftp_error err;
	ck_assert_int_eq(err_set(&err, UVTFTP_ERR_ROOT, "%s: %d", "/srv", 3), UVTFTP_ERR_ROOT);
	ck_assert_int_eq(err.code, UVTFTP_ERR_ROOT);
	ck_assert_str_eq(err.text, "/srv: 3");
}
END_TEST

START_TEST(gives_only_the_code_without_an_error_to_fill)
{
	ck_assert_int_eq(err_set(NULL, UVTFTP_ERR_NOMEM, "%s", "x"), UVTFTP_ERR_NOMEM);
}
END_TEST

START_TEST(cuts_text_to_its_room)
{
	struct uvtftp_error err;
	char text[2 * sizeof err.text];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	err_set(&err, UVTFTP_ERR_USAGE, "%s", text);
	ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
}
END_TEST

START_TEST(makes_new_text_from_the_old)
{
	struct uvtftp_error err;
	err_set(&err, UVTFTP_ERR_SYSTEM, "no such file");
	err_set(&err, UVTFTP_ERR_ROOT, "/srv: %s", err.text);
	ck_assert_str_eq(err.text, "/srv: no such file");
}
END_TEST

START_TEST(tells_the_version_of_the_header)
{
	ck_assert_str_eq(uvtftp_version(), UVTFTP_VERSION);
}
END_TEST

static void fail_an_assertion(void)
{
	ASSERT(1 + 1 == 3);
}

START_TEST(failed_assertion_aborts_with_place_and_condition)
{
	ASSERT(1 + 1 == 2);
	expect_abort(fail_an_assertion, "assertion failed: 1 + 1 == 3");
	expect_abort(fail_an_assertion, "test_err.c:");
}
END_TEST

SUITE("err", every_code_has_its_own_number_and_text, other_codes_have_a_text_as_well, sets_code_and_text,
      gives_only_the_code_without_an_error_to_fill, cuts_text_to_its_room, makes_new_text_from_the_old,
      tells_the_version_of_the_header, failed_assertion_aborts_with_place_and_condition)

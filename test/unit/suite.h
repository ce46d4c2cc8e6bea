/* What every unit test program needs: list its tests, get a main.
 *
 *     START_TEST(rejects_mode_without_nul) { ... } END_TEST
 *     SUITE("packet", rejects_mode_without_nul, ...)
 */
#ifndef UVTFTP_TEST_SUITE_H
#define UVTFTP_TEST_SUITE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* For what the system cannot do, as it says when it is asked: the test returns then. */
static inline void suite_skip(const char *what)
{
	fprintf(stderr, "skipped: %s\n", what);
}

static inline int suite_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	for (size_t i = 0; i < count; i++) {
		TCase *one = tcase_create(tests[i]->name);
		/* For what hangs: a slow machine that others load needs tens of times what a quiet one does. */
		tcase_set_timeout(one, 150);
		tcase_add_test(one, tests[i]);
		suite_add_tcase(suite, one);
	}
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define SUITE(name, ...)                                                                                \
	int main(void)                                                                                  \
	{                                                                                               \
		const TTest *const tests[] = {__VA_ARGS__};                                             \
		return suite_run(name, tests, sizeof tests / sizeof tests[0]);                          \
	}

#endif

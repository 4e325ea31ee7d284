/* SPDX-License-Identifier: Apache-2.0 */
/* What a unit test needs: TAP on stdout. A test is a main() of ok() calls that ends with done(). */
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

static int test_count, test_failures;

#define ok(condition, ...) test_ok(condition, __FILE__, __LINE__, __VA_ARGS__)
/* Two integers are the same. */
#define is(got, want, ...) test_is((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, __VA_ARGS__)

static inline bool test_ok(bool condition, const char *file, int line, const char *what)
{
	printf("%sok %d - %s\n", condition ? "" : "not ", ++test_count, what);
	if (!condition) {
		test_failures++;
		printf("# %s:%d\n", file, line);
	}
	fflush(stdout);
	return condition;
}

static inline bool test_is(int64_t got, int64_t want, const char *file, int line, const char *what)
{
	bool same = test_ok(got == want, file, line, what);

	if (!same)
		printf("# got %" PRId64 ", want %" PRId64 "\n", got, want);
	return same;
}

static inline int done(void)
{
	printf("1..%d\n", test_count);
	return test_failures || !test_count ? 1 : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* format.c: three digits and a unit; no control characters. */
#include <string.h>

#include "base/format.h"
#include "test.h"

static void ns(int64_t value, const char *want)
{
	atls_text text;

	if (!ok(!strcmp(atls_format_ns(text, value), want), want))
		printf("# got '%s'\n", text);
}

int main(void)
{
	atls_text text;
	char small[8];

	ns(0, "0 ns");
	ns(999, "999 ns");
	ns(1000, "1.00 us");
	ns(9999, "10.0 us");
	ns(12345, "12.3 us");
	ns(999499, "999 us");
	ns(999500, "1.00 ms");
	ns(1234567890, "1.23 s");
	ns(123456789012, "123 s");
	ok(!strcmp(atls_format_count(text, 999), "999"), "999");
	ok(!strcmp(atls_format_count(text, 1234567), "1,234,567"), "1,234,567");
	ok(!strcmp(atls_format_noun(text, 1, "job"), "1 job"), "1 job");
	ok(!strcmp(atls_format_noun(text, 2000, "job"), "2,000 jobs"), "2,000 jobs");
	ok(!strcmp(atls_format_plain(small, sizeof(small), "a\033[31m-and-more"), "a?[31m-"),
	   "control characters are taken out, and the rest is cut");
	return done();
}

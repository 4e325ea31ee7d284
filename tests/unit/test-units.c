/* SPDX-License-Identifier: Apache-2.0 */
/* units.c: numbers, shares and sizes of the command line. */
#include "base/units.h"
#include "decimal.h"

#include <string.h>

#include "test.h"

/* The number that text begins with, in millionths, and what follows it. */
static void decimal_is(const char *text, int64_t millionths, const char *rest)
{
	const char *end = "";
	double value = -1e-6;

	ok(atls_decimal_parse(text, &value, &end) == (millionths >= 0), text);
	is(value * 1e6, millionths, text);
	ok(!strcmp(end, rest), text);
}

static void share_is(const char *text, int64_t millionths)
{
	double share = -1e-6;

	ok(atls_share_parse(text, &share) == (millionths >= 0), text);
	is(share * 1e6, millionths, text);
}

static void size_is(const char *text, int64_t want)
{
	uint64_t bytes = -1;

	ok(atls_size_parse(text, &bytes) == (want >= 0), text);
	is(bytes, want, text);
}

int main(void)
{
	decimal_is("1.5M", 1500000, "M");
	decimal_is("2,5", 2000000, ",5");
	decimal_is("3.", 3000000, ".");
	decimal_is("", -1, "");
	decimal_is("-1", -1, "");
	decimal_is(".5", -1, "");
	decimal_is("nan", -1, "");
	share_is("5%", 50000);
	share_is("12.5%", 125000);
	share_is("5", 50000);
	share_is("5 %", -1);
	share_is("5%%", -1);
	share_is("%", -1);
	size_is("100", 100);
	size_is("64k", 65536);
	size_is("1.5M", 1572864);
	size_is("2GiB", 2147483648);
	size_is("1T", -1);
	size_is("M", -1);
	size_is("inf", -1);
	size_is("0x10", -1);
	size_is("0", -1);
	size_is("99999999999G", -1);
	return done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* units.c: times and sizes of the command line. */
#include "base/units.h"
#include "test.h"

static void time_is(const char *text, int64_t want)
{
	int64_t ns = -1;

	atls_parse_time(text, &ns);
	is(ns, want, text);
}

static void size_is(const char *text, int64_t want)
{
	uint64_t bytes = -1;

	atls_parse_size(text, &bytes);
	is(bytes, want, text);
}

int main(void)
{
	time_is("10s", 10000000000);
	time_is("10", 10000000000);
	time_is("1.5ms", 1500000);
	time_is("250us", 250000);
	time_is("7ns", 7);
	time_is("2m", 120000000000);
	time_is("1h", 3600000000000);
	time_is("0s", -1);
	time_is("-1s", -1);
	time_is("", -1);
	time_is("1 s", -1);
	time_is("1d", -1);
	time_is("nan", -1);
	time_is("99999999999h", -1);
	size_is("100", 100);
	size_is("64k", 65536);
	size_is("1.5M", 1572864);
	size_is("2GiB", 2147483648);
	size_is("1T", -1);
	size_is("M", -1);
	size_is("inf", -1);
	return done();
}

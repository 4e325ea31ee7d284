/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer: shape, escaping, text that is not UTF-8, numbers that JSON lacks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "test.h"

static void expect(const char *what, char *got, const char *want)
{
	if (!ok(!strcmp(got, want), what))
		printf("# got:  %s# want: %s", got, want);
	free(got);
}

/* The document that write makes. */
static char *document(void (*write)(struct atls_json *j))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct atls_json j;

	atls_json_init(&j, out);
	write(&j);
	atls_json_finish(&j);
	fclose(out);
	return text;
}

static void write_nested(struct atls_json *j)
{
	atls_json_begin_object(j);
	atls_json_pair_int(j, "a", -1);
	atls_json_key(j, "list");
	atls_json_begin_array(j);
	atls_json_int(j, INT64_MAX);
	atls_json_bool(j, true);
	atls_json_end_array(j);
	atls_json_key(j, "empty");
	atls_json_begin_object(j);
	atls_json_end_object(j);
	atls_json_pair_string(j, "none", NULL);
	atls_json_end_object(j);
}

static void write_escapes(struct atls_json *j)
{
	atls_json_string(j, "\"\\\n\t\x01\x7f/");
}

static void write_utf8(struct atls_json *j)
{
	atls_json_string(j, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91");
}

static void write_not_utf8(struct atls_json *j)
{
	/* A lone continuation, an overlong slash, a surrogate, beyond U+10FFFF, a cut sequence. */
	atls_json_string(j, "\x80|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82");
}

static void write_numbers(struct atls_json *j)
{
	atls_json_begin_array(j);
	atls_json_double(j, 0.25);
	atls_json_double(j, NAN);
	atls_json_double(j, INFINITY);
	atls_json_end_array(j);
}

int main(void)
{
	expect("nesting", document(write_nested),
	       "{\n  \"a\": -1,\n  \"list\": [\n    9223372036854775807,\n    true\n  ],\n"
	       "  \"empty\": {},\n  \"none\": null\n}\n");
	expect("escapes", document(write_escapes), "\"\\\"\\\\\\n\\t\\u0001\\u007f/\"\n");
	expect("UTF-8 is kept", document(write_utf8), "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91\"\n");
	expect("what is not UTF-8 is replaced", document(write_not_utf8),
	       "\"\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\"\n");
	expect("numbers that JSON lacks", document(write_numbers),
	       "[\n  0.25,\n  null,\n  null\n]\n");
	return done();
}

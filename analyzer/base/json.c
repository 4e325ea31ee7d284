/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON to a stream, for meta.json and for --json. */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

void atls_json_init(struct atls_json *j, FILE *out)
{
	*j = (struct atls_json){ .out = out };
}

void atls_json_finish(struct atls_json *j)
{
	assert(j->depth == 0);
	putc('\n', j->out);
}

static void break_line(struct atls_json *j)
{
	putc('\n', j->out);
	for (int i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

/* Write the comma, line break and indentation before a new key or value. */
static void separate(struct atls_json *j)
{
	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (j->filled[j->depth])
		putc(',', j->out);
	j->filled[j->depth] = true;
	if (j->depth > 0)
		break_line(j);
}

static void begin(struct atls_json *j, char bracket)
{
	separate(j);
	putc(bracket, j->out);
	assert(j->depth + 1 < ATLS_JSON_DEPTH);
	j->filled[++j->depth] = false;
}

static void end(struct atls_json *j, char bracket)
{
	bool filled = j->filled[j->depth--];

	if (filled)
		break_line(j);
	putc(bracket, j->out);
}

void atls_json_begin_object(struct atls_json *j)
{
	begin(j, '{');
}

void atls_json_end_object(struct atls_json *j)
{
	end(j, '}');
}

void atls_json_begin_array(struct atls_json *j)
{
	begin(j, '[');
}

void atls_json_end_array(struct atls_json *j)
{
	end(j, ']');
}

/* Bytes of the well-formed UTF-8 sequence at s (no surrogates, no overlong forms), or 0. */
static int utf8_length(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	int n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (int i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void put_char(FILE *out, const unsigned char *s, int length)
{
	switch (*s) {
	case '"':
	case '\\':
		fprintf(out, "\\%c", *s);
		break;
	case '\n':
		fputs("\\n", out);
		break;
	case '\t':
		fputs("\\t", out);
		break;
	default:
		if (*s < 0x20 || *s == 0x7f)
			fprintf(out, "\\u%04x", *s);
		else
			fwrite(s, 1, length, out);
	}
}

static void put_string(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	putc('"', out);
	while (*s) {
		int length = utf8_length(s);

		if (length > 0)
			put_char(out, s, length);
		else
			fputs("\\ufffd", out);
		s += length > 0 ? length : 1;
	}
	putc('"', out);
}

void atls_json_key(struct atls_json *j, const char *name)
{
	separate(j);
	put_string(j->out, name);
	fputs(": ", j->out);
	j->keyed = true;
}

void atls_json_string(struct atls_json *j, const char *text)
{
	separate(j);
	if (text)
		put_string(j->out, text);
	else
		fputs("null", j->out);
}

void atls_json_int(struct atls_json *j, int64_t number)
{
	separate(j);
	fprintf(j->out, "%" PRId64, number);
}

void atls_json_double(struct atls_json *j, double number)
{
	separate(j);
	if (isfinite(number))
		fprintf(j->out, "%.9g", number);
	else
		fputs("null", j->out);
}

void atls_json_bool(struct atls_json *j, bool truth)
{
	separate(j);
	fputs(truth ? "true" : "false", j->out);
}

void atls_json_null(struct atls_json *j)
{
	atls_json_string(j, NULL);
}

void atls_json_pair_string(struct atls_json *j, const char *name, const char *text)
{
	atls_json_key(j, name);
	atls_json_string(j, text);
}

void atls_json_pair_int(struct atls_json *j, const char *name, int64_t number)
{
	atls_json_key(j, name);
	atls_json_int(j, number);
}

void atls_json_pair_double(struct atls_json *j, const char *name, double number)
{
	atls_json_key(j, name);
	atls_json_double(j, number);
}

void atls_json_pair_bool(struct atls_json *j, const char *name, bool truth)
{
	atls_json_key(j, name);
	atls_json_bool(j, truth);
}

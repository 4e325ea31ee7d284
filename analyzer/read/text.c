/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads events written as text, one a line, in order of time:
 *
 *   # comment
 *   1000 PID TID job_start job=1 conn=2 wctx=1 op=handshake
 *   lost 2000 500 12                  (from 2000 ns, for 500 ns, 12 events)
 *
 * Fields that are left out are 0; codes may be written as text or as a number.
 */
#include "read/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codes.h"
#include "base/log.h"

struct text_reader {
	struct atls_reader base;
	FILE *file;
	char *path;
	unsigned line;
};

static int bad(const struct text_reader *r, const char *what, const char *text)
{
	atls_error("%s:%u: %s '%s'", r->path, r->line, what, text ? text : "");
	return -EINVAL;
}

static int store(struct atls_event *e, const struct atls_field_desc *f, int64_t number)
{
	/* The payload is little-endian like the host: the low bytes are the value. */
	memcpy(atls_event_field(e, f), &number, f->size);
	return 0;
}

static int parse_code(const struct atls_field_desc *f, const char *text, int64_t *number)
{
	const struct atls_enum_desc *d = atls_enum_find(f->enumeration);

	for (size_t i = 0; i < d->nvalues; i++)
		if (!strcmp(d->values[i].text, text)) {
			*number = d->values[i].number;
			return 0;
		}
	return -EINVAL;
}

static int parse_number(const char *text, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 0);
	return !*text || *end || errno ? -EINVAL : 0;
}

/* One name=value of an event. */
static int parse_field(const struct text_reader *r, struct atls_event *e, char *word)
{
	const struct atls_event_desc *d = atls_event_describe(e->id);
	char *value = strchr(word, '=');
	const struct atls_field_desc *f;
	int64_t number;

	if (!value)
		return bad(r, "this is no field=value:", word);
	*value++ = '\0';
	f = atls_field_find(d, word);
	if (!f)
		return bad(r, "there is no such field:", word);
	if (f->kind == ATLS_FIELD_TEXT) {
		snprintf(atls_event_field(e, f), f->size, "%s", value);
		return 0;
	}
	if (f->kind == ATLS_FIELD_CODE && !parse_code(f, value, &number))
		return store(e, f, number);
	if (parse_number(value, &number))
		return bad(r, "this is no value of the field:", value);
	return store(e, f, number);
}

static int parse_lost(const struct text_reader *r, char **rest, const struct atls_handler *to)
{
	struct atls_lost l = { 0 };
	int64_t *const parts[] = { &l.ts, &l.dur, &l.events };

	for (int i = 0; i < 3; i++) {
		char *word = strtok_r(NULL, " \t\n", rest);

		if (!word || parse_number(word, parts[i]))
			return bad(r, "lost needs time, duration and count, not", word);
	}
	if (l.ts < 0 || l.dur < 0 || l.ts > ATLS_TIME_MAX || l.dur > ATLS_TIME_MAX - l.ts)
		return bad(r, "lost at an impossible time", NULL);
	return to->lost(to->ctx, &l);
}

static int parse_event(const struct text_reader *r, char *word, char **rest,
		       const struct atls_handler *to)
{
	struct atls_event e = { 0 };
	int64_t head[3];
	int id, ret;

	for (int i = 0; i < 3; i++, word = strtok_r(NULL, " \t\n", rest))
		if (!word || parse_number(word, &head[i]))
			return bad(r, "an event begins with time, pid and tid, not", word);
	if (head[0] < 0 || head[0] > ATLS_TIME_MAX)
		return bad(r, "an event at an impossible time", NULL);
	id = word ? atls_event_find(word) : -1;
	if (id < 0)
		return bad(r, "there is no such event:", word);
	e.ts = head[0];
	e.pid = (uint32_t)head[1];
	e.tid = (uint32_t)head[2];
	e.id = (uint16_t)id;
	while ((word = strtok_r(NULL, " \t\n", rest))) {
		ret = parse_field(r, &e, word);
		if (ret)
			return ret;
	}
	return to->event(to->ctx, &e);
}

static int parse_line(const struct text_reader *r, char *line, const struct atls_handler *to)
{
	char *rest, *word = strtok_r(line, " \t\n", &rest);

	if (!word || *word == '#')
		return 0;
	if (!strcmp(word, "lost"))
		return parse_lost(r, &rest, to);
	return parse_event(r, word, &rest, to);
}

static int run(struct atls_reader *base, const struct atls_handler *to)
{
	struct text_reader *r = (struct text_reader *)base;
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	while (!ret && getline(&line, &size, r->file) >= 0) {
		r->line++;
		r->base.done = (uint64_t)ftell(r->file);
		ret = parse_line(r, line, to);
	}
	free(line);
	return ret;
}

static void destroy(struct atls_reader *base)
{
	struct text_reader *r = (struct text_reader *)base;

	if (r->file)
		fclose(r->file);
	free(r->path);
	free(r);
}

static const struct atls_reader_ops ops = { run, destroy };

int atls_reader_text_create(const char *path, struct atls_reader **out)
{
	struct text_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->base.ops = &ops;
	r->base.utc_offset_ns = ATLS_NULL;
	r->path = strdup(path);
	r->file = fopen(path, "re");
	if (!r->path || !r->file) {
		int err = errno;

		atls_error("%s: %s", path, strerror(err));
		destroy(&r->base);
		return -err;
	}
	*out = &r->base;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types of a CTF 1.8 trace's metadata: recursive descent over integer, enum, struct, variant,
 * ...
 */
#include "read/ctf/metadata-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16
#define MAX_MEMBERS 4096

/* ---- helpers -------------------------------------------------------------------------------- */

int atls_ctf_fail(struct atls_ctf_parser *p, int error, const char *what)
{
	if (!p->error) {
		p->error = error;
		snprintf(p->why, p->why_size, "metadata: line %u: %s", p->l.line, what);
	}
	return p->error;
}

void *atls_ctf_memory(struct atls_ctf_parser *p, size_t size)
{
	struct atls_ctf_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c) {
		atls_ctf_fail(p, -ENOMEM, "there is not enough memory");
		return NULL;
	}
	c->next = p->m->memory;
	p->m->memory = c;
	return c->bytes;
}

/* Room for one more at the end of an array whose sizes are powers of two. */
void *atls_ctf_add(struct atls_ctf_parser *p, void *array, size_t *n, size_t size)
{
	char *bigger = array;

	if (*n >= 16 * MAX_MEMBERS) {
		atls_ctf_fail(p, -ENOTSUP, "too many of one kind");
		return NULL;
	}
	if (!(*n & (*n - 1))) {
		bigger = atls_ctf_memory(p, (*n ? *n * 2 : 1) * size);
		if (bigger && *n)
			memcpy(bigger, array, *n * size);
	}
	if (bigger)
		++*n;
	return bigger;
}

static char *copy_text(struct atls_ctf_parser *p, const char *text, size_t length)
{
	char *copy = atls_ctf_memory(p, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

char *atls_ctf_take_name(struct atls_ctf_parser *p)
{
	const char *text = p->l.text;
	size_t length = p->l.length;

	if (p->l.kind != ATLS_CTF_WORD && p->l.kind != ATLS_CTF_TEXT) {
		atls_ctf_fail(p, -EINVAL, "a name was expected");
		return NULL;
	}
	if (p->l.kind == ATLS_CTF_WORD && length > 1 && *text == '_') {
		text++;
		length--;
	}
	atls_ctf_next(&p->l);
	return copy_text(p, text, length);
}

bool atls_ctf_accept_sign(struct atls_ctf_parser *p, char sign)
{
	if (p->error || p->l.kind != ATLS_CTF_SIGN || p->l.sign != sign)
		return false;
	atls_ctf_next(&p->l);
	return true;
}

bool atls_ctf_accept_word(struct atls_ctf_parser *p, const char *word)
{
	if (p->error || !atls_ctf_is(&p->l, word))
		return false;
	atls_ctf_next(&p->l);
	return true;
}

void atls_ctf_expect(struct atls_ctf_parser *p, char sign)
{
	char what[] = "'?' was expected";

	what[1] = sign;
	if (!atls_ctf_accept_sign(p, sign))
		atls_ctf_fail(p, -EINVAL, what);
}

int64_t atls_ctf_take_number(struct atls_ctf_parser *p)
{
	int64_t number = p->l.number;

	if (p->l.kind != ATLS_CTF_NUMBER)
		atls_ctf_fail(p, -EINVAL, "a number was expected");
	atls_ctf_next(&p->l);
	return number;
}

/* ---- types ---------------------------------------------------------------------------------- */

static struct atls_ctf_type *new_type(struct atls_ctf_parser *p, enum atls_ctf_kind kind)
{
	struct atls_ctf_type *t = atls_ctf_memory(p, sizeof(*t));

	if (t)
		t->kind = kind;
	return t;
}

static bool truth(struct atls_ctf_parser *p)
{
	bool yes = atls_ctf_is(&p->l, "true") || atls_ctf_is(&p->l, "TRUE") ||
		   (p->l.kind == ATLS_CTF_NUMBER && p->l.number);

	atls_ctf_next(&p->l);
	return yes;
}

static void parse_attribute(struct atls_ctf_parser *p, struct atls_ctf_type *t)
{
	const char *name = p->l.text;
	size_t length = p->l.length;
	bool is_size = atls_ctf_is(&p->l, "size"), is_align = atls_ctf_is(&p->l, "align");
	bool is_digits = atls_ctf_is(&p->l, "exp_dig") || atls_ctf_is(&p->l, "mant_dig");

	if (p->l.kind != ATLS_CTF_WORD)
		atls_ctf_fail(p, -EINVAL, "an attribute was expected");
	atls_ctf_next(&p->l);
	atls_ctf_expect(p, '=');
	if (p->error)
		return;
	if (is_size || is_digits) {
		t->size += (uint32_t)atls_ctf_take_number(p);
	} else if (is_align) {
		t->align = (uint32_t)atls_ctf_take_number(p);
	} else if (length == 6 && !memcmp(name, "signed", 6)) {
		t->is_signed = truth(p);
	} else if (length == 3 && !memcmp(name, "map", 3)) {
		t->has_clock = true;
		atls_ctf_next(&p->l);
	} else if (length == 8 && !memcmp(name, "encoding", 8)) {
		t->is_text = !atls_ctf_is(&p->l, "none");
		atls_ctf_next(&p->l);
	} else if (length == 10 && !memcmp(name, "byte_order", 10)) {
		if (!atls_ctf_is(&p->l, "le") && !atls_ctf_is(&p->l, "native"))
			atls_ctf_fail(p, -ENOTSUP, "an integer that is not little-endian");
		atls_ctf_next(&p->l);
	} else {
		atls_ctf_next(&p->l); /* base and the like say how to print it */
	}
	atls_ctf_expect(p, ';');
}

static struct atls_ctf_type *parse_integer(struct atls_ctf_parser *p)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_INTEGER);

	atls_ctf_expect(p, '{');
	while (!p->error && !atls_ctf_accept_sign(p, '}'))
		parse_attribute(p, t);
	if (!p->error && (t->size < 1 || t->size > 64))
		atls_ctf_fail(p, -ENOTSUP, "an integer of that size");
	if (!p->error && !t->align)
		t->align = t->size % 8 ? 1 : 8;
	return t;
}

static struct atls_ctf_type *parse_string(struct atls_ctf_parser *p)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_STRING);

	if (t)
		t->align = 8;
	if (!atls_ctf_accept_sign(p, '{'))
		return t;
	while (!p->error && !atls_ctf_accept_sign(p, '}')) {
		if (p->l.kind == ATLS_CTF_END)
			atls_ctf_fail(p, -EINVAL, "a string that has no end");
		atls_ctf_next(&p->l);
	}
	return t;
}

static void parse_label(struct atls_ctf_parser *p, struct atls_ctf_type *t, int64_t *next)
{
	struct atls_ctf_label *label = ADD(p, t->labels, t->nlabels);
	char *name = atls_ctf_take_name(p);

	if (!label || p->error)
		return;
	label->name = name;
	label->low = atls_ctf_accept_sign(p, '=') ? atls_ctf_take_number(p) : *next;
	label->high = atls_ctf_accept_sign(p, '.') ? atls_ctf_take_number(p) : label->low;
	*next = (int64_t)((uint64_t)label->high + 1);
}

static struct atls_ctf_type *parse_enum(struct atls_ctf_parser *p)
{
	struct atls_ctf_type *base, *t = new_type(p, ATLS_CTF_INTEGER);
	int64_t next = 0;

	atls_ctf_expect(p, ':');
	base = atls_ctf_parse_type(p);
	if (p->error)
		return NULL;
	if (base->kind != ATLS_CTF_INTEGER)
		atls_ctf_fail(p, -ENOTSUP, "an enumeration over something else than integers");
	*t = *base;
	t->labels = NULL;
	t->nlabels = 0;
	t->is_text = false;
	atls_ctf_expect(p, '{');
	while (!p->error && !atls_ctf_accept_sign(p, '}')) {
		parse_label(p, t, &next);
		if (!atls_ctf_accept_sign(p, ',') && p->l.sign != '}')
			atls_ctf_fail(p, -EINVAL, "',' or '}' was expected");
	}
	return t;
}

/* name[10] and name[length_field], also of several dimensions. */
static struct atls_ctf_type *parse_dimension(struct atls_ctf_parser *p,
					     struct atls_ctf_type *element)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_ARRAY);

	if (!t)
		return NULL;
	t->element = element;
	if (p->l.kind == ATLS_CTF_NUMBER) {
		t->length = (uint64_t)atls_ctf_take_number(p);
		if (t->length > 65536)
			atls_ctf_fail(p, -ENOTSUP, "an array of that length");
	} else {
		t->kind = ATLS_CTF_SEQUENCE;
		t->tag = atls_ctf_take_name(p);
	}
	atls_ctf_expect(p, ']');
	return t;
}

static void parse_fields(struct atls_ctf_parser *p, struct atls_ctf_type *t)
{
	atls_ctf_expect(p, '{');
	while (!p->error && !atls_ctf_accept_sign(p, '}')) {
		struct atls_ctf_type *type = atls_ctf_parse_type(p);
		struct atls_ctf_field *f;
		char *name;

		if (p->error)
			return;
		name = atls_ctf_take_name(p);
		while (atls_ctf_accept_sign(p, '['))
			type = parse_dimension(p, type);
		atls_ctf_expect(p, ';');
		if (t->nfields >= MAX_MEMBERS)
			atls_ctf_fail(p, -ENOTSUP, "a structure of that many members");
		f = p->error ? NULL : ADD(p, t->fields, t->nfields);
		if (f)
			*f = (struct atls_ctf_field){ name, type };
	}
}

static struct atls_ctf_type *find_alias(struct atls_ctf_parser *p, bool is_struct, const char *name,
					size_t length)
{
	for (size_t i = p->naliases; i-- > 0;) {
		const struct atls_ctf_alias *a = &p->aliases[i];

		if (a->is_struct == is_struct && a->length == length &&
		    !memcmp(a->name, name, length))
			return a->type;
	}
	atls_ctf_fail(p, -ENOTSUP, "a type of an unknown name");
	return NULL;
}

static void add_alias(struct atls_ctf_parser *p, bool is_struct, const char *name, size_t length,
		      struct atls_ctf_type *t)
{
	struct atls_ctf_alias *a = p->error ? NULL : ADD(p, p->aliases, p->naliases);

	if (a)
		*a = (struct atls_ctf_alias){ name, length, is_struct, t };
}

struct atls_ctf_type *atls_ctf_parse_struct(struct atls_ctf_parser *p)
{
	const char *name = p->l.text;
	size_t length = p->l.kind == ATLS_CTF_WORD ? p->l.length : 0;
	struct atls_ctf_type *t;

	if (length)
		atls_ctf_next(&p->l);
	if (length && p->l.sign != '{')
		return find_alias(p, true, name, length);
	t = new_type(p, ATLS_CTF_STRUCT);
	if (!t)
		return NULL;
	parse_fields(p, t);
	if (atls_ctf_accept_word(p, "align")) {
		atls_ctf_expect(p, '(');
		t->align = (uint32_t)atls_ctf_take_number(p);
		atls_ctf_expect(p, ')');
	}
	if (length)
		add_alias(p, true, name, length, t);
	return t;
}

static struct atls_ctf_type *parse_variant(struct atls_ctf_parser *p)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_VARIANT);

	if (t && atls_ctf_accept_sign(p, '<')) {
		t->tag = atls_ctf_take_name(p);
		atls_ctf_expect(p, '>');
	}
	if (t)
		parse_fields(p, t);
	return t;
}

/* A name may have several words, such as unsigned long: as far as C's type words go. */
static struct atls_ctf_type *parse_named(struct atls_ctf_parser *p)
{
	static const char *const words[] = { "unsigned", "signed", "long", "int", "short", "char" };
	const char *name = p->l.text;
	size_t length = p->l.length, i = 0;

	if (p->l.kind != ATLS_CTF_WORD) {
		atls_ctf_fail(p, -EINVAL, "a type was expected");
		return NULL;
	}
	while (i < 6) {
		for (i = 0; i < 6 && !atls_ctf_is(&p->l, words[i]); i++)
			;
		if (i < 6) {
			length = (size_t)(p->l.text + p->l.length - name);
			atls_ctf_next(&p->l);
		} else if (p->l.text == name) {
			atls_ctf_next(&p->l);
		}
	}
	return find_alias(p, false, name, length);
}

struct atls_ctf_type *atls_ctf_parse_type(struct atls_ctf_parser *p)
{
	struct atls_ctf_type *t;

	if (p->error)
		return NULL;
	if (++p->depth > MAX_DEPTH)
		atls_ctf_fail(p, -ENOTSUP, "types within types within types");
	if (atls_ctf_accept_word(p, "integer") || atls_ctf_accept_word(p, "floating_point"))
		t = parse_integer(p);
	else if (atls_ctf_accept_word(p, "string"))
		t = parse_string(p);
	else if (atls_ctf_accept_word(p, "enum"))
		t = parse_enum(p);
	else if (atls_ctf_accept_word(p, "struct"))
		t = atls_ctf_parse_struct(p);
	else if (atls_ctf_accept_word(p, "variant"))
		t = parse_variant(p);
	else
		t = p->error ? NULL : parse_named(p);
	p->depth--;
	return p->error ? NULL : t;
}

/* typealias TYPE := NAME */
void atls_ctf_parse_alias(struct atls_ctf_parser *p)
{
	struct atls_ctf_type *t = atls_ctf_parse_type(p);
	const char *name;
	size_t length = 0;

	atls_ctf_expect(p, ':');
	name = p->l.text;
	for (; !p->error && p->l.kind == ATLS_CTF_WORD; atls_ctf_next(&p->l))
		length = (size_t)(p->l.text + p->l.length - name);
	if (!length)
		atls_ctf_fail(p, -EINVAL, "a name was expected");
	add_alias(p, false, name, length, t);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata of a CTF 1.8 trace: unwrapped from its packets, then parsed by recursive descent.
 *
 *   packet   4 magic  16 uuid  4 checksum  4 content (bits)  4 packet (bits)  5 schemes, version   text
 */
#include "metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token.h"

#define MAGIC 0x75d11d57u
#define HEADER 37
#define MAX_SIZE (64u << 20)
#define MAX_DEPTH 16
#define MAX_MEMBERS 4096

/* Memory goes as a whole with the metadata. */
struct atls_ctf_chunk {
	struct atls_ctf_chunk *next;
	_Alignas(16) char bytes[];
};

/* A type with a name: typealias or struct NAME. */
struct alias {
	const char *name;
	size_t length;
	bool is_struct;
	struct atls_ctf_type *type;
};

struct parser {
	struct atls_ctf_lexer l;
	struct atls_ctf_metadata *m;
	struct alias *aliases;
	size_t naliases;
	unsigned depth;
	char *why;
	size_t why_size;
	int error;
};

/* ---- helpers -------------------------------------------------------------------------------- */

static int fail(struct parser *p, int error, const char *what)
{
	if (!p->error) {
		p->error = error;
		snprintf(p->why, p->why_size, "metadata: line %u: %s", p->l.line, what);
	}
	return p->error;
}

static void *get_memory(struct parser *p, size_t size)
{
	struct atls_ctf_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c) {
		fail(p, -ENOMEM, "there is not enough memory");
		return NULL;
	}
	c->next = p->m->memory;
	p->m->memory = c;
	return c->bytes;
}

/* Room for one more at the end of an array whose sizes are powers of two. */
static void *add(struct parser *p, void *array, size_t *n, size_t size)
{
	char *bigger = array;

	if (*n >= 16 * MAX_MEMBERS) {
		fail(p, -ENOTSUP, "too many of one kind");
		return NULL;
	}
	if (!(*n & (*n - 1))) {
		bigger = get_memory(p, (*n ? *n * 2 : 1) * size);
		if (bigger && *n)
			memcpy(bigger, array, *n * size);
	}
	if (bigger)
		++*n;
	return bigger;
}

/* One more in p->m->WHAT; the pointer is NULL if there is no memory. */
#define ADD(p, array, n) \
	(((array) = add(p, array, &(n), sizeof(*(array)))) ? &(array)[(n)-1] : NULL)

static char *copy_text(struct parser *p, const char *text, size_t length)
{
	char *copy = get_memory(p, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

static char *take_name(struct parser *p)
{
	const char *text = p->l.text;
	size_t length = p->l.length;

	if (p->l.kind != ATLS_CTF_WORD && p->l.kind != ATLS_CTF_TEXT) {
		fail(p, -EINVAL, "a name was expected");
		return NULL;
	}
	if (p->l.kind == ATLS_CTF_WORD && length > 1 && *text == '_') {
		text++;
		length--;
	}
	atls_ctf_next(&p->l);
	return copy_text(p, text, length);
}

static bool accept_sign(struct parser *p, char sign)
{
	if (p->error || p->l.kind != ATLS_CTF_SIGN || p->l.sign != sign)
		return false;
	atls_ctf_next(&p->l);
	return true;
}

static bool accept_word(struct parser *p, const char *word)
{
	if (p->error || !atls_ctf_is(&p->l, word))
		return false;
	atls_ctf_next(&p->l);
	return true;
}

static void expect(struct parser *p, char sign)
{
	char what[] = "'?' was expected";

	what[1] = sign;
	if (!accept_sign(p, sign))
		fail(p, -EINVAL, what);
}

static int64_t take_number(struct parser *p)
{
	int64_t number = p->l.number;

	if (p->l.kind != ATLS_CTF_NUMBER)
		fail(p, -EINVAL, "a number was expected");
	atls_ctf_next(&p->l);
	return number;
}

/* ---- types ---------------------------------------------------------------------------------- */

static struct atls_ctf_type *parse_type(struct parser *p);

static struct atls_ctf_type *new_type(struct parser *p, enum atls_ctf_kind kind)
{
	struct atls_ctf_type *t = get_memory(p, sizeof(*t));

	if (t)
		t->kind = kind;
	return t;
}

static bool truth(struct parser *p)
{
	bool yes = atls_ctf_is(&p->l, "true") || atls_ctf_is(&p->l, "TRUE") ||
		   (p->l.kind == ATLS_CTF_NUMBER && p->l.number);

	atls_ctf_next(&p->l);
	return yes;
}

static void parse_attribute(struct parser *p, struct atls_ctf_type *t)
{
	const char *name = p->l.text;
	size_t length = p->l.length;
	bool is_size = atls_ctf_is(&p->l, "size"), is_align = atls_ctf_is(&p->l, "align");
	bool is_digits = atls_ctf_is(&p->l, "exp_dig") || atls_ctf_is(&p->l, "mant_dig");

	if (p->l.kind != ATLS_CTF_WORD)
		fail(p, -EINVAL, "an attribute was expected");
	atls_ctf_next(&p->l);
	expect(p, '=');
	if (p->error)
		return;
	if (is_size || is_digits) {
		t->size += (uint32_t)take_number(p);
	} else if (is_align) {
		t->align = (uint32_t)take_number(p);
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
			fail(p, -ENOTSUP, "an integer that is not little-endian");
		atls_ctf_next(&p->l);
	} else {
		atls_ctf_next(&p->l); /* base and the like say how to print it */
	}
	expect(p, ';');
}

static struct atls_ctf_type *parse_integer(struct parser *p)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_INTEGER);

	expect(p, '{');
	while (!p->error && !accept_sign(p, '}'))
		parse_attribute(p, t);
	if (!p->error && (t->size < 1 || t->size > 64))
		fail(p, -ENOTSUP, "an integer of that size");
	if (!p->error && !t->align)
		t->align = t->size % 8 ? 1 : 8;
	return t;
}

static struct atls_ctf_type *parse_string(struct parser *p)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_STRING);

	if (t)
		t->align = 8;
	if (!accept_sign(p, '{'))
		return t;
	while (!p->error && !accept_sign(p, '}')) {
		if (p->l.kind == ATLS_CTF_END)
			fail(p, -EINVAL, "a string that has no end");
		atls_ctf_next(&p->l);
	}
	return t;
}

static void parse_label(struct parser *p, struct atls_ctf_type *t, int64_t *next)
{
	struct atls_ctf_label *label = ADD(p, t->labels, t->nlabels);
	char *name = take_name(p);

	if (!label || p->error)
		return;
	label->name = name;
	label->low = accept_sign(p, '=') ? take_number(p) : *next;
	label->high = accept_sign(p, '.') ? take_number(p) : label->low;
	*next = (int64_t)((uint64_t)label->high + 1);
}

static struct atls_ctf_type *parse_enum(struct parser *p)
{
	struct atls_ctf_type *base, *t = new_type(p, ATLS_CTF_INTEGER);
	int64_t next = 0;

	expect(p, ':');
	base = parse_type(p);
	if (p->error)
		return NULL;
	if (base->kind != ATLS_CTF_INTEGER)
		fail(p, -ENOTSUP, "an enumeration over something else than integers");
	*t = *base;
	t->labels = NULL;
	t->nlabels = 0;
	t->is_text = false;
	expect(p, '{');
	while (!p->error && !accept_sign(p, '}')) {
		parse_label(p, t, &next);
		if (!accept_sign(p, ',') && p->l.sign != '}')
			fail(p, -EINVAL, "',' or '}' was expected");
	}
	return t;
}

/* name[10] and name[length_field], also of several dimensions. */
static struct atls_ctf_type *parse_dimension(struct parser *p, struct atls_ctf_type *element)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_ARRAY);

	if (!t)
		return NULL;
	t->element = element;
	if (p->l.kind == ATLS_CTF_NUMBER) {
		t->length = (uint64_t)take_number(p);
		if (t->length > 65536)
			fail(p, -ENOTSUP, "an array of that length");
	} else {
		t->kind = ATLS_CTF_SEQUENCE;
		t->tag = take_name(p);
	}
	expect(p, ']');
	return t;
}

static void parse_fields(struct parser *p, struct atls_ctf_type *t)
{
	expect(p, '{');
	while (!p->error && !accept_sign(p, '}')) {
		struct atls_ctf_type *type = parse_type(p);
		struct atls_ctf_field *f;
		char *name;

		if (p->error)
			return;
		name = take_name(p);
		while (accept_sign(p, '['))
			type = parse_dimension(p, type);
		expect(p, ';');
		if (t->nfields >= MAX_MEMBERS)
			fail(p, -ENOTSUP, "a structure of that many members");
		f = p->error ? NULL : ADD(p, t->fields, t->nfields);
		if (f)
			*f = (struct atls_ctf_field){ name, type };
	}
}

static struct atls_ctf_type *find_alias(struct parser *p, bool is_struct, const char *name,
					size_t length)
{
	for (size_t i = p->naliases; i-- > 0;) {
		const struct alias *a = &p->aliases[i];

		if (a->is_struct == is_struct && a->length == length &&
		    !memcmp(a->name, name, length))
			return a->type;
	}
	fail(p, -ENOTSUP, "a type of an unknown name");
	return NULL;
}

static void add_alias(struct parser *p, bool is_struct, const char *name, size_t length,
		      struct atls_ctf_type *t)
{
	struct alias *a = p->error ? NULL : ADD(p, p->aliases, p->naliases);

	if (a)
		*a = (struct alias){ name, length, is_struct, t };
}

static struct atls_ctf_type *parse_struct(struct parser *p)
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
	if (accept_word(p, "align")) {
		expect(p, '(');
		t->align = (uint32_t)take_number(p);
		expect(p, ')');
	}
	if (length)
		add_alias(p, true, name, length, t);
	return t;
}

static struct atls_ctf_type *parse_variant(struct parser *p)
{
	struct atls_ctf_type *t = new_type(p, ATLS_CTF_VARIANT);

	if (t && accept_sign(p, '<')) {
		t->tag = take_name(p);
		expect(p, '>');
	}
	if (t)
		parse_fields(p, t);
	return t;
}

/* A name may have several words, such as unsigned long: as far as C's type words go. */
static struct atls_ctf_type *parse_named(struct parser *p)
{
	static const char *const words[] = { "unsigned", "signed", "long", "int", "short", "char" };
	const char *name = p->l.text;
	size_t length = p->l.length, i = 0;

	if (p->l.kind != ATLS_CTF_WORD) {
		fail(p, -EINVAL, "a type was expected");
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

static struct atls_ctf_type *parse_type(struct parser *p)
{
	struct atls_ctf_type *t;

	if (p->error)
		return NULL;
	if (++p->depth > MAX_DEPTH)
		fail(p, -ENOTSUP, "types within types within types");
	if (accept_word(p, "integer") || accept_word(p, "floating_point"))
		t = parse_integer(p);
	else if (accept_word(p, "string"))
		t = parse_string(p);
	else if (accept_word(p, "enum"))
		t = parse_enum(p);
	else if (accept_word(p, "struct"))
		t = parse_struct(p);
	else if (accept_word(p, "variant"))
		t = parse_variant(p);
	else
		t = p->error ? NULL : parse_named(p);
	p->depth--;
	return p->error ? NULL : t;
}

/* typealias TYPE := NAME */
static void parse_alias(struct parser *p)
{
	struct atls_ctf_type *t = parse_type(p);
	const char *name;
	size_t length = 0;

	expect(p, ':');
	name = p->l.text;
	for (; !p->error && p->l.kind == ATLS_CTF_WORD; atls_ctf_next(&p->l))
		length = (size_t)(p->l.text + p->l.length - name);
	if (!length)
		fail(p, -EINVAL, "a name was expected");
	add_alias(p, false, name, length, t);
}

/* ---- blocks --------------------------------------------------------------------------------- */

/* A value that the block in hand has no use for. */
static void skip_value(struct parser *p)
{
	while (!p->error && p->l.sign != ';') {
		if (p->l.kind == ATLS_CTF_END || p->l.sign == '{' || p->l.sign == '}')
			fail(p, -EINVAL, "';' was expected");
		atls_ctf_next(&p->l);
	}
}

static void parse_uuid(struct parser *p)
{
	const char *text = p->l.text;
	size_t n = 0;

	memset(p->m->uuid, 0, sizeof(p->m->uuid));
	for (size_t i = 0; i < p->l.length && n < 32 && p->l.kind == ATLS_CTF_TEXT; i++) {
		const char *at = text[i] ? strchr("0123456789abcdef", text[i] | 0x20) : NULL;

		if (at) {
			p->m->uuid[n / 2] |=
				(uint8_t)((at - "0123456789abcdef") << (n % 2 ? 0 : 4));
			n++;
		}
	}
	p->m->has_uuid = n == 32;
	atls_ctf_next(&p->l);
}

/* What a block says of key; the value is in hand. */
typedef void block_fn(struct parser *p, void *block, const char *key, size_t length);

static bool same(const char *key, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(key, word, length);
}

static void parse_block(struct parser *p, block_fn *take, void *block)
{
	expect(p, '{');
	while (!p->error && !accept_sign(p, '}')) {
		const char *key = p->l.text;
		size_t length = p->l.length;

		if (p->l.kind != ATLS_CTF_WORD) {
			fail(p, -EINVAL, "a name was expected");
			return;
		}
		atls_ctf_next(&p->l);
		if (!accept_sign(p, '=') && !accept_sign(p, ':'))
			fail(p, -ENOTSUP, "'=' was expected");
		if (!p->error)
			take(p, block, key, length);
		expect(p, ';');
	}
}

static void take_trace(struct parser *p, void *block, const char *key, size_t length)
{
	(void)block;
	if (same(key, length, "packet.header")) {
		p->m->packet_header = parse_type(p);
	} else if (same(key, length, "uuid")) {
		parse_uuid(p);
	} else if (same(key, length, "byte_order") && !atls_ctf_is(&p->l, "le")) {
		fail(p, -ENOTSUP, "the trace is not little-endian");
	} else {
		skip_value(p);
	}
}

static void take_env(struct parser *p, void *block, const char *key, size_t length)
{
	(void)block;
	if (same(key, length, "hostname") && p->l.kind == ATLS_CTF_TEXT)
		snprintf(p->m->host, sizeof(p->m->host), "%.*s", (int)p->l.length, p->l.text);
	skip_value(p);
}

struct clock {
	int64_t seconds, cycles;
	uint64_t frequency;
};

static void take_clock(struct parser *p, void *block, const char *key, size_t length)
{
	struct clock *c = block;

	if (same(key, length, "freq"))
		c->frequency = (uint64_t)take_number(p);
	else if (same(key, length, "offset"))
		c->cycles = take_number(p);
	else if (same(key, length, "offset_s"))
		c->seconds = take_number(p);
	else
		skip_value(p);
}

static void parse_clock(struct parser *p)
{
	struct clock c = { .frequency = 1000000000 };

	if (p->m->frequency)
		fail(p, -ENOTSUP, "more than one clock");
	parse_block(p, take_clock, &c);
	if (!c.frequency)
		fail(p, -EINVAL, "a clock that stands still");
	if (p->error)
		return;
	p->m->frequency = c.frequency;
	p->m->utc_offset_ns = (int64_t)((uint64_t)c.seconds * 1000000000u +
					(uint64_t)((__int128)c.cycles * 1000000000 / c.frequency));
}

static void take_stream(struct parser *p, void *block, const char *key, size_t length)
{
	struct atls_ctf_stream_class *s = block;

	if (same(key, length, "id"))
		s->id = (uint32_t)take_number(p);
	else if (same(key, length, "event.header"))
		s->event_header = parse_type(p);
	else if (same(key, length, "packet.context"))
		s->packet_context = parse_type(p);
	else if (same(key, length, "event.context"))
		s->event_context = parse_type(p);
	else
		fail(p, -ENOTSUP, "a stream with an unknown attribute");
}

static void take_event(struct parser *p, void *block, const char *key, size_t length)
{
	struct atls_ctf_event_class *e = block;

	if (same(key, length, "id"))
		e->id = (uint32_t)take_number(p);
	else if (same(key, length, "stream_id"))
		e->stream_id = (uint32_t)take_number(p);
	else if (same(key, length, "name"))
		e->name = take_name(p);
	else if (same(key, length, "fields"))
		e->payload = parse_type(p);
	else if (same(key, length, "context"))
		fail(p, -ENOTSUP, "an event with a context of its own");
	else
		skip_value(p);
}

static void parse_declaration(struct parser *p)
{
	void *block;

	if (accept_word(p, "typealias"))
		parse_alias(p);
	else if (accept_word(p, "trace"))
		parse_block(p, take_trace, NULL);
	else if (accept_word(p, "env"))
		parse_block(p, take_env, NULL);
	else if (accept_word(p, "clock"))
		parse_clock(p);
	else if (accept_word(p, "struct"))
		parse_struct(p);
	else if (accept_word(p, "stream") && (block = ADD(p, p->m->streams, p->m->nstreams)))
		parse_block(p, take_stream, block);
	else if (accept_word(p, "event") && (block = ADD(p, p->m->events, p->m->nevents)))
		parse_block(p, take_event, block);
	else
		fail(p, -ENOTSUP, "an unknown declaration");
	expect(p, ';');
}

static int parse_text(struct atls_ctf_metadata *m, const char *text, size_t size, char *why,
		      size_t why_size)
{
	struct parser p = { .m = m, .why = why, .why_size = why_size };

	p.l = (struct atls_ctf_lexer){ .at = text, .end = text + size, .line = 1 };
	atls_ctf_next(&p.l);
	while (!p.error && p.l.kind != ATLS_CTF_END)
		parse_declaration(&p);
	if (!p.error && !m->nstreams)
		fail(&p, -EINVAL, "it describes no stream");
	if (!p.error && !m->frequency)
		fail(&p, -ENOTSUP, "it describes no clock");
	return p.error;
}

/* ---- the file ------------------------------------------------------------------------------- */

static uint32_t read_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The texts of all packets, one after the other, written over the packets themselves. */
static int unwrap(uint8_t *bytes, size_t size, size_t *text_size, char *why, size_t why_size)
{
	size_t at = 0;

	*text_size = 0;
	while (at < size) {
		size_t content, whole;

		if (size - at < HEADER || read_u32(bytes + at) != MAGIC)
			break;
		content = read_u32(bytes + at + 24) / 8;
		whole = read_u32(bytes + at + 28) / 8;
		if (content < HEADER || content > whole || whole > size - at)
			break;
		memmove(bytes + *text_size, bytes + at + HEADER, content - HEADER);
		*text_size += content - HEADER;
		at += whole;
	}
	if (at == size)
		return 0;
	snprintf(why, why_size, "metadata: no whole packet at byte %zu of %zu", at, size);
	return -EINVAL;
}

int atls_ctf_metadata_parse(struct atls_ctf_metadata *m, const void *bytes, size_t size, char *why,
			    size_t why_size)
{
	size_t text_size = size;
	char *text = malloc(size + 1);
	int ret = 0;

	if (!text)
		return -ENOMEM;
	memcpy(text, bytes, size);
	if (size >= 4 && read_u32(bytes) == MAGIC)
		ret = unwrap((uint8_t *)text, size, &text_size, why, why_size);
	if (!ret)
		ret = parse_text(m, text, text_size, why, why_size);
	free(text);
	return ret;
}

int atls_ctf_metadata_read(struct atls_ctf_metadata *m, const char *folder, char *why,
			   size_t why_size)
{
	char path[4096], *bytes = NULL;
	size_t size = 0;
	FILE *f;
	int ret = 0;

	snprintf(path, sizeof(path), "%s/metadata", folder);
	f = fopen(path, "re");
	if (!f || fseek(f, 0, SEEK_END)) {
		ret = -EINVAL;
		snprintf(why, why_size, "metadata: %s", strerror(errno));
	} else {
		long end = ftell(f);

		size = end > 0 ? (size_t)end : 0;
		rewind(f);
		bytes = size && size <= MAX_SIZE ? malloc(size) : NULL;
		if (!bytes || fread(bytes, 1, size, f) != size) {
			ret = -EINVAL;
			snprintf(why, why_size, "metadata: %s",
				 size ? "it cannot be read" : "the file is empty");
		}
	}
	if (f)
		fclose(f);
	if (!ret)
		ret = atls_ctf_metadata_parse(m, bytes, size, why, why_size);
	free(bytes);
	return ret;
}

void atls_ctf_metadata_finish(struct atls_ctf_metadata *m)
{
	while (m->memory) {
		struct atls_ctf_chunk *c = m->memory;

		m->memory = c->next;
		free(c);
	}
	*m = (struct atls_ctf_metadata){ 0 };
}

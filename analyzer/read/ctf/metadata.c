/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata of a CTF 1.8 trace: unwrapped from its packets, then parsed by recursive descent.
 *
 *   packet   4 magic  16 uuid  4 checksum  4 content  4 packet (bits)  5 schemes, version   text
 */
#include "read/ctf/metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/ctf/metadata-private.h"

#define MAGIC 0x75d11d57u
#define HEADER 37
#define MAX_SIZE (64u << 20)

/* ---- blocks --------------------------------------------------------------------------------- */

/* A value that the block does not use. */
static void skip_value(struct atls_ctf_parser *p)
{
	while (!p->error && p->l.sign != ';') {
		if (p->l.kind == ATLS_CTF_END || p->l.sign == '{' || p->l.sign == '}')
			atls_ctf_fail(p, -EINVAL, "';' was expected");
		atls_ctf_next(&p->l);
	}
}

static void parse_uuid(struct atls_ctf_parser *p)
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

/* The value of key in a block; the value is the current token. */
typedef void block_fn(struct atls_ctf_parser *p, void *block, const char *key, size_t length);

static bool same(const char *key, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(key, word, length);
}

static void parse_block(struct atls_ctf_parser *p, block_fn *take, void *block)
{
	atls_ctf_expect(p, '{');
	while (!p->error && !atls_ctf_accept_sign(p, '}')) {
		const char *key = p->l.text;
		size_t length = p->l.length;

		if (p->l.kind != ATLS_CTF_WORD) {
			atls_ctf_fail(p, -EINVAL, "a name was expected");
			return;
		}
		atls_ctf_next(&p->l);
		if (!atls_ctf_accept_sign(p, '=') && !atls_ctf_accept_sign(p, ':'))
			atls_ctf_fail(p, -ENOTSUP, "'=' was expected");
		if (!p->error)
			take(p, block, key, length);
		atls_ctf_expect(p, ';');
	}
}

static void take_trace(struct atls_ctf_parser *p, void *block, const char *key, size_t length)
{
	(void)block;
	if (same(key, length, "packet.header")) {
		p->m->packet_header = atls_ctf_parse_type(p);
	} else if (same(key, length, "uuid")) {
		parse_uuid(p);
	} else if (same(key, length, "byte_order") && !atls_ctf_is(&p->l, "le")) {
		atls_ctf_fail(p, -ENOTSUP, "the trace is not little-endian");
	} else {
		skip_value(p);
	}
}

static void take_env(struct atls_ctf_parser *p, void *block, const char *key, size_t length)
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

static void take_clock(struct atls_ctf_parser *p, void *block, const char *key, size_t length)
{
	struct clock *c = block;

	if (same(key, length, "freq"))
		c->frequency = (uint64_t)atls_ctf_take_number(p);
	else if (same(key, length, "offset"))
		c->cycles = atls_ctf_take_number(p);
	else if (same(key, length, "offset_s"))
		c->seconds = atls_ctf_take_number(p);
	else
		skip_value(p);
}

static void parse_clock(struct atls_ctf_parser *p)
{
	struct clock c = { .frequency = 1000000000 };

	if (p->m->frequency)
		atls_ctf_fail(p, -ENOTSUP, "more than one clock");
	parse_block(p, take_clock, &c);
	if (!c.frequency)
		atls_ctf_fail(p, -EINVAL, "a clock that stands still");
	if (p->error)
		return;
	p->m->frequency = c.frequency;
	p->m->utc_offset_ns = (int64_t)((uint64_t)c.seconds * 1000000000u +
					(uint64_t)((__int128)c.cycles * 1000000000 / c.frequency));
}

static void take_stream(struct atls_ctf_parser *p, void *block, const char *key, size_t length)
{
	struct atls_ctf_stream_class *s = block;

	if (same(key, length, "id"))
		s->id = (uint32_t)atls_ctf_take_number(p);
	else if (same(key, length, "event.header"))
		s->event_header = atls_ctf_parse_type(p);
	else if (same(key, length, "packet.context"))
		s->packet_context = atls_ctf_parse_type(p);
	else if (same(key, length, "event.context"))
		s->event_context = atls_ctf_parse_type(p);
	else
		atls_ctf_fail(p, -ENOTSUP, "a stream with an unknown attribute");
}

static void take_event(struct atls_ctf_parser *p, void *block, const char *key, size_t length)
{
	struct atls_ctf_event_class *e = block;

	if (same(key, length, "id"))
		e->id = (uint32_t)atls_ctf_take_number(p);
	else if (same(key, length, "stream_id"))
		e->stream_id = (uint32_t)atls_ctf_take_number(p);
	else if (same(key, length, "name"))
		e->name = atls_ctf_take_name(p);
	else if (same(key, length, "fields"))
		e->payload = atls_ctf_parse_type(p);
	else if (same(key, length, "context"))
		atls_ctf_fail(p, -ENOTSUP, "an event with a context of its own");
	else
		skip_value(p);
}

static void parse_declaration(struct atls_ctf_parser *p)
{
	void *block;

	if (atls_ctf_accept_word(p, "typealias"))
		atls_ctf_parse_alias(p);
	else if (atls_ctf_accept_word(p, "trace"))
		parse_block(p, take_trace, NULL);
	else if (atls_ctf_accept_word(p, "env"))
		parse_block(p, take_env, NULL);
	else if (atls_ctf_accept_word(p, "clock"))
		parse_clock(p);
	else if (atls_ctf_accept_word(p, "struct"))
		atls_ctf_parse_struct(p);
	else if (atls_ctf_accept_word(p, "stream") &&
		 (block = ADD(p, p->m->streams, p->m->nstreams)))
		parse_block(p, take_stream, block);
	else if (atls_ctf_accept_word(p, "event") && (block = ADD(p, p->m->events, p->m->nevents)))
		parse_block(p, take_event, block);
	else
		atls_ctf_fail(p, -ENOTSUP, "an unknown declaration");
	atls_ctf_expect(p, ';');
}

static int parse_text(struct atls_ctf_metadata *m, const char *text, size_t size, char *why,
		      size_t why_size)
{
	struct atls_ctf_parser p = { .m = m, .why = why, .why_size = why_size };

	p.l = (struct atls_ctf_lexer){ .at = text, .end = text + size, .line = 1 };
	atls_ctf_next(&p.l);
	while (!p.error && p.l.kind != ATLS_CTF_END)
		parse_declaration(&p);
	if (!p.error && !m->nstreams)
		atls_ctf_fail(&p, -EINVAL, "it describes no stream");
	if (!p.error && !m->frequency)
		atls_ctf_fail(&p, -ENOTSUP, "it describes no clock");
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

/* SPDX-License-Identifier: Apache-2.0 */
/* One stream file of a CTF trace: its packets in turn, decoded to our events. */
#include "read/ctf/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "read/blocks.h"

#define MAGIC 0xc1fc1fc1u
#define PAGE 4096 /* LTTng's sub-buffers are multiples of it */
#define MAX_PACKET (1ull << 30)

static void complain(struct atls_ctf_stream *s, uint64_t offset, const char *why)
{
	s->complaints->take(s->complaints->ctx, s->path, offset, why);
}

static uint64_t load(const uint8_t *at, struct atls_ctf_slot slot)
{
	return atls_ctf_load(at + slot.offset, slot.size);
}

/* The usual size is worth a path of its own. */
static uint32_t load_id(const uint8_t *at, struct atls_ctf_slot slot)
{
	uint32_t id;

	if (slot.size != sizeof(id))
		return (uint32_t)load(at, slot);
	memcpy(&id, at + slot.offset, sizeof(id));
	return id;
}

/* ---- lost stretches ------------------------------------------------------------------------- */

static void add_lost(struct atls_ctf_stream *s, uint64_t from, uint64_t to, uint64_t events,
		     uint64_t packets)
{
	s->lost[s->nlost++] = (struct atls_lost){
		.ts = (int64_t)from + s->shift,
		.dur = to > from ? (int64_t)(to - from) : 0,
		.events = events > INT32_MAX ? 0 : (int64_t)events,
		.packets = packets > INT32_MAX ? 1 : (int64_t)packets,
	};
}

/* The tracer counts what it dropped, and numbers its packets. */
static void compare_counts(struct atls_ctf_stream *s, const uint8_t *context)
{
	const struct atls_ctf_stream_plan *c = s->class;
	uint64_t discarded = c->discarded.size ? load(context, c->discarded) : 0;
	uint64_t sequence = c->sequence.size ? load(context, c->sequence) : 0;
	uint64_t from = s->has_previous ? s->previous_end : s->packet_begin;

	if (s->garbled) {
		/* This covers what could not be read, numbered packets included. */
		add_lost(s, s->clock, s->packet_begin, 0, 0);
		s->previous_sequence = sequence;
	}
	s->garbled = false;
	if (discarded != s->previous_discarded)
		add_lost(s, from, s->packet_end, discarded - s->previous_discarded, 0);
	if (s->has_previous && sequence > s->previous_sequence + 1)
		add_lost(s, from, s->packet_begin, 0, sequence - s->previous_sequence - 1);
	s->has_previous = true;
	s->previous_end = s->packet_end;
	s->previous_discarded = discarded;
	s->previous_sequence = sequence;
}

/* ---- events --------------------------------------------------------------------------------- */

/* The rest of the packet cannot be read. */
static void give_up_packet(struct atls_ctf_stream *s, const uint8_t *at, const char *why)
{
	complain(s, s->offset + (uint64_t)(at - s->bytes), why);
	s->garbled = true;
	s->at = s->end;
}

/* The clock's low bits have wrapped if they are less than before. */
static uint64_t extend(uint64_t clock, uint64_t low, unsigned bits)
{
	uint64_t mask = (1ull << bits) - 1, value = (clock & ~mask) | low;

	return low < (clock & mask) ? value + mask + 1 : value;
}

/* Id and time of the event at s->at; returns where they end, or NULL. */
static inline const uint8_t *take_head(const struct atls_ctf_stream *s, const uint8_t *at,
				       uint32_t *id, uint64_t *clock)
{
	size_t left = (size_t)(s->end - at);

	if (s->class->is_large) {
		if (left < 6)
			return NULL;
		*id = (uint32_t)atls_ctf_load(at, 2);
		if (*id != 65535) {
			*clock = extend(s->clock, atls_ctf_load(at + 2, 4), 32);
			return at + 6;
		}
		at += 2;
	} else {
		if (left < 4)
			return NULL;
		*id = (uint32_t)atls_ctf_load(at, 4) & 31;
		if (*id != 31) {
			*clock = extend(s->clock, (uint32_t)atls_ctf_load(at, 4) >> 5, 27);
			return at + 4;
		}
		at += 1;
	}
	if ((size_t)(s->end - at) < 12)
		return NULL;
	*id = (uint32_t)atls_ctf_load(at, 4);
	*clock = atls_ctf_load(at + 4, 8);
	return at + 12;
}

/* Bytes of a payload up to its last string or sequence; at most left, else left + 1. */
static size_t variable_size(const struct atls_ctf_event_plan *e, const uint8_t *at, size_t left)
{
	size_t size = 0;

	for (unsigned i = 0; i < e->nsteps; i++) {
		const struct atls_ctf_step *step = &e->steps[i];
		const uint8_t *nul;
		uint64_t length;

		if (left - size < step->fixed)
			return left + 1;
		size += step->fixed;
		if (step->is_string) {
			nul = memchr(at + size, 0, left - size);
			if (!nul)
				return left + 1;
			size = (size_t)(nul - at) + 1;
			continue;
		}
		length = atls_ctf_load(at + size - step->length_size, step->length_size);
		if (length > left || length * step->element > left - size)
			return left + 1;
		size += length * step->element;
	}
	return size;
}

/* Times in a packet go up to its end; a jump over half the clock's range is no time at all. */
static bool is_time(const struct atls_ctf_stream *s, uint64_t clock)
{
	return clock <= s->packet_end || (clock >= s->clock && clock - s->clock < 1u << 31);
}

/* Is there another event in the packet? Then it is taken up. */
static inline bool take_event(struct atls_ctf_stream *s)
{
	while (s->at < s->end) {
		const struct atls_ctf_event_plan *e = NULL;
		const char *why = "an event that is cut off";
		uint32_t id = 0;
		uint64_t clock = 0;
		const uint8_t *at = take_head(s, s->at, &id, &clock);
		size_t left = at ? (size_t)(s->end - at) : 0, size = 0;

		if (at && id < s->class->nevents)
			e = s->class->events[id];
		if (e)
			size = s->class->event_context_size + e->size;
		if (e && e->nsteps && size <= left)
			size += variable_size(e, at + s->class->event_context_size, left - size);
		if (at && !e)
			why = "an event of an unknown kind";
		else if (at && !is_time(s, clock))
			why = "an event at an impossible time";
		else if (at && size <= left)
			why = NULL;
		if (why) {
			give_up_packet(s, s->at, why);
			return false;
		}
		s->clock = clock;
		s->at = at;
		s->event = e;
		s->ts = (int64_t)clock + s->shift;
		s->next = ATLS_CTF_NEXT_EVENT;
		if (e->id >= 0)
			return true;
		s->at += size;
	}
	return false;
}

static void copy_text(uint8_t *to, const uint8_t *from, const struct atls_ctf_copy *c)
{
	size_t n = c->from_size < c->to_size ? c->from_size : (size_t)c->to_size - 1;

	memccpy(to, from, 0, n);
}

static void copy_integer(uint8_t *to, const uint8_t *from, const struct atls_ctf_copy *c)
{
	uint64_t value = atls_ctf_load(from, c->from_size);
	unsigned shift = 64 - 8u * (c->from_size < 8 ? c->from_size : 8);

	if (c->is_signed)
		value = (uint64_t)((int64_t)(value << shift) >> shift);
	memcpy(to, &value, c->to_size);
}

static inline void decode(const struct atls_ctf_stream *s, struct atls_event *e)
{
	const struct atls_ctf_stream_plan *class = s->class;
	const struct atls_ctf_event_plan *plan = s->event;
	const uint8_t *payload = s->at + class->event_context_size;

	atls_event_clear(e);
	e->ts = s->ts;
	e->id = (uint16_t)plan->id;
	e->pid = load_id(s->at, class->pid);
	e->tid = load_id(s->at, class->tid);
	for (unsigned i = 0; i < plan->ncopies; i++) {
		const struct atls_ctf_copy *c = &plan->copies[i];
		uint8_t *to = (uint8_t *)e + c->to;

		/* The buffer goes on for 16 bytes after the packet. */
		if (c->kind == ATLS_CTF_COPY_BLOCK)
			atls_block_copy(to, payload + c->from);
		else if (c->kind == ATLS_CTF_COPY)
			memcpy(to, payload + c->from, c->to_size);
		else if (c->kind == ATLS_CTF_COPY_TEXT)
			copy_text(to, payload + c->from, c);
		else
			copy_integer(to, payload + c->from, c);
	}
}

/* ---- packets -------------------------------------------------------------------------------- */

/* Read size bytes of the file at offset; fewer at its end. Returns how many. */
static size_t fetch(struct atls_ctf_stream *s, uint64_t offset, size_t size)
{
	size_t got = 0;
	ssize_t n = 1;

	if (size > s->room) {
		uint8_t *bigger = realloc(s->bytes, size + 16);

		if (!bigger) {
			complain(s, offset, "there is not enough memory");
			return 0;
		}
		s->bytes = bigger;
		s->room = size;
	}
	while (got < size && n > 0) {
		n = pread(s->fd, s->bytes + got, size - got, (off_t)(offset + got));
		got += n > 0 ? (size_t)n : 0;
	}
	return got;
}

static const struct atls_ctf_stream_plan *find_class(const struct atls_ctf_stream *s)
{
	const struct atls_ctf_plan *p = s->plan;
	uint32_t id = p->stream_id.size ? (uint32_t)load(s->bytes, p->stream_id) : 0;

	for (size_t i = 0; i < p->nstreams; i++)
		if (p->streams[i].id == id)
			return &p->streams[i];
	return NULL;
}

/* The fault in the header of the packet whose first got bytes were read, or NULL. */
static const char *check_head(struct atls_ctf_stream *s, size_t got, uint64_t *content,
			      uint64_t *whole)
{
	const struct atls_ctf_plan *p = s->plan;
	const uint8_t *context = s->bytes + p->packet_header_size;
	size_t head;

	if (got < p->packet_header_size)
		return "a packet header that is cut off";
	if (load(s->bytes, p->magic) != MAGIC)
		return "no packet begins here";
	s->class = find_class(s);
	if (!s->class)
		return "a packet of an unknown stream";
	head = p->packet_header_size + s->class->packet_context_size;
	if (got < head)
		return "a packet header that is cut off";
	*content = load(context, s->class->content) / 8;
	*whole = load(context, s->class->whole) / 8;
	s->packet_begin = load(context, s->class->begin);
	s->packet_end = s->class->end.size ? load(context, s->class->end) : 0;
	if (*content < head || *content > *whole || *whole > MAX_PACKET)
		return "a packet of an impossible size";
	if (s->packet_begin > ATLS_TIME_MAX || s->packet_end > ATLS_TIME_MAX)
		return "a packet of an impossible time";
	if (s->packet_end < s->packet_begin)
		s->packet_end = s->packet_begin;
	return NULL;
}

/* The next place after offset where a packet may begin, or the end of the file. */
static uint64_t find_packet(struct atls_ctf_stream *s, uint64_t offset)
{
	uint64_t at = (offset / PAGE + 1) * PAGE;
	uint32_t magic;

	for (; at < s->size; at += PAGE)
		if (pread(s->fd, &magic, sizeof(magic), (off_t)at) == sizeof(magic) &&
		    magic == MAGIC)
			return at;
	return s->size;
}

/* Read the packet at s->next_offset. True if it, or at least its beginning, is in hand. */
static bool read_packet(struct atls_ctf_stream *s)
{
	size_t head_size = PAGE, got;
	uint64_t content = 0, whole = 0;
	const char *why;
	char cut[80];

	s->offset = s->next_offset;
	got = fetch(s, s->offset, head_size);
	why = check_head(s, got, &content, &whole);
	if (why) {
		complain(s, s->offset, why);
		s->garbled = true;
		s->packet_end = s->clock; /* what it says of its times is not to be used */
		s->next_offset = find_packet(s, s->offset);
		return false;
	}
	s->next_offset = s->offset + whole;
	s->at = NULL;
	if (content > got) {
		uint64_t left = s->size - s->offset;

		got = fetch(s, s->offset, content < left ? content : left);
	}
	if (got < s->plan->packet_header_size + s->class->packet_context_size)
		return false;
	s->at = s->bytes + s->plan->packet_header_size + s->class->packet_context_size;
	s->end = s->bytes + (got < content ? got : content);
	if (s->packet_begin < s->clock)
		complain(s, s->offset, "a packet that begins before the one ahead of it ended");
	compare_counts(s, s->bytes + s->plan->packet_header_size);
	s->clock = s->packet_begin;
	if (got < content || s->next_offset > s->size) {
		snprintf(cut, sizeof(cut), "the file ends inside a packet, at byte %" PRIu64,
			 s->size);
		complain(s, s->offset, cut);
		s->garbled |= got < content;
		s->next_offset = s->size;
	}
	return true;
}

static bool take_lost(struct atls_ctf_stream *s)
{
	if (s->handed == s->nlost) {
		s->handed = s->nlost = 0;
		return false;
	}
	s->next = ATLS_CTF_NEXT_LOST;
	s->ts = s->lost[s->handed].ts;
	return true;
}

/* Go on to the next packet that can be read; false at the end of the file. */
static bool take_packet(struct atls_ctf_stream *s)
{
	do {
		s->read = s->next_offset;
		if (s->next_offset >= s->size) {
			if (s->garbled)
				add_lost(s, s->clock, s->packet_end, 0, 0);
			s->garbled = false;
			s->at = s->end = NULL;
			return s->nlost;
		}
	} while (!read_packet(s));
	return true;
}

static void take_next(struct atls_ctf_stream *s)
{
	while (!take_lost(s) && !take_event(s))
		if (!take_packet(s)) {
			s->next = ATLS_CTF_NEXT_END;
			return;
		}
}

/* ---- the stream ----------------------------------------------------------------------------- */

int atls_ctf_stream_run(struct atls_ctf_stream *s, int64_t until, const struct atls_handler *to)
{
	struct atls_event e;
	int ret = 0;

	while (!ret && s->ts <= until && s->next != ATLS_CTF_NEXT_END) {
		if (s->next == ATLS_CTF_NEXT_EVENT) {
			decode(s, &e);
			s->at += s->class->event_context_size + s->event->size;
			ret = to->event(to->ctx, &e);
			if (!take_event(s))
				take_next(s);
		} else {
			ret = to->lost(to->ctx, &s->lost[s->handed++]);
			take_next(s);
		}
	}
	return ret;
}

int atls_ctf_stream_open(struct atls_ctf_stream *s, const char *path,
			 const struct atls_ctf_plan *plan,
			 const struct atls_ctf_complaints *complaints, int64_t shift)
{
	struct stat st;

	*s = (struct atls_ctf_stream){ .plan = plan, .complaints = complaints, .shift = shift };
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	s->path = strdup(path);
	if (!s->path)
		return -ENOMEM;
	if (s->fd < 0 || fstat(s->fd, &st)) {
		int err = errno;

		complain(s, 0, strerror(err));
		return -err;
	}
	s->size = (uint64_t)st.st_size;
	take_next(s);
	return 0;
}

void atls_ctf_stream_finish(struct atls_ctf_stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->bytes);
	free(s->path);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How to decode a trace's packets: computed once from its metadata, so that an event costs a table
 * look-up and a few copies.
 *
 *   packet   header | context | event event event ...             | padding
 *   event    id and time (compact, or extended) | vpid vtid ... | payload
 *
 * LTTng-UST packs everything to bytes on the machines that it runs on; a layout with gaps or with
 * sub-byte fields other than the compact event header's is refused.
 */
#pragma once

#include <stdint.h>

#include "events/trace.h"
#include "read/ctf/metadata.h"

/* An integer somewhere in a packet or event: bytes, 0 if there is none. */
struct atls_ctf_slot {
	uint16_t offset;
	uint8_t size;
	bool is_signed;
};

enum atls_ctf_copy_kind {
	ATLS_CTF_COPY,
	ATLS_CTF_COPY_BLOCK, /* at most 16 bytes; what follows in the event may be overwritten */
	ATLS_CTF_COPY_INTEGER,
	ATLS_CTF_COPY_TEXT,
};

/* From the event's payload into struct atls_event. */
struct atls_ctf_copy {
	uint16_t from, to;
	uint8_t from_size, to_size;
	uint8_t kind;
	bool is_signed;
};

/* A stretch of a payload whose size differs from event to event: fixed bytes, then one of these. */
struct atls_ctf_step {
	uint32_t fixed;	     /* bytes before; the last of them are the sequence's length */
	uint8_t is_string;   /* up to a NUL */
	uint8_t length_size; /* of a sequence, bytes */
	uint32_t element;    /* of a sequence, bytes */
};

#define ATLS_CTF_MAX_COPIES 24
#define ATLS_CTF_MAX_STEPS 8

struct atls_ctf_event_plan {
	int id;	       /* enum atls_event_id, or -1: not ours */
	uint32_t size; /* of the payload, bytes: all, or what follows the last step */
	unsigned ncopies, nsteps;
	struct atls_ctf_copy copies[ATLS_CTF_MAX_COPIES];
	struct atls_ctf_step steps[ATLS_CTF_MAX_STEPS];
};

struct atls_ctf_stream_plan {
	uint32_t id;
	/* In the packet context, from its beginning. */
	struct atls_ctf_slot begin, end, content, whole, sequence, discarded;
	uint32_t packet_context_size; /* bytes, as are all sizes here */
	bool is_large;		      /* 16 + 32 bits of event header rather than 5 + 27 */
	struct atls_ctf_slot pid, tid;
	uint32_t event_context_size;
	struct atls_ctf_event_plan **events; /* by id; NULL: there is none */
	uint32_t nevents;
};

struct atls_ctf_plan {
	struct atls_ctf_slot magic, stream_id;
	uint16_t uuid; /* its offset, if has_uuid */
	bool has_uuid;
	uint32_t packet_header_size;
	struct atls_ctf_stream_plan *streams;
	size_t nstreams;
};

/*
 * Make the plan of m, which is not needed afterwards. What of our own events this version does not
 * know is ignored with one warning that names path. Returns 0, -ENOTSUP with why, or -ENOMEM;
 * finish the plan in any case.
 */
int atls_ctf_plan_make(struct atls_ctf_plan *plan, const struct atls_ctf_metadata *m,
		       const char *path, char *why, size_t why_size);
void atls_ctf_plan_finish(struct atls_ctf_plan *plan);

static inline uint64_t atls_ctf_load(const uint8_t *at, unsigned size)
{
	uint64_t value = 0;

	__builtin_memcpy(&value, at, size <= 8 ? size : 8);
	return value;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stream file of a CTF trace: its packets in turn, decoded to our events.
 *
 * What cannot be read is passed over: to the next packet whose header is sound, which is searched
 * at multiples of 4096 bytes. Each such place is told to the owner, and a lost stretch covers it.
 */
#pragma once

#include <limits.h>

#include "read/ctf/plan.h"
#include "read/reader.h"

/* The owner of a stream, which is called for each part that cannot be read. */
struct atls_ctf_complaints {
	void (*take)(void *ctx, const char *path, uint64_t offset, const char *why);
	void *ctx;
};

enum atls_ctf_next { ATLS_CTF_NEXT_END, ATLS_CTF_NEXT_EVENT, ATLS_CTF_NEXT_LOST };

struct atls_ctf_stream {
	const struct atls_ctf_plan *plan;
	const struct atls_ctf_complaints *complaints;
	char *path;
	unsigned order; /* among streams, where times are equal */
	int64_t shift;	/* added to all times */
	int fd;
	uint64_t size; /* of the file */
	uint64_t read; /* bytes that are done with, for progress */

	/* The next record, and its time. */
	enum atls_ctf_next next;
	int64_t ts;

	/* The packet in hand. */
	const struct atls_ctf_stream_plan *class;
	uint64_t offset, next_offset; /* in the file */
	uint8_t *bytes;
	size_t room; /* of bytes */
	const uint8_t *at, *end;
	uint64_t clock; /* of the last event */
	uint64_t packet_begin, packet_end;

	/* The event in hand: at is its context. */
	const struct atls_ctf_event_plan *event;

	/* Of the packet before. */
	bool has_previous;
	uint64_t previous_end, previous_discarded, previous_sequence;

	struct atls_lost lost[3]; /* handed on in turn before the next event */
	unsigned nlost, handed;
	bool garbled; /* events are missing up to the next packet */
};

/*
 * Open path and take up what comes first. plan and complaints must outlive the stream. Returns 0,
 * -errno (worded), or -ENOMEM.
 */
int atls_ctf_stream_open(struct atls_ctf_stream *s, const char *path,
			 const struct atls_ctf_plan *plan,
			 const struct atls_ctf_complaints *complaints, int64_t shift);
/* Hand on all that comes up to and including time until. Returns 0 or what the handler returned. */
int atls_ctf_stream_run(struct atls_ctf_stream *s, int64_t until, const struct atls_handler *to);
void atls_ctf_stream_finish(struct atls_ctf_stream *s);

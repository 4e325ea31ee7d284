/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of a CTF 1.8 trace: the metadata that LTTng-UST writes, parsed.
 *
 * Only what LTTng-UST uses is understood; other metadata are refused, and the reference reader
 * reads the trace. All integers are little-endian; sizes and alignments are in bits, as in the
 * metadata.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum atls_ctf_kind {
	ATLS_CTF_INTEGER, /* also enumerations and floating point, by their bits */
	ATLS_CTF_STRING,
	ATLS_CTF_STRUCT,
	ATLS_CTF_VARIANT,
	ATLS_CTF_ARRAY,
	ATLS_CTF_SEQUENCE,
};

struct atls_ctf_type;

struct atls_ctf_field {
	char *name; /* without LTTng's leading underscore */
	struct atls_ctf_type *type;
};

/* One label of an enumeration. */
struct atls_ctf_label {
	char *name;
	int64_t low, high;
};

struct atls_ctf_type {
	enum atls_ctf_kind kind;
	uint32_t size;	/* integer */
	uint32_t align; /* 0: as its members need */
	bool is_signed;
	bool is_text;	 /* integer: one character */
	bool has_clock;	 /* integer: a time */
	uint64_t length; /* array */
	char *tag;	 /* variant: the choosing field; sequence: the field with its length */
	struct atls_ctf_type *element; /* array, sequence */
	struct atls_ctf_field *fields; /* struct, variant */
	size_t nfields;
	struct atls_ctf_label *labels; /* enumeration */
	size_t nlabels;
};

struct atls_ctf_event_class {
	char *name;
	uint32_t id, stream_id;
	struct atls_ctf_type *payload; /* or NULL */
};

struct atls_ctf_stream_class {
	uint32_t id;
	struct atls_ctf_type *packet_context, *event_header, *event_context; /* or NULL */
};

struct atls_ctf_metadata {
	struct atls_ctf_type *packet_header; /* or NULL */
	struct atls_ctf_stream_class *streams;
	size_t nstreams;
	struct atls_ctf_event_class *events;
	size_t nevents;
	uint8_t uuid[16];
	bool has_uuid;
	char host[256];	       /* "" if not known */
	uint64_t frequency;    /* of the clock, Hz */
	int64_t utc_offset_ns; /* UTC = clock + this */
	struct atls_ctf_chunk *memory;
};

/*
 * Parse size bytes of a metadata file, packets or text, into *m, which the caller zeroed; finish it
 * even after a failure. Returns 0, -ENOTSUP (something that is not understood), -EINVAL (damaged)
 * or -ENOMEM; why then says what and where.
 */
int atls_ctf_metadata_parse(struct atls_ctf_metadata *m, const void *bytes, size_t size, char *why,
			    size_t why_size);
/* The same for the file metadata in folder. */
int atls_ctf_metadata_read(struct atls_ctf_metadata *m, const char *folder, char *why,
			   size_t why_size);
void atls_ctf_metadata_finish(struct atls_ctf_metadata *m);

/* SPDX-License-Identifier: Apache-2.0 */
/* Writes protocol buffers: tag and value, nested messages by their length. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#define ATLS_PROTO_SIZE 4096
#define ATLS_PROTO_DEPTH 6

/* One message in the making, on the caller's memory; all zero to begin with. */
struct atls_proto {
	uint8_t data[ATLS_PROTO_SIZE];
	size_t used;
	size_t begin[ATLS_PROTO_DEPTH]; /* where the open inner messages begin */
	int depth;
	int overflow; /* something did not fit: the message must not be written */
};

void atls_proto_uint(struct atls_proto *p, uint32_t field,
		     uint64_t value); /* also bool, enum, int64 */
void atls_proto_fixed64(struct atls_proto *p, uint32_t field, uint64_t value);
void atls_proto_string(struct atls_proto *p, uint32_t field, const char *text);
void atls_proto_begin(struct atls_proto *p, uint32_t field);
void atls_proto_end(struct atls_proto *p);
/* Write the finished message as a field of an outer one, and begin anew. 0 or -errno. */
int atls_proto_flush(struct atls_proto *p, uint32_t field, FILE *out);

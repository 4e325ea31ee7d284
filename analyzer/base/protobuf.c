/* SPDX-License-Identifier: Apache-2.0 */
/* Writes protocol buffers. An inner message's length has two bytes, which bounds it to 16 KB. */
#include "base/protobuf.h"

#include <errno.h>
#include <string.h>

enum wire { VARINT = 0, FIXED64 = 1, LENGTH = 2 };

static void put(struct atls_proto *p, const void *data, size_t size)
{
	if (p->used + size > sizeof(p->data)) {
		p->overflow = 1;
		return;
	}
	memcpy(p->data + p->used, data, size);
	p->used += size;
}

static size_t encode(uint8_t out[10], uint64_t value)
{
	size_t n = 0;

	for (; value > 127; value >>= 7)
		out[n++] = (uint8_t)(value | 128);
	out[n++] = (uint8_t)value;
	return n;
}

static void put_varint(struct atls_proto *p, uint64_t value)
{
	uint8_t bytes[10];

	put(p, bytes, encode(bytes, value));
}

static void put_tag(struct atls_proto *p, uint32_t field, enum wire wire)
{
	put_varint(p, field << 3 | wire);
}

void atls_proto_uint(struct atls_proto *p, uint32_t field, uint64_t value)
{
	put_tag(p, field, VARINT);
	put_varint(p, value);
}

void atls_proto_fixed64(struct atls_proto *p, uint32_t field, uint64_t value)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	put_tag(p, field, FIXED64);
	put(p, bytes, 8);
}

void atls_proto_string(struct atls_proto *p, uint32_t field, const char *text)
{
	put_tag(p, field, LENGTH);
	put_varint(p, strlen(text));
	put(p, text, strlen(text));
}

void atls_proto_begin(struct atls_proto *p, uint32_t field)
{
	put_tag(p, field, LENGTH);
	if (p->depth < ATLS_PROTO_DEPTH)
		p->begin[p->depth] = p->used;
	else
		p->overflow = 1;
	p->depth++;
	put(p, "\0", 2);
}

void atls_proto_end(struct atls_proto *p)
{
	size_t at, length;

	if (--p->depth >= ATLS_PROTO_DEPTH || p->overflow)
		return;
	at = p->begin[p->depth];
	length = p->used - at - 2;
	p->data[at] = (uint8_t)(length | 128);
	p->data[at + 1] = (uint8_t)(length >> 7);
}

int atls_proto_flush(struct atls_proto *p, uint32_t field, FILE *out)
{
	uint8_t head[20];
	size_t n = encode(head, field << 3 | LENGTH);
	int overflow = p->overflow;

	n += encode(head + n, p->used);
	if (!overflow && fwrite(head, 1, n, out) == n)
		fwrite(p->data, 1, p->used, out);
	p->used = 0;
	p->depth = p->overflow = 0;
	return overflow ? -EMSGSIZE : ferror(out) ? -EIO : 0;
}

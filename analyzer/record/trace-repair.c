/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a damaged trace readable. The consumer writes packets one after the other, and for each,
 * once it is written, an entry in the stream's index:
 *
 *   asynctls_0             | packet | packet | packet | pac      <- cut here when the disk was full
 *   index/asynctls_0.idx   | header | entry | entry | entry |       entries beyond are dropped, too
 */
#include "record/trace-repair.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_MAGIC 0xC1F1DCC1U
#define PACKET_MAGIC 0xC1FC1FC1U

/* Big endian, both of them; an entry may be longer than what we know of it. */
struct index_header {
	uint32_t magic;
	uint32_t major;
	uint32_t minor;
	uint32_t entry_length;
};

struct index_entry {
	uint64_t offset; /* bytes */
	uint64_t packet_bits;
};

static bool whole(int stream, off_t size, const struct index_entry *e, off_t expected)
{
	uint64_t offset = be64toh(e->offset), bytes = be64toh(e->packet_bits) / 8;
	uint32_t magic;

	if (offset != (uint64_t)expected || bytes == 0 || bytes > (uint64_t)size - offset)
		return false;
	return pread(stream, &magic, sizeof(magic), offset) == sizeof(magic) &&
	       (magic == PACKET_MAGIC || magic == __builtin_bswap32(PACKET_MAGIC));
}

/* Bytes cut off the stream. */
static int64_t cut(int index, int stream)
{
	struct index_header header;
	struct stat st;
	off_t at = sizeof(header), end = 0;
	size_t length = 0;

	if (fstat(stream, &st))
		return -errno;
	if (pread(index, &header, sizeof(header), 0) == sizeof(header) &&
	    be32toh(header.magic) == INDEX_MAGIC)
		length = be32toh(header.entry_length);
	while (length >= sizeof(struct index_entry)) {
		struct index_entry e;

		if (pread(index, &e, sizeof(e), at) != sizeof(e) ||
		    !whole(stream, st.st_size, &e, end))
			break;
		end += be64toh(e.packet_bits) / 8;
		at += length;
	}
	if (ftruncate(stream, end) || ftruncate(index, length ? at : 0))
		return -errno;
	return st.st_size - end;
}

/* For nftw, which gives its callback no data of the caller's. */
static int64_t cut_bytes;
static int cut_errno;

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;
	size_t length = strlen(name);
	char stream_path[PATH_MAX];
	int index, stream;
	int64_t n = -EIO;

	/* .../index/NAME.idx belongs to .../NAME */
	if (type != FTW_F || length < 5 || strcmp(name + length - 4, ".idx") || ftw->base < 6)
		return 0;
	snprintf(stream_path, sizeof(stream_path), "%.*s%.*s", ftw->base - 6, path, (int)length - 4,
		 name);
	index = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	stream = open(stream_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (index >= 0 && stream >= 0)
		n = cut(index, stream);
	if (n < 0)
		cut_errno = -n;
	else
		cut_bytes += n;
	if (index >= 0)
		close(index);
	if (stream >= 0)
		close(stream);
	return 0;
}

int64_t atls_trace_repair(const char *ctf_dir)
{
	cut_bytes = 0;
	cut_errno = 0;
	if (nftw(ctf_dir, visit, 16, FTW_PHYS) < 0)
		return -errno;
	return cut_errno ? -cut_errno : cut_bytes;
}

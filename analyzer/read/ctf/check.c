/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the files of a CTF trace whole?
 *
 * The file metadata is text, or packets, each of which begins with
 *
 *   bytes   4       16     4          4               4              5
 *         magic    uuid  checksum  content (bits)  packet (bits)  schemes and version
 *
 * An index has a header, then an entry a packet, all big-endian:
 *
 *   header  4 magic, 4 major, 4 minor, 4 bytes an entry     entry  8 offset, 8 size (bits), ...
 */
#include "read/ctf/check.h"

#include <byteswap.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAGIC 0x75d11d57u
#define HEADER 37

/*
 * The size in bytes of the packet at offset; 0 at the end of the file, -1 if there is no whole
 * packet.
 */
static long packet_size(FILE *f, long offset, long end)
{
	uint32_t head[8];
	unsigned char bytes[HEADER];
	size_t n;

	if (fseek(f, offset, SEEK_SET))
		return -1;
	n = fread(bytes, 1, HEADER, f);
	if (!n)
		return 0;
	memcpy(head, bytes, sizeof(head));
	if (head[0] == bswap_32(MAGIC))
		head[7] = bswap_32(head[7]);
	else if (head[0] != MAGIC)
		return -1;
	if (n < HEADER || head[7] / 8 < HEADER || head[7] / 8 > (unsigned long)(end - offset))
		return -1;
	return (long)(head[7] / 8);
}

static bool packets_whole(FILE *f, long end, char *why, size_t size)
{
	long offset = 0, n = 1;

	while (n > 0) {
		n = packet_size(f, offset, end);
		offset += n > 0 ? n : 0;
	}
	if (!n)
		return true;
	snprintf(why, size, "metadata: no whole packet at byte %ld of %ld", offset, end);
	return false;
}

bool atls_ctf_metadata_whole(const char *folder, char *why, size_t size)
{
	char path[PATH_MAX];
	uint32_t magic = 0;
	bool whole = false;
	long end = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/metadata", folder);
	f = fopen(path, "re");
	if (!f || fseek(f, 0, SEEK_END) || (end = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		snprintf(why, size, "metadata: %s", strerror(errno));
	else if (!end)
		snprintf(why, size, "metadata: the file is empty");
	else if (fread(&magic, 1, sizeof(magic), f) && magic != MAGIC && magic != bswap_32(MAGIC))
		whole = true; /* text, for the parser to judge */
	else
		whole = packets_whole(f, end, why, size);
	if (f)
		fclose(f);
	return whole;
}

#define INDEX_MAGIC 0xc1f1dcc1u

/* The end of the last packet of an index, in bytes; 0: not known. Counts the packets. */
static uint64_t read_index(FILE *f, uint64_t *packets)
{
	uint64_t entry[2];
	uint32_t head[4];
	long length, end;

	if (!fread(head, sizeof(head), 1, f) || be32toh(head[0]) != INDEX_MAGIC)
		return 0;
	length = (long)be32toh(head[3]);
	if (length < (long)sizeof(entry) || fseek(f, 0, SEEK_END))
		return 0;
	end = ftell(f);
	if (end < (long)sizeof(head) + length || fseek(f, end - length, SEEK_SET) ||
	    !fread(entry, sizeof(entry), 1, f))
		return 0;
	*packets += (uint64_t)((end - (long)sizeof(head)) / length);
	return be64toh(entry[0]) + be64toh(entry[1]) / 8;
}

bool atls_ctf_stream_whole(const char *folder, const char *name, uint64_t *packets, char *why,
			   size_t size)
{
	char stream[PATH_MAX], index[PATH_MAX];
	uint64_t end = 0;
	struct stat st;
	FILE *f;

	if (snprintf(stream, sizeof(stream), "%s/%s", folder, name) >= PATH_MAX ||
	    snprintf(index, sizeof(index), "%s/index/%s.idx", folder, name) >= PATH_MAX ||
	    stat(stream, &st))
		return true;
	f = fopen(index, "re");
	if (f) {
		end = read_index(f, packets);
		fclose(f);
	}
	if (end <= (uint64_t)st.st_size)
		return true;
	snprintf(why, size, "stream file %.40s ends at byte %" PRIu64 " instead of %" PRIu64, name,
		 (uint64_t)st.st_size, end);
	return false;
}
